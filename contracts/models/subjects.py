"""What a contract may be, and what an article may be about."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ContractKind(models.TextChoices):
    SERVICE = "service", _("Service contract")
    PROVIDER_AGREEMENT = "provider_agreement", _("Voucher provider agreement")


class Subject(models.TextChoices):
    """Which of the contents required by rule `contract.contents` an article carries."""

    CONTENT = "content", _("Content of the service")
    QUANTITY = "quantity", _("Quantity")
    QUALITY = "quality", _("Quality and standards")
    TERM = "term", _("Term and place")
    PRICE = "price", pgettext_lazy("clause", "Price")
    SETTLEMENT = "settlement", _("Settlement of funds")
    ACCEPTANCE = "acceptance", _("Acceptance and evaluation")
    DUTIES = "duties", _("Rights and duties")
    PRIVACY = "privacy", _("Personal information")
    BREACH = "breach", _("Breach")
    DISPUTES = "disputes", _("Disputes")
    OTHER = "other", _("Other")
