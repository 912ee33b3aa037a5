"""What the provider tells between deliveries: single services, and a report each month."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField

from .contract import Contract
from .deliverable import Deliverable


class RecordImport(Row):
    """A file of service records as it was read, before and after it is applied: whole or not at all."""

    class State(models.TextChoices):
        READ = "read", pgettext_lazy("import", "Read, not applied")
        APPLIED = "applied", pgettext_lazy("import", "Applied")
        DISCARDED = "discarded", pgettext_lazy("import", "Discarded")

    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="imports")
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField(default=list)  # as read, each with its line number and the codes of what is wrong
    state = StateField(_("state"), default=State.READ, choices=State.choices)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(pgettext_lazy("import", "read"))
    applied_at = models.DateTimeField(pgettext_lazy("import", "applied"), null=True, blank=True)

    class Meta:
        ordering = ["-read_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["deliverable", "sha256"], condition=Q(state="applied"), name="a_record_file_applies_once"
            )
        ]

    @transition(state, source=State.READ, target=State.APPLIED)
    def apply(self) -> None:
        """Every row became a record."""

    @transition(state, source=State.READ, target=State.DISCARDED)
    def discard(self) -> None:
        """It was the wrong file."""


class ServiceRecord(Row):
    """One day's service at one place: how much, for how many people. It names nobody."""

    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="records")
    source = models.ForeignKey(RecordImport, on_delete=models.CASCADE, related_name="records")
    day = models.DateField(_("day"))
    service = models.CharField(_("service"), max_length=80)
    place = models.CharField(_("place"), max_length=120, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    people = models.PositiveIntegerField(_("people served"), default=0)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["day", "created_at"]
        indexes = [models.Index(fields=["deliverable", "day"], name="service_records_by_day")]
        constraints = [models.CheckConstraint(name="record_of_something", condition=Q(quantity__gt=0))]


class MonthlyReport(Row):
    """How the service went in one month, in the provider's words."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="monthly_reports")
    month = models.DateField(_("month"))
    people = models.PositiveIntegerField(_("people served"))
    visits = models.PositiveIntegerField(_("services given"))
    complaints = models.PositiveSmallIntegerField(_("complaints"), default=0)
    incidents = models.PositiveSmallIntegerField(_("incidents"), default=0)
    summary = models.TextField(_("summary"))
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(_("reported"))

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["contract", "month"], name="one_report_a_month")]
