"""The cohort of the demo city: two young organisations inside, told of an open tender that fits them."""

import datetime

from django.core.files.base import ContentFile

from incubator import actions
from incubator.models import Application, Cohort
from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine, Fund
from marketplace.pages import clock

from .world import World

RECEIPTS = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

APPLICANTS = (
    (
        "qiming",
        ("home-care", "rehabilitation"),
        2,
        "我们为老人家庭做适老化改造，希望在一年内建立标准化评估流程，独立承接两个镇的改造项目。",
        "登记证书有效，无行政处罚，信用记录正常；负责人面谈通过。",
    ),
    (
        "xiaoyu",
        ("errands", "home-care", "day-care"),
        3,
        "我们组织退休教师和返乡青年陪伴独居老人，希望学会投标、财务和项目管理，把时间银行推广到全镇。",
        "成立不满一年，章程与财务制度齐备，无行政处罚。",
    ),
)


def _subsidies(world: World, application: Application) -> None:
    """One accounted for and to be checked, one to be decided: the city bureau pays from its incubation line."""
    bureau, manager, officer = world.organisation("city_bureau"), world.person("incubator"), world.person("buyer")
    line = BudgetLine.objects.open().filter(bureau=bureau, fund__source=Fund.Source.INCUBATION).first()
    if line is None:
        return
    staff = actions.ask_subsidy(
        application, bureau=bureau, kind="staff", purpose="专职社工岗位补贴（一季度）", amount=1_800_000, by=manager
    )
    actions.grant_subsidy(staff, line, by=officer)
    actions.claim_subsidy(
        staff,
        spent=1_652_000,
        account="两名专职社工一至三月工资及社会保险单位缴纳部分，附工资发放表和缴费凭证。",
        file=ContentFile(RECEIPTS, name="工资发放表.pdf"),
        by=world.person("provider_qiming"),
    )
    actions.ask_subsidy(
        application, bureau=bureau, kind="activity", purpose="重阳节社区义诊活动", amount=300_000, by=manager
    )


def load(world: World) -> None:
    """Idempotent: returns at once when there are cohorts."""
    if Cohort.objects.exists():
        return
    hub, manager = world.organisation("hub"), world.person("incubator")
    opens_on = world.today - datetime.timedelta(days=40)
    with world.at(clock.at_hour(opens_on, 9)):
        cohort = actions.draft_cohort(
            hub,
            title=f"{world.today.year}年社会组织培育营（秋季）",
            title_en=f"Autumn cohort {world.today.year}",
            about="面向成立三年以内的养老和社区服务类社会组织。提供共享工位和会议室、财务与投标辅导、"
            "每月一次导师面谈，并把适合的政府采购项目及时告诉入驻机构。培育期一年，可延期一次。",
            about_en="For social organisations in care and community work that are under three years old: shared desks "
            "and meeting rooms, help with accounts and bids, a mentor every month, "
            "and word of tenders that fit. One year.",
            places=8,
            desks=20,
            opens_on=opens_on,
            closes_on=world.today + datetime.timedelta(days=20),
            ends_on=world.today + datetime.timedelta(days=340),
            by=manager,
        )
        actions.publish_cohort(cohort, by=manager)
    for number, (key, interests, desks, plan, finding) in enumerate(APPLICANTS):
        organisation, owner = world.organisation(key), world.person(f"provider_{key}")
        with world.at(clock.at_hour(opens_on + datetime.timedelta(days=5 + number), 10)):
            application = actions.apply_to_cohort(
                cohort,
                organisation,
                plan=plan,
                interests=list(Category.objects.filter(pk__in=interests)),
                desks_wanted=desks,
                by=owner,
            )
        with world.at(clock.at_hour(opens_on + datetime.timedelta(days=10 + number), 10)):
            actions.check_application(application, finding=finding, by=manager)
        with world.at(clock.at_hour(opens_on + datetime.timedelta(days=14 + number), 10)):
            actions.admit(application, desks=desks, by=manager)
        if key == "qiming":
            _subsidies(world, application)
    actions.tell_matches(cohort, by=manager)
    world.remember("cohort", cohort.number)
