"""The money of the demo city: three funds, each bureau's lines of last year (spent and closed) and of this year.

Codes follow the classification of government income and spending (政府收支分类科目): 2081006 care for the old, 2296002
welfare lottery, 2080208 communities, 2080299 other civil affairs.
"""

import datetime
from dataclasses import dataclass

from marketplace.ledger.actions import accrue_payable, commit_budget, open_fund, open_year, post_payment
from marketplace.ledger.actions.years import NewLine
from marketplace.ledger.models import BudgetLine, Fund
from marketplace.ledger.queries import lines_for
from marketplace.pages import clock

from .world import World

FUNDS = (
    ("CZ", "财政预算资金", "Fiscal budget", Fund.Source.FISCAL),
    ("FC", "福利彩票公益金", "Welfare lottery fund", Fund.Source.LOTTERY),
    ("FH", "社会组织孵化资金", "Social organisation incubation fund", Fund.Source.INCUBATION),
)


@dataclass(frozen=True)
class Line:
    """`last` and `this` are appropriations in thousands of yuan; `payees` served on it last year."""

    fund: str
    code: str
    name: str
    name_en: str
    last: int
    this: int
    payees: tuple[str, ...]


BUDGETS = {
    "city_bureau": (
        Line(
            "CZ",
            "2081006-01",
            "高龄老人居家养老服务券",
            "Vouchers for home care at 80 and over",
            1_800,
            2_400,
            ("yian",),
        ),
        Line("CZ", "2081006-02", "居家和社区养老服务", "Home and community care", 1_500, 1_800, ("heyue", "qingsong")),
        Line("CZ", "2080299-01", "服务绩效第三方评估", "Third-party evaluation of services", 300, 360, ("evaluator",)),
        Line(
            "FC",
            "2296002-01",
            "社区日间照料中心运营",
            "Running community day-care centres",
            2_600,
            3_200,
            ("yian", "chunhui"),
        ),
        Line(
            "FC",
            "2296002-02",
            "困难老人家庭适老化改造",
            "Home adaptation for older people in need",
            700,
            900,
            ("qiming",),
        ),
        Line("CZ", "2080299-02", "智慧养老服务平台", "The smart care platform", 300, 4_600, ("qingsong",)),
        Line("FH", "2080208-01", "社会组织培育扶持", "Raising new social organisations", 500, 600, ("hub",)),
    ),
    "chengxiang": (
        Line("CZ", "2081006-01", "城厢镇居家上门照护", "Care at home in Chengxiang", 960, 1_200, ("heyue", "yian")),
        Line(
            "FC",
            "2296002-01",
            "城厢镇日间照料与助餐",
            "Day care and meals in Chengxiang",
            1_100,
            1_500,
            ("heyue", "xinyu"),
        ),
        Line(
            "CZ",
            "2080208-01",
            "城厢镇社区治理与社工服务",
            "Community and social work in Chengxiang",
            380,
            480,
            ("lanting",),
        ),
    ),
    "shaxi": (
        Line("CZ", "2081006-01", "沙溪镇农村居家养老", "Rural home care in Shaxi", 820, 980, ("songbai",)),
        Line(
            "FC",
            "2296002-01",
            "沙溪镇村级互助养老点",
            "Village mutual-help places in Shaxi",
            640,
            760,
            ("songbai", "minle"),
        ),
        Line(
            "CZ",
            "2080208-01",
            "沙溪镇邻里互助与志愿探访",
            "Neighbours' help and visits in Shaxi",
            260,
            300,
            ("xiaoyu",),
        ),
    ),
}
APPROVERS = {"city_bureau": "approver", "chengxiang": "approver_chengxiang", "shaxi": "approver_shaxi"}
YUAN = 100
THOUSAND = 1_000 * YUAN


def load(world: World) -> None:
    """Idempotent: what is there is left alone."""
    year = world.today.year
    if BudgetLine.objects.filter(year=year, bureau=world.organisation("shaxi")).exists():
        return
    with world.at(clock.at_hour(datetime.date(year - 1, 1, 6), 9)):
        funds = {
            code: open_fund(code, name, source, name_en=name_en, by=world.person("admin"))
            for code, name, name_en, source in FUNDS
        }
    for serial, (bureau, lines) in enumerate(BUDGETS.items(), start=1):
        by = world.person(APPROVERS[bureau])
        organisation = world.organisation(bureau)
        with world.at(clock.at_hour(datetime.date(year - 1, 1, 8), 9 + serial)):
            open_year(
                organisation,
                year - 1,
                [NewLine(funds[line.fund], line.code, line.name, line.last * THOUSAND, line.name_en) for line in lines],
                reference=f"太财预〔{year - 1}〕{serial}号",
                by=by,
            )
        left_open = _spend_last_year(world, bureau, year - 1)
        # 提前下达: most of a year's money is granted before it begins, and spending starts on the first of December.
        with world.at(clock.at_hour(datetime.date(year - 1, 11, 27), 9 + serial)):
            open_year(
                organisation,
                year,
                [NewLine(funds[line.fund], line.code, line.name, line.this * THOUSAND, line.name_en) for line in lines],
                reference=f"太财预〔{year - 1}〕{90 + serial}号",
                by=by,
            )
        _finish_carried(world, bureau, year, left_open)


def _spend_last_year(world: World, bureau: str, year: int) -> list[tuple[str, str, str, int]]:
    """Contracts of last year, paid by quarters; returns what is still promised: (line code, payee, reference, fen)."""
    by = world.person(APPROVERS[bureau])
    lines = {line.code: line for line in lines_for(world.organisation(bureau), year)}
    left_open = []
    serial = 0
    for plan in BUDGETS[bureau]:
        line, share = lines[plan.code], len(plan.payees)
        for payee_key in plan.payees:
            serial += 1
            payee = world.organisation(payee_key)
            reference = f"上年合同/{lines[plan.code].bureau.uscc[-3:]}-{year}-{serial:03d}"
            quarter = plan.last * THOUSAND * world.rng.randint(82, 92) // 100 // share // 4 // (100 * YUAN) * 100 * YUAN
            with world.at(clock.at_hour(datetime.date(year, 2, 10 + serial), 10)):
                commit_budget(line, quarter * 4, key=f"{reference}/签约", reference=reference, by=by)
            for number, month in enumerate((4, 7, 9, 11), start=1):
                if number == 4 and serial == 1:
                    left_open.append((plan.code, payee_key, reference, quarter))
                    continue
                with world.at(clock.at_hour(datetime.date(year, month, 8 + serial), 15)):
                    _accept_and_pay(line, payee, quarter, reference, number, by)
    return left_open


def _accept_and_pay(line: BudgetLine, payee, amount: int, reference: str, number: int, by) -> None:
    accrue_payable(line, payee, amount, key=f"{reference}/验收{number}", reference=reference, by=by)
    post_payment(payee, amount, key=f"{reference}/付款{number}", reference=reference, line=line, by=by)


def _finish_carried(world: World, bureau: str, year: int, left_open: list[tuple[str, str, str, int]]) -> None:
    """The fourth quarter of one contract was accepted in spring, on the commitment that was carried over."""
    by = world.person(APPROVERS[bureau])
    lines = {line.code: line for line in lines_for(world.organisation(bureau), year)}
    for code, payee, reference, amount in left_open:
        with world.at(clock.at_hour(datetime.date(year, 1, 16), 14)):
            _accept_and_pay(lines[code], world.organisation(payee), amount, reference, 4, by)
