"""One whole story through every room, over HTTP, as the people who live it: steps 1 to 8 of "A city from nothing"."""

import csv
import datetime
import io
import re

import pytest
from django.core.management import call_command

from contracts.models import Contract
from marketplace.ledger.queries import payable_to
from marketplace.pages import clock
from marketplace.tenders.models import Tender
from marketplace.vouchers.models import Card
from tests.given.residents import an_id_number

from .town import PASSPHRASE, Town, a_file, later
from .visitor import Sight

pytestmark = pytest.mark.django_db(transaction=True)

TITLE = "城厢镇社区日间照料中心运营服务"
PLAN = "我们在三个社区各设照料员六名,提供助餐、助浴、康复与陪伴,每月向居民公示服务记录。"


def publish_a_tender(town: Town) -> str:
    """Step 1: drafted by one officer, approved by another; its public number."""
    for key in ("custodian1", "custodian2", "custodian3"):
        town.visitor(key).open("/custodian/passphrase/").fill({"passphrase": PASSPHRASE, "again": PASSPHRASE})

    buyer = town.visitor("buyer")
    new = buyer.open("/procurement/new/")
    desk = new.fill(
        {
            "title": TITLE,
            "about": "为城厢镇八十岁以上老人运营日间照料中心,工作日开放,四十个床位。",
            "budget_line": new.option("budget_line", "社区日间照料中心运营"),
            "method": "consultation",
            "panel_size": "3",
            "region": new.option("region", "城厢镇"),
            "contact_name": "陈采购",
            "contact_phone": "0512-53500000",
        }
    )
    assert desk.status == 200, desk.words
    home = re.search(r"/procurement/[0-9a-f-]{36}/", desk.address).group()

    lot = buyer.open(f"{home}lots/new/")
    lots = lot.fill(
        {
            "title": "日间照料中心运营",
            "description": "四十个日托床位,含助餐与康复。",
            "category": lot.option("category", "日间照料"),
            "place": lot.option("place", "城厢镇"),
            "ceiling": "480000",
            "term_months": "12",
        }
    )
    assert "480,000.00" in lots.words
    buyer.open(f"{home}qualifications/").fill(
        {"rows-0-name": "具有独立承担民事责任的能力", "rows-0-guidance": "登记证书"}
    )
    criteria = buyer.open(f"{home}criteria/")
    short = criteria.fill(
        {
            "rows-0-part": "price", "rows-0-name": "价格", "rows-0-weight": "20",
            "rows-1-part": "technical", "rows-1-name": "服务方案", "rows-1-weight": "49",
            "rows-2-part": "business", "rows-2-name": "人员与业绩", "rows-2-weight": "30",
            "rows-3-name": "", "rows-3-guidance": "", "rows-3-weight": "",
            "rows-4-name": "", "rows-4-guidance": "", "rows-4-weight": "",
        }
    )  # fmt: skip
    assert short.status == 422
    assert "99" in short.words, short.words
    assert short.form("rows-1-name").fields["rows-1-name"] == "服务方案", "what was typed is kept"
    whole = short.fill({"rows-1-weight": "50"})
    assert whole.status == 200
    buyer.open(f"{home}documents/").fill({"title": "磋商文件", "file": a_file("磋商文件.pdf")})
    people = buyer.open(f"{home}people/")
    people.fill({f"custodian{n}": people.option(f"custodian{n}", name) for n, name in enumerate("沈顾陆", start=1)})
    dates = buyer.open(f"{home}schedule/")
    too_soon = dates.fill({"bids_due_at": "2020-01-01 09:00"})
    assert too_soon.status == 422
    buyer.open(f"{home}schedule/").fill({})
    handed_in = buyer.open(f"{home}submit/").fill({})
    assert handed_in.status == 200, handed_in.words

    buyer.open(f"{home}approve/", expect=403)
    approved = town.visitor("approver").open(f"{home}approve/").fill({})
    assert approved.status == 200, approved.words
    tender = Tender.objects.get(title=TITLE)
    assert tender.number
    assert TITLE in town.stranger().open(f"/tenders/{tender.number}/").words
    return tender.number


