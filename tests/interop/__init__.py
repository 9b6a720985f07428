"""purezmq against libzmq: pyzmq runs in a child process and is the other peer."""
