"""What the frame around every page of a portal shows. The portal fills it; the layouts read it as `shell`."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class NavItem:
    """A link of the sidebar. `icon` is a Lucide name, `count` a small number at its end, empty for none."""

    label: str
    href: str
    icon: str
    count: str = ""


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


@dataclass(frozen=True)
class Shell:
    """The frame of a portal.

    `environments` are (value, label) pairs: production, staging, development; empty hides the switch,
    which posts `environment` and `next` to `environment_url`. Signing out posts to `sign_out_url`.
    `palette_url` answers the global search. Empty addresses hide what they lead to.
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
    notifications_url: str = ""
    unread: int = 0
    palette_url: str = ""

    @property
    def environment_label(self) -> str:
        """The present environment in words."""
        return dict(self.environments).get(self.environment, self.environment)
