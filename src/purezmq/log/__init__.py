"""Log records as messages: ``log.handlers`` publishes them, ``python -m purezmq.log`` shows them."""
