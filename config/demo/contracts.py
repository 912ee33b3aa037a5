"""Contracts of the demo city: from the awards of its tenders, and agreements with the providers of its programmes."""

import datetime

from contracts import actions
from contracts.models import Contract
from marketplace.pages import clock
from marketplace.papers.rendering import render_pdf
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation, User
from marketplace.tenders.models import Award
from marketplace.vouchers.models import Programme

from . import cast, contract_lives
from .contract_lives import People, one_delivery
from .world import World

OFFICERS = {"city_bureau": "buyer", "chengxiang": "buyer_chengxiang", "shaxi": "buyer_shaxi"}
APPROVERS = {"city_bureau": "approver", "chengxiang": "approver_chengxiang", "shaxi": "approver_shaxi"}

# How far each award is brought, oldest first: paid instalments, then how the next one stands.
COURSES = (
    "three years",
    "paid 1 deducted, accepted 1",
    "paid 1 late, paid 1",
    "paid 1",
    "ended early",
    "closed",
    "signed",
)
AGREEMENTS = {
    "silver-80": ("yian", "heyue", "songbai", "qingsong", "chunhui", "minle"),
    "table-90": ("yian", "xinyu"),
}
NEWCOMERS = {"silver-80": "lanting", "table-90": "songbai"}  # whose agreements are on their way today


def load(world: World) -> None:
    """Idempotent: returns at once when there are contracts."""
    if Contract.objects.exists():
        return
    evidence = _evidence()
    for programme in Programme.objects.filter(code__in=AGREEMENTS).order_by("code"):
        _admit(world, programme)
    awards = Award.objects.select_related("lot__tender__bureau", "supplier").order_by("awarded_at", "lot__position")
    for award, course in zip(awards, COURSES, strict=False):
        contract = _bring(world, award, course, evidence)
        if course == COURSES[0]:
            world.remember("contract", contract.number)
    actions.publish_payments(by=service_user("clock"))


def key_of(organisation: Organisation) -> str:
    """The cast's key of an organisation."""
    return next(key for key, body in cast.ORGANISATIONS.items() if body.uscc == organisation.uscc)


def people_of(world: World, contract_or_sides: Contract | tuple[Organisation, Organisation]) -> People:
    buyer, supplier = (
        (contract_or_sides.buyer, contract_or_sides.supplier)
        if isinstance(contract_or_sides, Contract)
        else contract_or_sides
    )
    provider = key_of(supplier)
    return People(
        officer=world.person(OFFICERS[key_of(buyer)]),
        signatory=world.person(APPROVERS[key_of(buyer)]),
        provider=world.person("provider" if provider == "yian" else f"provider_{provider}"),
    )


def _evidence() -> bytes:
    """A service report that could have come with a delivery."""
    rows = "".join(
        f"<tr><td>第 {week} 周</td><td>{140 + week * 3} 人次</td><td>{96 + week % 3}%</td></tr>"
        for week in range(1, 13)
    )
    html = (
        "<!doctype html><html lang='zh-Hans'><head><meta charset='utf-8'><title>服务报告</title></head><body>"
        "<h1>服务报告（演示）</h1><table><tr><th>时间</th><th>服务量</th><th>满意度</th></tr>"
        f"{rows}</table></body></html>"
    )
    return render_pdf(html, identifier="demo-service-report").pdf


