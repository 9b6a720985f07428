"""pyzmq, the measure: libzmq behind Cython."""

from benchmarks.libraries.library import Library


class Pyzmq(Library):
    def describe(self) -> str:
        return f"{self.zmq.__version__} (libzmq {self.zmq.zmq_version()})"


PYZMQ = Pyzmq("pyzmq", "zmq")
