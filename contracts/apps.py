import re

from django.apps import AppConfig
from django.core.management import call_command
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from marketplace.ledger.references import register_reference
from marketplace.ledger.verification import register_check


class ContractsConfig(AppConfig):
    name = "contracts"
    label = "contracts"
    verbose_name = _("Contracts")

    def ready(self) -> None:
        register_reference(r"(?P<number>(HT|XY)[^/]+?)(-B\d+)?(/(\d+|bond))?", self._page_of)
        register_check("contracts", "contracts.verification.faults")
        post_migrate.connect(load_after_migrate, sender=self, dispatch_uid="contracts.load_shipped_templates")

    def _page_of(self, match: re.Match[str]) -> str:
        """A contract's number, or that of one of its instalments, supplements or bonds."""
        contract = self.get_model("Contract").objects.filter(number=match["number"]).first()
        return contract.get_absolute_url() if contract else ""


def load_after_migrate(sender: AppConfig, using: str, **_kwargs: object) -> None:
    """Every `migrate` brings the clause library that this release ships, where there is none."""
    if sender.get_model("Template")._meta.db_table in connections[using].introspection.table_names():
        call_command("load_templates", verbosity=0)