def _admit(world: World, programme: Programme) -> None:
    """Agreements with the providers of a programme, signed in its first days; and one that is on its way today."""
    for number, key in enumerate(AGREEMENTS[programme.code]):
        provider = world.organisation(key)
        people = people_of(world, (programme.bureau, provider))
        with world.at(clock.at_hour(programme.starts_on, 8, 10 + number)):
            contract = actions.draft_provider_agreement(programme, provider, by=people.officer)
            contract = actions.change_terms(
                contract,
                title=contract.title,
                title_en=contract.title_en,
                place=contract.place,
                starts_on=contract.starts_on,
                ends_on=programme.ends_on,
                term_condition="服务内容、补贴标准和资金来源相对固定。",
                by=people.officer,
            )
            contract = actions.send_for_signature(contract, by=people.officer)
            contract = actions.sign_contract(contract, by=people.provider)
            actions.sign_contract(contract, by=people.signatory)
    newcomer = world.organisation(NEWCOMERS[programme.code])
    people = people_of(world, (programme.bureau, newcomer))
    contract = actions.draft_provider_agreement(programme, newcomer, by=people.officer)
    if programme.code == "silver-80":
        contract = actions.send_for_signature(contract, by=people.officer)
        actions.sign_contract(contract, by=people.provider)


def _bring(world: World, award: Award, course: str, evidence: bytes) -> Contract:
    """Draft, sign, and deliver as far as the course says, at moments that lie after the award and before today."""
    bureau = award.lot.tender.bureau
    people = people_of(world, (bureau, award.supplier))
    awarded_on = award.awarded_at.astimezone(clock.SHANGHAI).date()
    starts_on = (awarded_on.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
    if course == "signed":
        starts_on = (world.today.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
    with world.at(award.awarded_at + datetime.timedelta(days=2)):
        contract = actions.draft_contract(award, starts_on=starts_on, by=people.officer)
        if course == "closed":
            contract = _two_batches(contract, people.officer)
        if course == "three years":
            contract = contract_lives.plan_three_years(contract, people.officer)
        contract = actions.send_for_signature(contract, by=people.officer)
    with world.at(award.awarded_at + datetime.timedelta(days=4)):
        contract = actions.sign_contract(contract, by=people.provider)
    with world.at(award.awarded_at + datetime.timedelta(days=6)):
        contract = actions.sign_contract(contract, by=people.signatory)
        contract = actions.file_contract(contract, by=service_user("contracts' clock"))
    if contract.starts_on <= world.today and contract.state == Contract.State.SIGNED:
        with world.at(clock.at_hour(contract.starts_on, 8)):
            contract = actions.begin_contract(contract, by=people.officer)
    if course == "three years":
        contract_lives.live_three_years(world, contract, people, evidence)
        world.remember("three_year_contract", contract.number)
    elif course == "ended early":
        contract_lives.end_early(world, contract, people, evidence)
        world.remember("terminated_contract", contract.number)
    else:
        _deliver(world, contract, course, people, evidence)
    return Contract.objects.get(pk=contract.pk)


def _two_batches(contract: Contract, officer: User) -> Contract:
    """Two batches of homes instead of quarters."""
    half = contract.amount // 2
    days = [contract.starts_on + datetime.timedelta(days=days) for days in (30, 60)]
    rows = [
        {"title": "第一批家庭改造完工", "quantity": 60, "unit": "户", "amount": half, "due_on": days[0]},
        {
            "title": "第二批家庭改造完工",
            "quantity": 60,
            "unit": "户",
            "amount": contract.amount - half,
            "due_on": days[1],
        },
    ]
    return actions.set_deliverables(contract, rows, by=officer)


def _deliver(world: World, contract: Contract, course: str, people: People, evidence: bytes) -> None:
    steps = [step.strip() for step in course.split(",")]
    if steps == ["closed"]:
        steps = ["paid 2"]
    position = 0
    for step in steps:
        word, _space, count = step.partition(" ")
        if word not in ("paid", "accepted", "delivered"):
            continue
        for _number in range(int(count.split()[0])):
            position += 1
            deliverable = contract.deliverables.get(position=position)
            day = min(deliverable.due_on, world.today - datetime.timedelta(days=20))
            one_delivery(
                world, deliverable, day, word, people, evidence, is_deducted="deducted" in step, is_late="late" in step
            )
    if course == "closed":
        with world.at(clock.at_hour(world.today - datetime.timedelta(days=3), 16)):
            actions.close_contract(contract, by=people.officer)
