"""Someone acts for a resident: who, how far, until when, and how the resident agreed."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages import clock
from marketplace.pages.models import Row

from .residents import Resident


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def live(self) -> "DelegationQuerySet":
        today = clock.today()
        return self.filter(
            models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=today), starts_on__lte=today, ended_at=None
        )


class Delegation(Row):
    """A resident lets someone act for them, on record, until a date."""

    class Kind(models.TextChoices):
        RELATIVE = "relative", _("Relative")
        NEIGHBOUR = "neighbour", _("Neighbour")
        WORKER = "worker", _("Community worker")

    class Scope(models.TextChoices):
        VIEW = "view", _("See the balance and history")
        ACT = "act", _("See and act: card, services, complaints")

    resident = models.ForeignKey(
        Resident, on_delete=models.CASCADE, related_name="delegations", verbose_name=_("resident")
    )
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations", verbose_name=_("delegate")
    )
    kind = models.CharField(_("relation"), max_length=10, choices=Kind)
    scope = models.CharField(pgettext_lazy("delegation", "may"), max_length=6, choices=Scope, default=Scope.VIEW)
    consent_on = models.DateField(_("consent given on"))
    consent_note = models.CharField(_("how consent was given"), max_length=200)
    starts_on = models.DateField(_("from"), default=clock.today)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "delegate"], condition=models.Q(ended_at=None), name="one_live_delegation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.delegate} → {self.resident}"
