"""Rating rounds in every state, reached through the verbs that people use."""

import datetime
import json
from dataclasses import dataclass, field

from evaluations import actions
from evaluations.management.commands.load_frameworks import SHIPPED
from evaluations.models import Framework, RatingApplication, RatingRound
from evaluations.queries import leaves
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation, Role, User

from .people import a_bureau, a_person, an_organisation

# Three leaves of 1,000 points: 400 on a scale of 5, 350 of 10, 250 of 100.
RATING_SPEC = {
    "code": "test-rating",
    "kind": "rating",
    "out_of": 1000,
    "bands": [{"level": "5A", "from": 950}, {"level": "4A", "from": 901}, {"level": "3A", "from": 851}],
    "title": "测试等级指标",
    "title_en": "Test rating",
    "indicators": [
        {"code": "A", "name": "治理", "weight": 40, "top": 5, "evidence": "章程"},
        {"code": "B", "name": "活动", "weight": 35, "top": 10, "evidence": "台账"},
        {"code": "C", "name": "评价", "weight": 25, "top": 100, "evidence": "问卷"},
    ],
}


@dataclass
class RoundCast:
    bureau: Organisation
    officer: User
    signatory: User
    evaluator: Organisation
    scorers: list[User]
    owners: dict[str, User] = field(default_factory=dict)  # by application number


def a_rating_framework() -> Framework:
    return actions.add_framework(RATING_SPEC, by=service_user("tests"))


def shipped_framework(code: str, version: int = 1) -> Framework:
    specs = json.loads(SHIPPED.read_text(encoding="utf-8"))
    spec = next(one for one in specs if one["code"] == code and one["version"] == version)
    return actions.add_framework(spec, by=service_user("tests"))


def a_round(*, scorers: int = 3, framework: Framework | None = None, each: int = 2) -> RatingRound:
    bureau = a_bureau()
    evaluator = an_organisation(Organisation.Kind.EVALUATOR)
    cast = RoundCast(
        bureau,
        a_person(Role.OFFICER, of=bureau),
        a_person(Role.SIGNATORY, of=bureau),
        evaluator,
        [a_person(Role.EVALUATOR, of=evaluator) for _number in range(scorers)],
    )
    made = actions.call_round(
        bureau,
        framework or a_rating_framework(),
        title="社会组织等级评估",
        text="欢迎申报。",
        closes_on=clock.today() + datetime.timedelta(days=20),
        scoring_due_on=clock.today() + datetime.timedelta(days=60),
        evaluators=[evaluator],
        scorers_each=each,
        by=cast.officer,
    )
    made.cast = cast
    return made


def again(round: RatingRound) -> RatingRound:
    fresh = RatingRound.objects.select_related("bureau", "framework").get(pk=round.pk)
    fresh.cast = round.cast
    return fresh


def after(round: RatingRound, days: int = 1):
    """So many days after the applications close."""
    return clock.pretend(clock.at_hour(round.closes_on + datetime.timedelta(days=days), 10))


def an_applicant(**fields) -> tuple[Organisation, User]:
    organisation = an_organisation(registered_on=datetime.date(2018, 5, 1), **fields)
    return organisation, a_person(Role.OWNER, of=organisation)


def an_application(round: RatingRound, *marks: int, organisation=None, owner=None) -> RatingApplication:
    """Handed in, with its own marks in the order of the leaves."""
    if organisation is None:
        organisation, owner = an_applicant()
    application = actions.start_application(round, organisation, by=owner)
    given = {leaf.pk: mark for leaf, mark in zip(leaves(round.framework), marks or (5, 9, 90), strict=True)}
    actions.save_application(application, statement="服务老年人。", marks=given, by=owner)
    actions.submit_application(application, is_declared=True, by=owner)
    round.cast.owners[application.number] = owner
    return RatingApplication.objects.get(pk=application.pk)


def a_drawn_round(applications: int = 2, **given) -> RatingRound:
    round = a_round(**given)
    for _number in range(applications):
        an_application(round)
    with after(round):
        actions.close_round(round, by=round.cast.officer)
        for application in round.applications.all():
            actions.admit_application(application, by=round.cast.officer)
        actions.draw_scorers(round, by=round.cast.officer)
    return again(round)


def a_scored_round(*sheets: tuple[tuple[int, ...], ...]) -> RatingRound:
    """One tuple of sheets an application, each a tuple of marks."""
    round = a_drawn_round(len(sheets), each=len(sheets[0]))
    with after(round, 10):
        for application, given in zip(round.applications.order_by("number"), sheets, strict=True):
            for sheet, marks in zip(application.sheets.order_by("created_at", "id"), given, strict=True):
                points = {leaf.pk: mark for leaf, mark in zip(leaves(round.framework), marks, strict=True)}
                actions.save_rating_sheet(sheet, points=points, visited_on=clock.today(), by=sheet.scorer)
                actions.submit_rating_sheet(sheet, by=sheet.scorer)
        actions.rank_round(round, by=round.cast.officer)
    return again(round)


def a_noticed_round(*sheets: tuple[tuple[int, ...], ...]) -> RatingRound:
    round = a_scored_round(*sheets)
    with after(round, 11):
        actions.publish_notice(round, by=round.cast.officer)
    return again(round)
