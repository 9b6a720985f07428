"""The demo: three ZeroMQ patterns on real text, in many processes, with every message accounted for at the end.

``python -m demo`` from the top folder of the project runs it. ``__main__`` says what happens in which order;
each pattern has a folder with the stage that directs it and one file for each kind of process that takes
part.
"""
