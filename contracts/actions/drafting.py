"""From an award, or a programme, to a text that can be worked on."""

import datetime
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import checks, policies, wording
from contracts.models import Clause, Contract, ContractAward, ContractMember, Deliverable, InventoryItem
from contracts.promises import promised_with
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, Region, User
from marketplace.rules.calendar import add_months, due_date
from marketplace.rules.queries import resolve
from marketplace.tenders.actions.numbering import prefix_of
from marketplace.tenders.models import Award, CallOff, Partner
from marketplace.vouchers.models import Programme

from .locking import locked, need_words


def _number(buyer: Organisation, kind: str, year: int) -> str:
    """HT (合同) or XY (协议), the letters that begin the bureau's tenders, the year, a gap-free count."""
    letters = {"contract": "HT", "agreement": "XY"}[kind]
    return f"{letters}{prefix_of(buyer)}-{year}-{next_number(buyer, kind, year):04d}"


def usual_conditions(
    region: Region, on: datetime.date, payment_rule: str = "contract.payment_period"
) -> dict[str, object]:
    """What a draft begins with: periods and shares as the rules give them; the officer may agree others."""
    payment = resolve(payment_rule, on=on, region=region)
    acceptance = resolve("contract.deemed_acceptance", on=on, region=region)
    return {
        "payment_days": int(payment.value or 0),
        "acceptance_days": int(acceptance.value or 0),
        "final_shares": resolve("contract.final_share", on=on, region=region).data,
    }


def _locked_awards(awards: Sequence[Award]) -> list[Award]:
    rows = (
        Award.objects.select_for_update(of=("self",))
        .filter(pk__in=[award.pk for award in awards])
        .select_related(
            "lot__tender__bureau__region", "lot__place", "lot__tender__budget_line__fund", "supplier", "bid"
        )
        .order_by("pk")
    )
    return sorted(rows, key=lambda award: award.lot.position)


@transaction.atomic
def draft_contract(award: Award, *more: Award, starts_on: datetime.date | None = None, by: User) -> Contract:
    """Draft the contract of one award, or of several lots of one tender that one supplier won.

    Filled from the tender and the bid, with the premises that the tender promised; a consortium's members are taken
    over from the bid. `starts_on` defaults to the first of the coming month. Raises ValidationError: "drafted" when a
    contract rests on one of the awards, "lots_apart" for lots of several tenders or suppliers, "no_budget_line" when
    the tender had none, "award_ended" when the award no longer stands.
    """
    awards = _locked_awards([award, *more])
    first = awards[0]
    for one in awards:
        authorise(policies.may_draft_from, by, one)
    tender = first.lot.tender
    if any(one.lot.tender_id != tender.pk or one.supplier_id != first.supplier_id for one in awards):
        raise ValidationError(_("One contract is for lots of one tender, won by one supplier."), code="lots_apart")
    checks.refuse_fallen_awards(awards)
    if ContractAward.objects.filter(award__in=awards, stands=True).exists():
        raise ValidationError(_("A contract has been drafted from this award already."), code="drafted")
    if tender.budget_line is None:
        raise ValidationError(_("The tender names no budget line, so nothing can be signed."), code="no_budget_line")
    today = clock.today()
    starts_on = starts_on or add_months(today.replace(day=1), 1)
    months = max(one.lot.term_months for one in awards)
    awarded_on = min(one.awarded_at for one in awards).astimezone(clock.SHANGHAI).date()
    takes_all = tender.lots.count() == len(awards)
    titles = "、".join(one.lot.title for one in awards)

    contract = Contract.objects.create(
        number=_number(tender.bureau, "contract", today.year),
        kind=Contract.Kind.SERVICE,
        award=first,
        buyer=tender.bureau,
        supplier=first.supplier,
        title=tender.title if takes_all else f"{tender.title}（{titles}）"[:200],
        title_en=tender.title_en,
        amount=sum(one.amount for one in awards),
        budget_line=tender.budget_line,
        place="、".join(dict.fromkeys(str(one.lot.place.name) for one in awards))[:200],
        starts_on=starts_on,
        ends_on=add_months(starts_on, months) - datetime.timedelta(days=1),
        term_condition=next((one.lot.long_term_reason for one in awards if one.lot.long_term_reason), ""),
        awarded_on=awarded_on,
        sign_by=due_date(awarded_on, resolve("contract.signing_period", on=awarded_on, region=tender.bureau.region)),
        drafted_by=by,
        **usual_conditions(tender.bureau.region, today),
    )
    ContractAward.objects.bulk_create(
        [ContractAward(contract=contract, award=one, amount=one.amount) for one in awards]
    )
    Deliverable.objects.bulk_create(_quarters(contract, months))
    partners = tender.partners.filter(lead=first.supplier, state=Partner.State.CONFIRMED)
    ContractMember.objects.bulk_create(
        [
            ContractMember(contract=contract, organisation=partner.member, position=number, part=partner.work)
            for number, partner in enumerate(partners.select_related("member").order_by("created_at"), start=1)
        ]
    )
    _take_premises(contract, awards)
    take_words(contract)
    record(
        "contract.drafted", contract, by=by, organisation=contract.buyer,
        number=contract.number, awards=[str(one.pk) for one in awards], amount=contract.amount,
    )  # fmt: skip
    return contract


