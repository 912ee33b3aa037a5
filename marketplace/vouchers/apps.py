from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace.ledger.verification import register_check


class VouchersConfig(AppConfig):
    name = "marketplace.vouchers"
    label = "vouchers"
    verbose_name = _("Vouchers")

    def ready(self) -> None:
        from .verification import check_vouchers  # noqa: PLC0415 - needs the models

        register_check("vouchers", check_vouchers)
