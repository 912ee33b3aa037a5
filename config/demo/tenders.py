"""Tenders of the demo city in every state, over the past year, made through the verbs that people use.

The custodians' passphrases are PASSPHRASES: they stand in the README, since a demo has no secrets.
"""

import datetime
import io
from decimal import ROUND_HALF_UP, Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.directory.actions import define_categories
from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.papers.rendering import render_pdf
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.rules.calendar import is_working_day
from marketplace.tenders import actions
from marketplace.tenders.actions.framework import admit_bidders
from marketplace.tenders.bidcontent import BidContent, BidFile
from marketplace.tenders.checks import Level, ScoredRow
from marketplace.tenders.models import Criterion, Lot, Panellist, PlanLine, Tender
from marketplace.tenders.pricing import needs_final_quote
from marketplace.tenders.rulebook import propose_schedule

from . import tender_grounds
from .tender_cases import load_cases
from .tender_plans import PLANS, SERVICE_PLANS, Plan
from .world import World

PASSPHRASES = {
    "custodian1": "the heron stands in the river",
    "custodian2": "seven bridges over the canal",
    "custodian3": "cotton flowers in late summer",
}
PREFIXES = {"city_bureau": "TC", "chengxiang": "CX", "shaxi": "SX"}
OFFICERS = {"city_bureau": "buyer", "chengxiang": "buyer_chengxiang", "shaxi": "buyer_shaxi"}
APPROVERS = {"city_bureau": "approver", "chengxiang": "approver_chengxiang", "shaxi": "approver_shaxi"}
CATALOGUE = {
    "day-care": "A0601",
    "home-care": "A0602",
    "meal": "A0603",
    "rehabilitation": "A0602",
    "counselling": "A0605",
    "emergency": "A0607",
    "errands": "A0607",
    "bath": "A0602",
}
INTENDED_AHEAD = 38  # days between the intention and the tender
YUAN = 100


def load(world: World) -> None:
    """Idempotent: returns at once when there are tenders."""
    if Tender.objects.exists():
        return
    if not Category.objects.exists():
        define_categories(by=world.person("admin"))
    for bureau, prefix in PREFIXES.items():
        actions.set_number_prefix(world.organisation(bureau), prefix, by=world.person("admin"))
    for key, passphrase in PASSPHRASES.items():
        actions.set_passphrase(passphrase, by=world.person(key))
    document = tender_document()
    for plan in sorted(PLANS, key=lambda plan: -plan.days_ago):
        tender = bring(world, plan, document)
        if plan.key and tender.number:
            world.remember(plan.key, tender.number)
    load_cases(world)


def tender_document() -> bytes:
    """The general part of the file that every tender hands out."""
    clauses = (
        ("一、采购方式", "本项目采用竞争性磋商方式，综合评分法评审。"),
        ("二、响应文件", "响应文件须在截止时间前通过平台加密提交。平台以采购项目公钥加密，开启前任何人无法阅读。"),
        ("三、开启", "截止时间后，由三名密钥保管人中的任意两名共同解密。"),
        ("四、付款", "按季度考核付款，收到发票后三十日内支付。"),
        ("五、质疑", "供应商认为权益受到损害的，可以自知道或者应当知道之日起七个工作日内以书面形式提出质疑。"),
    )
    body = "".join(f"<h2>{head}</h2><p>{text}</p>" for head, text in clauses)
    html = f"<!doctype html><html lang='zh-Hans'><head><meta charset='utf-8'><title>磋商文件</title></head><body><h1>磋商文件（通用部分）</h1>{body}</body></html>"  # noqa: E501 - one sentence
    return render_pdf(html, identifier="demo-tender-document").pdf


def _day(world: World, plan: Plan) -> datetime.date:
    """The working day on which it is published; for one awaiting its opening, the last that lets the deadline pass."""
    day = world.today - datetime.timedelta(days=plan.days_ago)
    while not is_working_day(day):
        day -= datetime.timedelta(days=1)
    return day


