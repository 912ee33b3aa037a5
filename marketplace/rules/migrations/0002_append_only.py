"""Rules and calendar days only grow: a change is a new row."""

from django.db import migrations

from marketplace.pages.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("rules", "0001_initial")]

    operations = [*append_only("rules_rule"), *append_only("rules_calendarday")]
