"""Evaluations in every state, reached through the verbs that people use."""

import datetime
from dataclasses import dataclass, field

from django.core.management import call_command

from contracts import actions as contract_actions
from contracts.models import Contract
from evaluations import actions
from evaluations.models import Engagement, Framework, Scorecard
from evaluations.queries import leaves
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation, Role, User

from .contracts import an_agreement
from .people import a_person, an_organisation

# Two branches, three leaves: 40 + 35 + 25 = 100, on scales of 5, 10 and 100.
SPEC = {
    "code": "test",
    "title": "测试指标",
    "title_en": "Test framework",
    "indicators": [
        {
            "code": "A",
            "name": "产出",
            "name_en": "Output",
            "children": [
                {"code": "A1", "name": "数量", "name_en": "Quantity", "weight": 40, "top": 5, "evidence": "记录"},
                {"code": "A2", "name": "质量", "name_en": "Quality", "weight": 35, "top": 10, "evidence": "抽查"},
            ],
        },
        {"code": "B", "name": "满意度", "name_en": "Satisfaction", "weight": 25, "top": 100, "evidence": "问卷"},
    ],
}


@dataclass
class EvaluationCast:
    buyer: Organisation
    provider: Organisation
    evaluator: Organisation
    officer: User
    owner: User
    evaluator_owner: User
    scorers: list[User] = field(default_factory=list)


def a_framework() -> Framework:
    return actions.add_framework(SPEC, by=service_user("tests"))


def a_public_contract() -> Contract:
    """A signed provider agreement: the cheapest contract that can be evaluated."""
    contract = an_agreement()
    contract_actions.send_for_signature(contract, by=contract.cast.officer)
    contract_actions.sign_contract(contract, by=contract.cast.provider)
    contract_actions.sign_contract(contract, by=contract.cast.signatory)
    fresh = Contract.objects.select_related("buyer", "supplier").get(pk=contract.pk)
    fresh.cast = contract.cast
    return fresh


def an_evaluator() -> Organisation:
    return an_organisation(Organisation.Kind.EVALUATOR)


def again(engagement: Engagement) -> Engagement:
    fresh = Engagement.objects.select_related("contract__buyer", "contract__supplier", "evaluator", "framework").get(
        pk=engagement.pk
    )
    fresh.cast = engagement.cast
    return fresh


def the_day_care_framework() -> Framework:
    """As shipped: eleven leaves on scales of five and ten."""
    call_command("load_frameworks", verbosity=0)
    return Framework.objects.filter(code="day-care").order_by("version")[0]


def a_planned_engagement(
    contract: Contract | None = None, *, scorers: int = 2, framework: Framework | None = None
) -> Engagement:
    contract = contract or a_public_contract()
    evaluator = an_evaluator()
    engagement = actions.plan_engagement(
        contract,
        framework or a_framework(),
        evaluator,
        due_on=clock.today() + datetime.timedelta(days=30),
        appointment="限额标准以下,直接委托",
        by=contract.cast.officer,
    )
    engagement.cast = EvaluationCast(
        buyer=contract.buyer,
        provider=contract.supplier,
        evaluator=evaluator,
        officer=contract.cast.officer,
        owner=contract.cast.provider,
        evaluator_owner=a_person(Role.OWNER, of=evaluator),
        scorers=[a_person(Role.EVALUATOR, of=evaluator) for _ in range(scorers)],
    )
    return engagement


def a_scoring_engagement(**given) -> Engagement:
    engagement = a_planned_engagement(**given)
    cast = engagement.cast
    actions.start_scoring(engagement, scorers=cast.scorers, is_independent=True, by=cast.evaluator_owner)
    return again(engagement)


def a_handed_in_sheet(engagement: Engagement, scorer: User, *points: int) -> Scorecard:
    """Marks for the leaves in their order."""
    sheet = engagement.scorecards.get(scorer=scorer)
    given = {leaf.pk: mark for leaf, mark in zip(leaves(engagement.framework), points, strict=True)}
    actions.save_scorecard(sheet, points=given, visited_on=clock.today(), by=scorer)
    return actions.submit_scorecard(sheet, by=scorer)


def a_scored_engagement(*sheets: tuple[int, ...]) -> Engagement:
    """One tuple of marks a scorer."""
    sheets = sheets or ((4, 8, 90), (5, 9, 80))
    engagement = a_scoring_engagement(scorers=len(sheets))
    for scorer, points in zip(engagement.cast.scorers, sheets, strict=True):
        a_handed_in_sheet(engagement, scorer, *points)
    return again(engagement)


def a_concluded_engagement(*sheets: tuple[int, ...]) -> Engagement:
    engagement = a_scored_engagement(*sheets)
    actions.conclude(
        engagement, findings="服务规范,老人满意。", recommendations="增加夜间值守。", by=engagement.cast.evaluator_owner
    )
    return again(engagement)


def a_replied_engagement(*sheets: tuple[int, ...]) -> Engagement:
    engagement = a_concluded_engagement(*sheets)
    actions.reply_to_engagement(engagement, text="已安排夜间值守。", by=engagement.cast.owner)
    return again(engagement)


def a_published_engagement(*sheets: tuple[int, ...]) -> Engagement:
    engagement = a_replied_engagement(*sheets)
    actions.publish_engagement(engagement, by=engagement.cast.officer)
    return again(engagement)
