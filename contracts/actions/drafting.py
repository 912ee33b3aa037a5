"""From an award, or a programme, to a text that both sides are asked to sign."""

import datetime
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import checks, documents, notices, policies, wording
from contracts.models import Clause, Contract, Deliverable
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, User
from marketplace.rules.calendar import add_months, due_date
from marketplace.rules.queries import resolve
from marketplace.tenders.models import Award
from marketplace.vouchers.models import Programme


def locked(contract: Contract) -> Contract:
    """The contract as it is now, held until the transaction ends."""
    return (
        Contract.objects.select_for_update(of=("self",))
        .select_related("buyer__region", "supplier", "budget_line__fund", "award__lot__tender", "programme")
        .get(pk=contract.pk)
    )


def _number(buyer: Organisation, kind: str, year: int) -> str:
    """HT (合同) or XY (协议), the bureau's region digits and last characters, the year, a gap-free count."""
    letters = {"contract": "HT", "agreement": "XY"}[kind]
    return f"{letters}{buyer.region.prefix}{buyer.uscc[-2:]}-{year}-{next_number(buyer, kind, year):04d}"


@transaction.atomic
def draft_contract(award: Award, *, starts_on: datetime.date | None = None, by: User) -> Contract:
    """Draft the contract of an award from the tender and the bid that won.

    `starts_on` defaults to the first of the coming month. Raises ValidationError: "drafted" when the award has a
    contract, "no_budget_line" when the tender had none.
    """
    award = (
        Award.objects.select_for_update(of=("self",))
        .select_related(
            "lot__tender__bureau__region", "lot__place", "lot__tender__budget_line__fund", "supplier", "bid"
        )
        .get(pk=award.pk)
    )
    authorise(policies.may_draft_from, by, award)
    lot, tender = award.lot, award.lot.tender
    if Contract.objects.filter(award=award).exists():
        raise ValidationError(_("A contract has been drafted from this award already."), code="drafted")
    if tender.budget_line is None:
        raise ValidationError(_("The tender names no budget line, so nothing can be signed."), code="no_budget_line")
    today = clock.today()
    starts_on = starts_on or add_months(today.replace(day=1), 1)
    ends_on = add_months(starts_on, lot.term_months) - datetime.timedelta(days=1)
    awarded_on = award.awarded_at.astimezone(clock.SHANGHAI).date()
    several = tender.lots.count() > 1

    contract = Contract.objects.create(
        number=_number(tender.bureau, "contract", today.year),
        kind=Contract.Kind.SERVICE,
        award=award,
        buyer=tender.bureau,
        supplier=award.supplier,
        title=f"{tender.title}（{lot.title}）" if several else tender.title,
        title_en=tender.title_en,
        amount=award.amount,
        budget_line=tender.budget_line,
        place=str(lot.place.name),
        starts_on=starts_on,
        ends_on=ends_on,
        term_condition=lot.long_term_reason,
        awarded_on=awarded_on,
        sign_by=due_date(awarded_on, resolve("contract.signing_period", on=awarded_on, region=tender.bureau.region)),
        drafted_by=by,
    )
    payment_rule = resolve("contract.payment_period", on=today, region=tender.bureau.region)
    facts = {
        "tender_number": tender.number,
        "lot_position": lot.position,
        "title": contract.title,
        "description": lot.description or tender.about,
        "plan": award.bid.plan or "以响应文件为准。",
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "place": contract.place,
        "amount": format_yuan(contract.amount),
        "amount_words": wording.amount_in_words(contract.amount),
        "fund": tender.budget_line.fund.name,
        "budget_line": f"{tender.budget_line.year} 年度 {tender.budget_line.name}",
        "payment_days": int(payment_rule.value or 0),
    }
    _write(contract, wording.SERVICE, facts)
    Deliverable.objects.bulk_create(_quarters(contract, lot.term_months))
    record(
        "contract.drafted", contract, by=by, organisation=contract.buyer,
        number=contract.number, award=str(award.pk), amount=contract.amount,
    )  # fmt: skip
    return contract


