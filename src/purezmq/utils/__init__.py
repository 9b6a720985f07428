"""Small helpers around sockets: Z85 keys, JSON, monitor messages, and pyzmq's older string helpers."""
