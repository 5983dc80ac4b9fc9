"""Keyturn: license keys, the software that checks them, and the customers who own them."""

__version__ = "0.1.0"
