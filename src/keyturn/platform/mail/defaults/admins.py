"""Mails to the people who run the platform."""

from keyturn.platform.mail.templates import BuiltIn

CATEGORY = "Admin"

TEMPLATES = (
    BuiltIn(
        "admin-invitation",
        "Admin invitation",
        CATEGORY,
        "You are invited to run {{app_name}}",
        """Hello {{admin_name}},

An account with the role {{role}} was made for you in the Admin Portal of {{app_name}}.

[Set up your account]({{action_url}})

The link works once, until {{expiry_date}}.
""",
        ("admin_name", "role", "action_url", "expiry_date"),
        secret=True,
        essential=True,
        urgent=True,
    ),
    BuiltIn(
        "admin-password-reset",
        "Admin password reset",
        CATEGORY,
        "Reset your {{app_name}} admin password",
        """Hello {{admin_name}},

[Choose a new password]({{action_url}})

The link works once, until {{expiry_date}}. If you did not ask for it, ignore this mail: your password stays as it is.
""",
        ("admin_name", "action_url", "expiry_date", "ip_address"),
        secret=True,
        essential=True,
        urgent=True,
    ),
    BuiltIn(
        "admin-security",
        "Admin account changed",
        CATEGORY,
        "{{event}} in your {{app_name}} admin account",
        """Hello {{admin_name}},

{{event}}: {{occurred_at}}, from {{ip_address}}.

If this was not you, tell a Super Admin at once.
""",
        ("admin_name", "event", "occurred_at", "ip_address"),
        essential=True,
        urgent=True,
    ),
    BuiltIn(
        "admin-notification",
        "Notification to admins",
        CATEGORY,
        "{{app_name}}: {{event}}",
        """{{event}}

{{details}}

[Open the Admin Portal]({{action_url}})
""",
        ("admin_name", "event", "details", "action_url"),
    ),
    BuiltIn(
        "abuse-warning",
        "Abuse warning",
        CATEGORY,
        "{{app_name}}: a license looks abused",
        """The license `{{license_key}}` of {{product_name}} shows suspicious activations.

{{details}}

[Look at the license]({{action_url}})
""",
        ("license_key", "product_name", "details", "action_url"),
    ),
)
