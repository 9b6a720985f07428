"""What can go wrong in a run, apart from being slow."""


class Unsupported(Exception):
    """The library cannot do this scenario; the row says so and nothing has failed."""


class RunFailed(Exception):
    """A process crashed, lost or changed a message, or passed its deadline."""


class WrongContent(RunFailed):
    """A message arrived that is not the one that was due."""
