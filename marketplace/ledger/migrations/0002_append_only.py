"""Transfers only grow: a correction is a new transfer."""

from django.db import migrations

from marketplace.audit.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = append_only("ledger_transfer")
