"""Licenses without a network: signed files on the machine or on a USB drive."""

from keyturn_client.offline.validation import Check, Reason, Validator
from keyturn_client.offline.watch import DriveWatch, recheck

__all__ = ["Check", "DriveWatch", "Reason", "Validator", "recheck"]
