"""The history of an expert's entry is never rewritten."""

from django.db import migrations

from marketplace.pages.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("tenders", "0001_initial")]
    operations = append_only("tenders_expertchange")
