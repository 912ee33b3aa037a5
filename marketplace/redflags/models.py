"""What the indicators have found, and what a person found out about it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.opendata.parts import party_id
from marketplace.pages.models import Row
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import is_auditor, is_operator

from .finding import Group, Indicator


class FlagQuerySet(models.QuerySet["Flag"]):
    def standing(self) -> "FlagQuerySet":
        """What the data still shows."""
        return self.filter(gone_at=None)

    def visible_to(self, user: User) -> "FlagQuerySet":
        """All for auditors and the operator; for a bureau's people what concerns its own purchases."""
        if not user.is_authenticated:
            return self.none()
        if is_auditor(user) or is_operator(user):
            return self
        bureaus = Organisation.objects.filter(
            memberships__user=user,
            memberships__ended_at=None,
            memberships__role__in=[Role.OFFICER, Role.APPROVER],
            kind=Organisation.Kind.BUREAU,
        )
        buyers = [party_id(uscc) for uscc in bureaus.values_list("uscc", flat=True).distinct()]
        return self.filter(publisher="", buyer__in=buyers)


class Flag(Row):
    """One indicator that points at one process or one party. Flags that the data no longer shows keep their row."""

    publisher = models.CharField(_("publisher"), max_length=200, blank=True)  # empty: this portal
    group = models.CharField(_("points at"), max_length=20, choices=[(group.value, group.name) for group in Group])
    subject = models.CharField(max_length=200)  # the ocid, or the party's id
    name = models.CharField(_("name"), max_length=500)  # what the process or party is called
    buyer = models.CharField(max_length=200, blank=True)  # the buyer's id, where the flag is of one buyer
    number = models.CharField(max_length=200, blank=True)  # the tender's own number
    indicator = models.CharField(
        pgettext_lazy("red flag", "sign"),
        max_length=4,
        choices=[(indicator.value, indicator.name) for indicator in Indicator],
    )
    value = models.FloatField(_("value"))
    parties = models.JSONField(default=list)  # names of those it points at within the process
    found_at = models.DateTimeField(_("found"))
    gone_at = models.DateTimeField(_("no longer seen since"), null=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        ordering = ["-found_at", "indicator", "subject"]
        constraints = [
            models.UniqueConstraint(fields=["publisher", "group", "subject", "indicator"], name="one_flag"),
            models.CheckConstraint(
                condition=Q(gone_at=None) | Q(gone_at__gte=models.F("found_at")), name="flag_goes_after_it_came"
            ),
        ]
        indexes = [models.Index(fields=["publisher", "buyer"], name="flag_by_buyer")]

    def __str__(self) -> str:
        return f"{self.indicator} {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("redflags:flag", args=[self.pk])


class Review(Row):
    """What a person found out. The newest one stands; older ones stay to be read."""

    class Finding(models.TextChoices):
        EXPLAINED = "explained", pgettext_lazy("red flag", "Explained")
        WATCHED = "watched", pgettext_lazy("red flag", "To be watched")
        PURSUED = "pursued", pgettext_lazy("red flag", "Handed to inspection")

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="reviews")
    finding = models.CharField(pgettext_lazy("red flag", "finding"), max_length=12, choices=Finding)
    words = models.TextField(_("what was looked at, and what it showed"))
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(_("reviewed"))

    class Meta:
        ordering = ["-reviewed_at", "-id"]
