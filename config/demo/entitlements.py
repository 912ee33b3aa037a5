"""A tiered programme on application: some granted, one refused and appealed against, one that waits."""

import datetime

from config.demo.residents import story_resident
from config.demo.world import World
from marketplace.directory.actions import accredit_provider
from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import (
    appeal_refusal,
    apply_for,
    decide_application,
    draft_programme,
    issue_month,
    propose_change,
    start_programme,
)
from marketplace.vouchers.models import Application, Programme
from marketplace.vouchers.models.programmes import first_of_month, next_month

CODE = "care-tiers"
KINDS = ["home-care", "bath", "rehabilitation", "day-care"]
TIERS = [
    {"minimum_level": 3, "amount": 600_00},
    {"minimum_level": 2, "amount": 400_00},
    {"minimum_level": 1, "amount": 200_00},
]


def load(world: World) -> None:
    """After the year of vouchers: the new programme begins this month."""
    if Programme.objects.filter(code=CODE).exists():
        return
    bureau, buyer, approver = world.organisation("city_bureau"), world.person("buyer"), world.person("approver")
    first = first_of_month(world.today)
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=9), 9)):
        programme = draft_programme(
            bureau,
            code=CODE,
            name="失能老人照护券",
            name_en="Care vouchers by need",
            description="经能力评估为轻度、中度、重度及以上失能的老人，每月二百、四百、六百元，凭申请发放，不与特困供养重复享受。",
            budget_line=BudgetLine.objects.open().get(bureau=bureau, year=world.today.year, code="2081006-01"),
            region=bureau.region,
            monthly_amount=200_00,
            minimum_age=60,
            starts_on=first,
            ends_on=datetime.date(world.today.year + 1, 12, 31),
            categories=list(Category.objects.filter(pk__in=KINDS)),
            basis=Programme.Basis.TIERS,
            tiers=TIERS,
            by_application=True,
            exclusions=["extreme_poverty_support"],
            by=buyer,
        )
        start_programme(programme, by=approver)
        for key in ("yian", "heyue", "qingsong"):
            accredit_provider(world.organisation(key), CODE, valid_from=first, valid_to=programme.ends_on, by=approver)
    _apply(world, programme)
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=2), 9)):
        issue_month(programme, clock.today(), by=service_user("vouchers"))
        propose_change(
            Programme.objects.get(code="silver-80"),
            {"monthly_amount": 90_00, "minimum_age": 80},
            tiers=[],
            from_month=next_month(first),
            reason="按明年预算安排，高龄券提标到九十元",
            by=buyer,
        )


def _apply(world: World, programme: Programme) -> None:
    """From the desk and on paper: granted, refused with its reason and appealed against, and one that waits."""
    worker, buyer = world.person("community_worker"), world.person("buyer")
    assessed = Resident.objects.filter(assessments__state="confirmed").exclude(pk=story_resident().pk)
    granted = list(assessed.filter(assessments__level__gte=1, benefits=None).order_by("id_hash")[:14])
    able = assessed.filter(assessments__level=0).order_by("id_hash").first()
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=7), 10)):
        made = [
            apply_for(
                programme,
                resident,
                channel=Application.Channel.PAPER if number % 3 == 0 else Application.Channel.DESK,
                paper_number=f"ZHQ-{number + 1:03d}" if number % 3 == 0 else "",
                need="上门照护和助浴",
                by=worker,
            )
            for number, resident in enumerate(granted)
        ]
        refused = apply_for(programme, able, channel=Application.Channel.DESK, need="助浴", by=worker) if able else None
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=4), 15)):
        for application in made[:12]:
            decide_application(application, approve=True, by=buyer)
        if refused is not None:
            decide_application(
                refused, approve=False, words="评估结果为能力完好；身体有变化时可以申请重新评估。", by=buyer
            )
    if refused is not None:
        with world.at(clock.at_hour(world.today - datetime.timedelta(days=3), 9)):
            appeal_refusal(refused, "评估后老人摔倒住院，现在上下楼要人扶，请再看一看。", by=worker)
