from django.apps import AppConfig
from django.core.management import call_command
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RulesConfig(AppConfig):
    name = "marketplace.rules"
    label = "rules"
    verbose_name = _("Rules and calendar")

    def ready(self) -> None:
        post_migrate.connect(load_after_migrate, sender=self, dispatch_uid="rules.load_shipped_rules")


def load_after_migrate(sender: AppConfig, using: str, **_kwargs: object) -> None:
    """Every `migrate` brings the rules that this release ships, as Django does with its permissions."""
    if sender.get_model("Rule")._meta.db_table in connections[using].introspection.table_names():
        call_command("load_rules", verbosity=0)
