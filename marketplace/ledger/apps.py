from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace.audit.sealing import register_stream


class LedgerConfig(AppConfig):
    name = "marketplace.ledger"
    label = "ledger"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        register_stream("ledger", self.get_model("Transfer"))
