"""Mails about a customer's account."""

from keyturn.platform.mail.templates import BuiltIn

CATEGORY = "Identity"
_EVENT = ("ip_address", "occurred_at")

TEMPLATES = (
    BuiltIn(
        "customer-invitation",
        "Customer invitation",
        CATEGORY,
        "Welcome to {{app_name}}: your {{product_name}} license",
        """Hello {{customer_name}},

Welcome. A license for **{{product_name}}** was assigned to you. In the customer portal you find its key, your
devices and your downloads.

[Open your account]({{action_url}})

The link works once, until {{expiry_date}}.
""",
        ("product_name", "action_url", "expiry_date"),
        secret=True,
        essential=True,
    ),
    BuiltIn(
        "magic-link",
        "Magic link",
        CATEGORY,
        "Your sign-in link for {{app_name}}",
        """Hello {{customer_name}},

[Sign in to {{app_name}}]({{action_url}})

The link works once, until {{expiry_date}}. If you did not ask for it, ignore this mail.
""",
        ("action_url", "expiry_date", "ip_address"),
        secret=True,
        essential=True,
        urgent=True,
    ),
    BuiltIn(
        "password-reset",
        "Password reset",
        CATEGORY,
        "Reset your {{app_name}} password",
        """Hello {{customer_name}},

[Choose a new password]({{action_url}})

The link works once, until {{expiry_date}}. If you did not ask for it, ignore this mail: your password stays as it is.
""",
        ("action_url", "expiry_date", "ip_address"),
        secret=True,
        essential=True,
        urgent=True,
    ),
    BuiltIn(
        "email-verification",
        "E-mail verification",
        CATEGORY,
        "Confirm your e-mail address for {{app_name}}",
        """Hello {{customer_name}},

[Confirm {{customer_email}}]({{action_url}})

The link works once, until {{expiry_date}}.
""",
        ("action_url", "expiry_date"),
        secret=True,
        essential=True,
        urgent=True,
    ),
    BuiltIn(
        "password-changed",
        "Password changed",
        CATEGORY,
        "Your {{app_name}} password was changed",
        """Hello {{customer_name}},

The password of your account was changed on {{occurred_at}} from {{ip_address}}. Other sessions were signed out.

If this was not you, reset your password at once and write to {{support_email}}.
""",
        _EVENT,
        urgent=True,
    ),
    BuiltIn(
        "two-factor-enabled",
        "Two-factor sign-in turned on",
        CATEGORY,
        "Two-factor sign-in is on for {{app_name}}",
        """Hello {{customer_name}},

Two-factor sign-in was turned on for your account on {{occurred_at}} from {{ip_address}}.

If this was not you, write to {{support_email}}.
""",
        _EVENT,
        urgent=True,
    ),
    BuiltIn(
        "two-factor-disabled",
        "Two-factor sign-in turned off",
        CATEGORY,
        "Two-factor sign-in is off for {{app_name}}",
        """Hello {{customer_name}},

Two-factor sign-in was turned off for your account on {{occurred_at}} from {{ip_address}}.

If this was not you, change your password at once and write to {{support_email}}.
""",
        _EVENT,
        urgent=True,
    ),
    BuiltIn(
        "new-sign-in",
        "New sign-in",
        CATEGORY,
        "New sign-in to {{app_name}}",
        """Hello {{customer_name}},

Somebody signed in to your account on {{occurred_at}} from {{ip_address}} with {{device_name}}.

If this was you, there is nothing to do. If not, change your password at once.
""",
        (*_EVENT, "device_name"),
        urgent=True,
    ),
    BuiltIn(
        "data-export-ready",
        "Data export ready",
        CATEGORY,
        "Your data from {{app_name}}",
        """Hello {{customer_name}},

The copy of your data is ready.

[Download your data]({{action_url}})

The link works until {{expiry_date}}.
""",
        ("action_url", "expiry_date"),
        secret=True,
        essential=True,
    ),
)
