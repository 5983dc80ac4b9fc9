"""The product's password hasher with the smallest work factor."""

from django.contrib.auth.hashers import BCryptSHA256PasswordHasher


class QuickBCrypt(BCryptSHA256PasswordHasher):
    """Four rounds instead of twelve: a test signs in within a millisecond."""

    rounds = 4
