"""From the texts of a row to a license that may be made, or to what is wrong with it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.core.ids import parse_uuid
from keyturn.core.text import clean_email, clean_line
from keyturn.licensing import values
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.generators.services import check_ready
from keyturn.licensing.licenses import keys
from keyturn.licensing.licenses.intake import AFTERWARDS, Draft
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.operations.imports.models import Import
from keyturn.operations.imports.reading import MANY_CELLS
from keyturn.people.customers.models import NAME_LENGTH

_NEVER = ("never", "lifetime", "none", "unlimited", "perpetual")
_UNLIMITED = ("unlimited", "∞")
_ENDED = (Status.EXPIRED, Status.REVOKED)


class Faulty(Exception):
    """A row that cannot become a license, and every reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))


class Judge:
    """Judges the rows of one import by the products and generators that there are now."""

    def __init__(self, of: Import) -> None:
        self.of = of
        products = list(Product.objects.filter(environment=of.environment))
        makers = list(Generator.objects.filter(environment=of.environment).select_related("product"))
        self.products = _catalog(products)
        self.generators = _catalog(makers)
        self.by_id = {product.pk: product for product in products}
        self.maker_by_id = {maker.pk: maker for maker in makers}

    def draft(self, given: Mapping[str, str]) -> Draft:
        """The license of a row. Raises Faulty."""
        return _Reading(self, given).draft()