def seal_a_bid(town: Town, key: str, number: str, price: str) -> str:
    """Step 2: one provider's bid; the address of its receipt."""
    bidder = town.visitor(key)
    home = f"/tenders/{number}/bid/"
    bidder.open(home)
    bidder.open(f"{home}eligibility/").fill({"is_eligible": "on", "contact": "林怡安"})
    prices = bidder.open(f"{home}prices/")
    field = next(name for name in prices.form("price-").fields if name.startswith("price-"))
    negative = prices.fill({field: "-5"})
    assert negative.status == 422
    negative.fill({field: price})
    bidder.open(f"{home}plan/").fill({"plan": PLAN})
    bidder.open(f"{home}files/").fill({"file": a_file(f"{key}-实施方案.pdf")})
    sealed = bidder.open(f"{home}seal/").fill({"confirm": "on"})
    assert sealed.status == 200, sealed.words
    receipt = sealed.link_to("/verify/")
    assert town.stranger().open(receipt).status == 200
    return receipt


def open_score_and_award(town: Town, number: str) -> None:
    """Step 3: two custodians open, three experts score, the formula ranks, the bureau awards, everyone is told."""
    call_command("run_clock", "--once")
    opening = f"/tenders/{number}/opening/"
    first = town.visitor("custodian1").open(opening).fill({"passphrase": PASSPHRASE})
    assert first.status == 200, first.words
    second = town.visitor("custodian2").open(opening).fill({"passphrase": PASSPHRASE})
    assert second.status == 200, second.words
    assert "396,000.00" in town.stranger().open(opening).words, "the prices are read out"

    home = f"/procurement/{Tender.objects.get(number=number).pk}/"
    drawn = town.visitor("buyer").open(f"{home}panel/").fill({})
    assert drawn.status == 200, drawn.words
    for key in (f"expert{n}" for n in range(1, 8)):
        score_as_an_expert(town, key)

    approver = town.visitor("approver")
    done = approver.open(approver.open(home).link_to("/award/")).fill({"reason": "综合得分第一,报价合理。"})
    assert done.status == 200, done.words
    for key in ("provider", "provider_chunhui", "provider_heyue"):
        assert number in town.visitor(key).open("/inbox/").words or TITLE in town.visitor(key).open("/inbox/").words
    assert "怡安养老服务中心" in town.stranger().open(f"/tenders/{number}/result/").words


def score_as_an_expert(town: Town, key: str) -> None:
    """Declare, score every bid, hand in; an expert who was not drawn has nothing to do."""
    expert = town.visitor(key)
    seats = re.findall(r"/panel/[0-9a-f-]{36}/", expert.open("/panel/").text)
    for seat in dict.fromkeys(seats):
        declared = expert.open(f"{seat}declare/").fill({"confirm": "on"})
        assert declared.status == 200, declared.words
        sheets = re.findall(rf"{seat}bids/[0-9a-f-]{{36}}/", expert.open(seat).text)
        for sheet in dict.fromkeys(sheets):
            page = expert.open(sheet)
            best = "怡安" in page.words
            form = page.form("points-")
            values = {
                name: str(int(float(form.inputs[name].get("max")) * (0.9 if best else 0.7)))
                for name in form.fields
                if name.startswith("points-")
            }
            values |= {name: "方案具体,人员到位。" for name in form.fields if name.startswith("comment-")}
            saved = page.fill(values, form="points-")
            assert saved.status == 200, saved.words
        handed = expert.open(f"{seat}hand-in/").fill({})
        assert handed.status == 200, handed.words


def sign_a_contract(town: Town) -> str:
    """Step 4: drafted from the award, printed, signed by both sides, one instalment accepted and paid; its number."""
    buyer, provider, approver = town.visitor("buyer"), town.visitor("provider"), town.visitor("approver")
    draft = buyer.open(buyer.open("/contracts/desk/").link_to("/contracts/draft/")).fill({})
    assert draft.status == 200, draft.words
    number = re.search(r"/contracts/([^/]+)/", draft.address).group(1)
    home = f"/contracts/{number}/"
    sent = buyer.open(f"{home}send/").fill({})
    assert sent.status == 200, sent.words
    buyer.open(f"{home}sign/", expect=403)  # the supplier signs first
    for visitor in (provider, approver):
        signed = visitor.open(f"{home}sign/").fill({"has_read": "on"})
        assert signed.status == 200, signed.words
    page = town.stranger().open(home)
    assert "396,000.00" in page.words
    genuine = town.stranger().open(page.link_to("/verify/"))
    assert "怡安养老服务中心" in genuine.words
    assert town.stranger().open(f"{home}contract.pdf").response["Content-Type"] == "application/pdf"
    return number


