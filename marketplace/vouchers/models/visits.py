"""Care at home, seen from outside: when somebody came and went, what does not fit, what the resident says."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.directory.models import Service
from marketplace.pages.encryptedfiles import encrypted_storage
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Role, User
from marketplace.residents.models import Resident

from .programmes import Programme


def proof_path(visit: "Visit", name: str) -> str:
    """Under a folder that no web server serves."""
    return f"private/visits/{visit.came_at:%Y/%m}/{visit.pk}-{name}"


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user: User) -> "VisitQuerySet":
        """The provider's people, and the officers and auditors who look after it; not the place of a home for more."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        held = user.memberships.filter(ended_at=None)
        if held.filter(role=Role.AUDITOR).exists():
            return self
        mine = held.filter(role__in=[Role.COUNTER, Role.OWNER]).values("organisation")
        residents = Resident.objects.visible_to(user).values("pk")
        return self.filter(models.Q(provider__in=mine) | models.Q(resident__in=residents))


class Visit(Row):
    """A carer at a resident's home, from the door to the door. Places in degrees (WGS 84), accuracy in metres."""

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("visit", "At the resident's home")
        DONE = "done", pgettext_lazy("visit", "Finished")

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="visits")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="visits")
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="visits")
    carer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    device = models.CharField(_("device"), max_length=60, blank=True)
    state = StateField(_("state"), default=State.RUNNING, choices=State.choices)
    came_at = models.DateTimeField(_("came"))
    came_lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    came_lng = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    came_accuracy = models.PositiveIntegerField(null=True)
    left_at = models.DateTimeField(_("left"), null=True)
    left_lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    left_lng = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    photo = models.FileField(_("photo"), upload_to=proof_path, storage=encrypted_storage, blank=True, max_length=200)
    signature = models.FileField(
        _("signature"), upload_to=proof_path, storage=encrypted_storage, blank=True, max_length=200
    )
    redemption_id = models.UUIDField(null=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-came_at"]
        indexes = [
            models.Index(fields=["carer", "came_at"], name="visits_of_carer"),
            models.Index(fields=["resident", "came_at"], name="visits_to_resident"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["carer"], condition=models.Q(state="running"), name="one_visit_at_a_time"),
            models.CheckConstraint(
                condition=models.Q(left_at=None) | models.Q(left_at__gte=models.F("came_at")),
                name="visit_ends_after_it_begins",
            ),
        ]

    @transition(state, source=State.RUNNING, target=State.DONE)
    def finish(self) -> None:
        """The carer has left; the proof is there."""


class HospitalStay(Row):
    """From the insurer's list, or told at the desk: on these days nobody can be cared for at home."""

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="hospital_stays")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("known from"), max_length=100)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["resident", "starts_on"], name="one_stay_a_day"),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="stay_dates_in_order",
            ),
        ]


class FraudCaseQuerySet(models.QuerySet["FraudCase"]):
    def open(self) -> "FraudCaseQuerySet":
        return self.filter(state=FraudCase.State.OPEN)

    def visible_to(self, user: User) -> "FraudCaseQuerySet":
        """Officers of the bureau that pays, and auditors. The provider learns of it when it is asked or decided."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        held = user.memberships.filter(ended_at=None)
        if held.filter(role=Role.AUDITOR).exists():
            return self
        return self.filter(
            bureau__in=held.filter(role__in=[Role.OFFICER, Role.APPROVER, Role.FINANCE]).values("organisation")
        )


class FraudCase(Row):
    """Something that does not fit, with its evidence; a person decides. `key` makes finding it twice the same as once.

    `evidence` holds lines of plain values and `redemptions` the ids that a proven case takes back: no personal data.
    """

    class Kind(models.TextChoices):
        OVERLAP = "overlap", _("Two visits at the same time")
        TRAVEL = "travel", _("Too far in too little time")
        BURST = "burst", _("Burst at the end of the month")
        DEVICE = "device", _("Many residents on one device")
        DECEASED = "deceased", _("Used after death")
        HOSPITAL = "hospital", _("Used during a hospital stay")
        ABOVE_LIST = "above_list", _("Price above the list")
        DENIED = "denied", _("Denied on call-back")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("case", "To be looked into")
        PROVEN = "proven", pgettext_lazy("case", "Proven")
        UNFOUNDED = "unfounded", pgettext_lazy("case", "Unfounded")

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("provider"))
    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    happened_at = models.DateTimeField(_("when it happened"))
    found_at = models.DateTimeField(_("found"))
    evidence = models.JSONField(default=list)
    redemptions = models.JSONField(default=list)
    visits = models.ManyToManyField(Visit, related_name="cases", blank=True)
    amount = models.PositiveBigIntegerField(_("at stake"), default=0)
    state = StateField(_("state"), default=State.OPEN, choices=State.choices)
    taken_back = models.PositiveBigIntegerField(_("taken back"), default=0)
    note = models.CharField(_("finding"), max_length=500, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = FraudCaseQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at"]
        indexes = [models.Index(fields=["bureau", "state"], name="cases_of_bureau")]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @transition(state, source=State.OPEN, target=State.PROVEN)
    def prove(self) -> None:
        """What it took is taken back."""

    @transition(state, source=State.OPEN, target=State.UNFOUNDED)
    def clear(self) -> None:
        """There is an honest explanation, which stands in the note."""


class CallBackDraw(Row):
    """A month's redemptions from which some were drawn; with the seed anyone can draw again and finds the same."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="call_back_draws")
    month = models.DateField(_("month"))
    percent = models.PositiveSmallIntegerField(pgettext_lazy("sample", "percent"))
    seed = models.CharField(_("seed"), max_length=64)
    population = models.PositiveIntegerField(_("redemptions"))
    drawn_at = models.DateTimeField(_("drawn"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["programme", "month"], name="one_draw_a_month")]


class CallBack(Row):
    """Ring the resident: did this happen?"""

    class State(models.TextChoices):
        TO_CALL = "to_call", pgettext_lazy("call-back", "To be rung")
        CONFIRMED = "confirmed", pgettext_lazy("call-back", "Confirmed")
        DENIED = "denied", pgettext_lazy("call-back", "Denied")
        UNREACHED = "unreached", pgettext_lazy("call-back", "Not reached")

    draw = models.ForeignKey(CallBackDraw, on_delete=models.PROTECT, related_name="calls")
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    redemption_id = models.UUIDField(unique=True)
    state = StateField(_("state"), default=State.TO_CALL, choices=State.choices)
    tries = models.PositiveSmallIntegerField(_("calls"), default=0)
    note = models.CharField(_("note"), max_length=200, blank=True)
    called_at = models.DateTimeField(_("rung"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["draw", "pk"]

    @transition(state, source=[State.TO_CALL, State.UNREACHED], target=State.CONFIRMED)
    def confirm(self) -> None:
        """It happened as it stands here."""

    @transition(state, source=[State.TO_CALL, State.UNREACHED], target=State.DENIED)
    def deny(self) -> None:
        """The resident knows nothing of it: a case is opened."""

    @transition(state, source=[State.TO_CALL, State.UNREACHED], target=State.UNREACHED)
    def miss(self) -> None:
        """Nobody answered; it stays on the list."""
