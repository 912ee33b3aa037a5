"""A running programme is changed from a month on: proposed, tried on the register, approved by a second officer."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages import clock
from marketplace.pages.models import Row, StateField

from .programmes import Programme


class ProgrammeChange(Row):
    """New values of a programme's rule from the first day of a month. `trial` is what they would do, when proposed."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waits for the second officer")
        APPROVED = "approved", pgettext_lazy("change", "Approved")
        IN_FORCE = "in_force", _("In force")
        WITHDRAWN = "withdrawn", pgettext_lazy("application", "Withdrawn")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="changes")
    from_month = models.DateField(_("from the month"))
    values = models.JSONField(default=dict)
    tiers = models.JSONField(default=list)
    trial = models.JSONField(default=dict)
    reason = models.CharField(_("reason"), max_length=300)
    state = StateField(_("state"), default=State.PROPOSED, choices=State.choices)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"), default=clock.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-from_month", "-proposed_at"]

    @transition(state, source=State.PROPOSED, target=State.APPROVED)
    def approve(self) -> None:
        """It takes hold when its month is issued."""

    @transition(state, source=State.APPROVED, target=State.IN_FORCE)
    def enforce(self) -> None:
        """The programme has these values now."""

    @transition(state, source=[State.PROPOSED, State.APPROVED], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """It never takes hold."""
