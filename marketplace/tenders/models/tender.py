"""The tender: what a bureau asks for, by which method, until when."""

import datetime
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.consultations.models import Consultation
from marketplace.ledger.models import BudgetLine
from marketplace.pages.language import local
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Region, Role, User
from marketplace.parties.policies import is_auditor, is_operator

from ..reasons import reason_text
from .choices import MethodCode
from .planning import PlanLine


class TenderQuerySet(models.QuerySet["Tender"]):
    def public(self) -> "TenderQuerySet":
        """What anyone may read: everything that was ever published."""
        return self.exclude(published_at=None)

    def open(self, now: datetime.datetime) -> "TenderQuerySet":
        """Published and still taking bids at this moment."""
        return self.filter(state=Tender.State.PUBLISHED, bids_due_at__gt=now)

    def due_to_close(self, now: datetime.datetime) -> "TenderQuerySet":
        return self.filter(state=Tender.State.PUBLISHED, bids_due_at__lte=now)

    def visible_to(self, user: User) -> "TenderQuerySet":
        """Public ones for all; drafts for those who work on them."""
        if not user.is_authenticated:
            return self.public()
        return self.filter(Q(published_at__isnull=False) | Q(pk__in=Tender.objects.worked_on_by(user).values("pk")))

    def worked_on_by(self, user: User) -> "TenderQuerySet":
        """Those of which a person reads what was never published too: the bureau's procurement people, the named
        custodians; and auditors and the operator of all."""
        if not user.is_authenticated:
            return self.none()
        if is_auditor(user) or is_operator(user):
            return self
        desk = Organisation.objects.filter(
            memberships__user=user,
            memberships__ended_at=None,
            memberships__role__in=[Role.OFFICER, Role.APPROVER, Role.SIGNATORY],
        )
        return self.filter(Q(bureau__in=desk) | Q(pk__in=user.custodies.values("tender")))

    def of_bureaus_of(self, user: User, *roles: Role) -> "TenderQuerySet":
        """Those of the bureaus for which the person holds one of the roles."""
        mine = Organisation.objects.filter(
            memberships__user=user, memberships__ended_at=None, memberships__role__in=roles
        )
        return self.filter(bureau__in=mine)

    def listed(self) -> "TenderQuerySet":
        """With everything that a row of a list shows."""
        return self.select_related("bureau", "region").prefetch_related("lots__category")


