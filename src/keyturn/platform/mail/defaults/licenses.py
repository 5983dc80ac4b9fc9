"""Mails about licenses."""

from keyturn.platform.mail.templates import BuiltIn

_LICENSE = ("license_key", "product_name", "expiry_date", "activation_limit")
CATEGORY = "Licenses"

TEMPLATES = (
    BuiltIn(
        "license-issued",
        "License issued",
        CATEGORY,
        "Your {{product_name}} license",
        """Hello {{customer_name}},

Here is your license for **{{product_name}}**.

License key: `{{license_key}}`

Valid until: {{expiry_date}}

Devices: {{activation_limit}}

[See your licenses]({{portal_url}})
""",
        _LICENSE,
    ),
    BuiltIn(
        "license-assigned",
        "License assigned",
        CATEGORY,
        "A {{product_name}} license was assigned to you",
        """Hello {{customer_name}},

A license for **{{product_name}}** is now yours.

License key: `{{license_key}}`

Valid until: {{expiry_date}}

[See your licenses]({{portal_url}})
""",
        _LICENSE,
    ),
    BuiltIn(
        "license-transferred",
        "Licenses transferred",
        CATEGORY,
        "Your licenses were moved to another account",
        """Hello {{customer_name}},

Licenses moved from {{from_email}} to {{to_email}}: {{license_count}}. Devices stay activated.

If you did not expect this, write to {{support_email}}.
""",
        ("license_count", "from_email", "to_email"),
    ),
    BuiltIn(
        "activation-confirmed",
        "Activation confirmed",
        CATEGORY,
        "{{product_name}} was activated on a device",
        """Hello {{customer_name}},

Your license for **{{product_name}}** was activated on **{{device_name}}** on {{occurred_at}}.

If this was not you, deactivate the device.

[See your licenses]({{portal_url}})
""",
        (*_LICENSE, "device_name", "ip_address", "occurred_at"),
    ),
    BuiltIn(
        "activation-ended",
        "Device deactivated",
        CATEGORY,
        "A device of your {{product_name}} license was deactivated",
        """Hello {{customer_name}},

**{{device_name}}** was taken off your license for **{{product_name}}** on {{occurred_at}}. Its place is free for
another device.

If this was not you, write to {{support_email}}.
""",
        (*_LICENSE, "device_name", "occurred_at"),
    ),
    BuiltIn(
        "license-expiring",
        "License expiring",
        CATEGORY,
        "Your {{product_name}} license ends on {{expiry_date}}",
        """Hello {{customer_name}},

Your license for **{{product_name}}** (`{{license_key}}`) ends on {{expiry_date}}.

To renew it, write to {{support_email}}.
""",
        (*_LICENSE, "days_left"),
    ),
    BuiltIn(
        "license-expired",
        "License expired",
        CATEGORY,
        "Your {{product_name}} license has ended",
        """Hello {{customer_name}},

Your license for **{{product_name}}** (`{{license_key}}`) ended on {{expiry_date}}.

To renew it, write to {{support_email}}.
""",
        _LICENSE,
    ),
    BuiltIn(
        "license-suspended",
        "License suspended",
        CATEGORY,
        "Your {{product_name}} license is suspended",
        """Hello {{customer_name}},

Your license for **{{product_name}}** (`{{license_key}}`) is suspended. The program will not accept it until it is
reactivated.

Questions? Write to {{support_email}}.
""",
        _LICENSE,
    ),
    BuiltIn(
        "license-revoked",
        "License revoked",
        CATEGORY,
        "Your {{product_name}} license was revoked",
        """Hello {{customer_name}},

Your license for **{{product_name}}** (`{{license_key}}`) was revoked and no longer works.

Questions? Write to {{support_email}}.
""",
        _LICENSE,
    ),
    BuiltIn(
        "contract-notice",
        "Contract notice",
        CATEGORY,
        "About your {{product_name}} contract",
        """Hello {{customer_name}},

Your contract for **{{product_name}}** ends on {{expiry_date}}.

Questions? Write to {{support_email}}.
""",
        ("product_name", "expiry_date", "contract_name"),
    ),
)
