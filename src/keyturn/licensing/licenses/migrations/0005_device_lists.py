from django.db import migrations, models
from django.db.models import deletion

from keyturn.core.search import index
from keyturn.licensing.licenses.generated import AddressOrder
from keyturn.licensing.licenses.search import ACTIVATIONS

MAKE, DROP = index(ACTIVATIONS)


def know_products(apps, editor):
    editor.execute("UPDATE activations SET product_id = (SELECT product_id FROM licenses WHERE id = license_id)")


def search_addresses(apps, editor):
    """Rebuilding the table on SQLite dropped its triggers; the address is searched now, too."""
    DROP(apps, editor)
    MAKE(apps, editor)


def leave_room(apps, editor):
    """A verification rewrites its row beside the old one and touches no index (PostgreSQL: HOT updates)."""
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE activations SET (fillfactor = 75)")


class Migration(migrations.Migration):
    dependencies = [("licenses", "0004_contracts"), ("products", "0002_image")]
    operations = [
        migrations.AddField(
            "activation",
            "product",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=0,
                on_delete=deletion.DO_NOTHING,
                related_name="+",
                to="products.product",
            ),
            preserve_default=False,
        ),
        migrations.RunPython(know_products, migrations.RunPython.noop),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
        migrations.AddField(
            "activation",
            "last_ip_order",
            models.GeneratedField(
                db_persist=True, expression=AddressOrder("last_ip"), output_field=models.CharField(max_length=60)
            ),
        ),
        *(
            migrations.AddIndex("activation", models.Index(fields=["environment", *fields, "id"], name=name))
            for name, fields in (
                ("activations_by_device", ["identifier"]),
                ("activations_by_address", ["last_ip_order"]),
            )
        ),
        *(
            migrations.AddIndex(
                "activation", models.Index(fields=["environment", field, "-activated_at", "-id"], name=name)
            )
            for name, field in (("activations_by_product", "product"), ("activations_by_status", "status"))
        ),
        migrations.RunPython(search_addresses, migrations.RunPython.noop),
    ]
