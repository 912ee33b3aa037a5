"""Two assessors, the level by the rule, twelve months; and the plan that follows."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.residents.actions import (
    confirm_assessment,
    level_of,
    reject_assessment,
    score_assessment,
    write_care_plan,
)
from marketplace.residents.models import Assessment
from tests.given.people import a_bureau, a_person, a_region
from tests.given.residents import a_resident, all_scores, an_assessment

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau():
    return a_bureau(region=a_region())


@pytest.fixture
def assessor(bureau):
    return a_person(Role.COMMUNITY_WORKER, of=bureau)


@pytest.mark.parametrize(
    ("total", "raised_by", "level"),
    [
        (90, [], 0), (89, [], 1), (66, [], 1), (65, [], 2), (46, [], 2), (45, [], 3), (30, [], 3), (29, [], 4),
        (0, [], 4),
        (90, ["coma"], 4), (70, ["dementia_or_mental"], 2), (70, ["two_incidents_in_30_days"], 2),
        (70, ["dementia_or_mental", "two_incidents_in_30_days"], 2), (10, ["dementia_or_mental"], 4),
    ],
)  # fmt: skip
def test_the_level_follows_from_the_points_and_the_causes(total, raised_by, level):
    assert level_of(total, raised_by) == level


def test_it_takes_two_people(bureau, assessor):
    resident = a_resident(region=a_region())
    scored = score_assessment(resident, all_scores(60), assessed_on=clock.today(), by=assessor, organisation=bureau)
    assert scored.total == 60 and scored.level == 2
    assert not resident.assessments.valid_on(clock.today()).exists()
    with pytest.raises(ValidationError) as refusal:
        confirm_assessment(scored, by=assessor)
    assert refusal.value.code == "same_assessor"
    with pytest.raises(PermissionDenied):
        confirm_assessment(scored, by=a_person())
    confirm_assessment(scored, by=a_person(Role.OFFICER, of=bureau))
    assert resident.assessments.valid_on(clock.today()).get().level == 2
    with pytest.raises(ValidationError) as refusal:
        confirm_assessment(scored, by=a_person(Role.OFFICER, of=bureau))
    assert refusal.value.code == "state"


def test_a_newer_one_replaces_it_and_one_that_is_not_confirmed_does_not(bureau, assessor):
    resident = a_resident(region=a_region())
    an_assessment(resident, 60)
    scored = score_assessment(resident, all_scores(20), assessed_on=clock.today(), by=assessor)
    with pytest.raises(ValidationError) as refusal:
        score_assessment(resident, all_scores(20), assessed_on=clock.today(), by=assessor)
    assert refusal.value.code == "waits"
    reject_assessment(scored, note="步行能力比记录的好", by=a_person(Role.OFFICER, of=bureau))
    assert resident.assessments.valid_on(clock.today()).get().level == 2
    an_assessment(resident, 20)
    assert resident.assessments.valid_on(clock.today()).get().level == 4
    assert resident.assessments.filter(state=Assessment.State.REPLACED).count() == 1


def test_it_holds_for_twelve_months(assessor):
    resident = a_resident(region=a_region())
    old = clock.today() - datetime.timedelta(days=366)
    with pytest.raises(ValidationError) as refusal:
        score_assessment(resident, all_scores(60), assessed_on=old, by=assessor)
    assert refusal.value.error_dict["assessed_on"][0].code == "dates"
    an_assessment(resident, 60)
    with clock.pretend(clock.now() + datetime.timedelta(days=366)):
        assert not resident.assessments.valid_on(clock.today()).exists()


def test_every_item_has_its_range(assessor):
    with pytest.raises(ValidationError) as refusal:
        score_assessment(
            a_resident(region=a_region()), all_scores(90) | {"eating": 5}, assessed_on=clock.today(), by=assessor
        )
    assert list(refusal.value.error_dict) == ["eating"]


def test_scores_are_nowhere_in_the_clear(assessor):
    score_assessment(a_resident(region=a_region()), all_scores(60), assessed_on=clock.today(), by=assessor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT scores FROM residents_assessment")
        assert "eating" not in cursor.fetchone()[0]


def test_a_plan_names_care_and_how_often(assessor):
    resident = a_resident(region=a_region())
    later = clock.today() + datetime.timedelta(days=90)
    plan = write_care_plan(resident, goal="能在家安全洗澡", review_on=later, needs={"basic_care": 4}, by=assessor)
    assert [(need.code, need.times_a_month) for need in plan.needs.all()] == [("basic_care", 4)]
    with pytest.raises(ValidationError) as refusal:
        write_care_plan(resident, goal="", review_on=later, needs={"dancing": 1}, by=assessor)
    assert refusal.value.code == "needs"
