"""Working on a draft: its term and conditions, articles, instalments and annexes, until it is sent."""

import datetime
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import checks, documents, notices, policies
from contracts.models import Clause, Contract, ContractMember, Deliverable, InventoryItem, Premises, PriceItem
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Organisation, User
from marketplace.rules.calendar import add_months
from marketplace.rules.queries import resolve

from .drafting import refill_words
from .locking import locked, locked_draft


@transaction.atomic
def change_terms(
    contract: Contract,
    *,
    title: str,
    starts_on: datetime.date,
    ends_on: datetime.date,
    title_en: str = "",
    place: str = "",
    term_condition: str = "",
    by: User,
) -> Contract:
    """Change title, term and place of a draft; the articles that name them follow.

    Raises ValidationError: "not_draft", "days" for an end before the beginning.
    """
    contract = locked_draft(contract, by)
    if ends_on < starts_on:
        raise ValidationError({"ends_on": ValidationError(_("It can't end before it begins."), code="days")})
    contract.title, contract.title_en, contract.place = title.strip(), title_en.strip(), place.strip()
    contract.starts_on, contract.ends_on, contract.term_condition = starts_on, ends_on, term_condition.strip()
    contract.save(update_fields=["title", "title_en", "place", "starts_on", "ends_on", "term_condition"])
    refill_words(contract)
    record(
        "contract.terms_changed", contract, by=by, organisation=contract.buyer,
        starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat(),
    )  # fmt: skip
    return contract


CONDITIONS = (
    "bond_amount", "payment_days", "acceptance_days", "shortfall_rate", "satisfaction_floor", "satisfaction_rate",
    "renewal_months", "renewal_grade", "standards", "is_bilingual",
)  # fmt: skip


@transaction.atomic
def change_conditions(contract: Contract, *, by: User, **conditions: Any) -> Contract:
    """Change what the two sides agree besides the price: bond (fen), days to pay and to accept, the deduction formula
    (percent), yearly renewal, service standard, print. Names are `CONDITIONS`; what is not named stays.

    Raises ValidationError: "not_draft", and by field "bond_too_large" (REG 48), "pay_too_late" (PAY 10), "percent",
    "renewal" for months that the term does not hold, "no_grade".
    """
    contract = locked_draft(contract, by)
    if unknown := set(conditions) - set(CONDITIONS):
        raise TypeError(f"no condition of a contract: {unknown}")
    for name, value in conditions.items():
        setattr(contract, name, value.strip() if isinstance(value, str) else value)
    _check_conditions(contract)
    if contract.is_renewable and not contract.renewal_grade:
        rule = resolve("contract.renewal_grade", on=contract.awarded_on, region=contract.buyer.region)
        contract.renewal_grade = rule.data["grade"]
    contract.save(update_fields=[*conditions, "renewal_grade"])
    refill_words(contract)
    record("contract.conditions_changed", contract, by=by, organisation=contract.buyer, names=sorted(conditions))
    return contract


def _check_conditions(contract: Contract) -> None:
    """Raises ValidationError with every condition that the rules don't allow."""
    faults: dict[str, ValidationError] = {}
    largest, rule = checks.largest_bond(contract)
    if contract.bond_amount > largest:
        faults["bond_amount"] = ValidationError(
            _("The performance bond may be ¥%(most)s at most: %(percent)s%% of the contract (%(source)s)."),
            code="bond_too_large",
            params={"most": format_yuan(largest), "percent": rule.number, "source": rule.citation},
        )
    longest = resolve("contract.payment_period_max", on=contract.awarded_on, region=contract.buyer.region)
    if contract.payment_days > longest.number:
        faults["payment_days"] = ValidationError(
            _("At most %(days)s days may be agreed (%(source)s)."),
            code="pay_too_late",
            params={"days": longest.number, "source": longest.citation},
        )
    for name in ("satisfaction_floor", "satisfaction_rate"):
        if getattr(contract, name) > 100:
            faults[name] = ValidationError(_("This is a share in percent: 100 at most."), code="percent")
    if contract.is_renewable and add_months(contract.starts_on, contract.renewal_months) > contract.ends_on:
        faults["renewal_months"] = ValidationError(
            _("The contract ends before its first renewal would come."), code="renewal"
        )
    if faults:
        raise ValidationError(faults)


