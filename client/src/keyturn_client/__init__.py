"""Check Keyturn licenses in a Python program, online and offline. The README says how."""

from keyturn_client.client import AsyncClient, Client
from keyturn_client.keys import PublicKeys
from keyturn_client.results import Cause, Deactivated, Denied, License, Source, Unreachable, Valid, Verdict
from keyturn_client.retry import Retry

__all__ = [
    "AsyncClient",
    "Cause",
    "Client",
    "Deactivated",
    "Denied",
    "License",
    "PublicKeys",
    "Retry",
    "Source",
    "Unreachable",
    "Valid",
    "Verdict",
]