def bring(world: World, plan: Plan, document: bytes) -> Tender:
    day = _day(world, plan)
    line = _plan_line(world, plan, day)
    with world.at(clock.at_hour(day, 9)):
        tender = _draft(world, plan, line, document)
    if plan.until == "draft":
        return tender
    officer, approver = world.person(OFFICERS[plan.bureau]), world.person(APPROVERS[plan.bureau])
    with world.at(clock.at_hour(day, 10)):
        actions.submit_for_approval(tender, by=officer)
    if plan.until == "pending_approval":
        return tender
    with world.at(clock.at_hour(day, 14, 30)):
        tender = actions.approve_tender(tender, by=approver)
    if plan.until == "cancelled":
        with world.at(tender.published_at + datetime.timedelta(days=5)):
            return actions.cancel_tender(tender, reason=plan.reason, by=approver)
    for number, (provider, percent, _quality) in enumerate(plan.bids):
        hours = 20 * (len(plan.bids) - number) + 1
        moment = max(tender.bids_due_at - datetime.timedelta(hours=hours), tender.published_at)
        with world.at(moment if plan.until != "published" else tender.published_at + datetime.timedelta(hours=20)):
            _bid(world, plan, tender, provider, percent, document)
    if plan.until == "published":
        return tender
    return _after_deadline(world, plan, tender, officer, approver)


def _plan_line(world: World, plan: Plan, day: datetime.date) -> PlanLine:
    """Planned, and told to the market, some weeks before the tender."""
    officer, bureau = world.person(OFFICERS[plan.bureau]), world.organisation(plan.bureau)
    total = plan.ceiling + sum(ceiling for _title, _place, ceiling in plan.more_lots)
    with world.at(clock.at_hour(day - datetime.timedelta(days=INTENDED_AHEAD), 10)):
        line = actions.add_plan_line(
            bureau,
            budget_line=BudgetLine.objects.filter(bureau=bureau, code=plan.line, closed_at=None).latest("year"),
            category=Category.objects.get(pk=plan.category),
            title=plan.title,
            about=plan.about,
            amount=total * YUAN,
            method=plan.method,
            planned_for=day,
            by=officer,
        )
        actions.publish_intention(line, by=officer)
    return line


def _draft(world: World, plan: Plan, line: PlanLine, document: bytes) -> Tender:
    officer, bureau = world.person(OFFICERS[plan.bureau]), world.organisation(plan.bureau)
    tender = actions.draft_tender(
        bureau,
        plan.title,
        by=officer,
        title_en=plan.title_en,
        about=plan.about,
        method=plan.method,
        panel_size=tender_grounds.PANELS.get(Tender.Method(plan.method), 3),
        region=world.region(plan.place),
        budget_line=line.budget_line,
        contact_name=officer.name,
        contact_phone="0512-0000 8120",
    )
    lots = [(plan.title if not plan.more_lots else "北片三个村互助养老点", plan.place, plan.ceiling), *plan.more_lots]
    for title, place, ceiling in lots:
        actions.add_lot(
            tender,
            by=officer,
            title=title,
            description=plan.about,
            category=Category.objects.get(pk=plan.category),
            place=world.region(place),
            ceiling=ceiling * YUAN,
            term_months=plan.months,
            **tender_grounds.measured(plan),
        )
    actions.plan_tender(
        tender,
        plan_line=line,
        consultation_note="在辖区社区召开居民座谈会两场，听取老人和家属意见四十余条，已采纳的写入采购需求。",
        catalogue_code=CATALOGUE[plan.category],
        is_outside_negative_list=True,
        by=officer,
    )
    tender_grounds.justify(world, tender, plan, by=officer)
    if plan.until == "draft":
        return tender
    actions.set_qualifications(
        tender,
        [
            ("符合《政府采购法》第二十二条规定的条件", "法人登记证书、上年度财务报告、纳税和社会保险缴纳证明。"),
            ("近三年无重大违法记录", "在“信用中国”、中国政府采购网和社会组织信用信息平台查询。"),
        ],
        by=officer,
    )
    if plan.method != Tender.Method.SINGLE_SOURCE:
        _score_by(tender, officer)
    actions.add_document(
        tender, "磋商文件", SimpleUploadedFile(f"{plan.title}磋商文件.pdf", document, "application/pdf"), by=officer
    )
    actions.name_custodians(tender, [world.person(key) for key in PASSPHRASES], by=officer)
    dates = propose_schedule(tender)
    return actions.set_schedule(
        tender,
        by=officer,
        documents_until=dates.documents_until,
        questions_until=dates.questions_until,
        bids_due_at=dates.bids_due_at,
    )


