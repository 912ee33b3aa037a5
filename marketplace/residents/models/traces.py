"""What happened to a record: who looked, what was changed, and who looked too often."""

from typing import cast

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages import clock
from marketplace.pages.models import Row
from marketplace.parties.models import Organisation

from .residents import Resident


class RecordView(Row):
    """Someone saw what is masked: who, when, for what purpose. Append-only; the resident reads it."""

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="views")
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(_("purpose"), max_length=200)
    viewed_at = models.DateTimeField(_("seen"), default=clock.now)

    class Meta:
        ordering = ["-viewed_at"]
        indexes = [models.Index(fields=["resident", "-viewed_at"], name="views_of_resident")]


class ResidentChange(Row):
    """One change of one record: who, when, which fields. Append-only.

    `before` holds old values only of what names nobody (place, household, state); names, numbers and addresses are said
    to have changed and not from what. A row that a file made carries the keyed digest of its line, which the manifest
    of the file in the audit trail covers.
    """

    class Kind(models.TextChoices):
        REGISTERED = "registered", pgettext_lazy("change", "Registered")
        CORRECTED = "corrected", pgettext_lazy("change", "Corrected")
        STATE = "state", pgettext_lazy("change", "State changed")
        ERASED = "erased", pgettext_lazy("change", "Made unrecognisable")

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(_("change"), max_length=10, choices=Kind)
    fields = models.CharField(_("fields"), max_length=200, blank=True)
    before = models.JSONField(_("before"), default=dict, blank=True)
    register_import = models.ForeignKey(
        "residents.RegisterImport", null=True, on_delete=models.PROTECT, related_name="changes"
    )
    digest = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("changed"), default=clock.now)

    class Meta:
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["resident", "-changed_at"], name="changes_of_resident")]

    @property
    def field_names(self) -> str:
        """The fields in the reader's words."""
        names = self.fields.replace("phone_hash", "phone").split(",") if self.fields else []
        return "、".join(str(cast(models.Field, Resident._meta.get_field(name)).verbose_name) for name in names)


class ViewAlert(Row):
    """Somebody opened unusually many records in a day: told to the bureau, looked into by another officer."""

    class Outcome(models.TextChoices):
        OPEN = "", _("To be looked into")
        EXPLAINED = "explained", _("Explained by the work")
        MISUSE = "misuse", _("Misuse")

    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(_("day"))
    count = models.PositiveIntegerField(_("records opened"))
    raised_at = models.DateTimeField(_("raised"), default=clock.now)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.OPEN, blank=True)
    note = models.CharField(_("what was found"), max_length=300, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(_("looked into"), null=True)

    class Meta:
        ordering = ["-day", "-count"]
        constraints = [models.UniqueConstraint(fields=["viewer", "day"], name="one_view_alert_a_day")]
