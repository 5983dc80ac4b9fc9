"""What signing in leaves behind: sessions, links, second factors, attempts; of customers and of admins."""

from django.db import models
from django.db.models import Q

from keyturn.core.clock import now
from keyturn.core.ids import uuid7


class Failure(models.Model):
    """One attempt that counts. `subject` is a hash of portal and account, or of portal and address."""

    subject = models.CharField(max_length=64)
    at = models.DateTimeField(default=now)

    class Meta:
        db_table = "signin_failures"
        indexes = [
            models.Index(fields=["subject", "at"], name="signin_failures_subject"),
            models.Index(fields=["at"], name="signin_failures_at"),
        ]


class Owned(models.Model):
    """A row of exactly one person; it goes when the person goes."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, null=True, related_name="+")
    admin = models.ForeignKey("admins.Admin", models.CASCADE, null=True, related_name="+")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=True, admin__isnull=False) | Q(customer__isnull=False, admin__isnull=True),
                name="%(class)s_one_owner",
            )
        ]


class Session(Owned):
    """An open session; its cookie holds the token, this row the token's hash.

    While `second_factor_due` it opens nothing but the code page. `viewer` is the admin who looks at the
    portal of `customer`.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    token_hash = models.CharField(max_length=64, unique=True)
    viewer = models.ForeignKey("admins.Admin", models.CASCADE, null=True, related_name="+")
    method = models.CharField(max_length=12)
    second_factor_due = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta(Owned.Meta):
        db_table = "signin_sessions"
        indexes = [models.Index(fields=["expires_at"], name="signin_sessions_expiry")]


class Link(Owned):
    """A link sent by e-mail. It is good for one purpose, once, until it expires."""

    class Purpose(models.TextChoices):
        INVITATION = "invitation", "Invitation"
        SIGN_IN = "sign_in", "Sign-in link"
        RESET = "reset", "Password reset"
        VERIFY = "verify", "E-mail verification"

    token_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=12, choices=Purpose)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        db_table = "signin_links"
        indexes = [models.Index(fields=["expires_at"], name="signin_links_expiry")]


class Authenticator(Owned):
    """The secret that a person shares with his authenticator app.

    `sealed_next` is one that he is about to scan; it replaces `sealed_secret` once he has shown a code.
    """

    sealed_secret = models.TextField(blank=True)
    sealed_next = models.TextField(blank=True)
    confirmed_at = models.DateTimeField(null=True)
    # The time step of the last code that was accepted; older ones and itself are never accepted again.
    last_step = models.BigIntegerField(default=0)

    class Meta(Owned.Meta):
        db_table = "signin_authenticators"
        constraints = [
            *Owned.Meta.constraints,
            models.UniqueConstraint(fields=["customer"], name="authenticator_of_customer"),
            models.UniqueConstraint(fields=["admin"], name="authenticator_of_admin"),
        ]


class RecoveryCode(Owned):
    """One code that stands in for the authenticator, once. `sealed` is kept only where it may be shown again."""

    code_hash = models.CharField(max_length=64)
    sealed = models.TextField(blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        db_table = "signin_recovery_codes"


class Passkey(models.Model):
    """The public half of a key pair that a device of an admin keeps, by which he signs in (WebAuthn).

    `credential_id` and `public_key` (COSE) are base64url; `host` is the name it is bound to.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    admin = models.ForeignKey("admins.Admin", models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    host = models.CharField(max_length=253)
    # At most 1,023 bytes, which base64url makes 1,364 characters of.
    credential_id = models.CharField(max_length=1364, unique=True)
    public_key = models.TextField()
    sign_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signin_passkeys"


class UsedChallenge(models.Model):
    """A challenge that a passkey has answered, kept until it would have expired."""

    challenge_hash = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=now)

    class Meta:
        db_table = "signin_used_challenges"
        indexes = [models.Index(fields=["at"], name="signin_used_challenges_at")]


class SignIn(models.Model):
    """One attempt to sign in, for the person to look at; without an owner when the account is unknown."""

    class Result(models.TextChoices):
        SUCCESS = "success", "Signed in"
        WRONG_PASSWORD = "password", "Wrong password"
        WRONG_CODE = "code", "Wrong code"
        WRONG_PASSKEY = "passkey", "Passkey not accepted"
        NOT_ACTIVE = "inactive", "Account not active"

    customer = models.ForeignKey("customers.Customer", models.CASCADE, null=True, related_name="+")
    admin = models.ForeignKey("admins.Admin", models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField(default=now)
    method = models.CharField(max_length=12)
    result = models.CharField(max_length=10, choices=Result)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "signin_history"
        indexes = [
            models.Index(fields=["customer", "-at"], name="signin_history_customer"),
            models.Index(fields=["admin", "-at"], name="signin_history_admin"),
            models.Index(fields=["at"], name="signin_history_at"),
        ]
