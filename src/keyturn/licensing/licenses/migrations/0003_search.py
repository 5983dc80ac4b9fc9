from django.db import migrations, models

from keyturn.core.search import index
from keyturn.licensing.licenses.search import ACTIVATIONS, LICENSES


class Migration(migrations.Migration):
    dependencies = [("licenses", "0002_storage"), ("customers", "0003_search")]
    operations = [
        migrations.RunPython(*index(LICENSES)),
        migrations.RunPython(*index(ACTIVATIONS)),
        migrations.AddIndex(
            "license",
            models.Index(fields=["environment", "activation_limit", "id"], name="licenses_by_limit"),
        ),
        migrations.AddIndex(
            "license",
            models.Index(fields=["environment", "status", "expires_at", "id"], name="licenses_by_status_expiry"),
        ),
    ]
