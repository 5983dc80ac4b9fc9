"""`keyturn reset-2fa`."""

import argparse

from keyturn.access.actors import system
from keyturn.core.errors import Refused
from keyturn.people.admins.models import Admin
from keyturn.people.signin import lost_devices


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whose."""
    parser.add_argument("--email", required=True)


def run(options: argparse.Namespace) -> int:
    """Let an admin in by password alone who lost his authenticator; the last Super Admin has nobody to ask."""
    admin = Admin.objects.present().filter(email=options.email.strip().lower()).first()
    if admin is None:
        raise Refused("There is no admin with this e-mail address.")
    lost_devices.reset(system("command line"), admin)
    print(f"{admin.email} signs in by password, and is then asked to set up an authenticator app.")
    return 0
