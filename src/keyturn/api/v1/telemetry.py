"""What software reports about itself, and reading it back (docs/spec/api-v1.md 11.28, 11.29)."""

import json
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from keyturn.access.permissions import Permission
from keyturn.api import codes, hooks, params
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Flag, Identity, Line, Page, Params, message
from keyturn.api.v1.registry import Context, endpoint
from keyturn.api.v1.telemetry_rows import record_row
from keyturn.licensing.licenses.models import License
from keyturn.licensing.telemetry import services
from keyturn.licensing.telemetry.models import TelemetryRecord
from keyturn.licensing.telemetry.report import PARAMETERS, Report
from keyturn.people.apikeys import idempotency
from keyturn.platform.preferences import services as preferences

_LARGEST_PAGE = 1000
# Credentials are no part of what was reported.
_NOT_KEPT = frozenset(("api_key", *idempotency.NAMES))


def _loose(value: Any) -> str:
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


Loose = Annotated[str, BeforeValidator(_loose)]


class Telemetry(Params):
    """Whatever comes is stored: a wrong form is told, not refused (TEL-02)."""

    product_id: Loose = ""
    product_version: Loose = ""
    license_key: Loose = ""
    activation_identifier: Loose = ""
    user_identifier: Loose = ""
    data_type: Loose = ""
    data_group: Loose = ""
    numeric_data_single_value: Loose = ""
    numeric_data_x: Loose = ""
    numeric_data_y: Loose = ""
    text_data: Loose = ""


@endpoint("send-telemetry-data", "POST", invalid=831)
@endpoint("send-telemetry", "POST", invalid=831)
@endpoint("telemetry", "POST", invalid=831)
def send_telemetry(context: Context, given: Telemetry) -> Result:
    """Store a usage record; what is wrong with it is told and flagged."""
    if not preferences.flag("telemetry.enabled"):
        return Result(150, status=403)
    received = {name: value for name, value in context.call.params.items() if name not in _NOT_KEPT}
    report = Report(**{name: getattr(given, name) for name in PARAMETERS}, received=received)
    record = services.receive(
        License.objects.in_scope(context.actor),
        context.key.environment,
        report,
        lookups.product(context, params.identity(given.product_id)),
        ip=context.call.ip,
        user_agent=context.call.user_agent,
        grace=timedelta(days=context.settings["licenses.grace_days"]),
    )
    context.license_id = record.license_id
    hooks.telemetry(context.actor, record)
    errors = {name: [message(kind, name)] for name, kind in record.errors.items()}
    told = {"telemetry_id": str(record.uuid), "is_flagged": record.has_red_flags}
    return Result(831 if errors else 830, {"errors": errors or []}, told)


class Wanted(Page):
    """Filters; each takes the value as it was sent."""

    product_id: Identity | None = None
    product_version: Line = ""
    license_key: Line = ""
    activation_identifier: Line = ""
    user_identifier: Line = ""
    data_type: Line = ""
    data_group: Line = ""
    is_correct_format: Flag | None = None
    license_key_exists: Flag | None = None
    product_exists: Flag | None = None
    product_version_exists: Flag | None = None
    has_red_flags: Flag | None = None


@endpoint("get-telemetry-data", "GET", invalid=901, permissions=[Permission.VIEW_TELEMETRY], atomic=False)
def get_telemetry_data(context: Context, given: Wanted) -> Result:
    """The records of the environment, newest first, at most 1,000 a page."""
    rows, more = _found(context, given)
    return Result(970, {"data": rows}, more)


@endpoint("get-telemetry", "GET", invalid=901, permissions=[Permission.VIEW_TELEMETRY], atomic=False)
def get_telemetry(context: Context, given: Wanted) -> Result:
    """The records of the environment, newest first, with codes of its own: 900, or 902 when there are none."""
    rows, more = _found(context, given)
    code = 900 if rows else 902
    return Result(code, {"data": rows} if rows else {}, more, message=codes.GET_TELEMETRY[code])


def _found(context: Context, given: Wanted) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    records = TelemetryRecord.objects.in_scope(context.actor)
    if given.product_id is not None:
        product = lookups.product(context, given.product_id)
        records = records.filter(product=product) if product else records.none()
    texts = given.model_dump(include=set(Wanted.model_fields) - {"page", "per_page", "product_id"})
    chosen = {name: value for name, value in texts.items() if value not in ("", None)}
    records = records.filter(**chosen)
    per_page = given.per_page or _LARGEST_PAGE
    start = (given.page - 1) * per_page
    rows = [record_row(record) for record in records.newest()[start : start + per_page]]
    more: dict[str, Any] = {"records": rows, "page": given.page, "per_page": per_page}
    if context.is_sdk:
        more["total"] = records.count()
    return rows, more
