"""How sockets, contexts and processes end, and what goes wrong around them."""
