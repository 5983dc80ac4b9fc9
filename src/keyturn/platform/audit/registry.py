"""The name of every event, what people read for it, and where it stands on a customer's timeline.

Whoever records a new event adds a line here. `kind` puts it on the timeline of the customer it names,
under that filter; without one it stands in the audit trail alone. `text` words the entry there; it may
name {license}, {device}, {owner} (the other customer of a transfer) and any member of `changes`.
"""

from dataclasses import dataclass
from typing import Final

KINDS: Final = {
    "created": "Account created",
    "assigned": "License assigned",
    "reassigned": "License reassigned",
    "unassigned": "License unassigned",
    "suspended": "License suspended",
    "reactivated": "License reactivated",
    "renewed": "License renewed",
    "expired": "License expired",
    "revoked": "License revoked",
    "license_changed": "License changed",
    "key": "Key revealed",
    "activated": "License activated",
    "deactivated": "Device deactivated",
    "offline": "Offline file issued",
    "invitation": "Invitation",
    "password_requested": "Password reset requested",
    "password_changed": "Password reset completed",
    "email_verified": "E-mail verified",
    "sign_in": "Sign-in",
    "two_factor": "2FA on/off",
    "download": "Download",
    "data_exported": "Data exported",
    "profile": "Profile changed",
    "viewed_as": "Viewed as customer",
    "status": "Status changed",
    "email": "E-mail sent",
}


@dataclass(frozen=True, slots=True)
class EventName:
    """An event. `mark`: the member of `changes` by which it differs from others of the same action."""

    action: str
    label: str
    kind: str = ""
    text: str = ""
    mark: str = ""


