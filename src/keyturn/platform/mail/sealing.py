"""What a message says, at rest: sealed with the key of the customer it is about."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from keyturn.core import crypto
from keyturn.platform.audit import services as audit
from keyturn.platform.mail.models import Message


@dataclass(frozen=True, slots=True)
class Content:
    """Whom a message is for and what it says; all empty once the customer was erased."""

    to: str = ""
    subject: str = ""
    html: str = ""
    text: str = ""

    def without_text(self) -> "Content":
        """What stays of a message that was sent."""
        return replace(self, html="", text="")


def seal(content: Content, customer: UUID | None) -> str:
    """`content` as it is stored."""
    values = asdict(content)
    return audit.seal(customer, values) if customer else crypto.seal(json.dumps(values).encode())


def seal_many(things: Sequence[tuple[Content, UUID | None]]) -> list[str]:
    """Contents as they are stored; the keys of their customers are fetched at once."""
    own = iter(audit.seal_many([(customer, asdict(content)) for content, customer in things if customer]))
    return [next(own) if customer else seal(content, None) for content, customer in things]


def read_many(messages: Sequence[Message]) -> list[Content]:
    """The contents of `messages`, the keys fetched at once."""
    sealed = [(one.customer, one.sealed) for one in messages if one.customer and one.sealed]
    opened = iter(audit.unseal_many(sealed))
    return [Content(**next(opened)) if one.customer and one.sealed else read(one) for one in messages]


def read(message: Message) -> Content:
    """The content of `message`; empty when its key was destroyed."""
    if not message.sealed:
        return Content()
    if message.customer:
        return Content(**audit.unseal(message.customer, message.sealed))
    return Content(**json.loads(crypto.unseal(message.sealed)))
