"""Steps 5 to 8 of the story: vouchers spent and settled, the evaluation, the incubator, the public."""

import datetime
import json
import re

from django.core.management import call_command

from marketplace.ledger.queries import payable_to
from marketplace.pages import clock
from marketplace.vouchers.models import Card
from tests.given.residents import an_id_number

from .buying import TITLE, pay_everything_ordered
from .town import Town
from .visitor import Sight


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


def settle_the_month(town: Town, due: str = "80.00") -> None:
    """Step 5, the month after: settled, approved by a second officer, paid; nothing is owed any more."""
    buyer, approver = town.visitor("buyer"), town.visitor("approver")
    last = clock.today().replace(day=1) - datetime.timedelta(days=1)
    settled = buyer.open("/desk/settlements/settle/").fill({"month": f"{last:%Y-%m}"})
    assert settled.status == 200, settled.words
    page = buyer.open(buyer.open("/desk/settlements/").link_to("/desk/settlements/JS"))
    assert due in page.words, page.words
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
            "appointment": "限额以下，三家比选",
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
    releases = json.loads(public.open("/ocds/releases.json").text)["releases"]
    tags = {tag for release in releases for tag in release["tag"]}
    assert {"tender", "award", "contract"} <= tags
