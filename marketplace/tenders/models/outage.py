"""When the platform was down: one decision of two people moves every deadline that it hit, by the same time."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField


class Outage(Row):
    """An interruption of the platform, and by how many minutes it moves the deadlines that fell into it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("outage", "Waiting for a second person")
        DECIDED = "decided", pgettext_lazy("outage", "Decided")
        DROPPED = "dropped", pgettext_lazy("outage", "Dropped")

    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"))
    minutes = models.PositiveIntegerField(_("every deadline moves by (minutes)"))
    cause = models.TextField(_("what happened"))
    state = StateField(_("state"), default=State.PROPOSED, choices=State.choices)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ended_at__gt=F("began_at")), name="outage_ends_after_it_began"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="outage_moves_deadlines"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="outage_four_eyes"
            ),
        ]

    @transition(state, source=State.PROPOSED, target=State.DECIDED)
    def decide(self) -> None:
        """A second person agrees: the deadlines have moved."""

    @transition(state, source=State.PROPOSED, target=State.DROPPED)
    def drop(self) -> None:
        """No extension."""