EVENTS: Final = (
    EventName("customer.created", "Account created", "created"),
    EventName("customer.updated", "Profile changed", "profile"),
    EventName("customer.status_changed", "Account status changed", "status", "Set the account to {status}"),
    EventName("customer.invited", "Invitation sent", "invitation"),
    EventName("customer.password_reset_requested", "Password reset requested", "password_requested"),
    EventName("customer.password_reset", "Password reset completed", "password_changed"),
    EventName("customer.password_set", "Password set", "password_changed"),
    EventName("customer.password_changed", "Password changed", "password_changed"),
    EventName("customer.email_verified", "E-mail address verified", "email_verified"),
    EventName("customer.signed_in", "Signed in to the Client Portal", "sign_in"),
    EventName("customer.signed_out", "Signed out of the Client Portal", "sign_in"),
    EventName("customer.signin_link_requested", "Sign-in link requested", "sign_in"),
    EventName("customer.signin_failed", "Sign-in failed", "sign_in"),
    EventName("customer.signin_paused", "Sign-in paused after too many failures", "sign_in"),
    EventName("customer.sessions_ended", "Sessions ended", "sign_in"),
    EventName("customer.unlocked", "Sign-in unlocked", "sign_in"),
    EventName("customer.totp_enabled", "2FA turned on", "two_factor"),
    EventName("customer.totp_disabled", "2FA turned off", "two_factor"),
    EventName("customer.recovery_codes_created", "Recovery codes created", "two_factor"),
    EventName("customer.recovery_code_used", "Recovery code used", "two_factor"),
    EventName("customer.downloaded", "File downloaded", "download", "Downloaded {file}"),
    EventName("customer.exported", "Customer data exported", "data_exported"),
    EventName("customer.export_fetched", "Customer data downloaded", "data_exported"),
    EventName("customer.deleted", "Customer deleted"),
    EventName("customer.view_started", "Viewing as customer started", "viewed_as"),
    EventName("customer.view_ended", "Viewing as customer ended", "viewed_as"),
    EventName("mail.composed", "E-mail written", "email", "Wrote an e-mail"),
    EventName("mail.sent", "E-mail sent", "email", "E-mail sent: {template}"),
    EventName("mail.failed", "E-mail failed", "email", "E-mail could not be sent: {template}"),
    EventName("license.created", "License created"),
    EventName("license.assigned", "License assigned", "assigned", "Assigned {license}"),
    EventName(
        "license.assigned", "License reassigned", "reassigned", "Received {license} from {owner}", mark="transferred"
    ),
    EventName("license.transferred", "License reassigned", "reassigned", "Transferred {license} to {owner}"),
    # The device that made it active has an entry of its own.
    EventName("license.activated", "License became active"),
    EventName("license.suspended", "License suspended", "suspended", "Suspended {license}"),
    EventName("license.expired", "License expired", "expired", "{license} expired"),
    EventName("license.revoked", "License revoked", "revoked", "Revoked {license}"),
    EventName("license.updated", "License changed", "license_changed", "Changed {license}"),
    EventName("license.updated", "License unassigned", "unassigned", "Took back {license}", mark="unassigned"),
    EventName("license.updated", "License reactivated", "reactivated", "Reactivated {license}", mark="reactivated"),
    EventName("license.updated", "License renewed", "renewed", "Renewed {license}", mark="renewed"),
    EventName("license.deleted", "License deleted", "license_changed", "Deleted {license}"),
    EventName("license.key_revealed", "License key revealed", "key", "Revealed the key of {license}"),
    # Customers never see it (SET-91).
    EventName("license.flagged", "License flagged for misuse"),
    EventName("license.transition_refused", "License change refused"),
    EventName("license.imported", "Licenses imported"),
    EventName("license.offline_issued", "Offline file issued", "offline", "Issued an offline file of {license}"),
    EventName(
        "license.offline_test_issued", "Offline test file issued", "offline", "Issued an offline test file of {license}"
    ),
    EventName("activation.created", "License activated", "activated", "Activated {license} on {device}"),
    EventName("activation.deleted", "Device deactivated", "deactivated", "Deactivated {device} on {license}"),
    EventName("audit.exported", "Audit trail exported"),
    EventName("list.exported", "List exported"),
    EventName("product.created", "Product created"),
    EventName("product.updated", "Product changed"),
    EventName("product.deleted", "Product deleted"),
    EventName("product.keys_rotated", "Signing keys rotated"),
    EventName("product.killed", "Kill switch activated"),
    EventName("changelog.created", "Changelog entry created"),
    EventName("changelog.updated", "Changelog entry changed"),
    EventName("changelog.published", "Changelog entry published"),
    EventName("changelog.withdrawn", "Changelog entry withdrawn"),
    EventName("changelog.deleted", "Changelog entry deleted"),
    EventName("generator.created", "Generator created"),
    EventName("generator.updated", "Generator changed"),
    EventName("generator.deleted", "Generator deleted"),
    EventName("generator.batch", "Licenses generated"),
    EventName("release.created", "Release uploaded"),
    EventName("release.updated", "Release changed"),
    EventName("release.published", "Release published"),
    EventName("release.withdrawn", "Release taken back"),
    EventName("release.file_removed", "Release file removed"),
    EventName("release.link_issued", "Release link copied"),
    EventName("release.deleted", "Release deleted"),
    EventName("contract.created", "Contract created"),
    EventName("contract.updated", "Contract changed"),
    EventName("contract.suspended", "Contract suspended"),
    EventName("contract.deleted", "Contract deleted"),
    EventName("api_key.created", "API key created"),
    EventName("api_key.updated", "API key changed"),
    EventName("api_key.regenerated", "API key regenerated"),
    EventName("api_key.revoked", "API key revoked"),
    EventName("api_key.enabled", "API key enabled"),
    EventName("api_key.deleted", "API key deleted"),
    EventName("webhook.created", "Webhook created"),
    EventName("webhook.updated", "Webhook changed"),
    EventName("webhook.enabled", "Webhook activated"),
    EventName("webhook.disabled", "Webhook deactivated"),
    EventName("webhook.secret_renewed", "Webhook secret renewed"),
    EventName("webhook.secret_revealed", "Webhook secret revealed"),
    EventName("webhook.deleted", "Webhook deleted"),
    EventName("webhook.tested", "Webhook tested"),
    EventName("webhook.retried", "Webhook delivery sent again"),
    EventName("webhook.failed", "Webhook delivery failed"),
    EventName("admin.created", "Admin added"),
    EventName("admin.updated", "Admin changed"),
    EventName("admin.role_changed", "Admin role changed"),
    EventName("admin.deactivated", "Admin deactivated"),
    EventName("admin.reactivated", "Admin reactivated"),
    EventName("admin.deleted", "Admin deleted"),
    EventName("admin.invited", "Admin invited"),
    EventName("admin.sessions_ended", "Admin sessions ended"),
    EventName("admin.password_reset_sent", "Admin password reset sent"),
    EventName("admin.signed_in", "Admin signed in"),
    EventName("admin.signed_out", "Admin signed out"),
    EventName("admin.signin_failed", "Admin sign-in failed"),
    EventName("admin.signin_paused", "Admin sign-in paused after too many failures"),
    EventName("admin.password_reset_requested", "Admin password reset requested"),
    EventName("admin.password_reset", "Admin password reset"),
    EventName("admin.password_set", "Admin password set"),
    EventName("admin.password_changed", "Admin password changed"),
    EventName("admin.totp_enabled", "Admin 2FA turned on"),
    EventName("admin.totp_disabled", "Admin 2FA turned off"),
    EventName("admin.totp_reset", "Admin 2FA reset by a Super Admin"),
    EventName("admin.passkey_added", "Passkey of an admin added"),
    EventName("admin.passkey_removed", "Passkey of an admin removed"),
    EventName("admin.recovery_codes_created", "Admin recovery codes created"),
    EventName("admin.recovery_code_used", "Admin recovery code used"),
    EventName("dashboard.viewed", "Dashboard viewed"),
    EventName("access.refused", "Access refused"),
    EventName("email_template.created", "E-mail template created"),
    EventName("email_template.updated", "E-mail template changed"),
    EventName("email_template.deleted", "E-mail template deleted"),
    EventName("email_template.tested", "E-mail template tested"),
    EventName("settings.changed", "Settings changed"),
    EventName("settings.mail_tested", "Test mail sent"),
    EventName("settings.cache_cleared", "License cache cleared"),
    EventName("mail.resent", "E-mail queued again"),
    EventName("job.retried", "Job retried"),
    EventName("job.deleted", "Job deleted"),
    EventName("job.failed", "Job failed"),
    EventName("retention.created", "Retention policy created"),
    EventName("retention.updated", "Retention policy changed"),
    EventName("retention.deleted", "Retention policy deleted"),
    EventName("retention.previewed", "Retention dry run"),
    EventName("retention.purged", "Old records removed"),
)
_BY_ACTION: Final = {
    action: tuple(one for one in EVENTS if one.action == action) for action in {one.action for one in EVENTS}
}


def named(action: str) -> tuple[EventName, ...]:
    """The names that an action can have, marked ones too; empty for one that nobody declared."""
    return _BY_ACTION.get(action, ())


def name_of(action: str, changes: dict[str, object]) -> EventName:
    """The name of one event. An action that nobody declared is worded by itself."""
    names = named(action)
    for one in names:
        if one.mark and changes.get(one.mark):
            return one
    plain = next((one for one in names if not one.mark), None)
    return plain or EventName(action, action.replace(".", " ").replace("_", " ").capitalize())
