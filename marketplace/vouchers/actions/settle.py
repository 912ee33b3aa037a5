"""From a month of redemptions to a payment: draft, a second officer, the ledger and the payment order."""

import datetime
from collections import defaultdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record, record_all
from marketplace.directory.models import Accreditation
from marketplace.ledger.actions import post_vouchers_settled
from marketplace.pages import clock
from marketplace.pages.bulk import insert_rows
from marketplace.pages.models import uuid7
from marketplace.parties.actions import next_numbers
from marketplace.parties.models import Organisation, User
from marketplace.payments.actions import order_payment
from marketplace.payments.models import PayeeAccount
from marketplace.payments.models.accounts import Channel
from marketplace.rules.calendar import add_days, due_date
from marketplace.rules.queries import resolve
from marketplace.vouchers import policies
from marketplace.vouchers.models import Programme, Reversal, Settlement, SettlementLine
from marketplace.vouchers.models.programmes import first_of_month, last_of_month

from .issue import expire_month

PAYMENT = "voucher.settlement_payment"

# What was redeemed, less what was taken back, less what stands in settlements: one statement, so one snapshot.
# Whatever commits after it is found by the next run; nothing is marked on the way, so the counter never waits.
UNSETTLED = """
SELECT provider_id, programme_id, month, SUM(n), SUM(fen) FROM (
    SELECT provider_id, programme_id, month, COUNT(*) AS n, SUM(amount) AS fen
    FROM vouchers_redemption WHERE month = %(month)s GROUP BY provider_id, programme_id, month
  UNION ALL
    SELECT provider_id, programme_id, month, -COUNT(*), -SUM(amount)
    FROM vouchers_reversal WHERE month = %(month)s GROUP BY provider_id, programme_id, month
  UNION ALL
    SELECT s.provider_id, l.programme_id, l.month, -SUM(l.redemptions), -SUM(l.amount)
    FROM vouchers_settlementline l JOIN vouchers_settlement s ON s.id = l.settlement_id
    WHERE l.month = %(month)s AND s.state <> 'cancelled' GROUP BY s.provider_id, l.programme_id, l.month
) flow GROUP BY provider_id, programme_id, month HAVING SUM(fen) <> 0 OR SUM(n) <> 0
"""


def unsettled(month: datetime.date) -> list[dict[str, Any]]:
    """For each provider and programme: how many redemptions and fen of a month's vouchers stand in no settlement."""
    with connection.cursor() as cursor:
        cursor.execute(UNSETTLED, {"month": month})
        rows = cursor.fetchall()
    to_uuid = Settlement._meta.pk.to_python
    return [
        {
            "provider": to_uuid(provider),
            "programme": to_uuid(programme),
            "month": month,
            "redemptions": int(count),
            "amount": int(fen),
        }
        for provider, programme, _month, count, fen in rows
    ]


@transaction.atomic
def settle_month(bureau: Organisation, month: datetime.date, *, by: User) -> list[Settlement]:
    """Freeze what the bureau owes each provider for the month's vouchers, netted with late reversals; the new drafts.

    When the month is over its vouchers expire first, so that the freeze is final. A running month may be settled too:
    what comes after goes into the next run. Run again it finds nothing to add. A provider that owes more than it
    earned gets no settlement: the difference is carried to its next one. Raises ValidationError(code="month").
    """
    month = first_of_month(month)
    authorise(policies.may_settle, by, bureau)
    today = clock.today()
    if month > today:
        raise ValidationError(_("This month has not begun."), code="month")
    programmes = {
        programme.pk: programme
        for programme in Programme.objects.select_for_update().filter(bureau=bureau).order_by("pk")
    }
    is_over = last_of_month(month) < today
    if is_over:
        for programme in programmes.values():
            if programme.state != Programme.State.DRAFT:
                expire_month(programme, month, by=by)

    by_provider: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for flow in _flows(month, programmes):
        by_provider[flow["provider"]].append(flow)
    owed = {provider: kept for provider, flows in by_provider.items() if (kept := _positive_programmes(flows))}
    made = _freeze(bureau, month, owed, by)
    touched = {
        (flow["programme"], flow["month"]) for flows in owed.values() for flow in flows if flow["month"] != month
    }
    for programme_id, earlier in sorted(touched, key=str):
        expire_month(programmes[programme_id], earlier, by=by)  # what a netted reversal gave back to an old wallet
    return made


