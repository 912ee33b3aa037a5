"""What was published stays published."""

from django.db import migrations

from marketplace.pages.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("opendata", "0001_initial")]

    operations = [*append_only("opendata_release")]
