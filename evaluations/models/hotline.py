"""Residents' grievances (诉求工单), as of the hotline 12345: who deals with one, until when, and how it ended.

Not the suppliers' complaint of procurement law (投诉), which is `tenders.Complaint`.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation, Region, Role, User
from marketplace.residents.models import Resident

from .feedback import Feedback


class GrievanceQuerySet(models.QuerySet["Grievance"]):
    def open(self) -> "GrievanceQuerySet":
        """Somebody has still to do something about it."""
        return self.filter(state__in=Grievance.OPEN)

    def upheld(self) -> "GrievanceQuerySet":
        """Found to be right, wholly or in part; what was merged into another counts once."""
        return self.filter(
            outcome__in=[Grievance.Outcome.UPHELD, Grievance.Outcome.PARTLY],
            state__in=[Grievance.State.ANSWERED, Grievance.State.CLOSED],
        )

    def visible_to(self, user: User) -> "GrievanceQuerySet":
        """Officers of every bureau whose region holds the place; who wrote it down; who is asked to deal with it; the
        resident and who may act for them. Never anybody who belongs to the provider it is about."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        held = user.memberships.filter(ended_at=None)
        mine = Q(lodged_by=user) | Q(assignee=user) | Q(resident__user=user)
        mine |= Q(resident__in=user.delegations.live().filter(scope="act").values("resident"))
        bureaus = held.filter(
            role__in=[Role.OFFICER, Role.APPROVER], organisation__kind=Organisation.Kind.BUREAU
        ).select_related("organisation__region")
        for membership in bureaus:
            mine |= Q(region__code__startswith=membership.organisation.region.prefix)
        ours = held.values("organisation")
        return self.filter(mine).filter(Q(provider=None) | ~Q(provider__in=ours))


