"""``purezmq doctor``: finds out, step by step, what is wrong with an endpoint."""
