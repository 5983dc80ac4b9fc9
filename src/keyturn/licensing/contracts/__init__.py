"""Contracts: quotas of licenses that a vendor or a partner generates through the API."""
