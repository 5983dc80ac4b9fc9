"""Every setting: name, default, limits and what it does. The only place that declares one."""

from collections.abc import Sequence
from dataclasses import dataclass

from keyturn.access.permissions import Permission
from keyturn.core.zones import timezones
from keyturn.platform.preferences.kinds import (
    Bucket,
    Cdn,
    Choice,
    Days,
    Email,
    Host,
    Number,
    Picture,
    Secret,
    Setting,
    Text,
    Toggle,
    Url,
)
from keyturn.platform.preferences.security import SECURITY


@dataclass(frozen=True)
class Tab:
    """One page of the settings; `permission` is what changing it takes.

    `note` says in the manual what the page shows besides settings.
    """

    name: str
    title: str
    text: str
    permission: Permission = Permission.MANAGE_SETTINGS
    view_permission: Permission = Permission.MANAGE_SETTINGS
    note: str = ""


TABS = (
    Tab("general", "General", "Your name, your address and how people reach you."),
    Tab("license", "License", "How licenses, devices and keys behave over time."),
    Tab(
        "email",
        "Email",
        "How mail leaves this server. Without it, mail is kept in the Outbox.",
        Permission.MANAGE_CRITICAL_SETTINGS,
        Permission.VIEW_CRITICAL_SETTINGS,
    ),
    Tab(
        "storage",
        "Storage",
        "Where the files of your releases are kept. They stay private wherever they are.",
        Permission.MANAGE_CRITICAL_SETTINGS,
        Permission.VIEW_CRITICAL_SETTINGS,
    ),
    Tab("changelog", "Changelog", "What people outside may read about your releases."),
    Tab(
        "telemetry",
        "Telemetry",
        "What your software may report about its use.",
        note="Storage Duration is the retention policy for Telemetry Records of the selected environment: 1 to 730 "
        "days, 90 at first. A Super Admin may change it.",
    ),
    Tab(
        "webhooks",
        "Webhooks",
        "How long it can be seen what webhooks were told.",
        note="Webhook Retention Days is the retention policy for Webhook Deliveries of the selected environment: 7, 15 "
        "or 30 days, 30 at first. A Super Admin may change it.",
    ),
    Tab(
        "logging",
        "Logging",
        "What the system log keeps. The audit trail keeps every change, whatever is chosen here.",
        Permission.MANAGE_CRITICAL_SETTINGS,
        Permission.VIEW_CRITICAL_SETTINGS,
    ),
    Tab("security", "Security", "Passwords, links, sessions and limits."),
    Tab("abuse", "Abuse Detection", "What counts as misuse of a license, and what follows."),
)

_GENERAL: Sequence[Setting] = (
    Text("general.app_name", "Keyturn", "Application Name", "Shown in page titles and e-mails.", "general", "Vendor",
         required=True, maximum=64),
    Email("general.support_email", "", "Support Email", "Where customers write to.", "general", "Vendor",
          required=True),
    Url("general.support_url", "", "Support URL", "A help page, if you have one.", "general", "Vendor"),
    Picture("general.logo", "", "Logo", "PNG, JPG or SVG, at most 2 MB and 800 × 200 pixels; 200 × 50 is best. E-mails "
            "show the name instead of an SVG.", "general", "Vendor", width=800, height=200),
    Toggle("general.landing_page", True, "Landing Page",
           "Off: the bare address leads to the sign-in of the Admin Portal.", "general", "Vendor"),
    Url("general.base_url", "", "Public Address",
        "The address that links in e-mails start with, such as https://licenses.example.com.", "general", "Address",
        bare=True),
    Url("general.local_url", "http://127.0.0.1:8000"),
    Choice("general.time_zone", "UTC", "Time Zone", "Where the days of the dashboard begin. Admins see times in their "
           "own zone.", "general", "Address", options=tuple((name, name.replace("_", " ")) for name in timezones())),
)  # fmt: skip

