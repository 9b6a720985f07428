"""What an endpoint and its options say to a source or a receiver."""

from __future__ import annotations

import errno

from ..error import ZMQError
from .packet import RESERVED_SIZE
from .stream import OFFSET_SIZE

_LARGEST_TPDU = 65535  # what fits into an IP packet


class Settings:
    """The values, and what follows from them."""

    __slots__ = (
        "group",
        "header_size",
        "max_msg_size",
        "max_tpdu",
        "nla",
        "port",
        "rate_kbit_s",
        "recovery_ivl_ms",
    )

    def __init__(
        self,
        *,
        port: int,
        nla: bytes,
        group: bytes,
        header_size: int,
        max_tpdu: int = 1500,
        rate_kbit_s: int = 100,
        recovery_ivl_ms: int = 10000,
        max_msg_size: int = -1,
    ) -> None:
        self.port = port
        self.nla = nla  # the address of our interface, 4 or 16 bytes
        self.group = group  # where data is sent to
        self.header_size = header_size  # what IP (and UDP) add to a packet
        self.max_tpdu = max_tpdu  # MULTICAST_MAXTPDU: the largest IP packet
        self.rate_kbit_s = rate_kbit_s
        self.recovery_ivl_ms = recovery_ivl_ms
        self.max_msg_size = max_msg_size

    @property
    def window_size(self) -> int:
        """RECOVERY_IVL at RATE in packets, rounded exactly as libzmq and OpenPGM do it."""
        return max(1, self.recovery_ivl_ms * (self.rate_kbit_s // 8) // self.max_tpdu)

    @property
    def payload_size(self) -> int:
        """The largest payload of a data packet."""
        return self.max_tpdu - self.header_size - RESERVED_SIZE

    def check_receiver(self) -> None:
        """Raises ZMQError (EINVAL) for values that cannot work."""
        if self.payload_size <= OFFSET_SIZE or self.max_tpdu > _LARGEST_TPDU:
            least = self.header_size + RESERVED_SIZE + OFFSET_SIZE + 1
            raise ZMQError(
                errno.EINVAL,
                f"MULTICAST_MAXTPDU is {self.max_tpdu}, and has to be from {least} to {_LARGEST_TPDU} here",
            )

    def check_sender(self) -> None:
        """Raises ZMQError (EINVAL) for values that cannot work."""
        self.check_receiver()
        if self.rate_kbit_s * 125 < self.max_tpdu:
            raise ZMQError(
                errno.EINVAL,
                f"RATE is {self.rate_kbit_s} kbit/s, less than one packet of MULTICAST_MAXTPDU ({self.max_tpdu} bytes) "
                f"per second: set RATE to {-(-self.max_tpdu // 125)} or more, or MULTICAST_MAXTPDU lower",
            )
