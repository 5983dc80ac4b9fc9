"""Names of up to 255 characters (CLP-50)."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from keyturn.core.search import index
from keyturn.people.customers.search import CUSTOMERS


def widen(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # SQLite knows no lengths, and Django would build the table anew there, without its triggers.
    if editor.connection.vendor != "postgresql":
        return
    # The column for searching is computed from the name, and PostgreSQL changes neither under the other.
    make, drop = index(CUSTOMERS)
    drop(apps, editor)
    editor.execute("ALTER TABLE customers ALTER COLUMN name TYPE varchar(255)")
    make(apps, editor)


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_erased")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField("customer", "name", models.CharField(blank=True, max_length=255)),
            ],
            database_operations=[migrations.RunPython(widen, migrations.RunPython.noop)],
        )
    ]