class Tender(Row):
    """One procurement of a bureau. Its money is in its lots, its words in its criteria and documents."""

    Method = MethodCode

    class SecondStage(models.TextChoices):
        CHOICE = "choice", _("The resident or the bureau chooses")
        ROTATION = "rotation", _("In turn")
        MINI_BID = "mini_bid", _("A quick quote among the admitted")

    class Pricing(models.TextChoices):
        LOWEST_RATIO = "lowest_ratio", _("Lowest price ÷ this price × points")
        FIXED = "fixed", _("Fixed price, not scored")
        LOWEST_PRICE = "lowest_price", _("Lowest evaluated price wins")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("tender", "Draft")
        PENDING_APPROVAL = "pending_approval", pgettext_lazy("tender", "Waiting for approval")
        PUBLISHED = "published", pgettext_lazy("tender", "Open for bids")
        CLOSED = "closed", pgettext_lazy("tender", "Waiting to be opened")
        EVALUATING = "evaluating", pgettext_lazy("tender", "Being evaluated")
        AWARDED = "awarded", pgettext_lazy("tender", "Awarded")
        FAILED = "failed", pgettext_lazy("tender", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("tender", "Cancelled")

    number = models.CharField(_("number"), max_length=40, unique=True, null=True, blank=True)
    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tenders", verbose_name=_("buyer"))
    budget_line = models.ForeignKey(
        BudgetLine,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tenders",
        verbose_name=_("budget line"),
    )
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    about = models.TextField(_("what is needed"), blank=True)
    method = models.CharField(_("method"), max_length=16, choices=Method, default=Method.CONSULTATION)
    # Before the tender: the plan, the intention, the residents (models/planning.py)
    plan_line = models.ForeignKey(
        PlanLine, null=True, blank=True, on_delete=models.PROTECT, related_name="tenders", verbose_name=_("plan line")
    )
    no_intention_reason = models.CharField(
        _("why no intention could be published"), max_length=300, blank=True
    )  # only what could not be foreseen (财库〔2020〕10号)
    consultation = models.ForeignKey(
        Consultation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tenders",
        verbose_name=_("consultation of residents"),
    )
    consultation_note = models.TextField(_("how else residents were heard"), blank=True)
    catalogue_code = models.CharField(_("item of the guidance catalogue"), max_length=20, blank=True)
    is_outside_negative_list = models.BooleanField(_("nothing of the negative list is in it"), default=False)
    # The method: why this one, and who allowed it
    method_ground = models.CharField(_("ground of the method"), max_length=30, blank=True)
    method_reason = models.TextField(_("facts behind the ground"), blank=True)
    approval_number = models.CharField(_("number of the approval"), max_length=80, blank=True)
    approval_date = models.DateField(_("date of the approval"), null=True, blank=True)
    tops_up = models.ForeignKey(
        "tenders.Award",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="top_ups",
        verbose_name=_("adds to"),
    )  # a single source's earlier award, GPL 31 item 3
    second_stage = models.CharField(
        _("how orders are given"), max_length=10, choices=SecondStage, blank=True
    )  # a framework's
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="tenders", verbose_name=_("place")
    )
    contact_name = models.CharField(_("contact person"), max_length=60, blank=True)
    contact_phone = models.CharField(_("contact telephone"), max_length=40, blank=True)
    documents_until = models.DateField(_("tender documents available until"), null=True, blank=True)
    questions_until = models.DateTimeField(_("questions until"), null=True, blank=True)
    bids_due_at = models.DateTimeField(_("bids due"), null=True, blank=True)
    # How long files may follow whose fingerprints came in time: rule tender.body_period on the day of publication.
    body_minutes = models.PositiveSmallIntegerField(default=0)
    # How the price decides; empty: as the method says (pricing.py).
    pricing = models.CharField(_("how the price counts"), max_length=16, choices=Pricing, blank=True)
    small_discount = models.DecimalField(  # percent, within rules tender.small_discount_*
        _("price preference for small enterprises"), max_digits=5, decimal_places=2, default=Decimal(0)
    )
    abnormal_percent = models.PositiveSmallIntegerField(  # the file may raise it (rule tender.abnormal_low)
        _("prices below this percentage are asked about"), null=True, blank=True
    )
    challenges_once = models.BooleanField(_("one challenge a step"), default=True)  # rule challenge.once
    bid_bond = models.PositiveBigIntegerField(_("bid bond"), default=0)  # fen; none when 0
    panel_size = models.PositiveSmallIntegerField(_("experts on the panel"), default=3)
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published"), null=True)
    closed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    return_reason = models.TextField(blank=True)
    end_reason = models.TextField(_("reason"), blank=True)  # a person's words, when it was cancelled
    end_code = models.CharField(max_length=40, blank=True)  # or one of reasons.REASONS, with its figures
    end_params = models.JSONField(default=dict)
    again = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("repeats")
    )
    # The approval on which a failed tender is repeated by another method (models/again.py)
    method_change = models.ForeignKey(
        "tenders.MethodChange", null=True, blank=True, on_delete=models.PROTECT, related_name="drafts"
    )
    # X25519, made at approval. The private half exists only as shares in Custodian.
    public_key = models.BinaryField(null=True)

    objects = TenderQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-created_at"]
        indexes = [
            models.Index(fields=["state", "bids_due_at"], name="tender_by_deadline"),
            models.Index(fields=["-published_at", "-id"], name="tender_newest_first"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at=None)
                | Q(number__isnull=False, bids_due_at__isnull=False, public_key__isnull=False),
                name="published_tender_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("drafted_by")), name="tender_four_eyes"
            ),
        ]

    def __str__(self) -> str:
        return local(self.title, self.title_en)

    def get_absolute_url(self) -> str:
        return reverse("tenders:detail", args=[self.number]) if self.number else self.get_desk_url()

    def get_desk_url(self) -> str:
        """The officer's page of this tender."""
        return reverse("tenders:manage", args=[self.pk])

    @property
    def is_public(self) -> bool:
        return self.published_at is not None

    @property
    def ceiling(self) -> int:
        """All lots together, in fen."""
        return sum(lot.ceiling for lot in self.lots.all())

    @property
    def why_ended(self) -> str:
        return reason_text(self.end_code, self.end_params, self.end_reason)

    @property
    def bodies_due_at(self) -> datetime.datetime:
        """Until when files may follow whose fingerprints came before the deadline. The opening waits for it."""
        assert self.bids_due_at is not None, "a fingerprint is handed in for a published tender"
        return self.bids_due_at + datetime.timedelta(minutes=self.body_minutes)

    def takes_bids_at(self, now: datetime.datetime) -> bool:
        return self.state == self.State.PUBLISHED and self.bids_due_at is not None and now < self.bids_due_at

    @transition(state, source=State.DRAFT, target=State.PENDING_APPROVAL)
    def submit(self) -> None:
        """Hand the draft to a second officer."""

    @transition(state, source=State.PENDING_APPROVAL, target=State.DRAFT)
    def send_back(self) -> None:
        """The second officer asks for changes."""

    @transition(state, source=State.PENDING_APPROVAL, target=State.PUBLISHED)
    def publish(self) -> None:
        """Approved: open for bids."""

    @transition(state, source=State.PUBLISHED, target=State.CLOSED)
    def close(self) -> None:
        """The deadline is past and enough suppliers came."""

    @transition(state, source=[State.CLOSED, State.FAILED], target=State.PUBLISHED)
    def reopen(self) -> None:
        """An outage kept bidders out: the deadline has moved, bids are taken again."""

    @transition(state, source=State.CLOSED, target=State.EVALUATING)
    def open_bids(self) -> None:
        """Two custodians have unlocked the envelopes."""

    @transition(state, source=State.EVALUATING, target=State.AWARDED)
    def award(self) -> None:
        """Every lot is decided and at least one has a winner."""

    @transition(state, source=State.AWARDED, target=State.EVALUATING)
    def decide_again(self) -> None:
        """An award was declined or annulled: at least one lot is undecided again."""

    @transition(state, source=[State.PUBLISHED, State.CLOSED, State.EVALUATING, State.AWARDED], target=State.FAILED)
    def fail(self) -> None:
        """No lot can be awarded (GPL 36)."""

    @transition(
        state,
        source=[State.DRAFT, State.PENDING_APPROVAL, State.PUBLISHED, State.CLOSED, State.EVALUATING],
        target=State.CANCELLED,
    )
    def cancel(self) -> None:
        """The task itself is given up (GPL 36 item 4)."""


