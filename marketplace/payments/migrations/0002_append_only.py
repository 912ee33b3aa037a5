"""What reached our webhook stays as it came."""

from django.db import migrations

from marketplace.audit.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = append_only("payments_webhookdelivery")
