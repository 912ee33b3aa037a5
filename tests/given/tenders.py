"""Tenders in every state, reached through the verbs that people use."""

import datetime
import io
import itertools
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role, User
from marketplace.tenders import actions
from marketplace.tenders.actions import inviting
from marketplace.tenders.bidcontent import BidContent, BidFile
from marketplace.tenders.checks import Level, ScoredRow
from marketplace.tenders.models import Award, Bid, Criterion, Envelope, Lot, Panel, Panellist, PlanLine, Tender
from marketplace.tenders.pricing import needs_final_quote
from marketplace.tenders.rulebook import propose_schedule

from .money import a_budget_line
from .people import a_bureau, a_person, an_organisation

_count = itertools.count(1)
PASSPHRASE = "a sentence only I know"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def a_category() -> Category:
    category, _ = Category.objects.get_or_create(code="day-care", defaults={"name": "日间照料", "name_en": "Day care"})
    return category


def a_scored_row(part: str, name: str, weight: int, **more) -> ScoredRow:
    """A leaf with two levels, the better one from half of its points up."""
    half = Decimal(weight) / 2
    levels = (
        Level("优", half, Decimal(weight), "具体、可行、可核查"),
        Level("一般", Decimal(0), half - Decimal("0.01"), "笼统"),
    )
    return ScoredRow(part, name, "", Decimal(weight), **({"levels": levels} | more))


@dataclass
class Cast:
    """Who acts on one tender."""

    bureau: Organisation
    officer: User
    approver: User
    custodians: list[User]
    suppliers: list[Organisation] = field(default_factory=list)
    bidders: list[User] = field(default_factory=list)
    experts: list[User] = field(default_factory=list)
    invitable: list[tuple[Organisation, User]] = field(default_factory=list)  # the list an invited tender draws from


def a_custodian(bureau: Organisation) -> User:
    """A custodian who has set PASSPHRASE."""
    user = a_person(Role.CUSTODIAN, of=bureau)
    actions.set_passphrase(PASSPHRASE, by=user)
    return user


def a_cast(**bureau) -> Cast:
    bureau = a_bureau(**bureau)
    return Cast(
        bureau=bureau,
        officer=a_person(Role.OFFICER, of=bureau),
        approver=a_person(Role.APPROVER, of=bureau),
        custodians=[a_custodian(bureau) for _ in range(3)],
    )


def a_supplier(**fields) -> tuple[Organisation, User]:
    """A social organisation and its bid writer."""
    supplier = an_organisation(**fields)
    return supplier, a_person(Role.BIDDER, Role.OWNER, of=supplier)


def a_draft(cast: Cast | None = None, *, ceiling: int = 50_000_000, lots: int = 1, title: str = "", **about) -> Tender:
    """A draft with everything that approval asks for. `tender.cast` holds who acts on it. Money in fen."""
    cast, facts = cast or a_cast(), about.pop("facts", {})  # facts: what `justify_method` is told
    line = about.pop("budget_line", None) or a_budget_line(ceiling * lots * 4, bureau=cast.bureau)
    if about.get("method") in ("open", "invited"):  # five experts at least (Order 87, Article 47)
        about.setdefault("panel_size", 5)
    tender = actions.draft_tender(
        cast.bureau,
        title or f"城厢镇日间照料中心运营服务{next(_count)}",
        by=cast.officer,
        about="为镇内高龄老人提供日间照料、助餐和康复服务。",
        budget_line=line,
        contact_name="陈采购",
        contact_phone="0512-53500000",
        **about,
    )
    for number in range(lots):
        actions.add_lot(
            tender,
            by=cast.officer,
            title=f"第{number + 1}包",
            description="工作日八点到十七点开放。",
            category=a_category(),
            place=cast.bureau.region,
            ceiling=ceiling,
            term_months=12,
            **({"unit": "小时", "quantity": 1000} if tender.method == "framework" else {}),
        )
    actions.set_qualifications(tender, [("符合政府采购法第二十二条", "登记证书")], by=cast.officer)
    if tender.method == "negotiation":
        actions.set_scored_criteria(tender, [(Criterion.Part.PRICE, "价格", "", Decimal(100))], by=cast.officer)
    elif tender.method != "single_source":
        actions.set_scored_criteria(
            tender,
            [
                (Criterion.Part.PRICE, "价格", "最低价÷报价×分值", Decimal(20)),
                a_scored_row(Criterion.Part.TECHNICAL, "服务方案", 50),
                a_scored_row(Criterion.Part.BUSINESS, "人员与业绩", 30),
            ],
            by=cast.officer,
        )
    actions.add_document(
        tender, "磋商文件", SimpleUploadedFile("磋商文件.pdf", PDF, "application/pdf"), by=cast.officer
    )
    actions.name_custodians(tender, cast.custodians, by=cast.officer)
    plan_the(tender, cast)
    justify_the(tender, cast, **facts)
    tender = actions.set_schedule(tender, by=cast.officer, **the_proposed_dates(tender))
    tender.cast = cast
    return tender