def document_path(document: "TenderDocument", filename: str) -> str:
    return f"tenders/{document.tender_id}/{document.pk}"


class TenderDocumentQuerySet(models.QuerySet["TenderDocument"]):
    def current(self) -> "TenderDocumentQuerySet":
        """The versions that hold."""
        return self.filter(superseded_at=None)

    def published(self) -> "TenderDocumentQuerySet":
        """Those that anyone may read: in the notice, or once in it. What was replaced in the draft never was."""
        in_the_notice = Q(superseded_at=None) | Q(superseded_at__gt=F("tender__published_at"))
        return self.filter(in_the_notice, tender__published_at__isnull=False)

    def visible_to(self, user: User) -> "TenderDocumentQuerySet":
        return self.filter(
            Q(pk__in=TenderDocument.objects.published().values("pk")) | Q(tender__in=Tender.objects.worked_on_by(user))
        )


class TenderDocument(Row):
    """A file of the tender, with its fingerprint; a new version is a new row, and the older one stays readable."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="documents")
    title = models.CharField(_("title"), max_length=120)
    name = models.CharField(_("file name"), max_length=200)
    file = models.FileField(upload_to=document_path, max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaced_by"
    )
    superseded_at = models.DateTimeField(null=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = TenderDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.title


class TypedPage(Row):
    """What an officer has typed on a page of a draft and not yet saved: nothing typed is ever lost."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="typed_pages")
    page = models.CharField(max_length=100)  # the address after the tender's own
    typed = models.JSONField(default=dict)  # field name → list of strings, as a form sends them
    typed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    typed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tender", "page"], name="one_typed_page")]
