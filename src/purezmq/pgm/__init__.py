"""PGM (RFC 3208) without sockets and clocks: packets, sources, receivers, and the message stream inside. Internal."""
