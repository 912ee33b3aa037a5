"""Ratings of the demo city: a finished round of a dozen social organisations, and one that is being scored."""

import datetime

from stdnum.cn import uscc as uscc_number

from evaluations import actions
from evaluations.models import Certificate, Framework, RatingApplication, RatingRound, RatingSheet
from evaluations.queries import scored_leaves
from marketplace.pages import clock
from marketplace.parties.actions import grant_role, register_organisation
from marketplace.parties.models import Organisation, Role, User

from .world import World

# (name, English name, town, since, what share of the marks it earns)
OTHERS = (
    ("娄江为老服务促进会", "Loujiang Association for the Elderly", "chengxiang", "2011-04-12", 89),
    ("浏河银龄互助社", "Liuhe Silver Mutual Aid", "liuhe", "2015-07-03", 82),
    ("浮桥乡邻社工站", "Fuqiao Neighbours Social Work", "fuqiao", "2017-10-26", 76),
    ("双凤康乐老年学堂", "Shuangfeng Learning in Later Life", "shuangfeng", "2014-03-18", 92),
)
# Share of the marks in the finished round, by the cast's key.
SHARES = {
    "yian": 97,
    "songbai": 94,
    "qingsong": 92,
    "heyue": 90,
    "chunhui": 88,
    "lanting": 86,
    "xinyu": 81,
    "minle": 78,
}
AGAIN = ("heyue", "lanting", "xinyu", "minle", "chunhui")
CALL = (
    "为加强社会组织规范化建设，现组织开展社会组织等级评估。凡在本市登记满两年的社会团体、社会服务机构和基金会均可申报。"
    "申报单位请在截止日前登录本系统填写自评表，评估机构随机抽取评分人实地查看，结果公示七日。"
)


def load(world: World) -> None:
    """Idempotent: returns at once when there are rounds."""
    if RatingRound.objects.exists():
        return
    applicants = [(world.organisation(key), _owner(world, key), share) for key, share in SHARES.items()]
    applicants += [_registered(world, number, one) for number, one in enumerate(OTHERS, start=1)]
    finished = _round(world, "2026年上半年社会组织等级评估", days_ago=160, applicants=applicants)
    _finish(world, finished, {one.pk: share for one, _owner, share in applicants})
    again = [one for one in applicants if one[0] in [world.organisation(key) for key in AGAIN]]
    under_way = _round(world, "2026年下半年社会组织等级评估", days_ago=30, applicants=again)
    half = list(RatingSheet.objects.filter(application__round=under_way).order_by("created_at", "id"))[: len(again)]
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=1), 15)):
        _fill(world, half, {one.pk: share + 3 for one, _owner, share in again})
    world.remember("rating_round", finished.number)


def _owner(world: World, key: str) -> User:
    return world.person("provider" if key == "yian" else f"provider_{key}")


def _registered(world: World, number: int, one: tuple) -> tuple[Organisation, User, int]:
    name, name_en, town, since, share = one
    body = f"51320585MADEMB{number:03d}"
    organisation = register_organisation(
        uscc=body + uscc_number.calc_check_digit(body),
        name=name,
        name_en=name_en,
        kind=Organisation.Kind.SOCIAL_ORGANISATION,
        legal_form=Organisation.LegalForm.ASSOCIATION if "促进会" in name else Organisation.LegalForm.SERVICE_BODY,
        region=world.region(town),
        registered_on=datetime.date.fromisoformat(since),
        by=world.person("admin"),
    )
    owner = User.objects.create_user(name=f"{name[:2]}负责人·演示", email=f"rating{number}@demo.minfu.example")
    grant_role(owner, organisation, Role.OWNER, by=None)
    return organisation, owner, share


def _round(world: World, title: str, *, days_ago: int, applicants: list) -> RatingRound:
    """Called, applied to, checked, drawn: the scorers have their sheets 28 days after the call."""
    first, buyer = world.today - datetime.timedelta(days=days_ago), world.person("buyer")
    with world.at(clock.at_hour(first, 9)):
        round = actions.call_round(
            world.organisation("city_bureau"),
            Framework.objects.get(code="rating-service-body", version=1),
            title=title,
            text=CALL,
            closes_on=first + datetime.timedelta(days=25),
            scoring_due_on=first + datetime.timedelta(days=60),
            evaluators=[world.organisation("evaluator")],
            by=buyer,
        )
    leaves = list(scored_leaves(round.framework))
    with world.at(clock.at_hour(first + datetime.timedelta(days=12), 14)):
        for organisation, owner, share in applicants:
            application = actions.start_application(round, organisation, by=owner)
            marks = {leaf.pk: _mark(world, leaf.top, share + 2) for leaf in leaves}
            since = organisation.registered_on.year
            statement = f"{organisation.name}，{since}年登记，在本市开展为老服务，章程、制度和账目健全。"
            actions.save_application(application, statement=statement, marks=marks, by=owner)
            actions.submit_application(application, is_declared=True, by=owner)
    with world.at(clock.at_hour(first + datetime.timedelta(days=26), 9)):
        actions.close_round(round, by=buyer)
        for application in RatingApplication.objects.filter(round=round):
            actions.admit_application(application, by=buyer)
    with world.at(clock.at_hour(first + datetime.timedelta(days=28), 10)):
        return actions.draw_scorers(round, by=buyer)


def _mark(world: World, top: int, share: int) -> int:
    return min(top, max(0, round(top * (share + world.rng.randint(-5, 5)) / 100)))


def _fill(world: World, sheets: list[RatingSheet], shares: dict) -> None:
    for sheet in sheets:
        leaves = scored_leaves(sheet.application.round.framework)
        points = {leaf.pk: _mark(world, leaf.top, shares[sheet.application.organisation_id]) for leaf in leaves}
        day = clock.today()
        actions.save_rating_sheet(sheet, points=points, visited_on=day, remark="查阅资料并实地查看。", by=sheet.scorer)
        actions.submit_rating_sheet(sheet, by=sheet.scorer)


def _finish(world: World, round: RatingRound, shares: dict) -> None:
    buyer, first = world.person("buyer"), round.closes_on
    steps = [first + datetime.timedelta(days=days) for days in (20, 34, 36, 46)]
    with world.at(clock.at_hour(steps[0], 15)):
        _fill(world, list(RatingSheet.objects.filter(application__round=round)), shares)
    with world.at(clock.at_hour(steps[1], 9)):
        actions.rank_round(round, by=buyer)
    with world.at(clock.at_hour(steps[2], 9)):
        actions.publish_notice(round, by=buyer)
    with world.at(clock.at_hour(steps[3], 9)):
        actions.conclude_round(round, by=buyer)
        for certificate in Certificate.objects.filter(application__round=round)[:2]:
            actions.seal_certificate(certificate, by=buyer)
