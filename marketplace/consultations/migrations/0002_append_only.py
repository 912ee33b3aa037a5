from django.db import migrations

from marketplace.audit.triggers import append_only


class Migration(migrations.Migration):
    """Who was counted, what was said and what the bureau promised can't be changed or taken away later."""

    dependencies = [("consultations", "0001_initial")]
    operations = [
        *append_only("consultations_participation"),
        *append_only("consultations_answer"),
        *append_only("consultations_reply"),
        *append_only("consultations_outcome"),
    ]
