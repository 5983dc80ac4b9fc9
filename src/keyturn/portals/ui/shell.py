"""What the frame around every page of a portal shows. The portal fills it; the layouts read it as `shell`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property


@dataclass(frozen=True)
class NavItem:
    """A link of the sidebar. `icon` is a Lucide name, `count` a small number at its end, empty for none.

    `short` is the label where room is scarce, as at the bottom of a phone.
    """

    label: str
    href: str
    icon: str
    count: str = ""
    short: str = ""


@dataclass(frozen=True)
class NavGroup:
    """Links under one heading; the first group has none."""

    title: str
    items: Sequence[NavItem]


@dataclass(frozen=True)
class ShellUser:
    """Who is signed in, as the frame names them."""

    name: str
    role: str
    initials: str
    picture_url: str = ""


@dataclass(frozen=True)
class Bell:
    """How many notifications are unread, asked only where the bell is drawn: `read` counts them, up to 100.

    `page_url` leads to all of them, `latest_url` answers the newest and `count_url` the number.
    """

    page_url: str
    latest_url: str
    count_url: str
    read: Callable[[], int]

    @cached_property
    def unread(self) -> int:
        """How many, at most 100."""
        return self.read()

    @property
    def shown(self) -> str:
        """The number as it stands at the bell; empty for none."""
        return "99+" if self.unread > 99 else str(self.unread or "")


@dataclass(frozen=True)
class Viewing:
    """An admin looks at the portal of a customer until `ends_at`; `stop_url` ends it by POST."""

    admin: str
    customer: str
    ends_at: datetime
    stop_url: str


@dataclass(frozen=True)
class Shell:
    """The frame of a portal.

    `environments` are (value, label) pairs: production, staging, development; empty hides the switch,
    which posts `environment` and `next` to `environment_url`. Signing out posts to `sign_out_url`.
    `palette_url` answers the global search. Empty addresses hide what they lead to. The Client Portal
    shows the vendor: `product_name` is his name, `support_email` and
    `support_url` are where his customers ask; and `viewing`, when an admin looks on. `warning` stands
    over every page of the Admin Portal, with a link to `warning_url`.
    """

    user: ShellUser
    groups: Sequence[NavGroup]
    home_url: str
    product_name: str = "Keyturn"
    environment: str = ""
    environments: Sequence[tuple[str, str]] = field(default=())
    environment_url: str = ""
    profile_url: str = ""
    sign_out_url: str = ""
    bell: Bell | None = None
    palette_url: str = ""
    settings_url: str = ""
    support_email: str = ""
    support_url: str = ""
    viewing: Viewing | None = None
    warning: str = ""
    warning_url: str = ""
    # Where the entries of the audit trail about the record of this page are.
    entries_url: str = ""

    @property
    def help_url(self) -> str:
        """Where a customer asks for help, empty when the vendor named no place."""
        return self.support_url or (f"mailto:{self.support_email}" if self.support_email else "")

    @property
    def environment_label(self) -> str:
        """The present environment in words."""
        return dict(self.environments).get(self.environment, self.environment)
