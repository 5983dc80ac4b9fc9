"""A program that asks for its license when it starts. Copy it, and put your own values at the top.

python protected_app.py activate YOUR-LICENSE-KEY     once on each computer
python protected_app.py                               every start
python protected_app.py deactivate                    before the customer moves to another computer
"""

import os
import sys
from pathlib import Path

from keyturn_client import Client, Deactivated, Denied, PublicKeys, Unreachable, Valid
from keyturn_client.state import default_folder

# These four belong into your build. The environment is only for trying this example.
SERVER = os.environ.get("EXAMPLE_SERVER", "https://licenses.example.com")
API_KEY = os.environ.get("EXAMPLE_API_KEY", "kt_live_...")  # may verify, activate, deactivate; nothing else
PRODUCT = os.environ.get("EXAMPLE_PRODUCT", "00000000-0000-0000-0000-000000000000")
PUBLIC_KEY = os.environ.get("EXAMPLE_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\n...\n-----END PUBLIC KEY-----\n")

APP = "com.example.photo-suite"
FOLDER = default_folder(APP)
KEY_FILE = FOLDER / "license-key.txt"

# What a customer can do about a refusal.
ADVICE = {
    202: "This computer is not activated yet.",
    204: "The license is suspended or revoked. Please contact support.",
    205: "The license has expired. Please renew it.",
    210: "This license key is unknown. Is it typed correctly?",
    302: "All devices of this license are in use. Deactivate one first.",
}


def main(words: list[str]) -> int:
    """Activate, deactivate, or check and run."""
    client = Client(
        SERVER,
        api_key=API_KEY,
        product=PRODUCT,
        public_keys=PublicKeys.from_pem(PUBLIC_KEY),
        app=APP,
        state_folder=FOLDER,
        offline_file=FOLDER / "license.lic",
    )
    with client:
        if words[:1] == ["activate"] and len(words) == 2:
            return activate(client, words[1])
        key = KEY_FILE.read_text("utf-8").strip() if KEY_FILE.is_file() else ""
        if not key:
            print(f"Enter your license key: {Path(sys.argv[0]).name} activate YOUR-LICENSE-KEY")
            return 2
        return deactivate(client, key) if words == ["deactivate"] else start(client, key, fresh=words == ["check"])


def activate(client: Client, key: str) -> int:
    """Take a seat for this computer, and remember the key."""
    match client.activate(key, os=sys.platform):
        case Valid():
            FOLDER.mkdir(parents=True, exist_ok=True)
            Path(KEY_FILE).write_text(key, "utf-8")
            print("Thank you! This computer is activated.")
            return 0
        case Denied(code=code, reason=reason):
            print(ADVICE.get(code, reason))
            return 1
        case Unreachable(reason=reason):
            print(f"The license server cannot be reached, please try again later. ({reason})")
            return 1


def start(client: Client, key: str, *, fresh: bool) -> int:
    """Check the license, then do what the program is for."""
    match client.verify(key, fresh=fresh):
        case Valid() as license:
            for warning in license.warnings:
                print(f"Note: {warning}")
            print(f"Photo Suite is running ({license.source}). Export is {'on' if license.has('export') else 'off'}.")
            return 0
        case Denied(code=code, reason=reason):
            print(ADVICE.get(code, reason))
            return 1
        case Unreachable(reason=reason):
            # The grace is over, too. It is yours to decide how strict to be here.
            print(f"Please connect to the Internet to check the license. ({reason})")
            return 1


def deactivate(client: Client, key: str) -> int:
    """Give the seat back, so that another computer can have it."""
    match client.deactivate(key):
        case Deactivated():
            KEY_FILE.unlink()
            print("This computer is deactivated.")
            return 0
        case Denied(reason=reason) | Unreachable(reason=reason):
            print(f"That did not work: {reason}")
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
