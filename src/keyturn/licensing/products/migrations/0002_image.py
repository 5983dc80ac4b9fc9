from django.db import migrations, models


def pairs_keep_their_algorithm(apps, editor):
    """Until now a pair signed under what its product named; from now on the pair itself knows."""
    pairs = apps.get_model("signing", "KeyPair").objects
    for uuid in (
        apps.get_model("products", "Product").objects.filter(signing_algorithm="rsa-sha512").values_list("uuid")
    ):
        pairs.filter(holder=str(uuid[0])).update(algorithm="rsa-sha512")


class Migration(migrations.Migration):
    dependencies = [("products", "0001_initial"), ("signing", "0002_rotation")]

    operations = [
        migrations.AddField("product", "image", models.CharField(blank=True, max_length=4)),
        migrations.RunPython(pairs_keep_their_algorithm, migrations.RunPython.noop),
    ]
