"""The one error of the demo: a sentence for the person who ran it."""


class DemoError(Exception):
    """Something did not go as it must; the message says what and, where known, why."""