def _score_by(tender: Tender, officer: User) -> None:
    if tender.method == Tender.Method.NEGOTIATION:
        price = ScoredRow(Criterion.Part.PRICE, "最后报价", "符合全部要求的，最后报价最低者成交。", Decimal(100))
        actions.set_scored_criteria(tender, [price], by=officer)
        return
    actions.set_scored_criteria(
        tender,
        [
            ScoredRow(Criterion.Part.PRICE, "价格", "最低有效报价÷本报价×分值。", Decimal(20)),
            _leaf(Criterion.Part.TECHNICAL, "服务组织", "服务方案", 40, "针对性、可行性和服务频次"),
            _leaf(Criterion.Part.TECHNICAL, "服务组织", "质量保证与应急预案", 15, "制度、投诉处理、应急演练"),
            _leaf(Criterion.Part.BUSINESS, "团队与经历", "人员配备", 15, "负责人经验、持证比例、人员稳定"),
            _leaf(Criterion.Part.BUSINESS, "团队与经历", "同类服务经历", 10, "近三年同类服务项目及其验收结果"),
        ],
        by=officer,
    )


def _leaf(part: str, group: str, name: str, points: int, what: str) -> ScoredRow:
    """Three levels: the good ones from four fifths of the points up, the fair ones from three fifths."""
    good, fair = Decimal(points * 4 // 5), Decimal(points * 3 // 5)
    levels = (
        Level("优", good, Decimal(points), "具体完整，可以核查"),
        Level("良", fair, good - 1, "基本完整，个别环节不够具体"),
        Level("一般", Decimal(0), fair - 1, "内容笼统或者缺项"),
    )
    return ScoredRow(part, name, f"{what}。", Decimal(points), group, levels)


def _bid(world: World, plan: Plan, tender: Tender, provider: str, percent: int, document: bytes) -> None:
    supplier = world.organisation(provider)
    by = world.person("provider" if provider == "yian" else f"provider_{provider}")
    # A price above the ceiling is refused before sealing: such a plan bids for the ceiling itself.
    prices = {str(lot.pk): lot.ceiling * min(percent, 100) // 10_000 * 100 for lot in tender.lots.all()}
    name = f"{supplier.name}响应文件.pdf"
    actions.submit_bid(
        tender,
        supplier,
        BidContent(prices=prices, plan=SERVICE_PLANS[provider], is_eligible=True, contact=by.name),
        [BidFile(name, "application/pdf", len(document), io.BytesIO(document))],
        by=by,
    )


def _after_deadline(world: World, plan: Plan, tender: Tender, officer: User, approver: User) -> Tender:
    due = tender.bids_due_at
    with world.at(due + datetime.timedelta(minutes=1)):
        tender = actions.close_tender(tender, by=service_user("tenders.clock"))
    if plan.until in ("closed", "failed"):
        return tender
    with world.at(due + datetime.timedelta(minutes=12)):
        actions.unlock_bids(tender, PASSPHRASES["custodian1"], by=world.person("custodian1"))
    with world.at(due + datetime.timedelta(minutes=19)):
        tender = actions.unlock_bids(tender, PASSPHRASES["custodian2"], by=world.person("custodian2"))
    if plan.until == "failed_opening":
        with world.at(due + datetime.timedelta(hours=2)):
            for bid in list(tender.lots.get().bids.all())[:2]:
                actions.exclude_bid(bid, reason="未提供上年度财务报告，不符合第一项资格条件。", by=officer)
        return tender
    with world.at(due + datetime.timedelta(hours=1)):
        panel = actions.draw_panel(tender, by=officer)
    seats = list(panel.members.select_related("user"))
    with world.at(due + datetime.timedelta(hours=2)):
        for seat in seats if plan.until != "evaluating" else seats[:2]:
            actions.declare_no_conflict(seat, by=seat.user)
    with world.at(due + datetime.timedelta(hours=2, minutes=10)):
        for lot in tender.lots.filter(state="evaluating"):
            _qualify(world, plan, lot, officer)
    _final_quotes(world, plan, tender, officer, due)
    if plan.until == "evaluating":
        world.remember("expert", seats[0].user.email)  # the draw is a real one: who sits differs each time
        return tender
    with world.at(due + datetime.timedelta(hours=6)):
        for seat in seats:
            _score(world, plan, tender, seat)
            actions.hand_in_scores(seat, by=seat.user)
    with world.at(due + datetime.timedelta(hours=7)):
        for seat in seats:
            actions.confirm_report(seat, by=seat.user)
    if plan.until == "ranked":
        return tender
    with world.at(due + datetime.timedelta(days=4, hours=1)):
        if plan.method == Tender.Method.FRAMEWORK:
            admit_bidders(tender.lots.get(), by=approver)
            return Tender.objects.get(pk=tender.pk)
        for lot in tender.lots.all():
            actions.award_bid(
                lot.bids.get(rank=1), by=approver, reason="综合得分排名第一，响应文件满足全部实质性要求。"
            )
    return Tender.objects.get(pk=tender.pk)


def _qualify(world: World, plan: Plan, lot: Lot, officer: User) -> None:
    conditions = list(lot.tender.criteria.qualification())
    out = world.organisation(plan.out) if plan.out else None
    verdicts = {
        bid: dict.fromkeys(conditions, (False, "未提供上年度财务报告。") if bid.supplier == out else (True, ""))
        for bid in lot.bids.filter(state="opened").select_related("supplier")
    }
    actions.check_qualifications(lot, verdicts, by=officer)


def _final_quotes(world: World, plan: Plan, tender: Tender, officer: User, due: datetime.datetime) -> None:
    """Everybody confirms the price of the bid as the last one, or goes down after talks; two custodians open."""
    if not needs_final_quote(tender):
        return
    ends = due + datetime.timedelta(hours=4)
    with world.at(due + datetime.timedelta(hours=3)):
        for lot in tender.lots.filter(state="evaluating"):
            round = actions.call_for_quotes(lot, due_at=ends, terms="服务内容不变，请一次报出最后报价。", by=officer)
            for bid in lot.bids.filter(state="opened").select_related("supplier", "envelope__submitted_by"):
                last = bid.amount * plan.final_percent // 10_000 * 100
                actions.quote_price(round, bid, last, by=bid.envelope.submitted_by)
    with world.at(ends + datetime.timedelta(minutes=2)):
        actions.open_quotes(tender, PASSPHRASES["custodian1"], by=world.person("custodian1"))
    with world.at(ends + datetime.timedelta(minutes=6)):
        actions.open_quotes(tender, PASSPHRASES["custodian2"], by=world.person("custodian2"))


def _score(world: World, plan: Plan, tender: Tender, seat: Panellist) -> None:
    quality = {world.organisation(provider).pk: score for provider, _percent, score in plan.bids}
    words = {True: "方案贴合需求，措施具体。", False: "基本满足要求，个别环节不够具体。"}
    for lot in tender.lots.all():
        for bid in lot.bids.valid():
            share = quality[bid.supplier_id] + world.rng.randint(-3, 3)
            scores = {}
            for criterion in tender.criteria.by_experts():
                points = criterion.weight * min(max(share, 0), 100) / 100
                scores[criterion] = (points.quantize(Decimal("0.5"), ROUND_HALF_UP), words[share >= 85])
            actions.score_bid(seat, bid, scores, by=seat.user)
