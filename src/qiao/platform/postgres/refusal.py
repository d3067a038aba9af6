"""The one way in which the embedded server says no."""


class ServerDidNotStart(Exception):
    """The embedded PostgreSQL is not to be had; the text says what happened, what was kept and what to do."""
