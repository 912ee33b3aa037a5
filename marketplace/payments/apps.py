from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace.audit.witnesses import register_witness
from marketplace.ledger.references import register_reference, url_of
from marketplace.ledger.verification import register_check
from marketplace.parties.links import register_public_link


class PaymentsConfig(AppConfig):
    name = "marketplace.payments"
    label = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        register_reference(r"LX-(?P<late>.+)", lambda match: url_of(match["late"]))
        register_public_link("marketplace.payments.queries.donation_link")
        register_check("payments", "marketplace.payments.verification.faults")
        register_witness(self.get_model("PaymentOrder"))
