"""The settings of the Security tab."""

from collections.abc import Sequence
from typing import Final

from keyturn.platform.preferences.kinds import Choice, Number, Setting, Toggle
from keyturn.platform.preferences.lists import Countries, Networks, Parts, Several

SECURITY: Final[Sequence[Setting]] = (
    Number("passwords.minimum_length", 10, "Minimum Length", "For customers.", "security", "Passwords",
           minimum=8, maximum=64, unit="characters"),
    Toggle("passwords.upper", False, "Require a capital letter", "", "security", "Passwords"),
    Toggle("passwords.lower", False, "Require a small letter", "", "security", "Passwords"),
    Toggle("passwords.digit", False, "Require a digit", "", "security", "Passwords"),
    Toggle("passwords.symbol", False, "Require a symbol", "", "security", "Passwords"),
    Number("passwords.admin_minimum_length", 8, "Minimum Length for Admins", "12 or more is recommended.",
           "security", "Passwords", minimum=8, maximum=64, unit="characters"),
    Number("signin.attempts", 5, "Attempts", "Failed sign-ins before a pause.", "security", "Sign-in",
           minimum=1, maximum=100),
    Number("signin.window_minutes", 15, "Counted Over", "Minutes in which failed sign-ins are counted.",
           "security", "Sign-in", minimum=1, maximum=1440, unit="minutes"),
    Number("notifications.failed_verifications", 50, "Failed Verifications",
           "So many within an hour in one environment alert Super Admins and Admins, once that hour; 0 means never.",
           "security", "Alerts", minimum=0, maximum=1_000_000),
    Number("admins.idle_minutes", 30, "Admin Idle Time", "Minutes without a request after which an admin is signed "
           "out.", "security", "Sessions", minimum=5, maximum=1440, unit="minutes"),
    Toggle("admins.confirm_preview", False, "Ask for the password before a license preview",
           "Once in ten minutes.", "security", "Sessions"),
    Number("customers.idle_minutes", 1440, "Customer Idle Time", "Minutes without a request after which a customer "
           "is signed out.", "security", "Sessions", minimum=5, maximum=43_200, unit="minutes"),
    Number("links.invitation_hours", 72, "Invitations", "How long an invitation may be followed, in hours.",
           "security", "Links", minimum=1, maximum=720, unit="hours"),
    Number("links.magic_minutes", 15, "Sign-in Links", "How long a magic link may be followed, in minutes.",
           "security", "Links", minimum=5, maximum=1440, unit="minutes"),
    Number("links.reset_minutes", 60, "Password Resets", "How long a reset link may be followed, in minutes.",
           "security", "Links", minimum=5, maximum=1440, unit="minutes"),
    Number("links.export_days", 7, "Data Exports", "How long a customer may fetch his data by link, in days.",
           "security", "Links", minimum=1, maximum=30, unit="days"),
    Choice("customers.on_delete", "keep", "Licenses of Deleted Customers",
           "What happens to licenses when their customer is deleted.", "security", "Deletion",
           options=(("keep", "Stay as they are, as Deleted Customer"), ("release", "Go back to stock"))),
    Number("api.per_ip", 300, "Requests per Address", "API requests a minute from one address; 0 means no limit.",
           "security", "API", minimum=0, maximum=1_000_000),
    Number("api.per_license", 300, "Requests per License", "API requests a minute for one license; 0 means no limit.",
           "security", "API", minimum=0, maximum=1_000_000),
    Number("api.per_contract", 300, "Requests per Contract",
           "API requests a minute for one contract; 0 means no limit.",
           "security", "API", minimum=0, maximum=1_000_000),
    Networks("api.blocked_addresses", "", "Blocked Addresses",
             "IP addresses and ranges, one a line. The API refuses them, as all that follow, with code 150.",
             "security", "Blocked callers"),
    Several("api.blocked_identifiers", "", "Blocked Identifiers",
            "Devices and license keys as programs send them, one a line.", "security", "Blocked callers"),
    Countries("api.blocked_countries", "", "Blocked Countries",
              "Codes of two letters, such as DE, one a line. Addresses of unknown countries are served.",
              "security", "Blocked callers"),
    Parts("api.blocked_programs", "", "Blocked Programs",
          "Parts of the User-Agent that a program names, one a line; capitals and small letters are the same.",
          "security", "Blocked callers"),
    Number("api.wrong_keys", 100, "Wrong Keys per Address",
           "So many different wrong API or license keys from one address within 10 minutes, and it is refused for 10 "
           "to 20 minutes; 0 means never. Calls with an API key that lists its IP addresses are not counted: give your "
           "web shop such a key.",
           "security", "Blocked callers", minimum=0, maximum=1_000_000, unit="keys"),
    Toggle("api.block_injection", False, "Refuse attempts at SQL injection",
           "They achieve nothing here in any case; on, they are refused and logged for what they are.",
           "security", "Blocked callers"),
)  # fmt: skip
