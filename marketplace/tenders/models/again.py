"""After a failed tender: another method, asked for by the bureau and allowed by a finance department (GPL 37)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import is_auditor

from .choices import MethodCode
from .tender import Tender


class MethodChangeQuerySet(models.QuerySet["MethodChange"]):
    def visible_to(self, user: User) -> "MethodChangeQuerySet":
        """The bureau's procurement people, the finance department's officers, and auditors."""
        if not user.is_authenticated:
            return self.none()
        if is_auditor(user):
            return self
        desks = Organisation.objects.filter(
            memberships__user=user, memberships__ended_at=None, memberships__role__in=[Role.OFFICER, Role.APPROVER]
        )
        return self.filter(Q(tender__bureau__in=desks) | Q(reviewer__in=desks))

    def approved(self) -> "MethodChangeQuerySet":
        return self.filter(state=MethodChange.State.APPROVED)


class MethodChange(Row):
    """One request to buy by another method what a tender failed to buy, and what the finance department said."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("change of method", "Asked for")
        APPROVED = "approved", pgettext_lazy("change of method", "Allowed")
        REFUSED = "refused", pgettext_lazy("change of method", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("change of method", "Taken back")

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="method_changes")  # the one that failed
    method = models.CharField(_("new method"), max_length=16, choices=MethodCode)
    ground = models.CharField(_("ground of the method"), max_length=30, blank=True)  # checks.method.GROUNDS
    reason = models.TextField(_("facts behind it"))
    reviewer = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="method_changes_reviewed", verbose_name=_("asked of")
    )  # a finance department
    state = StateField(_("state"), default=State.PROPOSED, choices=State.choices)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    number = models.CharField(_("number of the approval"), max_length=80, unique=True, null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(_("why it was decided so"), blank=True)

    objects = MethodChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(fields=["tender"], condition=Q(state="proposed"), name="one_open_change_of_method"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("proposed_by")), name="method_change_four_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(number__isnull=False), name="approved_change_has_a_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender} → {self.get_method_display()}"

    def get_absolute_url(self) -> str:
        return reverse("tenders:method_change", args=[self.pk])

    @transition(state, source=State.PROPOSED, target=State.APPROVED)
    def approve(self) -> None:
        """The finance department allows the other method."""

    @transition(state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self) -> None:
        """It does not: the need is tendered again by the same method."""

    @transition(state, source=State.PROPOSED, target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """The bureau no longer asks."""
