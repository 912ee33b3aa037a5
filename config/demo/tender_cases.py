"""A query, a challenge that was not upheld, and the complaint that followed, on an award of some months ago."""

import datetime

from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.rules.calendar import add_working_days
from marketplace.tenders import actions
from marketplace.tenders.models import Award, Bid

from .world import World

LONG_AGO = datetime.timedelta(days=75)


def load_cases(world: World) -> None:
    """Idempotent through its caller: the tenders are made once."""
    before = clock.at_hour(world.today, 9) - LONG_AGO
    award = (
        Award.objects.filter(awarded_at__lt=before, lot__bids__rank=2)
        .select_related("lot__tender__bureau", "supplier")
        .order_by("-awarded_at")
        .first()
    )
    if award is None:
        return
    tender, lot = award.lot.tender, award.lot
    officer = tender.drafted_by
    rival = Bid.objects.select_related("supplier", "envelope__submitted_by").get(lot=lot, rank=2)
    person = rival.envelope.submitted_by
    day = award.awarded_at.astimezone(clock.SHANGHAI).date()

    def on(working_days: int, hour: int = 10):
        return world.at(clock.at_hour(add_working_days(day, working_days), hour))

    with on(1):
        query = actions.ask_query(tender, rival.supplier, words="请告知本单位“服务方案”一项的扣分原因。", by=person)
    with on(2):
        actions.answer_query(query, reply="评审意见认为应急预案未写明夜间响应人员。逐项得分见结果告知书。", by=officer)
    with on(3):
        challenge = actions.lodge_challenge(
            tender,
            rival.supplier,
            step="result",
            lot=lot,
            matters=["评审小组未按采购文件规定的档次评分。", "中标（成交）供应商的同类服务经历不真实。"],
            facts="我单位方案列有应急预案及值班表，按采购文件应评为“优”；另对成交供应商所列业绩的时间存疑。",
            basis="《政府采购法》第五十二条，《政府采购法实施条例》第五十三条。",
            wanted="请求复核评分，核实业绩。",
            by=person,
        )
    with on(4):
        actions.judge_effect(
            challenge,
            affects_result=False,
            reason="即使该项按满分计，总分仍低于成交供应商，不影响成交结果。",
            by=officer,
        )
    with on(8):
        actions.answer_challenge(
            challenge,
            is_upheld=False,
            reply="经核对评分表，各评委均在采购文件规定的档次内评分并写明理由；业绩合同与付款凭证齐全。质疑事项不成立。",
            by=officer,
        )
    reviewer = world.person("reviewer")
    finance = world.organisation("finance_bureau")
    if not reviewer.memberships.filter(organisation=finance, role=Role.OFFICER).exists():
        return
    with on(14):
        complaint = actions.file_complaint(
            challenge,
            matters=list(challenge.matters.all()[:1]),
            words="答复未说明同为“优”档的分差依据，请求财政部门审查评分过程。",
            reviewer=finance,
            by=person,
        )
    with on(17):
        actions.accept_complaint(complaint, by=reviewer)
    with on(21):
        actions.answer_complaint(complaint, answer="随附评审报告、评分表及评审录像说明。评分过程合规。", by=officer)
    with on(30):
        actions.decide_complaint(
            complaint,
            is_upheld=False,
            decision="经查，评分均在规定档次和分值范围内，未发现违反采购文件的情形。投诉事项缺乏事实依据，驳回投诉。",
            by=reviewer,
        )
