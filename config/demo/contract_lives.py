"""How the demo's contracts live: a delivery and its payment, three years of day care, an early end."""

import datetime
from dataclasses import dataclass

from django.core.files.base import ContentFile

from contracts import actions
from contracts.models import Bond, Contract, Deliverable
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.payments.actions import approve_payment, claim_interest, import_bank_answer, send_payments
from marketplace.payments.models import PaymentOrder
from marketplace.rules.calendar import add_months

from .world import World

YUAN = 100
NOTES = (
    "本期按服务计划完成，签到、回访和培训记录齐全，无安全事故。服务数据见附件。",
    "本期服务量达到合同约定，组织服务对象座谈两次，意见已整改。明细见附件。",
    "本期服务按时完成，新增服务对象建档率百分之百。明细见附件。",
)


@dataclass(frozen=True)
class People:
    """Who acts on a contract."""

    officer: User
    signatory: User
    provider: User


def one_delivery(
    world: World,
    deliverable: Deliverable,
    day: datetime.date,
    until: str,
    people: People,
    evidence: bytes,
    *,
    is_deducted: bool = False,
    quantity: int = 0,
    satisfaction: int | None = None,
    opinion: str = "",
    is_late: bool = False,
) -> None:
    """Reported that day; accepted five days later and paid by the bank, as far as `until` says. What is paid late, the
    provider claims interest on."""
    contract = deliverable.contract
    with world.at(clock.at_hour(day, 15)):
        actions.report_delivery(
            deliverable,
            quantity=quantity or deliverable.quantity,
            note=NOTES[deliverable.position % len(NOTES)],
            invoice_number=f"2632{contract.number[-4:]}{contract.buyer.uscc[-4:-1]}{deliverable.position:04d}",
            file=ContentFile(evidence, name=f"服务报告-第{deliverable.position}期.pdf"),
            by=people.provider,
        )
    if until == "delivered":
        return
    with world.at(clock.at_hour(day + datetime.timedelta(days=5), 10)):
        actions.accept_delivery(
            deliverable,
            residents_heard=world.rng.randint(6, 18),
            satisfaction=satisfaction,
            opinion=opinion,
            deduction=deliverable.amount // 50 // YUAN * YUAN if is_deducted else 0,
            reason="两周内护理员缺勤三人次，按合同扣减。" if is_deducted else "服务对象代表参加验收，评价良好。",
            by=people.officer,
        )
    if until == "accepted":
        return
    if not is_late:
        pay(world, deliverable, day + datetime.timedelta(days=8), people)
        return
    order = PaymentOrder.objects.for_reference(deliverable.reference).get()
    pay(world, deliverable, order.due_on + datetime.timedelta(days=7), people)
    with world.at(clock.at_hour(order.due_on + datetime.timedelta(days=10), 10)):
        claim_interest(order, by=people.provider)


def pay(world: World, deliverable: Deliverable, day: datetime.date, people: People) -> None:
    """Approved by the second officer, sent in a bank file, confirmed by the bank's answer two days later."""
    contract = deliverable.contract
    with world.at(clock.at_hour(day, 10)):
        order = PaymentOrder.objects.for_reference(deliverable.reference).get()
        order = approve_payment(order, by=people.signatory)
        batch = send_payments(contract.buyer, [order], by=people.signatory)
    with world.at(clock.at_hour(day + datetime.timedelta(days=2), 9)):
        attempt = batch.attempts.get()
        text = (
            "端到端号,金额(元),结果,原因,银行流水号\n"
            f"{attempt.end_to_end_id},{order.amount // 100}.{order.amount % 100:02d},成功,,"
            f"TC{attempt.end_to_end_id[-8:]}"
        )
        import_bank_answer(
            contract.buyer, ContentFile(text.encode("gb18030"), name=f"回单{batch.number}.csv"), by=people.signatory
        )


STANDARDS = """工作日八时至十七时开放，节假日安排值班电话。
每四十位老人配备护理员不少于六名，均持证上岗。
每日三餐留样四十八小时，食谱每周公示。
服务对象满意率不低于百分之九十。"""
INVENTORY = (
    ("护理床", 20, "张", "九成新"),
    ("适老化餐桌椅", 12, "套", "完好"),
    ("康复训练器材", 6, "套", "完好"),
    ("助浴椅", 2, "把", "九成新"),
    ("血压血糖检测仪", 4, "台", "完好"),
)


