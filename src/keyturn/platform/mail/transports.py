"""The ways in which mail leaves the machine."""


def ready() -> bool:
    """Whether mail can be sent at all."""
    return False
