"""Runs a program written for purezmq on libzmq: ``python under_libzmq.py program.py arguments...``."""

import runpy
import sys

import zmq

sys.modules["purezmq"] = zmq
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