def plan_three_years(contract: Contract, officer: User) -> Contract:
    """Three years, renewed each year after the evaluation, in monthly instalments by volume, with premises lent."""
    last = add_months(contract.starts_on, 36) - datetime.timedelta(days=1)
    actions.change_terms(
        contract,
        title=contract.title,
        title_en=contract.title_en,
        place=contract.place,
        starts_on=contract.starts_on,
        ends_on=last,
        term_condition="服务内容相对固定、连续性强，经费来源稳定，价格变化幅度小，逐年评价后续签。",
        by=officer,
    )
    actions.change_conditions(
        contract,
        bond_amount=contract.amount // 20 // (1000 * YUAN) * 1000 * YUAN or contract.amount // 20,
        satisfaction_floor=90,
        satisfaction_rate=1,
        renewal_months=12,
        renewal_grade="good",
        standards=STANDARDS,
        is_bilingual=True,
        by=officer,
    )
    actions.lay_out_instalments(
        contract, every=1, quantity=800, unit="人次", standard="按服务标准，签到可查", by=officer
    )
    actions.set_prices(
        contract,
        [
            {"name": "日间照料（含午餐）", "unit": "人日", "price": 45 * YUAN},
            {"name": "助浴", "unit": "人次", "price": 60 * YUAN},
            {"name": "康复训练", "unit": "人次", "price": 30 * YUAN},
        ],
        by=officer,
    )
    items = [dict(zip(("name", "quantity", "unit", "condition"), row, strict=True)) for row in INVENTORY]
    actions.set_premises(
        contract, name=f"{contract.place}日间照料中心", address="府南街 88 号一层", area=620, items=items, by=officer
    )
    return Contract.objects.get(pk=contract.pk)


def live_three_years(world: World, contract: Contract, people: People, evidence: bytes) -> None:
    """Bond and keys once it is signed and has begun; months delivered, some short; a supplement for more recipients."""
    signed_at = Contract.objects.values_list("signed_at", flat=True).get(pk=contract.pk)
    with world.at(max(clock.at_hour(contract.starts_on, 9), signed_at + datetime.timedelta(days=1))):
        actions.receive_bond(
            contract, form=Bond.Form.TRANSFER, amount=contract.bond_amount, document="ZZ26030588", by=people.officer
        )
        premises = contract.premises.get()
        actions.hand_over_premises(premises, by=people.officer)
        actions.take_over_premises(premises, note="逐项清点无误，一张护理床脚轮待修。", by=people.provider)
    months = [
        row
        for row in contract.deliverables.order_by("position")
        if row.due_on < world.today - datetime.timedelta(days=20)
    ]
    shortages = {2: (760, 91), 3: (800, 87)}
    for row in months:
        quantity, satisfaction = shortages.get(row.position, (800, 95))
        with world.at(clock.at_hour(row.due_on, 16)):
            actions.report_month(
                contract,
                row.due_on.replace(day=1),
                people=40 - row.position % 3,
                visits=quantity,
                complaints=1 if row.position == 3 else 0,
                summary=NOTES[row.position % len(NOTES)],
                by=people.provider,
            )
        one_delivery(
            world, row, row.due_on if row != months[-1] else world.today - datetime.timedelta(days=4),
            "paid" if row != months[-1] else "delivered", people, evidence, quantity=quantity,
            satisfaction=satisfaction, opinion="饭菜可口，希望增加周六服务。" if row.position == 2 else "",
        )  # fmt: skip
    if months:
        _supplement(world, contract, people, months[0].due_on + datetime.timedelta(days=12))


def _supplement(world: World, contract: Contract, people: People, day: datetime.date) -> None:
    """Eighty more a month for three months, within GPL 49."""
    with world.at(clock.at_hour(day, 10)):
        planned = contract.deliverables.filter(state=Deliverable.State.PLANNED).order_by("position")[5:8]
        amendment = actions.draft_amendment(
            contract,
            reason_code="demand",
            reason="周边两个社区新增登记高龄老人十人，按原单价增加服务人次。",
            text="服务对象由四十人增加至四十四人，服务标准和单价不变。",
            quantities=[(row, 80) for row in planned],
            by=people.officer,
        )
        actions.send_amendment(amendment, by=people.officer)
        actions.sign_amendment(amendment, by=people.provider)
        actions.sign_amendment(amendment, by=people.signatory)


def end_early(world: World, contract: Contract, people: People, evidence: bytes) -> None:
    """One instalment paid; then the premises are wanted back, the provider gives notice, the bureau settles."""
    first = contract.deliverables.get(position=1)
    day = min(first.due_on, world.today - datetime.timedelta(days=30))
    one_delivery(world, first, day, "paid", people, evidence)
    with world.at(clock.at_hour(day + datetime.timedelta(days=14), 10)):
        notice = actions.give_notice(
            contract,
            ground="force_majeure",
            reason="服务用房因道路改造被征收，无法继续开展服务。",
            effective_on=clock.today() + datetime.timedelta(days=2),
            by=people.provider,
        )
        actions.answer_notice(notice, answer="情况属实，同意按已交付数量结算。", by=people.officer)
    with world.at(clock.at_hour(day + datetime.timedelta(days=17), 15)):
        actions.terminate_contract(contract, delivered={2: 1}, by=people.officer)
