"""The built-in templates: what the product can say by mail, and with which variables."""

from dataclasses import dataclass
from functools import cache

COMMON = (
    "app_name",
    "support_email",
    "support_url",
    "portal_url",
    "customer_name",
    "customer_email",
)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A template that the product itself refers to. `body` is Markdown.

    `secret` ones carry a link that signs somebody in; `essential` ones cannot be disabled; `urgent` ones
    go first.
    """

    slug: str
    name: str
    category: str
    subject: str
    body: str
    variables: tuple[str, ...] = ()
    secret: bool = False
    essential: bool = False
    urgent: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All variables it may use."""
        return (*COMMON, *(name for name in self.variables if name not in COMMON))


@cache
def built_in() -> dict[str, BuiltIn]:
    """Every built-in template by its slug."""
    from keyturn.platform.mail.defaults import ALL

    return {one.slug: one for one in ALL}


def name_of(slug: str) -> str:
    """What people read for the template of a mail."""
    if slug == "composed":
        return "Composed e-mail"
    known = built_in().get(slug)
    return known.name if known else slug