@transaction.atomic
def draft_provider_agreement(
    programme: Programme,
    provider: Organisation,
    *,
    starts_on: datetime.date | None = None,
    ends_on: datetime.date | None = None,
    by: User,
) -> Contract:
    """Draft the agreement 定点协议 by which a provider is admitted to a voucher programme.

    Without dates it runs from today, or the programme's first day, to the programme's last day or a year. Raises
    ValidationError: "not_provider", "agreed" while another agreement stands or is on its way, "programme_over".
    """
    programme = (
        Programme.objects.select_for_update(of=("self",))
        .select_related("bureau__region", "budget_line__fund")
        .get(pk=programme.pk)
    )
    authorise(policies.may_admit_to, by, programme)
    if not Organisation.objects.providers().active().filter(pk=provider.pk).exists():
        raise ValidationError(
            {"provider": ValidationError(_("Choose a provider that is active."), code="not_provider")}
        )
    ended = [Contract.State.CLOSED, Contract.State.TERMINATED, Contract.State.REFUSED]
    today = clock.today()
    if (
        Contract.objects.filter(programme=programme, supplier=provider, ends_on__gte=today)
        .exclude(state__in=ended)
        .exists()
    ):
        raise ValidationError(
            {"provider": ValidationError(_("This provider has an agreement for the programme."), code="agreed")}
        )
    starts_on = starts_on or max(today, programme.starts_on)
    ends_on = ends_on or min(programme.ends_on, add_months(starts_on, 12) - datetime.timedelta(days=1))
    if ends_on < starts_on:
        raise ValidationError(_("The programme is over."), code="programme_over")

    contract = Contract.objects.create(
        number=_number(programme.bureau, "agreement", today.year),
        kind=Contract.Kind.PROVIDER_AGREEMENT,
        programme=programme,
        buyer=programme.bureau,
        supplier=provider,
        title=f"{programme.name}定点服务协议",
        title_en=f"Provider agreement: {programme.name_en}" if programme.name_en else "",
        budget_line=programme.budget_line,
        place=str(programme.region.name),
        starts_on=starts_on,
        ends_on=ends_on,
        awarded_on=today,
        sign_by=due_date(today, resolve("contract.signing_period", on=today, region=programme.bureau.region)),
        drafted_by=by,
    )
    facts = {
        "programme": programme.name,
        "categories": "、".join(category.name for category in programme.categories.all()),
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "fund": programme.budget_line.fund.name,
        "budget_line": f"{programme.budget_line.year} 年度 {programme.budget_line.name}",
    }
    _write(contract, wording.AGREEMENT, facts)
    record(
        "contract.drafted", contract, by=by, organisation=contract.buyer,
        number=contract.number, programme=programme.code,
    )  # fmt: skip
    return contract


def _write(contract: Contract, articles: tuple[wording.Article, ...], facts: Mapping[str, object]) -> None:
    clauses = wording.write_articles(articles, facts)
    for clause in clauses:
        clause.contract = contract
    Clause.objects.bulk_create(clauses)


def _quarters(contract: Contract, months: int) -> list[Deliverable]:
    """Equal instalments, one every three months; the last takes the odd fen."""
    count = max(1, -(-months // 3))
    share, rest = divmod(contract.amount, count)
    return [
        Deliverable(
            contract=contract,
            position=number,
            title=f"第 {number} 期服务",
            quantity=min(3, months - 3 * (number - 1)),
            unit="个月",
            amount=share + (rest if number == count else 0),
            due_on=min(
                contract.ends_on,
                add_months(contract.starts_on, 3 * number) - datetime.timedelta(days=1),
            ),
        )
        for number in range(1, count + 1)
    ]


def _locked_draft(contract: Contract, by: User) -> Contract:
    contract = locked(contract)
    if contract.state != Contract.State.DRAFT:
        authorise(policies.may_send, by, contract)
        raise ValidationError(_("Only a draft can be changed."), code="not_draft")
    authorise(policies.may_edit, by, contract)
    return contract


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
    """Change title, term and place of a draft; the article on the term follows.

    Raises ValidationError: "not_draft", "days" for an end before the beginning.
    """
    contract = _locked_draft(contract, by)
    if ends_on < starts_on:
        raise ValidationError({"ends_on": ValidationError(_("It can't end before it begins."), code="days")})
    before = (contract.starts_on.isoformat(), contract.ends_on.isoformat(), contract.place)
    contract.title, contract.title_en, contract.place = title.strip(), title_en.strip(), place.strip()
    contract.starts_on, contract.ends_on, contract.term_condition = starts_on, ends_on, term_condition.strip()
    contract.save(update_fields=["title", "title_en", "place", "starts_on", "ends_on", "term_condition"])
    after = (starts_on.isoformat(), ends_on.isoformat(), contract.place)
    for clause in contract.clauses.filter(subject=Clause.Subject.TERM):
        for old, new in zip(before, after, strict=True):
            clause.text = clause.text.replace(old, new) if old else clause.text
        clause.save(update_fields=["text"])
    record("contract.terms_changed", contract, by=by, organisation=contract.buyer, starts_on=after[0], ends_on=after[1])
    return contract


@transaction.atomic
def change_clause(clause: Clause, *, heading: str, text: str, by: User) -> Clause:
    """Rewrite an article of a draft. Raises ValidationError: "not_draft", "fixed" for what the award settled."""
    contract = _locked_draft(clause.contract, by)
    clause = contract.clauses.select_for_update().get(pk=clause.pk)
    if clause.is_fixed:
        raise ValidationError(_("This article comes from tender and bid and can't be changed."), code="fixed")
    clause.heading, clause.text = heading.strip(), text.strip()
    clause.save(update_fields=["heading", "text"])
    record("contract.clause_changed", contract, by=by, organisation=contract.buyer, article=clause.position)
    return clause


@transaction.atomic
def set_deliverables(contract: Contract, rows: Sequence[dict[str, Any]], *, by: User) -> Contract:
    """Replace the instalments of a draft. Each row: title, quantity, unit, amount (fen), due_on.

    Raises ValidationError: "not_draft", "agreement" for a provider agreement, "amounts" unless they add up to the
    contract's amount, "due_outside" for a day outside its term.
    """
    contract = _locked_draft(contract, by)
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
    record("contract.deliverables_set", contract, by=by, organisation=contract.buyer, instalments=len(rows))
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
