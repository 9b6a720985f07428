"""Internal: ZMTP, the wire protocol, as pure rules (no OS call, no clock). The way in: connection.py."""
