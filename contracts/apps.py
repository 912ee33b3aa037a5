import re

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace.ledger.references import register_reference


class ContractsConfig(AppConfig):
    name = "contracts"
    label = "contracts"
    verbose_name = _("Contracts")

    def ready(self) -> None:
        register_reference(r"(?P<number>(HT|XY)[^/]+)(/\d+)?", self._page_of)

    def _page_of(self, match: re.Match[str]) -> str:
        """A contract's number, or that of one of its instalments."""
        contract = self.get_model("Contract").objects.filter(number=match["number"]).first()
        return contract.get_absolute_url() if contract else ""