_LICENSE: Sequence[Setting] = (
    Toggle("licenses.full_verification", True, "Require License Verification",
           "Off: state, expiry and limit of a license still count, but misuse is not looked for. Admins see a warning.",
           "license", "Verification"),
    Number("licenses.cache_minutes", 60, "License Cache Duration",
           "Minutes for which a positive result is kept for programs that ask again. Any change of the license, its "
           "device, customer or product, or of a setting ends it at once.",
           "license", "Verification", minimum=5, maximum=1440, unit="minutes"),
    Toggle("licenses.auto_renewal", False, "Auto-Renewal",
           "Needs a connection to your biller, which is not built in. Let the biller extend licenses by the API.",
           "license", "Verification", unavailable=True),
    Number("licenses.grace_days", 0, "Grace Period", "Days after expiry during which a license still verifies.",
           "license", "Licenses", minimum=0, maximum=365, unit="days"),
    Toggle("licenses.expiry_notices", False, "Expiry Reminders",
           "Mail customers 30, 14 and 7 days before a license ends, where the product sends mails.",
           "license", "Licenses"),
    Number("activations.abandoned_days", 30, "Abandoned After",
           "Days without a verification before a device is marked.",
           "license", "Devices", minimum=1, maximum=3650, unit="days"),
    Days("notifications.expiry_days", "30, 7, 1", "Expiry Warning",
         "Days before the end of licenses at which admins are told how many end. Empty: never.",
         "license", "Notifications"),
    Number("notifications.limit_percent", 80, "Device Limit Warning",
           "Share of the devices of a license, in percent, at which admins are told.",
           "license", "Notifications", minimum=1, maximum=100, unit="%"),
    Number("keys.rotation_grace_days", 30, "Key Rotation",
           "Days during which a replaced signing key still signs.",
           "license", "Signing keys", minimum=0, maximum=365, unit="days"),
)  # fmt: skip

_EMAIL: Sequence[Setting] = (
    Choice("mail.driver", "smtp", "Driver", "", "email", "Transport",
           options=(("smtp", "SMTP"), ("sendmail", "Sendmail"), ("mailgun", "Mailgun"), ("ses", "Amazon SES"))),
    Host("mail.host", "localhost", "SMTP Host", "", "email", "SMTP"),
    Number("mail.port", 587, "SMTP Port", "Usual: 25, 465, 587, 2525.", "email", "SMTP", minimum=1, maximum=65535),
    Choice("mail.encryption", "tls", "Encryption", "TLS goes with port 587, SSL with port 465.", "email", "SMTP",
           options=(("none", "None"), ("tls", "TLS (STARTTLS)"), ("ssl", "SSL"))),
    Text("mail.username", "", "Username", "", "email", "SMTP"),
    Secret("mail.password", "", "Password", "", "email", "SMTP"),
    Host("mail.mailgun_domain", "", "Domain", "The sending domain, such as mg.example.com.", "email", "Mailgun"),
    Secret("mail.mailgun_key", "", "API Key", "", "email", "Mailgun"),
    Choice("mail.mailgun_region", "us", "Region", "", "email", "Mailgun", options=(("us", "US"), ("eu", "EU"))),
    Text("mail.ses_key", "", "Access Key ID", "", "email", "Amazon SES", maximum=128),
    Secret("mail.ses_secret", "", "Secret Access Key", "", "email", "Amazon SES"),
    Text("mail.ses_region", "us-east-1", "Region", "", "email", "Amazon SES", maximum=30),
    Text("mail.sender_name", "", "Sender Name", "Left empty it is the Application Name.", "email", "Sender",
         maximum=64),
    Email("mail.sender_email", "", "Sender Email", "Your mail server must allow it.", "email", "Sender",
          required=True),
)  # fmt: skip

_STORAGE: Sequence[Setting] = (
    Choice("storage.driver", "local", "Driver",
           "Files that are stored already stay where they are; new ones go to the new place.", "storage", "Place",
           options=(("local", "Local folder"), ("s3", "Amazon S3"), ("s3_compatible", "S3-Compatible"))),
    Text("storage.access_key", "", "Access Key ID", "", "storage", "Bucket", maximum=128),
    Secret("storage.secret_key", "", "Secret Access Key", "", "storage", "Bucket"),
    Text("storage.region", "us-east-1", "Region", "", "storage", "Bucket", maximum=30),
    Bucket("storage.bucket", "", "Bucket", "It must exist. Keep it private.", "storage", "Bucket"),
    Url("storage.endpoint", "", "Endpoint", "For S3-Compatible: the address of the server.", "storage", "Bucket"),
    Cdn("storage.public_url", "", "Public URL",
        "A CDN that fetches from this server, such as https://cdn.example.com. Pages and e-mails load your logo from "
        "there. Files of releases are private: they never come from it.",
        "storage", "Public files"),
    Number("storage.upload_limit_mb", 2048, "Largest File", "Megabytes that one file may have.", "storage", "Limits",
           minimum=1, maximum=102_400, unit="MB"),
)  # fmt: skip

