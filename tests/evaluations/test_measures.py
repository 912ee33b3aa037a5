"""Leaves that the system counts from its own data: the value, why, and that nobody types it."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from evaluations import actions
from evaluations.measures import REGISTRY, Measured, Period, points_for, register
from evaluations.models import Engagement, Indicator, Measurement
from evaluations.queries import scored_leaves
from marketplace.directory.models import Accreditation
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.tenders.models import ExpertTie
from tests.given.evaluations import SPEC, a_public_contract, a_published_engagement, again, an_evaluator
from tests.given.people import a_person
from tests.given.refusals import refused

pytestmark = pytest.mark.django_db

COUNTED = {**SPEC, "code": "counted", "indicators": [
    SPEC["indicators"][0],
    {"code": "B", "name": "核销撤销率", "weight": 25, "top": 10, "measure": "reversed_share",
     "measure_from": 5, "measure_to": 0},
]}  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "value", "points"),
    [("60", "100", "60", "0"), ("60", "100", "100", "10"), ("60", "100", "80", "5"), ("60", "100", "120", "10"),
     ("5", "0.5", "0.2", "10"), ("5", "0.5", "5", "0"), ("5", "0.5", "2", "6.6667"), ("5", "0", None, "10")],
)  # fmt: skip
def test_a_value_becomes_points_straight_between(low, high, value, points):
    leaf = Indicator(top=10, measure="x", measure_from=Decimal(low), measure_to=Decimal(high))
    assert points_for(leaf, None if value is None else Decimal(value)) == Decimal(points)


def test_every_measure_answers_of_a_contract_without_data():
    contract = a_public_contract()
    for measure in REGISTRY.values():
        found = measure.count(contract.supplier, contract, Period(contract.starts_on, contract.ends_on))
        assert isinstance(found, Measured) and found.value is None, measure.name


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="delivered_share"):
        register("delivered_share", "x", "y")(lambda *given: Measured(None))


def a_counted_engagement() -> Engagement:
    contract = a_public_contract()
    evaluator = an_evaluator()
    owner, scorer = a_person(Role.OWNER, of=evaluator), a_person(Role.EVALUATOR, of=evaluator)
    framework = actions.add_framework(COUNTED, by=service_user("tests"))
    engagement = actions.plan_engagement(
        contract, framework, evaluator, due_on=clock.today() + datetime.timedelta(days=20),
        appointment="直接委托", by=contract.cast.officer,
    )  # fmt: skip
    engagement.cast = contract.cast
    actions.start_scoring(engagement, scorers=[scorer], is_independent=True, by=owner)
    sheet = engagement.scorecards.get()
    computed = framework.indicators.get(code="B")
    with refused("unknown_leaf"):
        actions.save_scorecard(sheet, points={computed.pk: 10}, by=scorer)
    given = {leaf.pk: leaf.top for leaf in scored_leaves(framework)}
    actions.save_scorecard(sheet, points=given, visited_on=clock.today(), by=scorer)
    actions.submit_scorecard(sheet, by=scorer)
    return again(engagement)


def test_a_computed_leaf_is_counted_at_the_lock_and_explained(client):
    engagement = a_counted_engagement()
    found = Measurement.objects.get()
    assert (found.value, found.points, engagement.score) == (None, Decimal(10), Decimal(100))
    assert [line["value"] for line in found.evidence] == ["0", "0", "0"]
    url = reverse("evaluations:computed", args=[engagement.pk, "B"])
    assert client.get(url).status_code == 404
    client.force_login(engagement.cast.officer)
    assert client.get(url).status_code == 200
    assert url in client.get(reverse("evaluations:work", args=[engagement.pk])).content.decode()


def test_kinship_and_contracts_are_ties_in_plain_words():
    contract = a_public_contract()
    evaluator = an_evaluator()
    scorer = a_person(Role.EVALUATOR, of=evaluator)
    ExpertTie.objects.create(user=scorer, organisation=contract.supplier, kind="spouse", declared_by=scorer)
    framework = actions.add_framework(SPEC, by=service_user("tests"))
    due = clock.today() + datetime.timedelta(days=9)
    with refused("tied", contract.supplier.name, "Caijian"):
        actions.plan_engagement(
            contract, framework, evaluator, due_on=due, appointment="委托", by=contract.cast.officer
        )
    with refused("not_hired", "Caizong"):
        actions.plan_engagement(contract, framework, an_evaluator(), due_on=due, by=contract.cast.officer)
    assert not Engagement.objects.exists()


def test_an_evaluator_is_drawn_among_those_without_a_tie():
    contract = a_public_contract()
    pool = [an_evaluator() for _number in range(3)]
    scorer = a_person(Role.EVALUATOR, of=pool[0])
    ExpertTie.objects.create(user=scorer, organisation=contract.buyer, kind="lineal", declared_by=scorer)
    framework = actions.add_framework(SPEC, by=service_user("tests"))
    given = {
        "due_on": clock.today() + datetime.timedelta(days=9),
        "appointment": "入围名单抽取",
        "by": contract.cast.officer,
    }
    with refused("pool_too_small"):
        actions.draw_engagement(contract, framework, pool[:2], **given)
    engagement = actions.draw_engagement(contract, framework, pool, **given)
    drawn = engagement.draws.get()
    assert drawn.excluded == {str(pool[0].pk): "kinship"}
    assert drawn.chosen == [str(engagement.evaluator_id)] and len(drawn.pool) == 2


def test_a_poor_grade_suspends_and_a_good_one_does_not():
    good = a_published_engagement((5, 10, 95))
    standing = Accreditation.objects.get(organisation=good.cast.provider)
    with refused("grade", "Caizong"):
        actions.suspend_after_evaluation(good, standing, reason="差", by=good.cast.officer)
    poor = a_published_engagement((1, 1, 10))
    standing = Accreditation.objects.get(organisation=poor.cast.provider)
    with refused("empty"):
        actions.suspend_after_evaluation(poor, standing, reason=" ", by=poor.cast.officer)
    actions.suspend_after_evaluation(poor, standing, reason="安全隐患未整改。", by=poor.cast.officer)
    assert Accreditation.objects.get(pk=standing.pk).state == Accreditation.State.SUSPENDED