def deliver_and_pay(town: Town, number: str) -> None:
    """Step 4, on the first day of service and after: one instalment delivered, accepted, ordered, paid by the bank."""
    buyer, provider = town.visitor("buyer"), town.visitor("provider")
    home = f"/contracts/{number}/"
    begun = buyer.open(f"{home}begin/").fill({})
    assert begun.status == 200, begun.words
    report = provider.open(provider.open(home).link_to("/report/"))
    lost = report.fill({"note": "", "invoice_number": "25322000000012345678", "file": a_file("服务记录.pdf")})
    assert lost.status == 422
    reported = lost.fill({"note": "服务 2,340 人次,满意率 96%。", "file": a_file("服务记录.pdf")})
    assert reported.status == 200, reported.words
    accepted = buyer.open(buyer.open(home).link_to("/accept/")).fill({"residents_heard": "12"})
    assert accepted.status == 200, accepted.words
    pay_everything_ordered(town)
    assert "99,000.00" in town.stranger().open(home).words
    call_command("verify_ledger")


def pay_everything_ordered(town: Town) -> None:
    """A second officer approves, the bank's file is made, the bank answers, the answer is read in."""
    approver = town.visitor("approver")
    while "/approve/" in (queue := approver.open("/payments/?state=draft")).text or "/payments/orders/" in queue.text:
        order = approver.open(queue.link_to("/payments/orders/"))
        approved = approver.open(order.link_to("/approve/")).fill({})
        assert approved.status == 200, approved.words
    send = approver.open("/payments/send/")
    orders = [box.get("value") for box in send.document.xpath("//main//input[@name='orders']")]
    batch = send.fill({"orders": orders})
    assert batch.status == 200, batch.words
    sheet = batch.fill({}, form="file.csv").response
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    result = next(place for place, name in enumerate(rows[0]) if "结果" in name)
    for number, row in enumerate(rows[1:], start=1):
        row[result:] = ["成功", "", f"BANK-{number:04d}"][: len(row) - result]
    answer = io.StringIO()
    csv.writer(answer).writerows(rows)
    preview = approver.open("/payments/answers/").fill({"file": a_file("回单.csv", answer.getvalue().encode())})
    assert preview.status == 200, preview.words
    applied = preview.fill({})
    assert applied.status == 200, applied.words


