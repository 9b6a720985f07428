"""Internal: not part of the public API."""
