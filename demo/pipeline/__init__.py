"""Stage three: a ventilator deals out text, workers count its words, a sink adds up and sends everybody home."""