@transaction.atomic
def draft_from_call_off(call_off: CallOff, *, by: User) -> Contract:
    """Draft the contract of an order under a framework that its provider has accepted.

    Raises ValidationError: "not_accepted", "drafted", "no_budget_line".
    """
    call_off = (
        CallOff.objects.select_for_update(of=("self",))
        .select_related(
            "lot__tender__bureau__region", "lot__place", "lot__tender__budget_line__fund", "supplier", "admission__bid"
        )
        .get(pk=call_off.pk)
    )
    authorise(policies.may_draft_call_off, by, call_off)
    tender = call_off.lot.tender
    if call_off.state != CallOff.State.ACCEPTED:
        raise ValidationError(_("The provider has not accepted this order."), code="not_accepted")
    if call_off.contracts.exclude(state__in=Contract.VOID_STATES).exists():
        raise ValidationError(_("A contract has been drafted from this order already."), code="drafted")
    if tender.budget_line is None:
        raise ValidationError(_("The tender names no budget line, so nothing can be signed."), code="no_budget_line")
    today = clock.today()
    ordered_on = (call_off.ordered_at or clock.now()).astimezone(clock.SHANGHAI).date()
    contract = Contract.objects.create(
        number=_number(tender.bureau, "contract", today.year),
        kind=Contract.Kind.SERVICE,
        call_off=call_off,
        buyer=tender.bureau,
        supplier=call_off.supplier,
        title=f"{tender.title}（{call_off.lot.title}）"[:200],
        title_en=tender.title_en,
        amount=call_off.amount,
        budget_line=tender.budget_line,
        place=str(call_off.lot.place.name),
        starts_on=call_off.starts_on,
        ends_on=call_off.ends_on,
        awarded_on=ordered_on,
        sign_by=due_date(ordered_on, resolve("contract.signing_period", on=ordered_on, region=tender.bureau.region)),
        drafted_by=by,
        **usual_conditions(tender.bureau.region, today),
    )
    Deliverable.objects.create(
        contract=contract, position=1, title=call_off.lot.title, quantity=call_off.quantity, unit="次",
        amount=call_off.amount, due_on=call_off.ends_on, kind=Deliverable.Kind.VOLUME,
    )  # fmt: skip
    take_words(contract)
    record(
        "contract.drafted", contract, by=by, organisation=contract.buyer,
        number=contract.number, call_off=call_off.number, amount=contract.amount,
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
    ended = [Contract.State.CLOSED, Contract.State.TERMINATED, *Contract.VOID_STATES]
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
        **usual_conditions(programme.bureau.region, today, "voucher.settlement_payment"),
    )
    take_words(contract)
    record(
        "contract.drafted", contract, by=by, organisation=contract.buyer,
        number=contract.number, programme=programme.code,
    )  # fmt: skip
    return contract


@transaction.atomic
def discard_draft(contract: Contract, *, reason: str, by: User) -> Contract:
    """The buyer does not go on with a draft: its award fell, or it was a mistake. Its number is not given again, what
    was written stays, and if the award stands another contract may be drafted from it.

    Raises ValidationError: "not_draft", by field "no_reason".
    """
    contract = locked(contract)
    authorise(policies.may_discard, by, contract)
    if not can_proceed(contract.discard):
        raise ValidationError(_("Only a draft can be discarded."), code="not_draft")
    reason = need_words(reason, _("Say why the draft is discarded."))

    contract.discard()
    contract.reason, contract.ended_at = reason, clock.now()
    contract.save(update_fields=["state", "reason", "ended_at"])
    contract.awards.update(stands=False)
    record("contract.discarded", contract, by=by, organisation=contract.buyer, number=contract.number)
    return contract


def take_words(contract: Contract) -> None:
    """Take the articles over from the template in use, filled with the contract's facts."""
    template = wording.template_for(contract.kind)
    contract.template = template
    contract.save(update_fields=["template"])
    chinese, english = wording.facts_of(contract), wording.facts_of(contract, english=True)
    Clause.objects.bulk_create(
        [
            Clause(contract=contract, position=clause.position, **wording.clause_texts(clause, chinese, english))
            for clause in template.clauses.all()
        ]
    )


def refill_words(contract: Contract) -> None:
    """The contract's facts changed: articles that nobody rewrote follow, the others show what they depart from."""
    if contract.template_id is None:
        return
    chinese, english = wording.facts_of(contract), wording.facts_of(contract, english=True)
    standing = {clause.position: clause for clause in contract.clauses.all()}
    changed = []
    for source in contract.template.clauses.all():
        clause = standing.get(source.position)
        if clause is None:
            continue
        texts = wording.clause_texts(source, chinese, english)
        if not clause.is_changed:
            clause.text, clause.text_en = texts["text"], texts["text_en"]
        clause.standard_text = texts["standard_text"]
        changed.append(clause)
    Clause.objects.bulk_update(changed, ["text", "text_en", "standard_text"])


def _take_premises(contract: Contract, awards: Sequence[Award]) -> None:
    for promise in promised_with(award.lot for award in awards):
        promise.place.contract = contract
        promise.place.save()
        for item in promise.items:
            item.premises = promise.place
        InventoryItem.objects.bulk_create(promise.items)


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
