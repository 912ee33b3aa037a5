"""What is asked, answered and changed while a tender is open for bids."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Role, User

from .bid import Envelope, my_suppliers
from .tender import Tender


class QuestionQuerySet(models.QuerySet["Question"]):
    def answered(self) -> "QuestionQuerySet":
        return self.exclude(answered_at=None)

    def visible_to(self, user: User) -> "QuestionQuerySet":
        """Answered ones of published tenders for all; open ones for who asked and for the buyer's people."""
        public = Q(answered_at__isnull=False, tender__published_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(public)
        desk = Organisation.objects.filter(
            memberships__user=user, memberships__ended_at=None, memberships__role__in=[Role.OFFICER, Role.APPROVER]
        )
        return self.filter(public | Q(supplier__in=my_suppliers(user)) | Q(tender__bureau__in=desk))


class Question(Row):
    """A supplier's question on the tender file. Nobody but the asker ever sees who asked: not the buyer either, who
    must not learn or tell who is interested (Order 87, Article 28)."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="questions")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tender_questions")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("question"))
    asked_at = models.DateTimeField(_("asked"))
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("answered"), null=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="answered_question_has_words",
            )
        ]


class AmendmentQuerySet(models.QuerySet["Amendment"]):
    def published(self) -> "AmendmentQuerySet":
        return self.filter(state=Amendment.State.PUBLISHED)

    def to_confirm(self) -> "AmendmentQuerySet":
        """Those after which a bid that was already sealed has to be confirmed."""
        return self.published().filter(weight=Amendment.Weight.MATERIAL)


class Amendment(Row):
    """A change of a published tender, as the difference between before and after; a clarification changes nothing."""

    class Weight(models.TextChoices):
        CLARIFICATION = "clarification", pgettext_lazy("amendment", "Clarification")
        MINOR = "minor", pgettext_lazy("amendment", "Minor")
        MATERIAL = "material", pgettext_lazy("amendment", "Material")

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("amendment", "Waiting for the second officer")
        PUBLISHED = "published", pgettext_lazy("amendment", "Published")
        DROPPED = "dropped", pgettext_lazy("amendment", "Dropped")

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="amendments")
    number = models.PositiveSmallIntegerField(_("number"), null=True)  # given at publication, 1, 2, 3 …
    weight = models.CharField(pgettext_lazy("amendment", "weight"), max_length=16, choices=Weight)
    reason = models.TextField(_("reason"))
    # [{"part", "id", "of", "field", "before", "after"}]: what differs, money in fen, moments in ISO 8601
    changes = models.JSONField(default=list)
    file = models.FileField(upload_to="amendments/", max_length=200, blank=True)  # a new version of the tender file
    file_title = models.CharField(_("title of the new document"), max_length=120, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    due_before = models.DateTimeField(null=True)
    due_after = models.DateTimeField(null=True)
    due_rule = models.CharField(max_length=200, blank=True)  # the source of the rule that moved the deadline
    state = StateField(_("state"), default=State.PROPOSED, choices=State.choices)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published"), null=True)

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        ordering = ["number", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "number"], name="one_amendment_a_number"),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=models.F("proposed_by")) | Q(weight="clarification"),
                name="amendment_four_eyes",
            ),
        ]

    @property
    def moves_deadline(self) -> bool:
        return self.due_after is not None and self.due_after != self.due_before

    @property
    def moved_by(self) -> datetime.timedelta | None:
        return self.due_after - self.due_before if self.due_after and self.due_before else None

    @transition(state, source=State.PROPOSED, target=State.PUBLISHED)
    def publish(self) -> None:
        """A second officer has agreed: it holds from now on."""

    @transition(state, source=State.PROPOSED, target=State.DROPPED)
    def drop(self) -> None:
        """Not published: nothing has changed."""


class BidConfirmation(Row):
    """A bidder says that the bid sealed before a material amendment stands as it is."""

    amendment = models.ForeignKey(Amendment, on_delete=models.CASCADE, related_name="confirmations")
    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="confirmations")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["amendment", "envelope"], name="one_confirmation_an_amendment")]
