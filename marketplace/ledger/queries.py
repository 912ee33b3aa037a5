"""What the ledger says: sums of transfers, and the counters of lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, When, Window
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, User

from . import policies
from .models import Account, BudgetLine, Fund, Transfer


def _credit_less_debit(accounts: QuerySet[Account] | list[Account]) -> int:
    sums = Transfer.objects.filter(Q(credit__in=accounts) | Q(debit__in=accounts)).aggregate(
        credit=Coalesce(Sum("amount", filter=Q(credit__in=accounts)), 0),
        debit=Coalesce(Sum("amount", filter=Q(debit__in=accounts)), 0),
    )
    return sums["credit"] - sums["debit"]


def balance(account: Account) -> int:
    """Fen on the account, on its own side: a treasury and deposits by debit, all others by credit."""
    difference = _credit_less_debit([account])
    return -difference if account.kind in Account.DEBIT_KINDS else difference


def balances(accounts: Iterable[Account]) -> dict[Any, int]:
    """Fen on each account, on its own side, by primary key. Two statements."""
    wanted = {account.pk: account for account in accounts}
    sums = dict.fromkeys(wanted, 0)
    for side, sign in (("credit", 1), ("debit", -1)):
        rows = Transfer.objects.filter(**{f"{side}__in": wanted}).order_by().values_list(side)
        for account, total in rows.annotate(total=Sum("amount")):
            sums[account] += sign * total
    return {pk: -total if wanted[pk].kind in Account.DEBIT_KINDS else total for pk, total in sums.items()}


def payable_to(organisation: Organisation) -> int:
    """Fen that all bureaus owe this organisation now."""
    return _credit_less_debit(Account.objects.filter(kind=Account.Kind.PAYABLE, organisation=organisation))


def payable_on(line: BudgetLine, payee: Organisation) -> int:
    """Fen that this line owes the payee now."""
    return _credit_less_debit(Account.objects.filter(kind=Account.Kind.PAYABLE, line=line, organisation=payee))


def paid_under(payable: Account, reference: str) -> int:
    """Fen paid, less what came back, from a payable under one reference."""
    return Transfer.objects.filter(reference=reference).aggregate(
        net=Coalesce(Sum("amount", filter=Q(debit=payable, code=Transfer.Code.PAID)), 0)
        - Coalesce(Sum("amount", filter=Q(credit=payable, code=Transfer.Code.RETURNED)), 0)
    )["net"]


def owing_line(payee: Organisation, reference: str, *, line: BudgetLine | None = None) -> BudgetLine:
    """The line out of which the payee is owed what the reference names.

    `line`, or the line that took it over, when it was ever owed there; else what was posted under the reference
    decides; else the only line there is. Raises ValidationError(code="which_line" | "nothing_owed").
    """
    payables = Account.objects.filter(kind=Account.Kind.PAYABLE, organisation=payee)
    if line is not None:
        chain = [line.pk, line.current().pk]
        on_line = payables.filter(line__in=chain).select_related("line__fund", "line__bureau")
        if found := sorted(on_line, key=lambda account: chain.index(account.line_id)):
            return found[0].line
    owed_under = BudgetLine.objects.filter(
        pk__in=payables.filter(
            pk__in=Transfer.objects.filter(
                reference=reference, code__in=[Transfer.Code.ACCRUED, Transfer.Code.VOUCHERS_SETTLED]
            ).values("credit")
        ).values("line")
    ).select_related("fund", "bureau")
    candidates = list(owed_under[:2])
    if not candidates:
        candidates = list(
            BudgetLine.objects.filter(pk__in=payables.values("line")).select_related("fund", "bureau")[:2]
        )
    if not candidates:
        raise ValidationError(_("Nothing is owed to %(payee)s."), code="nothing_owed", params={"payee": payee})
    if len(candidates) > 1:
        raise ValidationError(
            _("%(payee)s is owed money on several budget lines: say on which."),
            code="which_line",
            params={"payee": payee},
        )
    return candidates[0]


def open_promises(line: BudgetLine, kind: str) -> list[tuple[str, int]]:
    """(reference, fen) of what stands on the line's commitment or voucher account, by reference.

    Where a reference was drawn down under others, the whole balance comes under one reference of its own.
    """
    account = Account.objects.filter(kind=kind, line=line)
    by_reference = (
        Transfer.objects.filter(Q(debit__in=account) | Q(credit__in=account))
        .order_by()
        .values("reference")
        .annotate(
            left=Coalesce(Sum("amount", filter=Q(credit__in=account)), 0)
            - Coalesce(Sum("amount", filter=Q(debit__in=account)), 0)
        )
        .exclude(left=0)
        .values_list("reference", "left")
    )
    promises = sorted(by_reference)
    if any(left < 0 for _reference, left in promises):
        total = sum(left for _reference, left in promises)
        return [(f"carry/{line.year}", total)] if total else []
    return promises


def lines_for(bureau: Organisation, year: int) -> QuerySet[BudgetLine]:
    """The bureau's lines of a year, with their funds, in the order of the budget."""
    return (
        BudgetLine.objects.filter(bureau=bureau, year=year)
        .select_related("fund", "bureau")
        .order_by("fund__code", "code")
    )


