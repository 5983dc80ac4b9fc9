from django.db import migrations, models

from keyturn.core.search import index
from keyturn.people.customers.search import CUSTOMERS


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_email_immutable")]
    operations = [
        migrations.RunPython(*index(CUSTOMERS)),
        migrations.AddIndex("customer", models.Index(fields=["joined_at", "id"], name="customers_joined")),
        migrations.AddIndex("customer", models.Index(fields=["email", "id"], name="customers_by_email")),
        migrations.AddIndex("customer", models.Index(fields=["status", "joined_at", "id"], name="customers_by_status")),
        # Raw SQL: Django passes the empty string as a parameter, which no planner can match.
        migrations.RunSQL(
            "CREATE INDEX customers_by_name ON customers (lower(name), id) WHERE name <> ''",
            "DROP INDEX customers_by_name",
        ),
        migrations.RunSQL(
            "CREATE INDEX customers_nameless ON customers (id) WHERE name = ''",
            "DROP INDEX customers_nameless",
        ),
    ]