def a_plan_line(
    cast: Cast, *, budget_line: BudgetLine, amount: int, method: str = "consultation", **fields
) -> PlanLine:
    """A line of the bureau's plan. Money in fen."""
    values = {"title": "日间照料中心运营", "about": "为高龄老人提供日间照料。", "planned_for": clock.today()} | fields
    return actions.add_plan_line(
        cast.bureau,
        budget_line=budget_line,
        category=a_category(),
        amount=amount,
        method=method,
        by=cast.officer,
        **values,
    )


def plan_the(tender: Tender, cast: Cast, **plan) -> Tender:
    """Tie the draft to a plan line whose intention was published thirty-one days ago."""
    line = plan.pop("plan_line", None)
    if line is None:
        line = a_plan_line(cast, budget_line=tender.budget_line, amount=tender.ceiling, method=tender.method)
        with clock.pretend(clock.now() - datetime.timedelta(days=31)):
            actions.publish_intention(line, by=cast.officer)
    values = {
        "consultation_note": "在三个社区召开了居民座谈会，四十二位老人参加。",
        "catalogue_code": "A0602",
        "is_outside_negative_list": True,
    }
    return actions.plan_tender(tender, by=cast.officer, plan_line=line, **(values | plan))


GROUNDS = {
    "invited": "few_suppliers",
    "negotiation": "complex",
    "single_source": "emergency",
    "framework": "repeated_small_uniform",
}


def justify_the(tender: Tender, cast: Cast, **facts) -> None:
    """The ground, the facts, the second stage and the invitations that the draft's method asks for."""
    if tender.method in GROUNDS:
        second_stage = {"second_stage": "choice"} if tender.method == "framework" else {}
        values = {"method_ground": GROUNDS[tender.method], "method_reason": "经论证符合该情形。"} | second_stage
        actions.justify_method(tender, by=cast.officer, **(values | facts))
    if tender.method == "invited" and not tender.qualified.exists():
        cast.invitable = [a_supplier() for _ in range(6)]
        inviting.qualify_suppliers(tender, [supplier for supplier, _user in cast.invitable], by=cast.officer)
        inviting.draw_invitations(tender, 3, by=cast.officer)
    if tender.method == "single_source" and not tender.invitations.exists():
        cast.invitable = [a_supplier()]
        inviting.name_supplier(tender, cast.invitable[0][0], by=cast.officer)


def the_invited(tender: Tender) -> list[tuple[Organisation, User]]:
    """Those who may bid, with their bid writers."""
    drawn = set(tender.invitations.values_list("supplier", flat=True))
    return [(supplier, user) for supplier, user in tender.cast.invitable if supplier.pk in drawn]


def the_proposed_dates(tender: Tender) -> dict:
    """What the page proposes."""
    from_rules = propose_schedule(tender)
    return {
        "documents_until": from_rules.documents_until,
        "questions_until": from_rules.questions_until,
        "bids_due_at": from_rules.bids_due_at,
    }


def a_published_tender(cast: Cast | None = None, **draft) -> Tender:
    """Published and open for bids."""
    return publish(a_draft(cast, **draft))


def publish(draft: Tender) -> Tender:
    """The officer hands the draft in and the approver publishes it."""
    actions.submit_for_approval(draft, by=draft.cast.officer)
    tender = actions.approve_tender(draft, by=draft.cast.approver)
    tender.cast = draft.cast
    return tender


