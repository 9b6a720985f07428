"""pyzmq, the measure: libzmq behind Cython."""

from benchmarks.libraries.library import Library


class Pyzmq(Library):
    leaves_out = ("busy_roundtrip",)

    def describe(self) -> str:
        return f"{self.zmq.__version__} (libzmq {self.zmq.zmq_version()})"


PYZMQ = Pyzmq("pyzmq", "zmq")