def spend_a_voucher(town: Town) -> None:
    """Step 5: a month is issued, a card pays 60 yuan, a second 60 is refused, 20 by voucher and 40 by the resident."""
    buyer, approver, worker = town.visitor("buyer"), town.visitor("approver"), town.visitor("community_worker")
    counter, provider = town.visitor("counter"), town.visitor("provider")
    month = clock.today().replace(day=1)

    new = buyer.open("/desk/programmes/add/")
    made = new.fill(
        {
            "code": "silver-80",
            "name": "高龄老人居家养老服务券",
            "budget_line": new.option("budget_line", "服务券"),
            "region": new.option("region", "太仓市"),
            "minimum_age": "80",
            "monthly_amount": "80",
            "starts_on": month.isoformat(),
            "ends_on": month.replace(month=12, day=31).isoformat(),
            "categories": [new.option("categories", "居家照护")],
        }
    )
    assert made.status == 200, made.words
    assert approver.open("/desk/programmes/silver-80/start/").fill({}).status == 200

    add = worker.open("/desk/residents/add/")
    right = an_id_number(datetime.date(1940, 1, 15), 2)
    wrong = add.fill(
        {"name": "张福珍", "id_number": right[:16] + "9" + right[17:], "region": add.option("region", "城厢镇")}
    )
    assert wrong.status == 422
    added = wrong.fill({"id_number": right})
    assert added.status == 200, added.words
    resident = re.search(r"/desk/residents/([0-9a-f-]{36})/", added.address).group(1)

    admit = buyer.open("/contracts/admit/silver-80/")
    agreement = admit.fill({"provider": admit.option("provider", "怡安")})
    assert agreement.status == 200, agreement.words
    number = re.search(r"/contracts/([^/]+)/", agreement.address).group(1)
    assert buyer.open(f"/contracts/{number}/send/").fill({}).status == 200
    for visitor in (provider, approver):
        signed = visitor.open(f"/contracts/{number}/sign/").fill({"has_read": "on"})
        assert signed.status == 200, signed.words

    issued = approver.open("/desk/programmes/silver-80/issue/").fill({})
    assert issued.status == 200, issued.words
    card = worker.open(f"/desk/residents/{resident}/card/").fill(
        {"reason": "首次发卡", "pin": "518302", "again": "518302"}
    )
    assert card.status == 200, card.words
    number = Card.objects.get(resident_id=resident, state="active").number

    def pay(own_part: str) -> Sight:
        services = counter.open("/counter/").fill({"card": number})
        assert "80.00" in services.words or "20.00" in services.words, services.words
        return services.follow("居家照护（一小时）").fill({"own_part": own_part, "pin": "518302"}, form="pin")

    first = pay("")
    assert first.status == 200, first.words
    assert "20.00" in first.words
    second = pay("")
    assert second.status == 422
    assert "20.00" in second.words, "the refusal says what is left"
    third = pay("40")
    assert third.status == 200, third.words


def settle_the_month(town: Town) -> None:
    """Step 5, the month after: settled, approved by a second officer, paid; nothing is owed any more."""
    buyer, approver = town.visitor("buyer"), town.visitor("approver")
    last = clock.today().replace(day=1) - datetime.timedelta(days=1)
    settled = buyer.open("/desk/settlements/settle/").fill({"month": f"{last:%Y-%m}"})
    assert settled.status == 200, settled.words
    page = buyer.open(buyer.open("/desk/settlements/").link_to("/desk/settlements/JS"))
    assert "80.00" in page.words
    for visitor, step in ((approver, "approve"), (buyer, "order")):
        done = visitor.open(f"{page.address}{step}/").fill({})
        assert done.status == 200, done.words
    pay_everything_ordered(town)
    assert payable_to(town.world.organisation("yian")) == 0
    call_command("verify_ledger")
    call_command("verify_audit")


def evaluate(town: Town, contract: str) -> None:
    """Step 6: an evaluator scores the contract, the provider replies, the grade shows in the directory."""
    buyer = town.visitor("buyer")
    plan = buyer.open("/evaluations/plan/")
    planned = plan.fill(
        {
            "contract": plan.option("contract", TITLE),
            "framework": plan.option("framework", "日间照料"),
            "evaluator": plan.option("evaluator", "衡评"),
            "due_on": (clock.today() + datetime.timedelta(days=30)).isoformat(),
        }
    )
    assert planned.status == 200, planned.words
    home = re.search(r"/evaluations/[0-9a-f-]{36}/", planned.address).group()
    lead = town.visitor("evaluator")
    start = lead.open(f"{home}start/")
    started = start.fill(
        {"scorers": [start.option("scorers", "钱评估"), start.option("scorers", "孙评估")], "is_independent": "on"}
    )
    assert started.status == 200, started.words
    for key, share in (("evaluator", 0.9), ("evaluator_b", 1.0)):
        scorer = town.visitor(key)
        sheet = scorer.open(scorer.open(f"{home}work/").link_to("/evaluations/scorecards/"))
        form = sheet.form("points_")
        values = {name: full_marks(form, name, share) for name in form.fields if name.startswith("points_")}
        values |= {name: "现场查看记录与访谈。" for name in form.fields if name.startswith("note_")}
        values |= {"visited_on": clock.today().isoformat(), "remark": ""}
        handed_in = sheet.fill(values, form="points_", press="交")
        assert handed_in.status == 200, handed_in.words
    concluded = lead.open(f"{home}findings/").fill(
        {"findings": "服务规范,记录完整。", "recommendations": "增加周末开放。"}
    )
    assert concluded.status == 200, concluded.words
    replied = town.visitor("provider").open(f"{home}reply/").fill({"text": "认可评估结论,四月起周六开放。"})
    assert replied.status == 200, replied.words
    published = buyer.open(f"{home}publish/").fill({})
    assert published.status == 200, published.words
    public = town.stranger().open(home)
    assert "四月起周六开放" in public.words
    uscc = town.world.organisation("yian").uscc
    assert "优" in town.stranger().open(f"/providers/{uscc}/").words