def line_statement(line: BudgetLine) -> QuerySet[Transfer]:
    """Every transfer that touched the line, oldest first, with `change` and `left`: what is available, in fen."""
    return (
        Transfer.objects.of_line(line)
        .select_related("debit__organisation", "credit__organisation", "debit__line", "credit__line", "by")
        .annotate(change=effect_on_available(line))
        .annotate(left=Window(Sum("change"), order_by=[F("posted_at").asc(), F("id").asc()]))
        .order_by("posted_at", "id")
    )


def effect_on_available(line: BudgetLine) -> Case:
    """A signed column: how a transfer changed what the line has available, in fen."""
    return Case(
        When(credit__line=line, credit__kind=Account.Kind.AVAILABLE, then=F("amount")),
        When(debit__line=line, debit__kind=Account.Kind.AVAILABLE, then=-F("amount")),
        default=0,
        output_field=BigIntegerField(),
    )


@dataclass
class FundTotal:
    """A fund's lines of one year, summed."""

    fund: Fund
    lines: list[BudgetLine]

    @property
    def appropriated(self) -> int:
        return sum(line.appropriated for line in self.lines)

    @property
    def committed(self) -> int:
        return sum(line.committed for line in self.lines)

    @property
    def spent(self) -> int:
        return sum(line.spent for line in self.lines)

    @property
    def available(self) -> int:
        return sum(line.available for line in self.lines)


def budget(lines: QuerySet[BudgetLine]) -> list[FundTotal]:
    """The lines under their funds, with totals. One statement."""
    funds: dict[object, FundTotal] = {}
    for line in lines.select_related("fund", "bureau").order_by("fund__code", "bureau__name", "code"):
        funds.setdefault(line.fund_id, FundTotal(line.fund, [])).lines.append(line)
    return list(funds.values())


def trail(reference: str) -> QuerySet[Transfer]:
    """Every transfer under one reference, in order: one thing's money from budget to bank."""
    return (
        Transfer.objects.for_reference(reference)
        .select_related("debit__organisation", "credit__organisation", "debit__line", "credit__line", "by")
        .order_by("posted_at", "id")
    )


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """In December, whoever budgets is reminded to open the next; in a new year, at once."""
    if organisation is None or not policies.may_budget(user, organisation):
        return []
    today = clock.today()
    years = set(BudgetLine.objects.filter(bureau=organisation, year__gte=today.year).values_list("year", flat=True))
    wanted = today.year + 1 if today.year in years and today.month == 12 else today.year
    if wanted in years or organisation.kind != Organisation.Kind.BUREAU:
        return []
    return [
        WaitingItem(
            text=_("Open the budget of %(year)s") % {"year": wanted}, url=reverse("ledger:open_year", args=[wanted])
        )
    ]


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    if not policies.works_on_budget(user, organisation):
        return []
    return [
        DeskLink(
            label=_("Budget"),
            url=reverse("ledger:overview"),
            description=_("Funds and lines: appropriated, committed, spent, available"),
            group=DeskGroup.MONEY,
        )
    ]
