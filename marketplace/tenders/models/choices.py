"""Codes that several tables share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MethodCode(models.TextChoices):
    """What each is stands in `methods.METHODS`, its numbers in the rule book."""

    OPEN = "open", _("Public tender")
    INVITED = "invited", _("Invited tender")
    NEGOTIATION = "negotiation", _("Competitive negotiation")
    CONSULTATION = "consultation", _("Competitive consultation")
    RFQ = "rfq", _("Request for quotations")
    SINGLE_SOURCE = "single_source", _("Single source")
    FRAMEWORK = "framework", _("Framework agreement")