def full_marks(form, name: str, share: float) -> str:
    """A share of the most that a leaf can get."""
    field = form.inputs[name]
    if hasattr(field, "value_options"):
        return str(round(max(int(value) for value in field.value_options if value) * share))
    return str(int(int(field.get("max")) * share))


def raise_a_young_one(town: Town) -> None:
    """Step 7: an incubator takes in a young organisation and tells it of an open tender that fits it."""
    hub, young = town.visitor("incubator"), town.visitor("provider_qiming")
    today = clock.today()
    cohort = hub.open("/incubator/new/").fill(
        {
            "title": "二〇二六年社会组织培育计划",
            "about": "为成立三年内的养老类社会组织提供场地、导师与项目信息。",
            "places": "8",
            "desks": "12",
            "opens_on": today.isoformat(),
            "closes_on": (today + datetime.timedelta(days=20)).isoformat(),
            "ends_on": (today + datetime.timedelta(days=365)).isoformat(),
        }
    )
    assert cohort.status == 200, cohort.words
    number = re.search(r"/incubator/([^/]+)/", cohort.address).group(1)
    assert hub.open(f"/incubator/{number}/publish/").fill({}).status == 200
    call = young.open(f"/incubator/{number}/apply/")
    applied = call.fill(
        {"plan": "做适老化改造与日间照料。", "interests": [call.option("interests", "日间照料")], "desks_wanted": "2"}
    )
    assert applied.status == 200, applied.words
    application = re.search(
        r"/incubator/applications/[0-9a-f-]{36}/", hub.open(f"/incubator/{number}/manage/").text
    ).group()
    assert hub.open(f"{application}check/").fill({"finding": "材料齐全。"}).status == 200
    assert hub.open(f"{application}admit/").fill({"desks": "2"}).status == 200
    told = hub.open(f"/incubator/{number}/matches/").fill({})
    assert told.status == 200, told.words
    assert TITLE in young.open("/inbox/").text or TITLE in young.open("/incubator/mine/").words


def read_it_all(town: Town, number: str, contract: str) -> None:
    """Step 8: the public reads it on the site, in both languages, and as open data."""
    public = town.stranger()
    for prefix in ("", "/en"):
        for address in (
            "/",
            "/tenders/",
            f"/tenders/{number}/",
            "/contracts/",
            f"/contracts/{contract}/",
            "/providers/",
        ):
            public.open(prefix + address)
    releases = public.open("/ocds/releases.json").response.json()["releases"]
    tags = {tag for release in releases for tag in release["tag"]}
    assert {"tender", "award", "contract"} <= tags


def test_a_city_from_nothing():
    with later(clock.at_hour(datetime.date(2026, 3, 2), 9)):
        town = Town()
        number = publish_a_tender(town)
        raise_a_young_one(town)
        for key, price in (("provider", "396000"), ("provider_chunhui", "420000"), ("provider_heyue", "450000.50")):
            seal_a_bid(town, key, number, price)

    due = Tender.objects.get(number=number).bids_due_at
    with later(due + datetime.timedelta(minutes=5)):
        open_score_and_award(town, number)
    with later(due + datetime.timedelta(days=2)):
        contract = sign_a_contract(town)
    starts_on = Contract.objects.get(number=contract).starts_on
    with later(clock.at_hour(starts_on, 9)):
        deliver_and_pay(town, contract)
        spend_a_voucher(town)
        evaluate(town, contract)
    with later(clock.at_hour(starts_on.replace(day=1) + datetime.timedelta(days=33), 9)):
        settle_the_month(town)
        read_it_all(town, number, contract)
