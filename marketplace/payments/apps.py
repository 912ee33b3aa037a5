from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace.ledger.verification import register_check


class PaymentsConfig(AppConfig):
    name = "marketplace.payments"
    label = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        register_check("payments", "marketplace.payments.verification.faults")