class Grievance(Row):
    """What a resident is not content with. Whoever it is about never learns from whom it comes.

    Words, name and telephone are encrypted. `number` together with a code, of which only a keyed hash is kept, opens
    the public page. `level` counts how often it has been passed up.
    """

    class Channel(models.TextChoices):
        HOTLINE = "hotline", pgettext_lazy("grievance channel", "Hotline 12345")
        DESK = "desk", pgettext_lazy("grievance channel", "At the desk")
        PHONE = "phone", pgettext_lazy("grievance channel", "Telephone")
        VISIT = "visit", pgettext_lazy("grievance channel", "At a home visit")
        LETTER = "letter", pgettext_lazy("grievance channel", "Letter")
        WEB = "web", pgettext_lazy("grievance channel", "This site")

    class Category(models.TextChoices):
        SAFETY = "safety", _("Hurt, in danger or ill-treated")
        MANNER = "manner", _("Unfriendly or without respect")
        QUALITY = "quality", _("Done badly or not as agreed")
        MISSED = "missed", _("Did not come, or came late")
        MONEY = "money", _("Charged too much, or for nothing")
        VOUCHER = "voucher", _("Voucher, card or PIN")
        ENTITLEMENT = "entitlement", _("Refused or not assessed rightly")
        PLACE = "place", _("Room, food, hygiene")
        OTHER = "other", pgettext_lazy("grievance", "Something else")

    class Urgency(models.TextChoices):
        URGENT = "urgent", pgettext_lazy("grievance", "Urgent")
        ORDINARY = "ordinary", pgettext_lazy("grievance", "Ordinary")
        COMPLEX = "complex", pgettext_lazy("grievance", "Complex")

    class Relation(models.TextChoices):
        SELF = "self", _("The resident")
        RELATIVE = "relative", _("Relative")
        NEIGHBOUR = "neighbour", _("Neighbour")
        WORKER = "worker", _("Community worker")
        UNNAMED = "unnamed", _("Does not want to be named")

    class Outcome(models.TextChoices):
        UPHELD = "upheld", pgettext_lazy("grievance", "Right")
        PARTLY = "partly", pgettext_lazy("grievance", "Right in part")
        NOT_UPHELD = "not_upheld", pgettext_lazy("grievance", "Not found to be so")
        ADVISED = "advised", pgettext_lazy("grievance", "Explained or helped")

    class State(models.TextChoices):
        LODGED = "lodged", pgettext_lazy("grievance", "Received")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("grievance", "Being dealt with")
        ANSWERED = "answered", pgettext_lazy("grievance", "Answered, are you content?")
        CLOSED = "closed", pgettext_lazy("grievance", "Closed")
        WITHDRAWN = "withdrawn", pgettext_lazy("grievance", "Withdrawn")
        MERGED = "merged", pgettext_lazy("grievance", "Dealt with together with another")

    OPEN = (State.LODGED, State.ACKNOWLEDGED, State.ANSWERED)

    number = models.CharField(_("case number"), max_length=40, unique=True)
    code_hash = models.CharField(max_length=64, editable=False)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    hotline_number = models.CharField(_("number at 12345"), max_length=40, blank=True)
    category = models.CharField(_("what it is about"), max_length=12, choices=Category)
    urgency = models.CharField(_("kind"), max_length=8, choices=Urgency, default=Urgency.ORDINARY)
    relation = models.CharField(_("who complains"), max_length=10, choices=Relation)
    resident = models.ForeignKey(Resident, null=True, on_delete=models.PROTECT, related_name="grievances")
    complainant = EncryptedTextField(_("name"), blank=True)
    phone = EncryptedTextField(_("telephone"), blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("place"))
    provider = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="grievances", verbose_name=_("provider")
    )
    redemption_id = models.UUIDField(null=True)
    words = EncryptedTextField(_("what happened"))
    wish = EncryptedTextField(_("what should be done"), blank=True)
    lodged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lodged_at = models.DateTimeField(_("received"))
    handler = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="handled_grievances", verbose_name=_("dealt with by")
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("official")
    )
    level = models.PositiveSmallIntegerField(_("passed up"), default=0)
    state = StateField(_("state"), default=State.LODGED, choices=State.choices)
    acknowledge_by = models.DateTimeField(_("to be acknowledged by"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    due_at = models.DateTimeField(_("to be answered by"))
    is_late = models.BooleanField(default=False)  # somewhere on its way a time ran out
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    answer = EncryptedTextField(_("answer"), blank=True)
    measures = models.TextField(_("what was put right"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    content = models.CharField(_("with the outcome"), max_length=14, choices=Feedback.Face, blank=True)
    reopened_at = models.DateTimeField(_("opened again"), null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")

    objects = GrievanceQuerySet.as_manager()

    class Meta:
        ordering = ["-lodged_at"]
        indexes = [
            models.Index(fields=["handler", "state", "due_at"], name="grievances_to_answer"),
            models.Index(fields=["provider", "outcome", "answered_at"], name="grievances_upheld"),
            models.Index(fields=["state", "due_at"], name="grievances_by_clock"),
            models.Index(fields=["lodged_at"], name="grievances_by_month"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["answered", "closed"]) | ~Q(outcome=""), name="answered_grievance_has_outcome"
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False) | (~Q(state="merged") & Q(merged_into=None)),
                name="merged_grievance_names_the_other",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("evaluations:grievance", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def tone(self) -> str:
        return {"lodged": "warn", "acknowledged": "active", "answered": "active", "closed": "good"}.get(
            self.state, "quiet"
        )

    @property
    def outcome_tone(self) -> str:
        return {"upheld": "bad", "partly": "warn", "not_upheld": "quiet", "advised": "good"}.get(self.outcome, "quiet")

    @transition(state, source=State.LODGED, target=State.ACKNOWLEDGED)
    def acknowledge(self) -> None:
        """The bureau has it in hand, and says until when."""

    @transition(state, source=State.ACKNOWLEDGED, target=State.ANSWERED)
    def give_answer(self) -> None:
        """Both sides were heard; what was found is told."""

    @transition(state, source=State.ANSWERED, target=State.CLOSED)
    def close(self) -> None:
        """Content, or silent for as long as the rule says."""

    @transition(state, source=[State.LODGED, State.ACKNOWLEDGED, State.ANSWERED], target=State.LODGED)
    def pass_up(self) -> None:
        """The next level deals with it: it was late, or the resident is not content."""

    @transition(state, source=[State.CLOSED, State.MERGED], target=State.LODGED)
    def reopen(self) -> None:
        """Once, when it has not been put right after all; or the answer given to another does not answer this one."""

    @transition(state, source=[State.LODGED, State.ACKNOWLEDGED, State.ANSWERED], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """The resident wants no more of it."""

    @transition(state, source=[State.LODGED, State.ACKNOWLEDGED], target=State.MERGED)
    def merge(self) -> None:
        """The same thing, told twice: the other one's answer is this one's."""


class GrievanceStep(Row):
    """What was done about a grievance, by which office: the resident reads it. Only ever added to."""

    class Kind(models.TextChoices):
        LODGED = "lodged", pgettext_lazy("grievance step", "Received")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("grievance step", "Taken in hand")
        ASSIGNED = "assigned", pgettext_lazy("grievance step", "Given to an official")
        ASKED = "asked", pgettext_lazy("grievance step", "The provider was asked, without saying who")
        STATED = "stated", pgettext_lazy("grievance step", "The provider has answered")
        ANSWERED = "answered", pgettext_lazy("grievance step", "Answered")
        CONTENT = "content", pgettext_lazy("grievance step", "Content with the outcome")
        SILENT = "silent", pgettext_lazy("grievance step", "Closed: nobody said otherwise in time")
        DISCONTENT = "discontent", pgettext_lazy("grievance step", "Not content: passed to the next level")
        LATE = "late", pgettext_lazy("grievance step", "Not answered in time: passed to the next level")
        REOPENED = "reopened", pgettext_lazy("grievance step", "Opened again")
        WITHDRAWN = "withdrawn", pgettext_lazy("grievance step", "Withdrawn")
        MERGED = "merged", pgettext_lazy("grievance step", "Dealt with together with another case")

    grievance = models.ForeignKey(Grievance, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=14, choices=Kind)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    words = EncryptedTextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "created_at", "pk"]


class HearingQuerySet(models.QuerySet["Hearing"]):
    def waiting(self) -> "HearingQuerySet":
        return self.filter(state=Hearing.State.ASKED)

    def visible_to(self, user: User) -> "HearingQuerySet":
        """The provider that is asked. The bureau reads it with its grievance."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(provider__in=user.memberships.filter(ended_at=None, role=Role.OWNER).values("organisation"))


class Hearing(Row):
    """The other side is heard. All that the provider learns stands here: a question that an official has written.

    It has no number, day or service from which somebody could be recognised; `month` is all there is of time.
    """

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("hearing", "Waits for the provider")
        STATED = "stated", pgettext_lazy("hearing", "The provider has answered")
        LAPSED = "lapsed", pgettext_lazy("hearing", "Not answered in time")

    grievance = models.ForeignKey(Grievance, on_delete=models.CASCADE, related_name="hearings")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="hearings")
    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(_("what it is about"), max_length=12, choices=Grievance.Category)
    month = models.DateField(_("month"))
    question = models.TextField(_("question to the provider"))
    due_at = models.DateTimeField(_("answer until"))
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    statement = EncryptedTextField(_("statement of the provider"), blank=True)
    stated_at = models.DateTimeField(_("answered"), null=True)
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = HearingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["grievance"], condition=Q(state="asked"), name="one_question_to_a_provider_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return str(self.get_category_display())

    def get_absolute_url(self) -> str:
        return reverse("evaluations:hearing", args=[self.pk])

    @transition(state, source=[State.ASKED, State.LAPSED], target=State.STATED)
    def state_it(self) -> None:
        """The provider has said what it has to say, late rather than never."""

    @transition(state, source=State.ASKED, target=State.LAPSED)
    def lapse(self) -> None:
        """The time is over: the case goes on without."""
