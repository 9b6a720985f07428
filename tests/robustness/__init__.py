"""What bad peers send, and what it must not do to the good ones."""
