"""PGM packets (RFC 3208, section 8): taking them apart, and making those that ZeroMQ needs.

=======  =====================  ==============================================================
type     from, to               what it says
=======  =====================  ==============================================================
SPM      source, everybody      these are my first and last packet, and here NAKs reach me
ODATA    source, everybody      a packet of the stream
RDATA    source, everybody      the same again
NAK      receiver, source       please repeat these
NCF      source, everybody      I heard the NAK, nobody else need send it
SPMR     receiver, source       please send an SPM
=======  =====================  ==============================================================

Other types (POLL, POLR, N-NAK, ACK) belong to parts of the protocol that ZeroMQ does not use; receivers ignore them.

A stream is named by its *TSI*: the six bytes of the source's GSI, and the source's port. The ports of a packet from
a receiver are swapped, its GSI is the source's all the same.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError

from .checksum import checksum, is_intact

SPM = 0x00
POLL = 0x01
POLR = 0x02
ODATA = 0x04
RDATA = 0x05
NAK = 0x08
NNAK = 0x09
NCF = 0x0A
SPMR = 0x0C
ACK = 0x0D

OPT_LENGTH = 0x00
OPT_FRAGMENT = 0x01
OPT_NAK_LIST = 0x02
OPT_JOIN = 0x03
OPT_SYN = 0x0D
OPT_FIN = 0x0E
OPT_RST = 0x0F

_OPTIONS_PRESENT = 0x01
_NETWORK_SIGNIFICANT = 0x02  # set with OPT_NAK_LIST, which routers may have to read
_PARITY = 0x80
_LAST_OPTION = 0x80

_AFI_IPV4 = 1
_AFI_IPV6 = 2

_HEADER = Struct(">HHBBH6sH")
_DATA = Struct(">II")
_SPM = Struct(">III")
_AFI = Struct(">HH")
_SQN = Struct(">I")
_CHECKSUM = Struct(">H")

HEADER_SIZE = _HEADER.size
DATA_HEADER_SIZE = HEADER_SIZE + _DATA.size

# What OpenPGM leaves of the MTU besides the IP and UDP headers: the data header, and an OPT_FRAGMENT block that it
# reserves room for and never sends. Receivers of libzmq have buffers for exactly this.
RESERVED_SIZE = DATA_HEADER_SIZE + 20

MOST_IN_NAK = 63  # sequence numbers: one in the body, 62 in OPT_NAK_LIST

_NO_OPTIONS: dict[int, bytes] = {}


class Malformed(Exception):
    """A packet that is none: its text is a short name for the counters."""


class Packet:
    """A packet taken apart. Fields that its type does not have keep their defaults."""

    __slots__ = (
        "group",
        "lead",
        "nla",
        "options",
        "payload",
        "port",
        "spm_sqn",
        "sqn",
        "sqns",
        "trail",
        "tsi",
        "type",
    )

    type: int
    tsi: bytes  # GSI and source port
    port: int  # the data-destination port, which all of one endpoint share
    options: dict[int, bytes]  # type -> value; NAK lists are in sqns

    def __init__(self) -> None:
        self.options = _NO_OPTIONS
        self.sqn = self.trail = self.lead = self.spm_sqn = 0
        self.sqns: list[int] = []  # NAK and NCF: what is asked for
        self.nla = b""  # the source's address, 4 or 16 bytes
        self.group = b""  # NAK and NCF: the group that the source sends to
        self.payload = b""


def parse(data: bytes) -> Packet:
    """Take a packet apart. Raises Malformed."""
    if len(data) < HEADER_SIZE:
        raise Malformed("truncated")
    source_port, other_port, packet_type, flags, check, gsi, size = _HEADER.unpack_from(data)
    if packet_type > 0x0F:
        raise Malformed("bad_version")
    if (check or packet_type in (ODATA, RDATA)) and not (check and is_intact(data)):
        raise Malformed("bad_checksum")
    packet = Packet()
    packet.type = packet_type
    if packet_type in (NAK, NNAK, SPMR, ACK, POLR):
        packet.port = source_port
        packet.tsi = gsi + data[2:4]
    else:
        packet.port = other_port
        packet.tsi = gsi + data[0:2]
    try:
        end = _parse_body(packet, data, flags)
    except StructError:
        raise Malformed("truncated") from None
    if packet_type in (ODATA, RDATA):
        packet.payload = data[end:]
        if len(packet.payload) != size:
            raise Malformed("bad_length")
    return packet


def _parse_body(packet: Packet, data: bytes, flags: int) -> int:
    """The fields after the common header; returns where the payload begins."""
    pos = HEADER_SIZE
    kind = packet.type
    if kind in (ODATA, RDATA):
        if flags & _PARITY:
            raise Malformed("parity")  # nobody announced it, so nobody can have asked for it
        packet.sqn, packet.trail = _DATA.unpack_from(data, pos)
        pos = DATA_HEADER_SIZE
    elif kind == SPM:
        packet.spm_sqn, packet.trail, packet.lead = _SPM.unpack_from(data, pos)
        packet.nla, pos = _parse_nla(data, pos + _SPM.size)
    elif kind in (NAK, NNAK, NCF):
        packet.sqns = [*_SQN.unpack_from(data, pos)]
        packet.nla, pos = _parse_nla(data, pos + _SQN.size)
        packet.group, pos = _parse_nla(data, pos)
    elif kind != SPMR:
        return len(data)
    if flags & _OPTIONS_PRESENT:
        packet.options, pos = parse_options(data, pos)
        further = packet.options.get(OPT_NAK_LIST)
        if further is not None and packet.sqns:
            if len(further) % 4 or len(further) > 4 * (MOST_IN_NAK - 1):
                raise Malformed("bad_options")
            packet.sqns += [sqn for (sqn,) in _SQN.iter_unpack(further)]
    return pos


def _parse_nla(data: bytes, pos: int) -> tuple[bytes, int]:
    """A network-layer address, and where it ends."""
    family, _ = _AFI.unpack_from(data, pos)
    pos += _AFI.size
    size = {_AFI_IPV4: 4, _AFI_IPV6: 16}.get(family)
    if size is None or len(data) < pos + size:
        raise Malformed("bad_address")
    return data[pos : pos + size], pos + size


def parse_options(data: bytes, pos: int) -> tuple[dict[int, bytes], int]:
    """The options from ``pos`` on (type -> value), and where they end. Raises Malformed."""
    if len(data) < pos + 4 or data[pos] & ~_LAST_OPTION != OPT_LENGTH or data[pos + 1] != 4:
        raise Malformed("bad_options")
    end = pos + int.from_bytes(data[pos + 2 : pos + 4], "big")
    if end > len(data):
        raise Malformed("bad_options")
    options: dict[int, bytes] = {}
    pos += 4
    while pos < end:
        if end - pos < 4:
            raise Malformed("bad_options")
        kind, size = data[pos], data[pos + 1]
        if size < 4 or pos + size > end:
            raise Malformed("bad_options")
        # The two bytes before the value are flags for routers and a reserved byte that OpenPGM does not even set.
        options[kind & ~_LAST_OPTION] = data[pos + 4 : pos + size]
        pos += size
        if kind & _LAST_OPTION:
            break
    return options, end


# Making packets. The functions for sources and for receivers differ in the order of the ports.


def make_data(kind: int, tsi: bytes, port: int, sqn: int, trail: int, payload: bytes) -> bytes:
    """ODATA or RDATA."""
    return _seal(_source_header(tsi, port, kind, 0, len(payload)) + _DATA.pack(sqn, trail) + payload)


def make_spm(
    tsi: bytes, port: int, spm_sqn: int, trail: int, lead: int, nla: bytes, options: dict[int, bytes]
) -> bytes:
    """An SPM, perhaps with OPT_SYN, OPT_FIN, OPT_RST or OPT_JOIN."""
    flags = _OPTIONS_PRESENT if options else 0
    body = _SPM.pack(spm_sqn, trail, lead) + _make_nla(nla) + make_options(options)
    return _seal(_source_header(tsi, port, SPM, flags, 0) + body)


def make_ncf(tsi: bytes, port: int, sqns: list[int], nla: bytes, group: bytes) -> bytes:
    """An NCF for at most MOST_IN_NAK sequence numbers."""
    flags, body = _nak_body(sqns, nla, group)
    return _seal(_source_header(tsi, port, NCF, flags, 0) + body)


def make_nak(tsi: bytes, port: int, sqns: list[int], nla: bytes, group: bytes) -> bytes:
    """A NAK for at most MOST_IN_NAK sequence numbers."""
    flags, body = _nak_body(sqns, nla, group)
    return _seal(_receiver_header(tsi, port, NAK, flags) + body)


def make_spmr(tsi: bytes, port: int) -> bytes:
    """An SPMR."""
    return _seal(_receiver_header(tsi, port, SPMR, 0))


def make_options(options: dict[int, bytes]) -> bytes:
    """The option block, OPT_LENGTH first; nothing at all for no options."""
    if not options:
        return b""
    pieces = []
    last = len(options)
    for index, (kind, value) in enumerate(options.items(), 1):
        mark = _LAST_OPTION if index == last else 0
        pieces.append(bytes((kind | mark, 4 + len(value), 0, 0)) + value)
    block = b"".join(pieces)
    return bytes((OPT_LENGTH, 4)) + (4 + len(block)).to_bytes(2, "big") + block


def _nak_body(sqns: list[int], nla: bytes, group: bytes) -> tuple[int, bytes]:
    body = _SQN.pack(sqns[0]) + _make_nla(nla) + _make_nla(group)
    if len(sqns) == 1:
        return 0, body
    assert len(sqns) <= MOST_IN_NAK
    further = b"".join([_SQN.pack(sqn) for sqn in sqns[1:]])
    return _OPTIONS_PRESENT | _NETWORK_SIGNIFICANT, body + make_options({OPT_NAK_LIST: further})


def _make_nla(address: bytes) -> bytes:
    return _AFI.pack(_AFI_IPV4 if len(address) == 4 else _AFI_IPV6, 0) + address


def _source_header(tsi: bytes, port: int, kind: int, flags: int, size: int) -> bytes:
    return tsi[6:] + _HEADER.pack(0, port, kind, flags, 0, tsi[:6], size)[2:]


def _receiver_header(tsi: bytes, port: int, kind: int, flags: int) -> bytes:
    return _HEADER.pack(port, int.from_bytes(tsi[6:], "big"), kind, flags, 0, tsi[:6], 0)


def _seal(packet: bytes) -> bytes:
    """The packet with its checksum."""
    return packet[:6] + _CHECKSUM.pack(checksum(packet)) + packet[8:]


def name_of(tsi: bytes) -> str:
    """A TSI for people, in OpenPGM's form: ``b7.c6.d1.bc.03.8a.4270``."""
    return f"{tsi[:6].hex('.')}.{int.from_bytes(tsi[6:], 'big')}"
