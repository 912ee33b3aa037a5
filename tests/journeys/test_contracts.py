"""Three contracts from award to end, over HTTP: a day-care centre for three years, counselling, one that ends early.

After every step the ledger sums to zero and agrees with the contracts (`verify_ledger`)."""

import datetime

import pytest
from django.core.management import call_command

from contracts.models import Amendment, Contract, Deliverable
from evaluations import actions as evaluation
from evaluations.models import Engagement
from marketplace.ledger.models import Account
from marketplace.ledger.queries import balance
from tests.given.evaluations import a_handed_in_sheet, a_planned_engagement
from tests.given.money import a_budget_line

from .buying import pay_everything_ordered
from .contract_desk import Desk, done
from .town import a_file

pytestmark = pytest.mark.django_db


def evaluate(contract: Contract, cast) -> Engagement:
    """A third party scores the contract, 86 points, and the bureau publishes it."""
    contract.cast = cast
    engagement = a_planned_engagement(contract, scorers=1)
    people = engagement.cast
    evaluation.start_scoring(engagement, scorers=people.scorers, is_independent=True, by=people.evaluator_owner)
    a_handed_in_sheet(engagement, people.scorers[0], 4, 9, 90)
    evaluation.conclude(engagement, findings="服务规范。", recommendations="增加值守。", by=people.evaluator_owner)
    evaluation.reply_to_engagement(engagement, text="已安排。", by=people.owner)
    return evaluation.publish_engagement(engagement, by=people.officer)


def test_a_day_care_centre_for_three_years():
    desk = Desk()
    with desk.on(1):
        desk.draft()
        contract = desk.contract
        last = contract.starts_on.replace(year=contract.starts_on.year + 3) - datetime.timedelta(days=1)
        terms = {"ends_on": last.isoformat()}
        done(desk.officer.open(f"{desk.home}terms/").fill(terms))
        assert desk.officer.open(f"{desk.home}send/").fill({}).status == 422, "three years need their condition"
        done(desk.officer.open(f"{desk.home}terms/").fill(terms | {"term_condition": "内容、资金、价格相对稳定。"}))
        too_much = desk.officer.open(f"{desk.home}conditions/").fill({"bond_amount": "100000"})
        assert too_much.status == 422 and "第四十八条" in too_much.words
        done(
            too_much.fill(
                {"bond_amount": "20000", "satisfaction_floor": "90", "satisfaction_rate": "1",
                 "renewal_months": "12", "renewal_grade": "good", "standards": "每日三餐留样。\n护理员持证上岗。"}
            )
        )  # fmt: skip
        done(desk.officer.open(f"{desk.home}lay-out/").fill({"every": "1", "quantity": "1200", "unit": "人次"}))
        done(
            desk.officer.open(f"{desk.home}premises/").fill(
                {"name": "城厢镇日间照料中心", "address": "府南街 12 号", "area": "620",
                 "inventory": "护理床，20，张，九成新\n康复器材，6，套"}
            )
        )  # fmt: skip
        done(
            desk.officer.open(f"{desk.home}prices/").fill(
                {"prices-0-name": "助餐", "prices-0-unit": "人次", "prices-0-price": "12.00"}
            )
        )
        desk.sign()
    contract = desk.contract
    assert contract.deliverables.count() == 36 and contract.deliverables.filter(is_committed=True).count() == 12

    with desk.on(3):
        call_command("run_clock", "--once")
        done(desk.officer.open(f"{desk.home}premises/1/hand-over/").fill({}))
        done(desk.provider.open(f"{desk.home}premises/1/take-over/").fill({"note": "清点无误"}))
        done(desk.finance.open(f"{desk.home}bond/").fill({"document": "ZZ20260301"}))
        assert desk.contract.state == Contract.State.IN_FORCE and desk.contract.filed_at is not None

    with desk.on(35):
        row = contract.deliverables.get(position=1)
        records = f"日期,服务内容,服务地点,数量,服务人数\n{contract.starts_on},助餐,中心,700,40\n"
        records += f"{contract.starts_on},日间照料,中心,440,40\n"
        read = desk.provider.open(f"/contracts/instalments/{row.pk}/records/").fill(
            {"file": a_file("一月.csv", records.encode())}
        )
        done(done(read).fill({}))
        assert sum(row.records.values_list("quantity", flat=True)) == 1140
        done(
            desk.provider.open(f"{desk.home}months/new/").fill(
                {"month": contract.starts_on.replace(day=1).isoformat(), "people": "40", "visits": "1140",
                 "summary": "新入托六人。"}
            )
        )  # fmt: skip
        desk.deliver(1, quantity="1140", accept={"satisfaction": "88", "opinion": "饭菜再软一些。"})
        finding = row.reports.get().acceptance
        assert [line["code"] for line in finding.lines] == ["shortfall", "satisfaction"]
        assert finding.accepted_amount == row.amount - row.amount * 60 // 1200 - row.amount * 2 // 100
        pay_everything_ordered(desk)
        assert "饭菜再软一些" in desk.public.open(desk.home).words, "the result is published"

    with desk.on(40):
        page = desk.officer.open(f"{desk.home}changes/new/")
        changed = done(page.fill({"reason": "新增服务对象", "more_6": "120", "more_7": "120"}))
        amendment = Amendment.objects.get()
        done(desk.officer.open(f"{changed.address}send/").fill({}))
        for visitor in (desk.provider, desk.signatory):
            done(visitor.open(f"{amendment.get_absolute_url()}sign/").fill({"has_read": "on"}))
        assert desk.contract.amount == desk.contract.signed_amount + Amendment.objects.get().change
        too_many = desk.officer.open(f"{desk.home}changes/new/").fill({"reason": "再加", "more_8": "9000"})
        assert too_many.status == 422 and "第四十九条" in too_many.words

    with desk.on(340):
        for position in range(2, 12):
            desk.deliver(position)
        pay_everything_ordered(desk)
        line = a_budget_line(desk.contract.amount, bureau=desk.cast.buyer, fund=contract.budget_line.fund)
        early = desk.officer.open(f"{desk.home}changes/renew/").fill({"line": str(line.pk)})
        assert early.status == 422, "no renewal before the evaluation"
    with desk.on(345):
        engagement = evaluate(contract, desk.cast)
        assert engagement.state == Engagement.State.PUBLISHED
        renewed = done(desk.officer.open(f"{desk.home}changes/renew/").fill({"line": str(line.pk)}))
        done(desk.officer.open(f"{renewed.address}send/").fill({}))
        for visitor in (desk.provider, desk.signatory):
            done(visitor.open(f"{renewed.address}sign/").fill({"has_read": "on"}))
    line.refresh_from_db()
    assert contract.deliverables.filter(line=line, is_committed=True).count() == 12
    assert line.committed == sum(contract.deliverables.filter(line=line).values_list("amount", flat=True))
    page = desk.public.open(desk.home)
    assert "补充合同" in page.words and "续签协议" in page.words
    assert desk.public.open(f"{desk.home}changes/2/change.pdf").response["Content-Type"] == "application/pdf"


