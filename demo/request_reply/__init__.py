"""Stage one: clients send lines of text through a broker to workers, which answer with the line's digest."""
