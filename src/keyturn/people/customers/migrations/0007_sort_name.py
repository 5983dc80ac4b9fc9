"""The order of names that are not plain ASCII; see people.customers.sorting."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from keyturn.people.customers import sorting

_SLICE = 5_000


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    size = "octet_length(name)" if editor.connection.vendor == "postgresql" else "length(CAST(name AS BLOB))"
    last = 0
    with editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"SELECT id, name FROM customers WHERE id > %s AND length(name) <> {size} ORDER BY id LIMIT {_SLICE}",  # noqa: S608
                [last],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            cursor.executemany(
                "UPDATE customers SET sort_name = %s WHERE id = %s", [(sorting.folded(name), key) for key, name in rows]
            )
            last = rows[-1][0]


def order(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    name = 'name COLLATE "C"' if editor.connection.vendor == "postgresql" else "name"
    editor.execute("DROP INDEX customers_by_name")
    editor.execute(
        f"CREATE INDEX customers_by_name ON customers ((coalesce(sort_name, lower({name}))), id) WHERE name <> ''"
    )


def order_as_before(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute("DROP INDEX customers_by_name")
    editor.execute("CREATE INDEX customers_by_name ON customers (lower(name), id) WHERE name <> ''")


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_name")]

    operations = [
        migrations.AddField("customer", "sort_name", sorting.SortNameField(editable=False, max_length=255, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(order, order_as_before),
    ]
