"""Asking for what the register alone doesn't give, being told why not, and having it looked at again."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages import clock
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Role, User
from marketplace.residents.models import Resident

from .programmes import Programme


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User) -> "ApplicationQuerySet":
        """The resident and who acts for them; the bureau that decides; the desk of the resident's region."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        own = user.memberships.filter(ended_at=None, role__in=[Role.OFFICER, Role.APPROVER]).values("organisation")
        return self.filter(
            models.Q(programme__bureau__in=own) | models.Q(resident__in=Resident.objects.visible_to(user).values("pk"))
        )

    def waiting(self) -> "ApplicationQuerySet":
        return self.filter(state=Application.State.SUBMITTED)


class Application(Row):
    """One resident asks for one programme. `reasons` are the stable codes of what stood against it (entitlement.py)."""

    class Channel(models.TextChoices):
        ONLINE = "online", _("Online")
        DESK = "desk", _("At the desk")
        PAPER = "paper", _("On paper, typed in")

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("Being examined")
        APPROVED = "approved", pgettext_lazy("application", "Approved")
        REFUSED = "refused", pgettext_lazy("application", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("application", "Withdrawn")

    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="applications", verbose_name=_("programme")
    )
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="applications", verbose_name=_("resident")
    )
    channel = models.CharField(_("how it came in"), max_length=6, choices=Channel)
    paper_number = models.CharField(_("number on the paper form"), max_length=40, blank=True)
    need = models.CharField(_("what it is needed for"), max_length=300, blank=True)
    state = StateField(_("state"), default=State.SUBMITTED, choices=State.choices)
    reasons = models.JSONField(default=list)
    words = models.CharField(_("explanation"), max_length=300, blank=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("submitted"), default=clock.now)
    answer_by = models.DateField(_("to be answered by"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    first_voucher_by = models.DateField(_("first voucher by"), null=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at"]
        indexes = [models.Index(fields=["programme", "state", "submitted_at"], name="application_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "programme"],
                condition=models.Q(state__in=["submitted", "approved"]),
                name="one_application_stands",
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme} · {self.resident}"

    def get_absolute_url(self) -> str:
        return reverse("vouchers:application", args=[self.pk])

    @transition(state, source=[State.SUBMITTED, State.REFUSED], target=State.APPROVED)
    def approve(self) -> None:
        """Entitled: the first voucher follows within the days of the rule. From refused, by an appeal."""

    @transition(state, source=State.SUBMITTED, target=State.REFUSED)
    def refuse(self, reasons: list[str], words: str) -> None:
        """Not entitled, for these reasons; an appeal is open."""
        self.reasons, self.words = reasons, words

    @transition(state, source=[State.SUBMITTED, State.APPROVED], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """The resident doesn't want it any more."""


class Appeal(Row):
    """The resident doesn't accept a refusal: another officer than the one who refused looks at it."""

    class State(models.TextChoices):
        OPEN = "open", _("Being reviewed")
        GRANTED = "granted", pgettext_lazy("appeal", "Granted")
        DISMISSED = "dismissed", pgettext_lazy("appeal", "Dismissed")

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="appeal")
    grounds = models.TextField(_("why the refusal is wrong"), max_length=1000)
    state = StateField(_("state"), default=State.OPEN, choices=State.choices)
    words = models.CharField(_("explanation"), max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made"), default=clock.now)
    due_on = models.DateField(_("to be answered by"))
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)

    class Meta:
        ordering = ["-made_at"]

    @transition(state, source=State.OPEN, target=State.GRANTED)
    def grant(self) -> None:
        """The refusal was wrong."""

    @transition(state, source=State.OPEN, target=State.DISMISSED)
    def dismiss(self) -> None:
        """The refusal stands, with an explanation."""