@transaction.atomic
def change_clause(clause: Clause, *, heading: str, text: str, text_en: str = "", by: User) -> Clause:
    """Rewrite an article of a draft. Raises ValidationError: "not_draft", "fixed" for what the award settled."""
    contract = locked_draft(clause.contract, by)
    clause = contract.clauses.select_for_update().get(pk=clause.pk)
    if clause.is_fixed:
        raise ValidationError(_("This article comes from tender and bid and can't be changed."), code="fixed")
    clause.heading, clause.text, clause.text_en = heading.strip(), text.strip(), text_en.strip()
    clause.save(update_fields=["heading", "text", "text_en"])
    record("contract.clause_changed", contract, by=by, organisation=contract.buyer, article=clause.position)
    return clause


@transaction.atomic
def set_deliverables(contract: Contract, rows: Sequence[dict[str, Any]], *, by: User) -> Contract:
    """Replace the instalments of a draft. Each row: title, quantity, unit, amount (fen), due_on; kind, standard.

    Raises ValidationError: "not_draft", "agreement" for a provider agreement, "amounts" unless they add up to the
    contract's amount, "due_outside" for a day outside its term.
    """
    contract = locked_draft(contract, by)
    if not contract.is_service:
        raise ValidationError(_("A provider agreement has no instalments."), code="agreement")
    total = sum(row["amount"] for row in rows)
    if total != contract.amount:
        raise ValidationError(
            _("The instalments add up to ¥%(total)s; the contract is for ¥%(amount)s."),
            code="amounts",
            params={"total": format_yuan(total), "amount": format_yuan(contract.amount)},
        )
    if any(not contract.starts_on <= row["due_on"] <= contract.ends_on for row in rows):
        raise ValidationError(_("Every instalment must be due within the contract's term."), code="due_outside")
    contract.deliverables.all().delete()
    Deliverable.objects.bulk_create(
        [Deliverable(contract=contract, position=number, **row) for number, row in enumerate(rows, start=1)]
    )
    refill_words(contract)
    record("contract.deliverables_set", contract, by=by, organisation=contract.buyer, instalments=len(rows))
    return contract


@transaction.atomic
def lay_out_instalments(
    contract: Contract,
    *,
    every: int,
    quantity: int,
    unit: str,
    standard: str = "",
    kind: str = Deliverable.Kind.VOLUME,
    advance: int = 0,
    final: int = 0,
    by: User,
) -> Contract:
    """Lay the whole term out in equal instalments of `every` months and `quantity` units each, with an advance and a
    final part in percent of the contract.

    Raises ValidationError by field: "every", "percent", "small" when an instalment would be worth nothing.
    """
    contract = locked_draft(contract, by)
    if not 0 <= advance <= 50 or not 0 <= final <= 50:
        raise ValidationError(
            {"final": ValidationError(_("Advance and final part: half of the contract each at most."), code="percent")}
        )
    ends = []
    day = add_months(contract.starts_on, every)
    while every > 0 and day - datetime.timedelta(days=1) < contract.ends_on and len(ends) < 60:
        ends.append(day - datetime.timedelta(days=1))
        day = add_months(contract.starts_on, every * (len(ends) + 1))
    ends.append(contract.ends_on)
    if every < 1 or len(ends) > 60:
        raise ValidationError({"every": ValidationError(_("This gives too many instalments."), code="every")})
    first, last = contract.amount * advance // 100, contract.amount * final // 100
    share, rest = divmod(contract.amount - first - last, len(ends))
    if not share:
        raise ValidationError(_("An instalment would be worth nothing."), code="small")

    rows: list[dict[str, Any]] = []
    if first:
        rows.append({"title": "预付款", "kind": "advance", "quantity": 1, "unit": "项", "amount": first,
                     "due_on": contract.starts_on})  # fmt: skip
    for number, due_on in enumerate(ends, start=1):
        rows.append({
            "title": f"第 {number} 期服务", "kind": kind, "quantity": quantity, "unit": unit, "standard": standard,
            "amount": share + (rest if number == len(ends) else 0), "due_on": due_on,
        })  # fmt: skip
    if last:
        rows.append({"title": "尾款", "kind": "final", "quantity": 1, "unit": "项", "amount": last,
                     "due_on": contract.ends_on})  # fmt: skip
    return set_deliverables(contract, rows, by=by)


