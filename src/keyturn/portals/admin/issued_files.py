"""Issued offline files as lists show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from keyturn.core.clock import now
from keyturn.licensing.offline.models import IssuedFile
from keyturn.licensing.signing.models import KeyPair


@dataclass(frozen=True)
class IssuedRow:
    """A file, and whether the product has a newer key than the one that signed it."""

    file: IssuedFile
    old_key: bool

    @property
    def ended(self) -> bool:
        """Whether its date has gone by, grace aside."""
        return self.file.ends_at is not None and self.file.ends_at <= now()


def issued_rows(files: Iterable[IssuedFile]) -> list[IssuedRow]:
    """The files with their marks, in one query; they need their license loaded."""
    files = list(files)
    pairs = {file.key_pair for file in files}
    current = set(KeyPair.objects.filter(uuid__in=pairs, archived_at=None).values_list("uuid", flat=True))
    return [IssuedRow(file, file.key_pair not in current) for file in files]
