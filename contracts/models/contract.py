"""The agreement itself: who, what, for how much, from when to when, and in which words."""

from itertools import zip_longest
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, User
from marketplace.parties.policies import is_auditor, is_operator

from .subjects import ContractKind, Subject

if TYPE_CHECKING:
    from marketplace.tenders.models import Lot


class ContractQuerySet(models.QuerySet["Contract"]):
    def public(self):
        """Signed by both sides: what anyone may read (Order 102, article 23)."""
        return self.filter(state__in=Contract.SIGNED_STATES)

    def services(self):
        return self.filter(kind=Contract.Kind.SERVICE)

    def agreements(self):
        return self.filter(kind=Contract.Kind.PROVIDER_AGREEMENT)

    def in_force(self):
        return self.filter(state=Contract.State.IN_FORCE)

    def of(self, organisation: Organisation):
        """Contracts that the organisation is a side of; the supplier sees none before it is sent."""
        behind = Q(supplier=organisation) | Q(pk__in=organisation.consortium_contracts.values("contract"))
        return self.filter(Q(buyer=organisation) | (behind & ~Q(state__in=Contract.UNSENT_STATES)))

    def of_people(self, user: User):
        """Contracts whose buyer or supplier the person belongs to: the working pages."""
        if not user.is_authenticated:
            return self.none()
        mine = user.memberships.filter(ended_at=None).values("organisation")
        consortia = user.memberships.filter(ended_at=None, organisation__consortium_contracts__isnull=False)
        behind = Q(supplier__in=mine) | Q(pk__in=consortia.values("organisation__consortium_contracts__contract"))
        return self.filter(Q(buyer__in=mine) | (behind & ~Q(state__in=Contract.UNSENT_STATES)))

    def visible_to(self, user: User):
        """The two sides' people see theirs, drafts only the buyer's; what is signed is public."""
        if not user.is_authenticated:
            return self.public()
        if is_operator(user) or is_auditor(user):
            return self.all()
        return self.filter(Q(state__in=Contract.SIGNED_STATES) | Q(pk__in=self.of_people(user).values("pk")))