def test_a_small_contract_for_counselling():
    desk = Desk()
    with desk.on(1):
        desk.draft()
        done(
            desk.officer.open(f"{desk.home}lay-out/").fill(
                {"every": "6", "quantity": "30", "unit": "场", "kind": "milestone", "advance": "30", "final": "10"}
            )
        )
        done(desk.officer.open(f"{desk.home}conditions/").fill({"bond_amount": "1000"}))
        desk.sign()
    with desk.on(4):
        call_command("run_clock", "--once")
        done(desk.finance.open(f"{desk.home}bond/").fill({"document": "BZ-1"}))
        desk.deliver(1, quantity="1")
        pay_everything_ordered(desk)
    with desk.on(100):
        desk.deliver(2)
        desk.deliver(3)
        pay_everything_ordered(desk)
        final = desk.contract.deliverables.get(position=4)
        waiting = desk.provider.open(f"/contracts/instalments/{final.pk}/report/").fill(
            {"note": "申请尾款", "invoice_number": "W1"}
        )
        assert waiting.status == 422, "the final part waits for the evaluation"
    with desk.on(110):
        evaluate(desk.contract, desk.cast)
        desk.deliver(4, quantity="1")
        pay_everything_ordered(desk)
        done(desk.officer.open(f"{desk.home}close/").fill({}))
    contract = desk.contract
    assert contract.state == Contract.State.CLOSED and contract.archive_until is not None
    assert desk.public.open(f"{desk.home}statement.pdf").response["Content-Type"] == "application/pdf"
    held = Account.of(Account.Kind.BOND, holder=contract.buyer, organisation=contract.supplier)
    assert balance(held) == 0, "the bond went back"


def test_a_contract_that_ends_early():
    desk = Desk()
    with desk.on(1):
        desk.draft()
        desk.sign()
    with desk.on(30):
        call_command("run_clock", "--once")
        desk.deliver(1)
    with desk.on(50):
        done(desk.provider.open(f"{desk.home}notice/").fill({"ground": "force_majeure", "reason": "场地被征收。"}))
        assert "场地被征收" in desk.officer.open(desk.home).words
        done(desk.officer.open(f"{desk.home}notice/answer/").fill({"answer": "同意按实结算。"}))
        desk.provider.open(f"{desk.home}end/", expect=403)
        done(desk.officer.open(f"{desk.home}end/").fill({"delivered_2": "1"}))
        pay_everything_ordered(desk)
    contract = desk.contract
    assert contract.state == Contract.State.TERMINATED
    second = contract.deliverables.get(position=2)
    assert second.reports.get().acceptance.accepted_amount == second.amount - second.amount * 2 // 3
    assert contract.deliverables.get(position=3).state == Deliverable.State.DROPPED
    assert "场地被征收" in desk.public.open(desk.home).words
    assert desk.public.open(f"{desk.home}statement.pdf").status == 200
