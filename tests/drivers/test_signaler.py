"""The signaler's descriptor, and threads that signal while it is closed."""

from __future__ import annotations

import os

from purezmq.drivers.signaler import Signaler


def test_a_signal_after_the_close_is_harmless():
    signaler = Signaler()
    signaler.close()
    signaler.signal()


def test_the_descriptor_is_given_back_at_once():
    signaler = Signaler()
    fd = signaler.fd
    signaler.close()
    again = os.eventfd(0)
    assert again == fd
    os.close(again)