@transaction.atomic
def set_prices(contract: Contract, rows: Sequence[dict[str, Any]], *, by: User) -> Contract:
    """Replace the annexed price list. Each row: name, unit, price (fen). Raises ValidationError(code="not_draft")."""
    contract = locked_draft(contract, by)
    contract.prices.all().delete()
    PriceItem.objects.bulk_create(
        [PriceItem(contract=contract, position=number, **row) for number, row in enumerate(rows, start=1)]
    )
    record("contract.prices_set", contract, by=by, organisation=contract.buyer, prices=len(rows))
    return contract


@transaction.atomic
def set_premises(
    contract: Contract,
    *,
    name: str,
    address: str,
    area: int = 0,
    items: Sequence[dict[str, Any]] = (),
    position: int | None = None,
    by: User,
) -> Premises:
    """Add premises with their inventory to a draft, or replace those at `position`. Items: name, quantity, unit,
    condition. Raises ValidationError: "not_draft", by field "no_name"."""
    contract = locked_draft(contract, by)
    if not name.strip() or not address.strip():
        raise ValidationError({"name": ValidationError(_("Name the place and its address."), code="no_name")})
    contract.premises.filter(position=position or 0).delete()
    place = Premises.objects.create(
        contract=contract,
        position=position or contract.premises.count() + 1,
        name=name.strip(),
        address=address.strip(),
        area=area,
    )
    InventoryItem.objects.bulk_create(
        [InventoryItem(premises=place, position=number, **item) for number, item in enumerate(items, start=1)]
    )
    refill_words(contract)
    record("contract.premises_set", contract, by=by, organisation=contract.buyer, items=len(items))
    return place


@transaction.atomic
def name_members(contract: Contract, members: Sequence[tuple[Organisation, str]], *, by: User) -> Contract:
    """Name the other members of the supplier's consortium, each with its part; the supplier leads (GPL 24).

    Raises ValidationError: "not_draft", "member_twice".
    """
    contract = locked_draft(contract, by)
    keys = [organisation.pk for organisation, _part in members]
    if len({*keys, contract.supplier_id, contract.buyer_id}) != len(keys) + 2:
        raise ValidationError(_("Each member of the consortium is named once, the lead apart."), code="member_twice")
    contract.members.all().delete()
    ContractMember.objects.bulk_create(
        [
            ContractMember(contract=contract, organisation=organisation, position=number, part=part.strip())
            for number, (organisation, part) in enumerate(members, start=1)
        ]
    )
    record("contract.members_named", contract, by=by, organisation=contract.buyer, members=len(members))
    return contract


@transaction.atomic
def send_for_signature(contract: Contract, *, by: User) -> Contract:
    """Fix the words, print them, and ask the supplier to sign.

    Raises ValidationError with every fault that the draft still has (`checks.faults`), "not_draft".
    """
    contract = locked(contract)
    authorise(policies.may_send, by, contract)
    if not can_proceed(contract.send):
        raise ValidationError(_("This contract has been sent already."), code="not_draft")
    if faults := checks.faults(contract):
        raise ValidationError(faults)

    contract.send()
    contract.sent_at = clock.now()
    contract.paper = documents.print_contract(contract, by=by)
    contract.save(update_fields=["state", "sent_at", "paper"])
    record("contract.sent", contract, by=by, organisation=contract.buyer, number=contract.number)
    transaction.on_commit(partial(notices.tell_sent.enqueue, str(contract.pk)))
    return contract
