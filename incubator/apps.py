import re

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace.ledger.references import register_reference
from marketplace.ledger.verification import register_check


class IncubatorConfig(AppConfig):
    name = "incubator"
    label = "incubator"
    verbose_name = _("Incubator")

    def ready(self) -> None:
        register_reference(r"(?P<number>FB[^/]+)", self._page_of)
        register_check("incubator", "incubator.verification.faults")

    def _page_of(self, match: re.Match[str]) -> str:
        """A subsidy's number."""
        subsidy = self.get_model("Subsidy").objects.filter(number=match["number"]).first()
        return subsidy.get_absolute_url() if subsidy else ""
