"""Public money, double entry, in fen.

The chart of accounts follows the way a Chinese budget unit draws on the treasury (国库集中支付): an appropriation is a
right to draw, earmarked for one budget line; it is then committed, owed and drawn. Credit gives, debit takes:

==========  =====================  ==============  ==============================================================
account     one for each           balance         what it says
==========  =====================  ==============  ==============================================================
treasury    fund                   debit − credit  用款额度: the right to draw that is not drawn yet
available   budget line            credit − debit  可用指标: appropriated and not promised to anyone
commitment  budget line            credit − debit  已承诺: promised by contracts and programmes, not owed yet
vouchers    budget line            credit − debit  未兑付服务券: issued vouchers, not redeemed and not expired
payable     budget line and payee  credit − debit  应付: delivered, accepted and not yet paid
deposits    bureau                 debit − credit  保证金专户: other people's money that a bureau keeps
bond        bureau and payer       credit − debit  保证金: what the bureau owes back to one payer
forfeits    bureau                 credit − debit  应缴国库款: bonds not given back, to go to the treasury
==========  =====================  ==============  ==============================================================

So at every moment a fund's treasury = the sum of what its lines have available, committed, outstanding in vouchers and
payable; and a bureau's deposits = the sum of its bonds and forfeits. A transfer is one row: it can't be unbalanced.

`BudgetLine` keeps the counters of what can run out, changed by one guarded UPDATE each time; a provider's takings only
grow and are summed. Transfers are append-only, guarded by triggers; a correction is a new transfer.
docs/decisions/0003-the-ledgers-shape.md says why.
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.audit.canonical import canonical_bytes, column_names
from marketplace.pages.language import local
from marketplace.pages.models import Row
from marketplace.parties.encryption import keyed_hash
from marketplace.parties.models import Organisation, Role
from marketplace.parties.policies import is_auditor, is_operator, is_service

if TYPE_CHECKING:
    from marketplace.parties.models import User


class Fund(Row):
    """Where money comes from, with its own rules of use."""

    class Source(models.TextChoices):
        FISCAL = "fiscal", _("Fiscal budget")
        LOTTERY = "lottery", _("Welfare lottery fund")
        INCUBATION = "incubation", _("Incubation fund")
        DONATION = "donation", _("Donations")

    code = models.CharField(_("fund code"), max_length=20, unique=True)
    name = models.CharField(_("fund"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=12, choices=Source)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return local(self.name, self.name_en)


def oversees_all_money(user: "User") -> bool:
    """The operator, auditors, jobs, and the officers of the finance department see every bureau's money."""
    if not user.is_authenticated:
        return False
    return (
        is_operator(user)
        or is_service(user)
        or is_auditor(user)
        or user.memberships.filter(
            ended_at=None,
            organisation__kind=Organisation.Kind.FINANCE,
            role__in=[Role.OFFICER, Role.APPROVER, Role.FINANCE],
        ).exists()
    )


class BudgetLineQuerySet(models.QuerySet["BudgetLine"]):
    def open(self):
        return self.filter(closed_at=None)

    def of_year(self, year: int):
        return self.filter(year=year)

    def visible_to(self, user: "User"):
        """A bureau's own people, and those who oversee all money."""
        if oversees_all_money(user):
            return self
        return self.filter(bureau__in=user.memberships.filter(ended_at=None).values("organisation"))


