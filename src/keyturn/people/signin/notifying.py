"""What admins are told of their own accounts, and Super Admins of roles."""

from collections.abc import Iterator, Sequence
from typing import Final

from keyturn.access.permissions import Role
from keyturn.platform.notifications.kinds import Type
from keyturn.platform.notifications.notices import Happening, Notice, tells

_AGAIN: Final = "If this was not you, change your password and tell a Super Admin at once."
# Those with True are told by an e-mail of their own already.
_OWN: Final = {
    "admin.password_changed": ("Your password was changed", True),
    "admin.password_reset": ("Your password was reset", True),
    "admin.totp_enabled": ("Two-factor sign-in was turned on", True),
    "admin.totp_disabled": ("Two-factor sign-in was turned off", True),
    "admin.totp_reset": ("Two-factor sign-in was reset", True),
    "admin.recovery_codes_created": ("New recovery codes were made", True),
    "admin.recovery_code_used": ("A recovery code was used to sign in", True),
    "admin.passkey_added": ("A passkey was added to your account", True),
    "admin.passkey_removed": ("A passkey was removed from your account", True),
    "admin.signin_paused": ("Your account was locked for a while", False),
}
_PAUSED: Final = "Somebody gave a wrong password or code too often."


@tells(*_OWN)
def own(happened: Sequence[Happening]) -> Iterator[Notice]:
    """Of what happened to an account its owner is told."""
    for one in happened:
        title, mailed = _OWN[one.action]
        paused = one.action == "admin.signin_paused"
        yield Notice(
            Type.SECURITY,
            one.action,
            title,
            f"{_PAUSED} {_AGAIN}" if paused else _AGAIN,
            subject=one.subject,
            link=("profile", ""),
            admins=(one.subject[1],),
            by_mail=not mailed,
        )


@tells("admin.role_changed")
def role_changed(happened: Sequence[Happening]) -> Iterator[Notice]:
    """Of another role both its holder and the Super Admins are told."""
    for one in happened:
        before, after = one.changes.get("role", ("", ""))
        yield Notice(
            Type.SECURITY,
            one.action,
            "The role of {admin} was changed",
            f"From {_label(before)} to {_label(after)}.",
            subject=one.subject,
            link=("admin", one.subject[1]),
            person=one.subject[1],
            admins=(one.subject[1],),
            roles=(Role.SUPER_ADMIN,),
        )


def _label(role: str) -> str:
    return str(dict(Role.choices).get(role, role))


def new_place(admin: str, ip: str, browser: str, *, by_mail: bool) -> Notice:
    """That somebody signed in as `admin` from where he never did."""
    text = f"From {ip} with {browser}. {_AGAIN}"
    link = ("profile", "")
    return Notice(
        Type.SECURITY, "admin.new_place", "Sign-in from a new location", text, subject=("admin", admin), link=link,
        admins=(admin,), by_mail=by_mail,
    )  # fmt: skip
