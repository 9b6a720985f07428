"""``purezmq bench``: how fast two of these commands are with each other, from here to there."""