class BudgetLine(Row):
    """What one bureau may spend in one year on one thing out of one fund, in fen.

    `outstanding` is the part of `committed` that stands in issued vouchers. A closed line's commitments went on to
    `carried_into`: verbs that are handed a closed line act on `current()`.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="lines", verbose_name=_("fund"))
    bureau = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="budget_lines", verbose_name=_("bureau")
    )
    year = models.PositiveSmallIntegerField(_("fiscal year"))
    code = models.CharField(_("line code"), max_length=40)
    name = models.CharField(_("budget line"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    appropriated = models.PositiveBigIntegerField(pgettext_lazy("budget", "appropriated"), default=0)
    committed = models.PositiveBigIntegerField(pgettext_lazy("budget", "committed"), default=0)
    outstanding = models.PositiveBigIntegerField(_("in issued vouchers"), default=0)
    spent = models.PositiveBigIntegerField(pgettext_lazy("budget", "spent"), default=0)
    closed_at = models.DateTimeField(pgettext_lazy("budget", "closed"), null=True, blank=True)
    carried_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="carried_from"
    )

    objects = BudgetLineQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "fund__code", "code"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "year", "code"], name="one_budget_line"),
            models.CheckConstraint(
                condition=Q(appropriated__gte=F("committed") + F("spent")), name="budget_line_never_overspent"
            ),
            models.CheckConstraint(
                condition=Q(committed__gte=F("outstanding")), name="budget_line_vouchers_are_committed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.code} {self.local_name}"

    def get_absolute_url(self) -> str:
        return reverse("ledger:line", args=[self.pk])

    @property
    def local_name(self) -> str:
        return local(self.name, self.name_en)

    @property
    def available(self) -> int:
        """Fen that may still be committed."""
        return self.appropriated - self.committed - self.spent

    def current(self) -> "BudgetLine":
        """The line itself while it is open, else the one of a later year that took over its commitments."""
        line = self
        while line.closed_at and line.carried_into:
            line = line.carried_into
        return line


class Account(Row):
    """One account of the chart; `code` spells what it is of, so that each exists once."""

    class Kind(models.TextChoices):
        TREASURY = "treasury", _("Treasury")
        AVAILABLE = "available", pgettext_lazy("budget", "Available")
        COMMITMENT = "commitment", _("Commitments")
        VOUCHERS = "vouchers", _("Vouchers outstanding")
        PAYABLE = "payable", _("Payable")
        DEPOSITS = "deposits", _("Deposits kept")
        BOND = "bond", _("Bond held")
        FORFEITS = "forfeits", _("Forfeited, owed to the treasury")

    DEBIT_KINDS = (Kind.TREASURY, Kind.DEPOSITS)

    code = models.CharField(max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    fund = models.ForeignKey(Fund, null=True, on_delete=models.PROTECT, related_name="accounts")
    line = models.ForeignKey(BudgetLine, null=True, on_delete=models.PROTECT, related_name="accounts")
    holder = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="ledger_accounts")

    def __str__(self) -> str:
        return self.code

    @classmethod
    def of(cls, kind: str, *, fund=None, line=None, holder=None, organisation=None) -> "Account":
        """The one account of this kind for these owners; made on first use."""
        owners = {"fund": fund, "line": line, "holder": holder, "organisation": organisation}
        account, _created = cls.objects.get_or_create(
            code=cls.code_for(kind, *(owner.pk for owner in owners.values() if owner is not None)),
            defaults={"kind": kind, **owners},
        )
        return account

    @staticmethod
    def code_for(kind: str, *owners: object) -> str:
        return "/".join([str(kind), *map(str, owners)])

    @property
    def words(self) -> str:
        """The account as a statement names it: its kind, and of whom where that says more."""
        return f"{self.get_kind_display()} · {self.organisation}" if self.organisation else self.get_kind_display()

    @property
    def true_code(self) -> str:
        """What `code` must be by the row's other columns: verify_ledger compares."""
        owners = (self.fund_id, self.line_id, self.holder_id, self.organisation_id)
        return self.code_for(self.kind, *(owner for owner in owners if owner is not None))


class TransferQuerySet(models.QuerySet["Transfer"]):
    def of_line(self, line: BudgetLine):
        """Every transfer that touches the line, payables of the line included."""
        return self.filter(Q(debit__line=line) | Q(credit__line=line))

    def for_reference(self, reference: str):
        return self.filter(reference=reference)

    def visible_to(self, user: "User"):
        if oversees_all_money(user):
            return self
        mine = user.memberships.filter(ended_at=None).values("organisation")
        return self.filter(
            Q(debit__line__bureau__in=mine)
            | Q(credit__line__bureau__in=mine)
            | Q(debit__organisation__in=mine)
            | Q(credit__organisation__in=mine)
            | Q(debit__holder__in=mine)
        )


class Transfer(Row):
    """Money that moved from the credit account to the debit account, once, for ever."""

    class Code(models.TextChoices):
        APPROPRIATED = "appropriated", pgettext_lazy("budget", "Appropriated")
        WITHDRAWN = "withdrawn", _("Appropriation withdrawn")
        LAPSED = "lapsed", _("Lapsed at the year's end")
        COMMITTED = "committed", pgettext_lazy("budget", "Committed")
        RELEASED = "released", _("Commitment released")
        CARRIED = "carried", _("Carried over")
        VOUCHERS_ISSUED = "vouchers_issued", _("Vouchers issued")
        VOUCHERS_EXPIRED = "vouchers_expired", _("Vouchers expired")
        VOUCHERS_SETTLED = "vouchers_settled", _("Vouchers settled")
        ACCRUED = "accrued", _("Owed for delivery")
        ACCRUAL_REVERSED = "accrual_reversed", _("Owed amount taken back")
        PAID = "paid", pgettext_lazy("payment", "Paid")
        RETURNED = "returned", _("Payment returned")
        BOND_HELD = "bond_held", _("Bond received")
        BOND_RELEASED = "bond_released", _("Bond returned")
        BOND_FORFEITED = "bond_forfeited", _("Bond forfeited")
        FORFEIT_HANDED_OVER = "forfeit_handed_over", _("Forfeit handed over to the treasury")

    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits", verbose_name=_("debit"))
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits", verbose_name=_("credit"))
    amount = models.PositiveBigIntegerField(_("amount"))
    code = models.CharField(_("kind of transfer"), max_length=20, choices=Code)
    reference = models.CharField(_("reference"), max_length=120)
    key = models.CharField(_("idempotency key"), max_length=200, unique=True)
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    posted_at = models.DateTimeField(_("posted at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("posted by")
    )
    # HMAC of the row under a key outside the database: a change is seen even before the row is sealed.
    digest = models.CharField(max_length=64, editable=False)

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["posted_at", "id"]
        indexes = [
            models.Index(fields=["reference"], name="transfer_by_reference"),
            models.Index(fields=["posted_at", "id"], name="transfer_by_time"),
            models.Index(fields=["created_at"], name="transfer_by_birth"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_moves_something"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_between_two_accounts"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.amount} {self.reference}"

    def true_digest(self) -> str:
        """What `digest` must be by the row's other columns."""
        columns = {name: getattr(self, name) for name in column_names(Transfer) if name != "digest"}
        return keyed_hash("ledger.transfer", canonical_bytes(columns).decode())
