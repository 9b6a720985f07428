# The compiled twin of sealing.py is sealing.pyx; it offers nothing to other compiled modules.
