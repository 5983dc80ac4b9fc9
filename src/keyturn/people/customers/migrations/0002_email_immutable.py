from django.db import migrations

from keyturn.core.triggers import forbid


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [
        migrations.RunPython(
            *forbid(
                "customers",
                "customers_email_immutable",
                on=["UPDATE"],
                message="the e-mail address of a customer cannot be changed",
                when="OLD.email <> NEW.email AND NEW.erased_at IS NULL",
            )
        )
    ]
