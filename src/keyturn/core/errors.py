"""The ways in which the product says no. Surfaces turn these into pages, form errors and API codes."""

from collections.abc import Mapping, Sequence


class KeyturnError(Exception):
    """Base of every refusal; `message` is plain English for the person who asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotPermitted(KeyturnError):
    """The actor lacks a permission. `permission` names it."""

    def __init__(self, permission: str) -> None:
        super().__init__("Your role does not allow this.")
        self.permission = permission


class Refused(KeyturnError):
    """The request is understood and permitted, but the state of things forbids it."""


class Changed(Refused):
    """Somebody else changed the record since it was read."""

    def __init__(self) -> None:
        super().__init__("This record was changed meanwhile. Reload the page and try again.")


class Invalid(KeyturnError):
    """Field errors: field name to its messages. The empty name holds errors of the whole input."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {field: list(messages) for field, messages in errors.items()}
        super().__init__(" ".join(text for messages in self.errors.values() for text in messages))
