"""What the methods besides consultation ask of a draft in the demo city: the ground, and who is asked."""

import datetime
from typing import Any

from marketplace.parties.models import User
from marketplace.tenders import actions
from marketplace.tenders.actions.inviting import draw_invitations, name_supplier, qualify_suppliers
from marketplace.tenders.models import Tender

from .tender_plans import Plan
from .world import World

Method = Tender.Method
GROUNDS = {
    Method.FRAMEWORK: ("repeated_small_uniform", "服务按次或按小时计量、标准统一、单次金额小，全年多次采购。"),
    Method.INVITED: ("few_suppliers", "本市具备认知障碍专业照护能力的机构不足十家。"),
    Method.NEGOTIATION: ("price_unknown", "呼叫量随入网人数变化，事先难以计算总价。"),
    Method.SINGLE_SOURCE: ("unique", "平台由该机构研发并拥有著作权，接口和数据不能由他人替代。"),
}
INVITABLE = ("yian", "heyue", "songbai", "lanting", "qingsong", "chunhui")
NAMED = "qingsong"
PANELS = {Method.INVITED: 5, Method.OPEN: 5}
UNITS = {"home-care": ("小时", 5_000), "errands": ("次", 2_000), "counselling": ("小时", 600)}


def measured(plan: Plan) -> dict:
    """A framework's lot is bought by the unit."""
    if plan.method != Method.FRAMEWORK:
        return {}
    unit, quantity = UNITS[plan.category]
    return {"unit": unit, "quantity": quantity}


def justify(world: World, tender: Tender, plan: Plan, *, by: User) -> None:
    """The ground of the method, how a framework's orders are given, and who is asked."""
    if tender.method not in GROUNDS:
        return
    ground, reason = GROUNDS[Method(tender.method)]
    facts: dict[str, Any] = {"method_ground": ground, "method_reason": reason, "second_stage": plan.second_stage}
    if tender.ceiling >= 400_000_000:  # at the threshold the finance department has agreed beforehand
        facts |= {
            "approval_number": "苏财购〔2026〕118号（演示）",
            "approval_date": world.today - datetime.timedelta(days=30),
        }
    actions.justify_method(tender, by=by, **facts)
    if tender.method == Method.INVITED:
        qualify_suppliers(tender, [world.organisation(key) for key in INVITABLE], by=by)
        draw_invitations(tender, 3, by=by)
    if tender.method == Method.SINGLE_SOURCE:
        name_supplier(tender, world.organisation(NAMED), by=by)
