"""`keyturn import-licenses`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from keyturn.access.actors import Actor, system
from keyturn.access.scope import Environment
from keyturn.core.errors import Invalid, Refused
from keyturn.core.ids import parse_uuid
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.products.models import Product
from keyturn.operations.imports import passes, services
from keyturn.operations.imports.models import Import


def arguments(parser: argparse.ArgumentParser) -> None:
    """The file, what counts for rows that do not say it, and whether to try only."""
    parser.add_argument("file", metavar="FILE", type=Path, help="CSV or JSON in UTF-8; see the page Import Licenses")
    parser.add_argument("--environment", choices=Environment.values, default=Environment.PRODUCTION.value)
    parser.add_argument("--product", metavar="P", default="", help="UUID or name, for rows that name no product")
    parser.add_argument("--generator", metavar="G", default="", help="UUID or name, draws keys for rows without one")
    parser.add_argument("--no-mail", action="store_true", help="neither invite customers nor mail them their keys")
    parser.add_argument("--dry-run", action="store_true", help="say what would become of each row, and import nothing")


def run(options: argparse.Namespace) -> int:
    """Check the file, then import it; status 1 when rows were left out. Cut off, the same command goes on."""
    actor = system("command line", options.environment)
    try:
        with options.file.open("rb") as file:
            of = None if options.dry_run else services.unfinished(actor, file)
            if of is None:
                of = _checked(actor, file, options)
                if options.dry_run:
                    return _tell(of, "would be imported", forget=actor)
                if not of.good:
                    return _tell(of, "imported", forget=actor)
                services.begin(of)
            else:
                print(f"Going on behind row {of.done:,} of {of.rows:,}.")
    except OSError as error:
        raise Invalid({"file": [f"{options.file} cannot be read: {error.strerror}."]}) from error
    passes.carry_out(actor, of, _progress)
    return _tell(of, "imported")


def _checked(actor: Actor, file: Any, options: argparse.Namespace) -> Import:
    of = services.upload(
        actor,
        file,
        options.file.name,
        notify=not options.no_mail,
        product=_one(Product.objects.in_scope(actor), options.product, "product"),
        generator=_one(Generator.objects.in_scope(actor).select_related("product"), options.generator, "generator"),
    )
    passes.check(of)
    return of


def _one(rows: Any, given: str, noun: str) -> Any:
    if not given:
        return None
    uuid = parse_uuid(given)
    found = list(rows.filter(uuid=uuid) if uuid else rows.filter(name__iexact=given))
    if len(found) != 1:
        raise Refused(f"There {'are several' if found else 'is no'} {noun} “{given}”. Give a UUID.")
    return found[0]


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done:,} of {total:,} rows", end="" if done < total else "\n", file=sys.stderr, flush=True)


def _tell(of: Import, verb: str, *, forget: Actor | None = None) -> int:
    for fault in of.faults.order_by("line", "pk").iterator(chunk_size=1000):
        print(f"line {fault.line}: {fault.reason}", file=sys.stderr)
    people = f", {of.new_customers:,} new customers" if of.new_customers else ""
    print(f"{of.good:,} of {of.rows:,} rows {verb}{people}; {of.duplicates:,} duplicates, {of.faulty:,} faulty.")
    status = 1 if of.faulty or of.duplicates else 0
    if forget:
        services.discard(forget, of)
    return status
