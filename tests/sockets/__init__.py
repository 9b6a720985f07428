"""purezmq's behaviour as an application sees it, over real sockets."""
