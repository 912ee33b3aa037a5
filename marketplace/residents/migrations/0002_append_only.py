"""Who looked, and what was changed, is never taken back."""

from django.db import migrations

from marketplace.audit.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("residents", "0001_initial")]
    operations = [*append_only("residents_recordview"), *append_only("residents_residentchange")]
