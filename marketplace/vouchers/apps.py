import re

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace.audit.witnesses import register_witness
from marketplace.ledger.references import register_reference
from marketplace.ledger.verification import register_check


class VouchersConfig(AppConfig):
    name = "marketplace.vouchers"
    label = "vouchers"
    verbose_name = _("Vouchers")

    def ready(self) -> None:
        from .verification import check_vouchers  # noqa: PLC0415 - needs the models

        register_check("vouchers", check_vouchers)
        for witness in ("Redemption", "Settlement", "Card"):
            register_witness(self.get_model(witness))
        register_reference(r"(?P<number>JS\d{6}-\d+-\d+)(-\d+)?", self._settlement_of)
        register_reference(r"vouchers/(?P<code>[^/]+)/\d{4}-\d{2}", self._programme_of)

    def _settlement_of(self, match: re.Match[str]) -> str:
        """A settlement's number, or the part of it that one budget line pays."""
        settlement = self.get_model("Settlement").objects.filter(number=match["number"]).first()
        return settlement.get_absolute_url() if settlement else ""

    def _programme_of(self, match: re.Match[str]) -> str:
        """The programme whose month was issued, expired or taken back."""
        programme = self.get_model("Programme").objects.filter(code=match["code"]).first()
        return programme.get_absolute_url() if programme else ""
