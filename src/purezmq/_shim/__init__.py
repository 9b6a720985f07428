"""The directory that ``purezmq exec`` puts on PYTHONPATH: nothing in it but what makes ``import zmq`` give purezmq."""