def a_bid(
    tender: Tender,
    *,
    price: int = 0,
    supplier: Organisation | None = None,
    by: User | None = None,
    plan: str = "我们有二十名护理员。",
    files: list[tuple[str, bytes]] | None = None,
) -> Envelope:
    """A sealed bid for every lot at `price` fen each (default: 90% of the ceiling), by a new supplier unless named."""
    if supplier is None:
        supplier, by = a_supplier()
    if by is None:
        by = supplier.memberships.filter(role=Role.BIDDER).select_related("user").first().user
    prices = {str(lot.pk): price or lot.ceiling * 9 // 10 for lot in tender.lots.all()}
    envelope = actions.submit_bid(
        tender,
        supplier,
        BidContent(prices=prices, plan=plan, is_eligible=True),
        [BidFile(name, "application/pdf", len(data), io.BytesIO(data)) for name, data in files or []],
        by=by,
    )
    if hasattr(tender, "cast"):
        tender.cast.suppliers.append(supplier)
        tender.cast.bidders.append(by)
    return envelope


def after_deadline(tender: Tender, *, minutes: int = 5):
    """A pretended moment just after the bids were due: `with after_deadline(tender): …`."""
    return clock.pretend(tender.bids_due_at + datetime.timedelta(minutes=minutes))


def again(tender: Tender) -> Tender:
    """The tender as it is in the database now, with its cast."""
    fresh = Tender.objects.select_related("bureau").get(pk=tender.pk)
    fresh.cast = tender.cast
    return fresh


def a_closed_tender(*, bids: int = 3, tender: Tender | None = None, **draft) -> Tender:
    """The deadline is past and the envelopes wait for the custodians."""
    tender = tender or a_published_tender(**draft)
    invited = the_invited(tender) if tender.method == "invited" else [(None, None)] * bids
    for number, (supplier, by) in enumerate(invited[:bids]):
        ceiling = tender.lots.first().ceiling
        a_bid(tender, price=ceiling * (90 - (5 if bids < 10 else 1) * number) // 100, supplier=supplier, by=by)
    with after_deadline(tender):
        actions.run_due_events()
    return again(tender)


def an_opened_tender(*, bids: int = 3, tender: Tender | None = None, **draft) -> Tender:
    """Two custodians have unlocked; the lots are being evaluated."""
    tender = a_closed_tender(bids=bids, tender=tender, **draft)
    first, second, _third = tender.cast.custodians
    with after_deadline(tender):
        actions.unlock_bids(tender, PASSPHRASE, by=first)
        actions.unlock_bids(tender, PASSPHRASE, by=second)
    return again(tender)


def an_expert_pool(size: int = 5) -> list[User]:
    library = an_organisation(Organisation.Kind.FINANCE)
    return [a_person(Role.EXPERT, of=library) for _ in range(size)]


def a_scoring_tender(*, bids: int = 3, tender: Tender | None = None, **draft) -> Tender:
    """The panel is drawn and every expert has declared."""
    tender = an_opened_tender(bids=bids, tender=tender, **draft)
    if not tender.lots.filter(state="evaluating").exists():
        return tender
    an_expert_pool()
    with after_deadline(tender, minutes=30):
        panel = actions.draw_panel(tender, by=tender.cast.officer)
        for seat in panel.members.select_related("user"):
            actions.declare_no_conflict(seat, by=seat.user)
            tender.cast.experts.append(seat.user)
        for lot in tender.lots.filter(state="evaluating"):
            qualify_all(lot, by=tender.cast.officer)
    quote_the_same(tender)
    return again(tender)


def qualify_all(lot: Lot, *, by: User, failing: tuple[Organisation, ...] = ()) -> None:
    """Every bid of the lot meets every condition, but those of `failing`."""
    conditions = list(lot.tender.criteria.qualification())
    verdicts = {
        bid: dict.fromkeys(conditions, (False, "未提供证书") if bid.supplier in failing else (True, ""))
        for bid in lot.bids.filter(state="opened").select_related("supplier")
    }
    actions.check_qualifications(lot, verdicts, by=by)


def quote_the_same(tender: Tender, prices: dict[Organisation, int] | None = None, *, minutes: int = 32) -> None:
    """Where the method ends with a final quote: everybody quotes (what was bid, unless `prices` says else in fen;
    0 for nothing), and two custodians open."""
    if not needs_final_quote(tender):
        return
    due = tender.bids_due_at + datetime.timedelta(minutes=minutes + 20)
    for lot in tender.lots.filter(state="evaluating"):
        with after_deadline(tender, minutes=minutes):
            round = actions.call_for_quotes(lot, due_at=due, by=tender.cast.officer)
            for bid in lot.bids.filter(state="opened").select_related("supplier"):
                price = (prices or {}).get(bid.supplier, bid.amount)
                who = bid.supplier.memberships.filter(role=Role.BIDDER).select_related("user").first().user
                if price:
                    actions.quote_price(round, bid, price, by=who)
    with clock.pretend(due + datetime.timedelta(minutes=1)):
        for custodian in tender.cast.custodians[:2]:
            actions.open_quotes(tender, PASSPHRASE, by=custodian)


def seats_of(tender: Tender) -> list[Panellist]:
    return list(Panellist.objects.filter(panel__tender=tender).select_related("user").order_by("position"))


def a_filled_sheet(seat: Panellist, bid, share: Decimal = Decimal("0.8")) -> None:
    """Give `share` of the points for every criterion."""
    criteria = seat.panel.tender.criteria.by_experts()
    scores = {criterion: ((criterion.weight * share).quantize(Decimal("0.01")), "方案可行") for criterion in criteria}
    actions.score_bid(seat, bid, scores, by=seat.user)


def fill_and_hand_in(tender: Tender, shares: dict[tuple[int, int], Decimal] | None = None) -> None:
    """Every expert gives the same share to every bid, unless `shares` says else: {(seat index, bid index): share}."""
    with after_deadline(tender, minutes=90):
        for place, seat in enumerate(seats_of(tender)):
            bids = Bid.objects.to_be_scored().filter(lot__tender=tender).order_by("envelope__submitted_at")
            for number, bid in enumerate(bids):
                share = (shares or {}).get((place, number), Decimal("0.8"))
                a_filled_sheet(seat, bid, share)
            actions.hand_in_scores(seat, by=seat.user)


def a_ranked_tender(*, bids: int = 3, tender: Tender | None = None, **draft) -> Tender:
    """Every expert has handed in: the first bidder has the highest price and the best quality, and so on down."""
    return rank(a_scoring_tender(bids=bids, tender=tender, **draft))


def rank(tender: Tender) -> Tender:
    """Every expert of a scoring tender hands in, and signs the ranking."""
    with after_deadline(tender, minutes=90):
        for seat in seats_of(tender):
            for lot in tender.lots.all():
                for number, bid in enumerate(lot.bids.valid().order_by("envelope__submitted_at")):
                    a_filled_sheet(seat, bid, Decimal(max(95 - 10 * number, 60 - number)) / 100)
            actions.hand_in_scores(seat, by=seat.user)
        sign_the_report(tender)
    return again(tender)


def sign_the_report(tender: Tender) -> None:
    """Every member agrees with the ranking."""
    if Panel.objects.filter(tender=tender, state=Panel.State.RANKED).exists():
        for seat in Panellist.objects.sitting().filter(panel__tender=tender).select_related("user"):
            actions.confirm_report(seat, by=seat.user)


def an_awarded_tender(*, bids: int = 3, tender: Tender | None = None, **draft) -> Tender:
    """Every lot awarded to the first in rank. `Award.objects.filter(lot__tender=…)` are its awards."""
    tender = a_ranked_tender(bids=bids, tender=tender, **draft)
    with after_deadline(tender, minutes=120):
        for lot in tender.lots.all():
            actions.award_bid(lot.bids.get(rank=1), by=tender.cast.approver, reason="综合得分第一")
    return again(tender)


def an_award(**tender) -> Award:
    """One award, of an awarded tender with one lot."""
    awarded = an_awarded_tender(**tender)
    award = Award.objects.select_related("lot__tender", "supplier", "bid").get(lot__tender=awarded)
    award.cast = awarded.cast
    return award