_CHANGELOG: Sequence[Setting] = (
    Toggle("changelog.enabled", True, "Enable Changelog",
           "Off: nobody sees a changelog, and its page is hidden. Entries are kept.", "changelog", "Changelog"),
    Toggle("changelog.public", False, "Public Access",
           "On: anybody may read the changelogs of products that have theirs enabled.", "changelog", "Changelog"),
    Number("changelog.per_page", 10, "Items Per Page", "", "changelog", "Changelog", minimum=5, maximum=50,
           unit="entries"),
)  # fmt: skip

_TELEMETRY: Sequence[Setting] = (
    Toggle("telemetry.enabled", False, "Enable Telemetry",
           "Records hold the sender's IP address. Off: nothing is accepted or stored; licenses are not affected.",
           "telemetry", "Telemetry"),
)  # fmt: skip

_LOGGING: Sequence[Setting] = (
    Toggle("logging.dashboard", True, "Log Dashboard Activities",
           "What admins and customers do in their portals: sign-ins, changes, settings, exports. Off: the dashboard's "
           "Recent Activity is empty.", "logging", "Portals"),
    Toggle("logging.api", True, "Log API Calls", "Calls that succeeded.", "logging", "API"),
    Toggle("logging.api_failed", True, "Log Failed API Calls",
           "Calls that were refused or failed, with the reason and the parameters without secrets.", "logging", "API"),
    Toggle("logging.blocked", True, "Log Blocklisted API Calls",
           "Calls turned away before they were looked at: revoked keys, foreign addresses, too many requests.",
           "logging", "API"),
)  # fmt: skip

_ABUSE: Sequence[Setting] = (
    Toggle("abuse.enabled", True, "Enable",
           "New activations are looked at every 15 minutes. Off: nothing is, and limits still apply.",
           "abuse", "Detection"),
    Number("abuse.threshold", 5, "Abuse Threshold",
           "Suspicious activations after which a license counts as abused. 72 hours without one start anew.",
           "abuse", "Detection", minimum=1, maximum=100),
    Toggle("abuse.auto_suspend", False, "Auto-Suspend",
           "On: a license that reaches the threshold is suspended at once. Off: it is only flagged to admins.",
           "abuse", "Detection"),
    Number("abuse.simultaneous", 5, "Simultaneous Activation", "Activations of a license within one minute.",
           "abuse", "Rules", minimum=0, maximum=10_000),
    Number("abuse.spike", 10, "Activation Spike", "Activations of a license within one hour.",
           "abuse", "Rules", minimum=0, maximum=10_000),
    Number("abuse.countries", 3, "Geographic Spread", "Countries that a license is activated from within 24 hours.",
           "abuse", "Rules", minimum=0, maximum=250, unit="countries"),
    Number("abuse.cycling", 5, "Rapid Cycling", "Devices of a license activated once more within 24 hours.",
           "abuse", "Rules", minimum=0, maximum=10_000),
    Number("abuse.churn", 20, "Hardware ID Churn", "Different identifiers of a license within 7 days.",
           "abuse", "Rules", minimum=0, maximum=10_000),
    Number("abuse.random", 10, "Random Identifiers",
           "Hardware identifiers of a license that look random, within 24 hours. Programs that send hashes look "
           "like that too.", "abuse", "Rules", minimum=0, maximum=10_000),
    Number("abuse.address", 20, "Licenses per Address",
           "Different licenses activated from one address within 24 hours. 0 switches a rule off.",
           "abuse", "Rules", minimum=0, maximum=10_000, unit="licenses"),
)  # fmt: skip

_EVERY = (
    *_GENERAL,
    *_LICENSE,
    *_EMAIL,
    *_STORAGE,
    *_CHANGELOG,
    *_TELEMETRY,
    *_LOGGING,
    *SECURITY,
    *_ABUSE,
)
SETTINGS = {one.name: one for one in _EVERY}


def of_tab(tab: str) -> list[Setting]:
    """The settings that a tab shows, in order."""
    return [one for one in SETTINGS.values() if one.tab == tab]
