"""What the buyer wants put right after an evaluation, until it is."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.encryptedfiles import encrypted_storage
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import User

from .engagement import Engagement


def proof_path(rectification: "Rectification", _name: str) -> str:
    return f"rectifications/{rectification.pk}"


class RectificationQuerySet(models.QuerySet["Rectification"]):
    def visible_to(self, user: User) -> "RectificationQuerySet":
        return self.filter(engagement__in=Engagement.objects.visible_to(user))

    def unfinished(self) -> "RectificationQuerySet":
        return self.exclude(state=Rectification.State.CONFIRMED)


class Rectification(Row):
    """One thing to put right, by a day."""

    class State(models.TextChoices):
        DEMANDED = "demanded", pgettext_lazy("rectification", "To be planned by the provider")
        PLANNED = "planned", pgettext_lazy("rectification", "Being put right")
        REPORTED = "reported", pgettext_lazy("rectification", "Reported done, to be checked")
        CONFIRMED = "confirmed", pgettext_lazy("rectification", "Put right")

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="rectifications")
    problem = models.TextField(_("what must be put right"))
    due_on = models.DateField(_("due on"))
    demanded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    plan = models.TextField(_("what the provider will do"), blank=True)
    planned_at = models.DateTimeField(null=True)
    proof = models.TextField(pgettext_lazy("rectification", "what was done"), blank=True)
    file = models.FileField(upload_to=proof_path, storage=encrypted_storage, max_length=200, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    reported_at = models.DateTimeField(_("reported"), null=True)
    return_reason = models.TextField(_("why it was not enough"), blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    state = StateField(_("state"), default=State.DEMANDED, choices=State.choices)

    objects = RectificationQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(reported_at__isnull=False), name="rectification_reported_first"
            )
        ]

    def get_absolute_url(self) -> str:
        return reverse("evaluations:rectification", args=[self.pk])

    @property
    def tone(self) -> str:
        return {"confirmed": "good", "reported": "active"}.get(self.state, "warn")

    @transition(state, source=State.DEMANDED, target=State.PLANNED)
    def set_plan(self) -> None:
        """The provider says what it will do."""

    @transition(state, source=State.PLANNED, target=State.REPORTED)
    def report(self) -> None:
        """The provider says it is done, with what shows it."""

    @transition(state, source=State.REPORTED, target=State.PLANNED)
    def send_back(self) -> None:
        """It is not enough yet."""

    @transition(state, source=State.REPORTED, target=State.CONFIRMED)
    def confirm(self) -> None:
        """The buyer has seen that it is put right."""
