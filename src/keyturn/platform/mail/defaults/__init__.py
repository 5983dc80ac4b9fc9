"""The texts of the built-in templates."""

from keyturn.platform.mail.defaults import admins, identity, licenses, tickets

ALL = (*licenses.TEMPLATES, *identity.TEMPLATES, *admins.TEMPLATES, *tickets.TEMPLATES)