def _flows(month: datetime.date, programmes: dict[Any, Programme]) -> list[dict[str, Any]]:
    """The month's own flows, and what late reversals took from earlier months."""
    flows = [flow for flow in unsettled(month) if flow["programme"] in programmes]
    late = (
        Reversal.objects.filter(after_settlement=True, month__lt=month, programme__in=programmes)
        .order_by()
        .values_list("month", flat=True)
        .distinct()
    )
    for earlier in sorted(late):
        flows += [flow for flow in unsettled(earlier) if flow["programme"] in programmes and flow["amount"] < 0]
    return flows


def _positive_programmes(flows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Only programmes in which something is owed to the provider: each has a budget line of its own."""
    totals: dict[Any, int] = defaultdict(int)
    for flow in flows:
        totals[flow["programme"]] += flow["amount"]
    return [flow for flow in flows if totals[flow["programme"]] > 0]


def _payees(providers: list[Any]) -> dict[Any, dict[str, str]]:
    """Each one's account as it stands when the settlement is frozen, its number masked; none where there is none."""
    found: dict[Any, dict[str, str]] = {}
    accounts = PayeeAccount.objects.in_force().filter(organisation__in=providers, channel=Channel.BANK_FILE)
    for account in accounts:
        words = {"name": account.account_name, "bank": account.bank, "number": account.masked_number}
        found.setdefault(account.organisation_id, words)
    return found


def _agreed_days(owed: dict[Any, list[dict[str, Any]]]) -> dict[Any, int]:
    """Within how many days each one's agreement has settlements paid: of several programmes the fewest. One statement.

    An agreement that has ended still says when its last months are paid.
    """
    programmes = {(provider, flow["programme"]) for provider, flows in owed.items() for flow in flows}
    codes = dict(Programme.objects.filter(pk__in={pk for _provider, pk in programmes}).values_list("code", "pk"))
    found = Accreditation.objects.filter(
        organisation__in=list(owed), programme_code__in=codes, settlement_days__isnull=False
    ).order_by("created_at", "pk")
    newest = {
        (provider, code): days
        for provider, code, days in found.values_list("organisation", "programme_code", "settlement_days")
        if (provider, codes[code]) in programmes
    }
    days: dict[Any, int] = {}
    for (provider, _code), agreed in newest.items():
        days[provider] = min(agreed, days.get(provider, agreed))
    return days


def _freeze(
    bureau: Organisation, month: datetime.date, owed: dict[Any, list[dict[str, Any]]], by: User
) -> list[Settlement]:
    """One settlement a provider, with its lines: a few statements whatever the number of providers."""
    if not owed:
        return []
    moment, providers = clock.now(), sorted(owed)
    today = moment.astimezone(clock.SHANGHAI).date()
    usual, agreed = due_date(today, resolve(PAYMENT, region=bureau.region)), _agreed_days(owed)
    runs = dict(
        Settlement.objects.filter(bureau=bureau, provider__in=providers, month=month)
        .order_by()
        .values_list("provider")
        .annotate(Max("run"))
    )
    payees = _payees(providers)
    numbers = _numbers(bureau, month, len(providers))
    insert_rows(
        Settlement,
        [
            {
                "id": uuid7(),
                "number": number,
                "bureau_id": bureau.pk,
                "provider_id": provider,
                "month": month,
                "run": runs.get(provider, 0) + 1,
                "amount": sum(flow["amount"] for flow in owed[provider]),
                "state": Settlement.State.DRAFT,
                "frozen_at": moment,
                "due_on": add_days(today, agreed[provider]) if provider in agreed else usual,
                "payee": payees.get(provider, {}),
                "drafted_by_id": by.pk,
            }
            for provider, number in zip(providers, numbers, strict=True)
        ],
    )
    made = list(Settlement.objects.filter(number__in=numbers).order_by("number"))
    lines = [
        {
            "id": uuid7(),
            "settlement_id": settlement.pk,
            "programme_id": flow["programme"],
            "month": flow["month"],
            "redemptions": flow["redemptions"],
            "amount": flow["amount"],
        }
        for settlement in made
        for flow in owed[settlement.provider_id]
    ]
    insert_rows(SettlementLine, lines)
    drafted = [(settlement, {"amount": settlement.amount}) for settlement in made]
    record_all("settlement.drafted", drafted, by=by, organisation=bureau)
    return made


def _numbers(bureau: Organisation, month: datetime.date, count: int) -> list[str]:
    """The bureau's next numbers, past those that another bureau of the same region has used."""
    free: list[str] = []
    while len(free) < count:
        series = next_numbers(bureau, "settlement", month.year, count - len(free))
        wanted = [f"JS{month:%Y%m}-{number:05d}-{bureau.region.prefix}" for number in series]
        taken = set(Settlement.objects.filter(number__in=wanted).values_list("number", flat=True))
        free += [number for number in wanted if number not in taken]
    return free


def _locked(settlement: Settlement) -> Settlement:
    return Settlement.objects.select_for_update(of=("self",)).select_related("bureau", "provider").get(pk=settlement.pk)


@transaction.atomic
def approve_settlement(settlement: Settlement, *, by: User) -> Settlement:
    """A second officer has looked. Raises ValidationError(code="state")."""
    settlement = _locked(settlement)
    authorise(policies.may_approve_settlement, by, settlement)
    if settlement.state != Settlement.State.DRAFT:
        raise ValidationError(_("This settlement has been decided on already."), code="state")
    settlement.approve(by)
    settlement.approved_at = clock.now()
    settlement.save(update_fields=["state", "approved_by", "approved_at"])
    record("settlement.approved", settlement, by=by, organisation=settlement.bureau, amount=settlement.amount)
    return settlement


@transaction.atomic
def cancel_settlement(settlement: Settlement, *, reason: str, by: User) -> Settlement:
    """Throw a draft away: its redemptions are free for the next run. Raises ValidationError: `state`, `reason`."""
    settlement = _locked(settlement)
    authorise(policies.may_settle, by, settlement.bureau)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason")})
    if settlement.state != Settlement.State.DRAFT:
        raise ValidationError(_("Only a draft can be cancelled."), code="state")
    settlement.cancel()
    settlement.save(update_fields=["state"])
    record("settlement.cancelled", settlement, by=by, organisation=settlement.bureau, reason=reason)
    return settlement


@transaction.atomic
def order_settlement(settlement: Settlement, *, by: User) -> Settlement:
    """Put it into the ledger as owed and order the payment, one order for each budget line.

    Raises ValidationError(code="state") unless approved; and what the payment order refuses (no account of the payee).
    """
    settlement = _locked(settlement)
    authorise(policies.may_order_settlement, by, settlement)
    if settlement.state != Settlement.State.APPROVED:
        raise ValidationError(_("A second officer approves a settlement before it is paid."), code="state")
    settlement.order()
    settlement.ordered_at = clock.now()
    settlement.save(update_fields=["state", "ordered_at"])

    by_line: dict[Any, list[SettlementLine]] = defaultdict(list)
    for line in settlement.lines.select_related("programme__budget_line"):
        by_line[line.programme.budget_line].append(line)
    for number, (budget_line, lines) in enumerate(sorted(by_line.items(), key=lambda item: item[0].pk), start=1):
        reference = settlement.number if len(by_line) == 1 else f"{settlement.number}-{number}"
        amount = sum(line.amount for line in lines)
        post_vouchers_settled(
            budget_line, settlement.provider, amount, key=f"settle/{reference}", reference=reference, by=by
        )
        order_payment(
            settlement.provider,
            amount,
            purpose=f"{settlement.month:%Y-%m} 服务券核销款",
            reference=reference,
            key=f"pay/{reference}",
            by=by,
        )
    record("settlement.ordered", settlement, by=by, organisation=settlement.bureau, amount=settlement.amount)
    return settlement
