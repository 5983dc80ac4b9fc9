"""What a pass left out, as a file that can be corrected and sent again."""

from collections.abc import Iterator

from keyturn.operations.imports.columns import FIELDS
from keyturn.operations.imports.models import Fault, Import


def fields(of: Import) -> list[str]:
    """Our names of the columns that the file had, in our order."""
    return [field for field in FIELDS if field in of.columns]


def faulty(of: Import) -> Iterator[Fault]:
    """Every row that was left out, by line; never many in memory."""
    return Fault.objects.filter(of=of).order_by("line", "pk").iterator(chunk_size=1000)
