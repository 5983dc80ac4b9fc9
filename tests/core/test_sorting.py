"""The order of names, which must not depend on the database."""

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from keyturn.access.permissions import Role
from keyturn.core.sorting import SortName, folded
from keyturn.people.admins.models import Admin

# Each beside its letter, capitals and marks aside.
ORDER = ["7-Zip", "adam", "Älva", "Anna", "Çelik", "Dora", "Edda", "Élan", "ezra", "Łódź", "Ødegård", "ostrich"]
ORDER += ["Œuvre", "ñandu", "straße", "Strauß", "Zoë", "Żółw"]


@pytest.mark.django_db
def test_both_engines_sort_as_people_look_for_names() -> None:
    wanted = sorted(ORDER, key=folded)
    for name in reversed(wanted):
        Admin.objects.create(name=name, email=f"{wanted.index(name)}@example.com", role=Role.VIEWER)
    assert wanted[1:4] == ["adam", "Älva", "Anna"]
    assert wanted[6:9] == ["Edda", "Élan", "ezra"]
    rows = Admin.objects.annotate(by=SortName("name"))
    assert list(rows.order_by("by").values_list("name", flat=True)) == wanted
    assert dict(rows.values_list("name", "by")) == {name: folded(name) for name in ORDER}
    assert list(Admin.objects.order_by(SortName("name").desc(nulls_last=True)).values_list("name", flat=True)[:1]) == [
        wanted[-1]
    ]
    assert Admin.objects.annotate(both=SortName(Concat(F("name"), Value("É")))).filter(both="adame").count() == 1