def _catalog(rows: list[Any]) -> dict[str, list[Any]]:
    """Rows by UUID and by folded name; a name may stand for several."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        for name in (str(row.uuid), row.name.casefold()):
            found.setdefault(name, []).append(row)
    return found


class _Reading:
    """One row being read; `problems` collects what is wrong with it."""

    def __init__(self, judge: Judge, given: Mapping[str, str]) -> None:
        self.judge, self.given, self.problems = judge, given, list[str]()

    def draft(self) -> Draft:
        if MANY_CELLS in self.given:
            raise Faulty([f"This line has {self.given[MANY_CELLS]} cells, more than the file has columns."])
        maker = self.generator()
        product = self.product(maker)
        maker = maker or self.chosen(product)
        key, state = self.key(maker), self.state()
        expires_at, lifetime = self.expiry(state)
        draft = Draft(
            product=product or Product(),
            generator=maker,
            license_key=key,
            email=self.checked("customer_email", clean_email),
            name=self.name(),
            activation_limit=self.limit(),
            expires_at=expires_at,
            lifetime=lifetime,
            features=self.mapping("features", values.check_features),
            metadata=self.mapping("metadata", values.check_metadata),
            order_reference=self.order(),
            state=state,
        )
        if state == Status.SUSPENDED and not draft.email:
            self.problems.append("A suspended license needs a customer_email.")
        if self.problems:
            raise Faulty(self.problems)
        return draft

    def text(self, name: str) -> str:
        return self.given.get(name, "")

    def generator(self) -> Generator | None:
        given = self.text("generator_uuid")
        found: Generator | None = self.one(self.judge.generators, given, "generator") if given else None
        return found

    def chosen(self, product: Product | None) -> Generator | None:
        """The generator chosen for the file, where it belongs to the row's product."""
        default = self.judge.maker_by_id.get(self.judge.of.generator_id or 0)
        fits = default is not None and (product is None or default.product_id == product.pk)
        return default if fits and not self.text("generator_uuid") else None

    def product(self, maker: Generator | None) -> Product | None:
        given = self.text("product_uuid")
        found: Product | None = None
        if given:
            found = self.one(self.judge.products, given, "product")
        elif maker:
            found = maker.product
        elif self.judge.of.product_id:
            found = self.judge.by_id.get(self.judge.of.product_id)
        elif default := self.chosen(None):
            found = default.product
        elif not self.text("generator_uuid"):
            self.problems.append("Name the product: product_uuid is empty, and none was chosen for the file.")
        if found and (found.status != Product.Status.ACTIVE or found.killed_at):
            self.problems.append(f"The product “{found.name}” is inactive. Activate it first.")
        if found and maker and maker.product_id != found.pk:
            self.problems.append(f"The generator “{maker.name}” belongs to another product.")
        return found

    def one(self, catalog: Mapping[str, list[Any]], given: str, noun: str) -> Any:
        uuid = parse_uuid(given)
        rows = catalog.get(str(uuid) if isinstance(uuid, UUID) else given.casefold(), [])
        if not rows:
            self.problems.append(f"There is no {noun} “{given[:60]}” in {self.judge.of.get_environment_display()}.")
        elif len(rows) > 1:
            self.problems.append(f"Several {noun}s are named “{given[:60]}”. Give the UUID.")
        return rows[0] if len(rows) == 1 else None

    def key(self, maker: Generator | None) -> str:
        key = self.text("license_key")
        if "•" in key:
            self.problems.append("This key is masked. Export the file with a role that may see whole keys.")
        elif key:
            if problem := keys.key_problem(key):
                self.problems.append(problem)
        elif maker is None:
            if not self.text("generator_uuid"):
                self.problems.append("license_key is empty: give a key, or a generator to draw it.")
        else:
            try:
                check_ready(maker)
            except Refused as refusal:
                self.problems.append(refusal.message)
        return key

    def state(self) -> str:
        given = self.text("status").lower()
        if given and given not in list(Status):
            self.problems.append(f"“{given[:20]}” is no status: use {', '.join(Status)} or leave it empty.")
        return given if given in AFTERWARDS else ""

    def expiry(self, state: str) -> tuple[datetime | None, bool]:
        given = self.text("expires_at")
        if not given or given.lower() in _NEVER:
            if state == Status.EXPIRED:
                self.problems.append("An expired license needs its expires_at.")
            return None, bool(given)
        at = _moment(given)
        if at is None:
            self.problems.append(f"“{given[:30]}” is no date: write it as 2027-01-31, or never.")
        elif state == Status.EXPIRED and at > now():
            self.problems.append("This license is expired, but its expires_at lies ahead.")
        elif state not in _ENDED and at <= now():
            self.problems.append("The expiry date is past. Give status “expired” to import it so.")
        return at, False

    def limit(self) -> int | None:
        given = self.text("activation_limit").lower().replace(",", "")
        if not given:
            return None
        number = -1 if given in _UNLIMITED else _integer(given)
        return number if self.holds(lambda: values.check_limit(number, 10_000), "activation_limit") else None

    def mapping(self, name: str, check: Any) -> dict[str, Any]:
        given = self.text(name)
        if not given:
            return {}
        try:
            found = json.loads(given, parse_constant=_refuse)
        except (ValueError, RecursionError):
            self.problems.append(f'{name} is no JSON object, such as {{"export": true}}.')
            return {}
        return found if self.holds(lambda: check(found), name) else {}

    def name(self) -> str:
        name = clean_line(self.text("customer_name"))
        if len(name) > NAME_LENGTH:
            self.problems.append(f"customer_name has more than {NAME_LENGTH} characters.")
        # Our own export says N/A where there is no name.
        return "" if name == "N/A" else name

    def order(self) -> str:
        text = clean_line(self.text("order_reference"))
        self.holds(lambda: values.check_length(text, 0, 191), "order_reference")
        return text

    def checked(self, name: str, check: Any) -> str:
        given = self.text(name)
        try:
            return str(check(given)) if given else ""
        except Invalid as problem:
            self.problems.append(f"{name}: {problem.message}")
            return ""

    def holds(self, check: Any, name: str) -> bool:
        try:
            check()
        except Invalid as problem:
            self.problems.append(f"{name}: {problem.message}")
            return False
        return True


def _moment(text: str) -> datetime | None:
    """A moment in ISO 8601, in UTC unless it says otherwise; a bare day lasts until its last second."""
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(at, time(23, 59, 59), UTC) if len(text) in (8, 10) else at


def _integer(text: str) -> int | None:
    return int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdecimal() and len(text) < 9 else None


def _refuse(name: str) -> Any:
    raise ValueError(name)
