"""What was done about a grievance is only ever added to; what was said in it is forgotten in time."""

from django.db import migrations

from marketplace.audit.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0001_initial")]
    operations = [*append_only("evaluations_grievancestep", forgets={"words": "''", "by_id": "NULL"})]
