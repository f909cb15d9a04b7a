"""Everything that can go wrong on purpose, split by what the caller must do.

A message says where, what, what was expected and what to do; it never holds a person's data.
"""


class KemptError(Exception):
    """Something Kempt refuses or could not do."""


class StopRun(KemptError):
    """Nothing can go on until somebody acts on the message."""


class Unknown(StopRun):
    """There is no such thing, or not for whoever asks."""


class Conflict(StopRun):
    """Somebody or something else was first. Look again, then decide."""


class SkipRecord(KemptError):
    """This record or source is left out; the rest goes on."""


class Retry(KemptError):
    """The same call may succeed later."""
