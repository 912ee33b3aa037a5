"""Entries, batches and seals only grow."""

from django.db import migrations

from marketplace.audit.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        *append_only("audit_entry"),
        *append_only("audit_batch"),
        *append_only("audit_seal"),
    ]