class Contract(Row):
    """A contract from an award, or a provider agreement 服务券定点协议 for a voucher programme.

    `amount` is fen; an agreement has none, since residents choose where the vouchers go.
    """

    Kind = ContractKind

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("contract", "Draft")
        SENT = "sent", pgettext_lazy("contract", "With the supplier to sign")
        HALF_SIGNED = "half_signed", pgettext_lazy("contract", "With the buyer to sign")
        SIGNED = "signed", pgettext_lazy("contract", "Signed, not yet begun")
        IN_FORCE = "in_force", pgettext_lazy("contract", "In force")
        SUSPENDED = "suspended", pgettext_lazy("contract", "Suspended")
        CLOSED = "closed", pgettext_lazy("contract", "Closed")
        TERMINATED = "terminated", pgettext_lazy("contract", "Ended early")
        REFUSED = "refused", pgettext_lazy("contract", "Refused")
        DISCARDED = "discarded", pgettext_lazy("contract", "Draft discarded")

    SIGNED_STATES = (State.SIGNED, State.IN_FORCE, State.SUSPENDED, State.CLOSED, State.TERMINATED)
    # Signed and not over: it may be changed, suspended, ended.
    STANDING_STATES = (State.SIGNED, State.IN_FORCE, State.SUSPENDED)
    # The buyer's own paper: the supplier never had it.
    UNSENT_STATES = (State.DRAFT, State.DISCARDED)
    # Came to nothing: another may be drafted from the same award, order or programme.
    VOID_STATES = (State.REFUSED, State.DISCARDED)
    # Of the badges.
    TONES = {"draft": "quiet", "sent": "warn", "half_signed": "warn", "signed": "active", "in_force": "good",
             "suspended": "warn", "closed": "quiet", "terminated": "bad", "refused": "bad",
             "discarded": "quiet"}  # fmt: skip

    number = models.CharField(_("contract number"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.SERVICE)
    award = models.ForeignKey(
        "tenders.Award", null=True, blank=True, on_delete=models.PROTECT, related_name="contracts"
    )  # the first lot's; `awards` has every lot's
    call_off = models.ForeignKey(
        "tenders.CallOff", null=True, blank=True, on_delete=models.PROTECT, related_name="contracts"
    )
    programme = models.ForeignKey(
        "vouchers.Programme", null=True, blank=True, on_delete=models.PROTECT, related_name="agreements"
    )
    buyer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contracts_bought")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contracts_supplied")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=240, blank=True)
    amount = models.PositiveBigIntegerField(_("amount"), default=0)
    # As signed, before any amendment: what GPL 49 measures supplements against.
    signed_amount = models.PositiveBigIntegerField(_("amount as signed"), default=0)
    template = models.ForeignKey(
        "contracts.Template", null=True, blank=True, on_delete=models.PROTECT, related_name="contracts"
    )
    is_bilingual = models.BooleanField(_("print with the English reading copy"), default=False)
    budget_line = models.ForeignKey(
        "ledger.BudgetLine", null=True, blank=True, on_delete=models.PROTECT, related_name="contracts"
    )
    place = models.CharField(_("place of service"), max_length=200, blank=True)
    starts_on = models.DateField(_("begins on"))
    ends_on = models.DateField(_("ends on"))
    term_condition = models.TextField(
        _("why it may run for more than a year"),
        blank=True,
        help_text=_("Content, funding and price must be stable (Order 102, article 24)."),
    )
    standards = models.TextField(_("service standard"), blank=True)
    bond_amount = models.PositiveBigIntegerField(_("performance bond"), default=0)
    payment_days = models.PositiveSmallIntegerField(_("days to pay after acceptance"), default=30)
    acceptance_days = models.PositiveSmallIntegerField(_("working days to accept"), default=10)
    # The deduction formula, in percent: of the unit price for each missing unit; of the instalment for each point of
    # satisfaction under the floor.
    shortfall_rate = models.PositiveSmallIntegerField(_("deduction for a missing unit"), default=100)
    satisfaction_floor = models.PositiveSmallIntegerField(_("satisfaction agreed"), default=0)
    satisfaction_rate = models.PositiveSmallIntegerField(_("deduction for a point below"), default=0)
    final_shares = models.JSONField(_("share of the final part by grade"), default=dict, blank=True)
    # A contract of several years goes on year by year: what is due after `assured_until` waits for a renewal.
    renewal_months = models.PositiveSmallIntegerField(_("months until each renewal"), default=0)
    renewal_grade = models.CharField(_("grade that a renewal asks for"), max_length=12, blank=True)
    assured_until = models.DateField(_("assured until"), null=True, blank=True)
    awarded_on = models.DateField(_("awarded on"))
    sign_by = models.DateField(_("to be signed by"))
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    paper = models.ForeignKey("papers.Paper", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("sent for signature"), null=True, blank=True)
    signed_at = models.DateTimeField(_("signed by both"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    filed_at = models.DateTimeField(_("filed with the finance department"), null=True, blank=True)
    suspended_at = models.DateTimeField(_("suspended"), null=True, blank=True)
    stopped_vouchers = models.BooleanField(default=False, editable=False)  # by this suspension, and no other cause
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    archive_until = models.DateField(_("archived until"), null=True, blank=True)
    statement = models.ForeignKey("papers.Paper", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"), blank=True)

    objects = ContractQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="contract_rests_on_award_or_programme",
                condition=(
                    (
                        Q(kind="service", programme__isnull=True, budget_line__isnull=False, amount__gt=0)
                        & (
                            Q(award__isnull=False, call_off__isnull=True)
                            | Q(award__isnull=True, call_off__isnull=False)
                        )
                    )
                    | Q(
                        kind="provider_agreement",
                        award__isnull=True,
                        call_off__isnull=True,
                        programme__isnull=False,
                        amount=0,
                    )
                ),
            ),
            models.CheckConstraint(name="contract_ends_after_it_begins", condition=Q(ends_on__gte=F("starts_on"))),
            models.UniqueConstraint(
                fields=["call_off"],
                condition=~Q(state__in=["refused", "discarded"]),
                name="one_standing_contract_a_call_off",
            ),
            models.CheckConstraint(name="contract_two_sides", condition=~Q(buyer=F("supplier"))),
        ]
        indexes = [
            models.Index(fields=["state", "-signed_at"], name="contracts_by_state"),
            models.Index(fields=["buyer", "state"], name="contracts_by_buyer"),
            models.Index(fields=["supplier", "state"], name="contracts_by_supplier"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("contracts:contract", args=[self.number])

    @property
    def public_path(self) -> str:
        """The page's address in the first language, as it is stored, printed and published."""
        return f"/contracts/{self.number}/"

    @property
    def is_service(self) -> bool:
        return self.kind == self.Kind.SERVICE

    @property
    def lot(self) -> "Lot | None":
        """The first lot that it is for; none for a provider agreement."""
        if self.award:
            return self.award.lot
        return self.call_off.lot if self.call_off else None

    @property
    def is_renewable(self) -> bool:
        """It runs for several years, each assured by the evaluation of the one before."""
        return self.renewal_months > 0

    @property
    def is_public(self) -> bool:
        return self.state in self.SIGNED_STATES

    @property
    def tone(self) -> str:
        return self.TONES[self.state]

    @transition(state, source=State.DRAFT, target=State.SENT)
    def send(self) -> None:
        """The words are fixed and printed; the supplier signs first."""

    @transition(state, source=State.DRAFT, target=State.DISCARDED)
    def discard(self) -> None:
        """The buyer does not go on with its draft: the award fell, or the draft was a mistake."""

    @transition(state, source=State.SENT, target=State.HALF_SIGNED)
    def take_supplier_signature(self) -> None:
        """The supplier has signed."""

    @transition(state, source=State.HALF_SIGNED, target=State.SIGNED)
    def take_buyer_signature(self) -> None:
        """Both have signed; the money is committed."""

    @transition(state, source=[State.SENT, State.HALF_SIGNED], target=State.REFUSED)
    def refuse(self) -> None:
        """One side won't sign."""

    @transition(state, source=State.SIGNED, target=State.IN_FORCE)
    def begin(self) -> None:
        """The first day has come."""

    @transition(state, source=State.IN_FORCE, target=State.CLOSED)
    def close(self) -> None:
        """All is delivered, accepted and paid."""

    @transition(state, source=State.IN_FORCE, target=State.SUSPENDED)
    def suspend(self) -> None:
        """A challenge stands, or the public interest asks for it (REG 54): nothing is delivered or accepted."""

    @transition(state, source=State.SUSPENDED, target=State.IN_FORCE)
    def resume(self) -> None:
        """What stood against it is gone."""

    @transition(state, source=[State.SIGNED, State.IN_FORCE, State.SUSPENDED], target=State.TERMINATED)
    def terminate(self) -> None:
        """Ended before its time; what was not accepted is released."""


class Clause(Row):
    """One article 第…条. Its subject says which of the contents required by rule `contract.contents` it carries."""

    Subject = Subject

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="clauses")
    position = models.PositiveSmallIntegerField(_("article"))
    subject = models.CharField(pgettext_lazy("clause", "subject"), max_length=12, choices=Subject)
    heading = models.CharField(_("heading"), max_length=80)
    heading_en = models.CharField(_("heading in English"), max_length=120, blank=True)
    text = models.TextField(_("text"), blank=True)
    text_en = models.TextField(_("English reading copy"), blank=True)
    # As the template gave it, filled: what differs from it is shown.
    standard_text = models.TextField(editable=False, blank=True)
    is_fixed = models.BooleanField(_("from tender and bid: not to be changed"), default=False)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["contract", "position"], name="one_clause_a_place")]

    def __str__(self) -> str:
        return self.heading

    @property
    def paragraphs(self) -> list[str]:
        return paragraphs_of(self.text)

    @property
    def paragraphs_en(self) -> list[str]:
        return paragraphs_of(self.text_en)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each paragraph with its English beside it, for the bilingual print."""
        return list(zip_longest(self.paragraphs, self.paragraphs_en, fillvalue=""))

    @property
    def is_changed(self) -> bool:
        """The officer has departed from the template."""
        return bool(self.standard_text) and self.text.strip() != self.standard_text.strip()


def paragraphs_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class Signing(Row):
    """One side has signed the contract's paper, through a person whom it named."""

    class Side(models.TextChoices):
        SUPPLIER = "supplier", _("Supplier")
        BUYER = "buyer", _("Buyer")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="signings")
    side = models.CharField(_("side"), max_length=8, choices=Side)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contract_signings")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed"))

    class Meta:
        ordering = ["signed_at"]
        constraints = [models.UniqueConstraint(fields=["contract", "organisation"], name="each_signs_once")]
