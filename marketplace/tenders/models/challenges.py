"""Query 询问, challenge 质疑, complaint 投诉: who doubts what, who answers until when, and what comes of it."""

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

from .bid import my_suppliers
from .lot import Lot
from .tender import Tender


class Step(models.TextChoices):
    """Of what a supplier may doubt (GPL 52; REG 53). Each step has a clock of its own."""

    FILE = "file", pgettext_lazy("step", "The tender documents")
    OPENING = "opening", pgettext_lazy("step", "Submission and opening")
    EVALUATION = "evaluation", pgettext_lazy("step", "The evaluation")
    RESULT = "result", pgettext_lazy("step", "The result")


class Effect(models.TextChoices):
    """What an upheld challenge or complaint does (Order 94, Articles 16, 31 and 32)."""

    NONE = "none", pgettext_lazy("effect", "The result is not affected: go on")
    AMEND = "amend", pgettext_lazy("effect", "Amend the documents: questions open again")
    EVALUATE = "evaluate", pgettext_lazy("effect", "A new panel evaluates again")
    NEXT = "next", pgettext_lazy("effect", "Annul the award, the next candidate follows")
    RETENDER = "retender", pgettext_lazy("effect", "Annul the procurement and tender again")


class Query(Row):
    """询问: a supplier asks the buyer about the procurement; answered within three working days (REG 52)."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("query", "Waiting for an answer")
        ANSWERED = "answered", pgettext_lazy("query", "Answered")

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="queries")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="queries")
    words = models.TextField(_("question"))
    may_affect_result = models.BooleanField(_("it may affect the result"), default=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reply_due_at = models.DateTimeField(_("answer due"))
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    reply = models.TextField(_("answer"), blank=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    replied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]

    @transition(state, source=State.ASKED, target=State.ANSWERED)
    def answer(self) -> None:
        """The buyer has answered."""


class ChallengeQuerySet(models.QuerySet["Challenge"]):
    def waiting(self) -> "ChallengeQuerySet":
        return self.filter(state=Challenge.State.LODGED)

    def visible_to(self, user: User) -> "ChallengeQuerySet":
        """The challenger's people, the buyer's, the finance department's, auditors; the public reads decided ones."""
        if not user.is_authenticated:
            return self.none()
        if is_auditor(user):
            return self
        mine = Organisation.objects.filter(memberships__user=user, memberships__ended_at=None)
        desks = mine.filter(memberships__role__in=[Role.OFFICER, Role.APPROVER, Role.SIGNATORY])
        rows = self.filter(
            Q(supplier__in=my_suppliers(user)) | Q(tender__bureau__in=desks) | Q(affected__in=my_suppliers(user))
        )
        if desks.filter(kind=Organisation.Kind.FINANCE).exists():
            rows = self.filter(Q(complaint__isnull=False) | Q(pk__in=rows.values("pk")))
        return rows.distinct()


class Challenge(Row):
    """质疑: a supplier holds that its rights were harmed; seven working days to lodge, seven to answer (GPL 52–53)."""

    class State(models.TextChoices):
        LODGED = "lodged", pgettext_lazy("challenge", "Waiting for a reply")
        UPHELD = "upheld", pgettext_lazy("challenge", "Upheld")
        REJECTED = "rejected", pgettext_lazy("challenge", "Not upheld")
        WITHDRAWN = "withdrawn", pgettext_lazy("challenge", "Withdrawn")

    number = models.CharField(_("number"), max_length=40, unique=True)
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="challenges")
    lot = models.ForeignKey(Lot, null=True, on_delete=models.PROTECT, related_name="challenges", verbose_name=_("lot"))
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="challenges")
    step = models.CharField(_("step"), max_length=12, choices=Step)
    facts = models.TextField(_("facts"))
    basis = models.TextField(_("legal basis"))
    wanted = models.TextField(_("what is asked for"))
    lodged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lodged_at = models.DateTimeField(pgettext_lazy("challenge", "lodged"))
    window_ends_at = models.DateTimeField()  # the last moment for a challenge of this step, kept as it was counted
    reply_due_at = models.DateTimeField(_("reply due"))
    state = StateField(_("state"), default=State.LODGED, choices=State.choices)
    # REG 54: unless the buyer finds, with reasons, that the result can't be affected, nothing is signed.
    affects_result = models.BooleanField(_("may affect the result"), default=True)
    affects_reason = models.TextField(_("why not"), blank=True)
    reply = models.TextField(_("reply"), blank=True)
    effect = models.CharField(_("what follows"), max_length=12, choices=Effect, blank=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    replied_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    affected = models.ManyToManyField(Organisation, related_name="+")  # suppliers who get the reply too (GPL 53)

    objects = ChallengeQuerySet.as_manager()

    class Meta:
        ordering = ["-lodged_at"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("tenders:challenge", args=[self.pk])

    @transition(state, source=State.LODGED, target=State.UPHELD)
    def uphold(self) -> None:
        """The buyer finds it right."""

    @transition(state, source=State.LODGED, target=State.REJECTED)
    def reject(self) -> None:
        """The buyer finds it unfounded."""

    @transition(state, source=State.LODGED, target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """Taken back before the reply."""


class ChallengeMatter(Row):
    """One matter of a challenge. Only what was challenged can be complained of (REG 55)."""

    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="matters")
    position = models.PositiveSmallIntegerField()
    words = models.CharField(_("matter"), max_length=500)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["challenge", "position"], name="one_matter_a_position")]

    def __str__(self) -> str:
        return self.words


