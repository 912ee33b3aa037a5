"""Steps 1 to 4 of the story: from a draft to the first payment."""

import csv
import datetime
import io
import re

from django.core.management import call_command

from marketplace.pages import clock
from marketplace.tenders.models import QuoteRound, Tender

from .town import PASSPHRASE, Town, a_file, later

TITLE = "城厢镇社区日间照料中心运营服务"
PLAN = "我们在三个社区各设照料员六名,提供助餐、助浴、康复与陪伴,每月向居民公示服务记录。"


def plan_a_purchase(town: Town) -> str:
    """Step 0: planned within the budget line, told to the market thirty-one days ago; the plan line's key."""
    buyer = town.visitor("buyer")
    with clock.pretend(clock.now() - datetime.timedelta(days=31)):
        form = buyer.open("/procurement/plan/new/")
        planned = form.fill(
            {
                "title": TITLE,
                "about": "为城厢镇八十岁以上老人运营日间照料中心,四十个床位。",
                "budget_line": form.option("budget_line", "社区日间照料中心运营"),
                "category": form.option("category", "日间照料"),
                "amount": "480000",
                "method": "consultation",
            }
        )
        assert planned.status == 200, planned.words
        home = re.search(r"/procurement/plan/[0-9a-f-]{36}/", planned.address).group()
        told = buyer.open(f"{home}publish/").fill({})
        assert told.status == 200, told.words
    assert TITLE in town.stranger().open("/intentions/").words
    return home.rstrip("/").rsplit("/", 1)[1]


def publish_a_tender(town: Town) -> str:
    """Step 1: drafted by one officer, approved by another; its public number."""
    for key in ("custodian1", "custodian2", "custodian3"):
        town.visitor(key).open("/custodian/passphrase/").fill({"passphrase": PASSPHRASE, "again": PASSPHRASE})

    buyer = town.visitor("buyer")
    line = plan_a_purchase(town)
    new = buyer.open(f"/procurement/new/?plan={line}")
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
    plan = buyer.open(f"{home}plan/")
    catalogue = {"catalogue_code": "A0601", "is_outside_negative_list": "on"}
    unheard = plan.fill(catalogue)
    assert unheard.status == 422
    assert "第十五条" in unheard.words, "the article that asks for the residents' word"
    assert unheard.fill({"consultation_note": "在三个社区召开居民座谈会,四十二人参加。"}).status == 200
    buyer.open(f"{home}qualifications/").fill(
        {"rows-0-name": "具有独立承担民事责任的能力", "rows-0-guidance": "登记证书"}
    )
    criteria = buyer.open(f"{home}criteria/")
    short = criteria.fill(
        {
            "rows-0-part": "price", "rows-0-name": "价格", "rows-0-weight": "20",
            "rows-1-part": "technical", "rows-1-name": "服务方案", "rows-1-weight": "49",
            "rows-1-levels": "优 30-50 具体可行\n一般 0-29 笼统",
            "rows-2-part": "business", "rows-2-name": "人员与业绩", "rows-2-weight": "30",
            "rows-2-levels": "优 20-30 稳定\n一般 0-19 不稳定",
            **{f"rows-{row}-{name}": "" for row in (3, 4) for name in ("name", "group", "weight", "levels")},
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
    assert "396,000.00" not in town.stranger().open(opening).words, "no price is told before the last quotes are open"

    home = f"/procurement/{Tender.objects.get(number=number).pk}/"
    drawn = town.visitor("buyer").open(f"{home}panel/").fill({})
    assert drawn.status == 200, drawn.words
    check_the_qualifications(town, home)
    quote_for_the_last_time(town, number, home)
    for key in (f"expert{n}" for n in range(1, 8)):
        score_as_an_expert(town, key)
    for key in (f"expert{n}" for n in range(1, 8)):
        sign_the_report(town, key)

    approver = town.visitor("approver")
    done = approver.open(approver.open(home).link_to("/award/")).fill({"reason": "综合得分第一,报价合理。"})
    assert done.status == 200, done.words
    for key in ("provider", "provider_chunhui", "provider_heyue"):
        assert number in town.visitor(key).open("/inbox/").words or TITLE in town.visitor(key).open("/inbox/").words
    assert "怡安养老服务中心" in town.stranger().open(f"/tenders/{number}/result/").words


def check_the_qualifications(town: Town, home: str) -> None:
    """Condition by condition, before a point is given."""
    buyer = town.visitor("buyer")
    page = buyer.open(buyer.open(home).link_to("/qualifications/"))
    checked = page.fill({name: "yes" for name in page.form("met-").fields if name.startswith("met-")}, form="met-")
    assert checked.status == 200, checked.words


def quote_for_the_last_time(town: Town, number: str, home: str) -> None:
    """Competitive consultation ends with one last sealed quote of every bidder that is left."""
    buyer = town.visitor("buyer")
    called = buyer.open(buyer.open(home).link_to("/quotes/")).fill({"minutes": "60"}, form="minutes")
    assert called.status == 200, called.words
    round = QuoteRound.objects.get(lot__tender__number=number)
    for key, price in (("provider", "396000"), ("provider_chunhui", "420000"), ("provider_heyue", "450000.50")):
        quoted = town.visitor(key).open(f"/bids/quotes/{round.pk}/").fill({"amount": price}, form="amount")
        assert quoted.status == 200, quoted.words
    with later(round.due_at + datetime.timedelta(minutes=1)):
        call_command("run_clock", "--once")
        opening = f"/tenders/{number}/quotes/"
        assert "396,000.00" not in town.stranger().open(opening).words
        for custodian in ("custodian1", "custodian2"):
            given = town.visitor(custodian).open(opening).fill({"passphrase": PASSPHRASE}, form="passphrase")
            assert given.status == 200, given.words
        assert "396,000.00" in town.stranger().open(opening).words


def sign_the_report(town: Town, key: str) -> None:
    """Every member reads the ranking and signs."""
    expert = town.visitor(key)
    for seat in dict.fromkeys(re.findall(r"/panel/[0-9a-f-]{36}/", expert.open("/panel/").text)):
        signed = expert.open(f"{seat}report/").fill({"agrees": "yes"}, form="agrees")
        assert signed.status == 200, signed.words


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
    sheet = batch.fill({}, form="file.csv").text
    rows = list(csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))))
    result = next(place for place, name in enumerate(rows[0]) if "结果" in name)
    for number, row in enumerate(rows[1:], start=1):
        row[result:] = ["成功", "", f"BANK-{number:04d}"][: len(row) - result]
    answer = io.StringIO()
    csv.writer(answer).writerows(rows)
    preview = approver.open("/payments/answers/").fill({"file": a_file("回单.csv", answer.getvalue().encode())})
    assert preview.status == 200, preview.words
    applied = preview.fill({})
    assert applied.status == 200, applied.words
