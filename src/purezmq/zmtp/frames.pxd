# The compiled twin of frames.py is frames.pyx; it offers nothing to other compiled modules.
