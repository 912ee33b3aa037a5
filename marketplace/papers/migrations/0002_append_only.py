"""A seal that was set and a receipt that was given stay as they are."""

from django.db import migrations

from marketplace.audit.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("papers", "0001_initial")]

    operations = [*append_only("papers_signature"), *append_only("papers_receipt")]