class Complaint(Row):
    """投诉: to the finance department, when the reply does not satisfy or does not come (GPL 55–57; Order 94)."""

    class State(models.TextChoices):
        FILED = "filed", pgettext_lazy("complaint", "Being checked")
        CORRECTING = "correcting", pgettext_lazy("complaint", "To be corrected")
        REFUSED = "refused", pgettext_lazy("complaint", "Not accepted")
        ACCEPTED = "accepted", pgettext_lazy("complaint", "Being investigated")
        UPHELD = "upheld", pgettext_lazy("complaint", "Upheld")
        REJECTED = "rejected", pgettext_lazy("complaint", "Rejected")
        WITHDRAWN = "withdrawn", pgettext_lazy("complaint", "Withdrawn")

    challenge = models.OneToOneField(Challenge, on_delete=models.PROTECT, related_name="complaint")
    reviewer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="complaints_reviewed")
    matters = models.ManyToManyField(ChallengeMatter, related_name="+", verbose_name=_("matters"))
    words = models.TextField(_("complaint"))
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(_("filed"))
    check_due_at = models.DateTimeField()
    state = StateField(_("state"), default=State.FILED, choices=State.choices)
    refusal = models.TextField(_("why not accepted"), blank=True)
    accepted_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)
    serve_due_at = models.DateTimeField(null=True)
    answer = models.TextField(_("respondent's answer"), blank=True)
    answer_due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    decision_due_at = models.DateTimeField(null=True)  # moved on by what ComplaintPause took
    suspended_at = models.DateTimeField(null=True)
    suspended_until = models.DateTimeField(null=True)  # at most rule challenge.suspension_max
    suspension_lifted_at = models.DateTimeField(null=True)
    decision = models.TextField(_("decision"), blank=True)
    effect = models.CharField(_("what follows"), max_length=12, choices=Effect, blank=True)
    is_false = models.BooleanField(_("made up, or with forged material"), default=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-filed_at"]

    def __str__(self) -> str:
        return self.challenge.number

    @transition(state, source=State.FILED, target=State.CORRECTING)
    def ask_correction(self) -> None:
        """Something is missing from it: the complainant mends it."""

    @transition(state, source=State.CORRECTING, target=State.FILED)
    def correct(self) -> None:
        """Handed in again; the time of checking begins anew."""

    @transition(state, source=[State.FILED, State.CORRECTING], target=State.REFUSED)
    def refuse(self) -> None:
        """Too late, not the challenger, or not what was challenged."""

    @transition(state, source=State.FILED, target=State.ACCEPTED)
    def accept(self) -> None:
        """Copies are served and the time of deciding runs."""

    @transition(state, source=State.ACCEPTED, target=State.UPHELD)
    def uphold(self) -> None:
        """The law was broken."""

    @transition(state, source=State.ACCEPTED, target=State.REJECTED)
    def reject(self) -> None:
        """Unfounded, or unproven."""

    @transition(state, source=[State.FILED, State.CORRECTING, State.ACCEPTED], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """The complainant takes it back: the procedure ends."""


class ComplaintPause(Row):
    """Time of experts or of corrections, which the thirty working days don't count (REG 58)."""

    class Kind(models.TextChoices):
        EXPERT = "expert", pgettext_lazy("pause", "Examination by experts")
        CORRECTION = "correction", pgettext_lazy("pause", "Correction of the complaint")

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="pauses")
    kind = models.CharField(_("why the clock stands"), max_length=12, choices=Kind)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["began_at"]
        constraints = [
            models.UniqueConstraint(fields=["complaint"], condition=Q(ended_at=None), name="one_running_pause")
        ]


class BidBanQuerySet(models.QuerySet["BidBan"]):
    def in_force(self, day) -> "BidBanQuerySet":
        return self.filter(begins_on__lte=day, ends_on__gte=day)


class BidBan(Row):
    """On the list of bad conduct, and barred from government procurement for one to three years (REG 73)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bid_bans")
    complaint = models.OneToOneField(Complaint, on_delete=models.PROTECT, related_name="ban")
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    reason = models.TextField(_("reason"))

    objects = BidBanQuerySet.as_manager()

    class Meta:
        ordering = ["-begins_on"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=models.F("begins_on")), name="ban_ends_after_it_begins")
        ]
