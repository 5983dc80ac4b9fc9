"""Proof that nobody altered, removed, slipped in or reordered entries of the audit trail.

A job seals what was recorded since the last time: a seal holds the fingerprint of each of its entries, is
chained to the seal before it, and is signed with the installation's key, whose private half opens only
with KEYTURN_ENCRYPTION_KEYS. Whoever can write to the database alone can therefore not make a seal.
"""
