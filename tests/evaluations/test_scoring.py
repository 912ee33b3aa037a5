"""From marks to a grade: worked by hand, and never seen before the lock."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from evaluations import actions, queries
from evaluations.management.commands.load_frameworks import SHIPPED
from evaluations.models import Engagement, Framework, Mark, Scorecard
from evaluations.queries import heads_of, leaves
from evaluations.scoring import grade_of, rounded
from evaluations.sheets import values_of
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.rules.queries import resolve
from tests.given.evaluations import (
    SPEC,
    a_handed_in_sheet,
    a_scored_engagement,
    a_scoring_engagement,
    again,
)
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


def test_the_score_worked_by_hand():
    """A1 (4+5)/2 of 5 × 40 = 36; A2 (8+9)/2 of 10 × 35 = 29.75; B (90+80)/2 of 100 × 25 = 21.25: 87."""
    engagement = a_scored_engagement((4, 8, 90), (5, 9, 80))
    assert engagement.score == Decimal("87.00")
    assert engagement.grade == "good"
    lines, total = queries.results(engagement)
    assert {line.indicator.code: line.score for line in lines} == {
        "A": Decimal("65.75"),
        "A1": Decimal("36.00"),
        "A2": Decimal("29.75"),
        "B": Decimal("21.25"),
    }
    assert total == Decimal("87.00")


def test_thirds_are_rounded_once_at_the_end():
    """Three scorers: A1 13/3 of 5 × 40 = 34.67; A2 23/3 of 10 × 35 = 26.83; B 231/3 of 100 × 25 = 19.25: 80.75."""
    engagement = a_scored_engagement((4, 7, 70), (4, 8, 80), (5, 8, 81))
    assert engagement.score == Decimal("80.75")


def test_half_a_cent_goes_up():
    assert rounded(Fraction(12345, 1000)) == Decimal("12.35")
    assert rounded(Fraction(1, 3)) == Decimal("0.33")


@pytest.mark.parametrize(
    ("score", "grade"),
    [("100", "excellent"), ("90", "excellent"), ("89.99", "good"), ("80", "good"), ("79.99", "fair"), ("60", "fair"),
     ("59.99", "poor"), ("0", "poor")],
)  # fmt: skip
def test_grades_by_the_rule(score, grade):
    assert grade_of(Decimal(score), resolve("evaluation.grades")) == grade


def test_the_shipped_frameworks_weigh_a_hundred():
    for spec in json.loads(SHIPPED.read_text(encoding="utf-8")):
        framework = actions.add_framework(spec, by=service_user("tests"))
        assert sum(leaf.weight for leaf in queries.leaves(framework)) == 100
        assert actions.add_framework(spec, by=service_user("tests")) == framework


def test_a_tree_of_99_is_refused():
    spec = {**SPEC, "indicators": [SPEC["indicators"][0], {**SPEC["indicators"][1], "weight": 24}]}
    with pytest.raises(ValidationError) as refusal:
        actions.add_framework(spec, by=service_user("tests"))
    assert refusal.value.code == "weights"
    assert not Framework.objects.exists()


def test_a_sheet_is_kept_while_it_grows_and_handed_in_whole():
    engagement = a_scoring_engagement()
    scorer = engagement.cast.scorers[0]
    sheet = engagement.scorecards.get(scorer=scorer)
    first, second, third = leaves(engagement.framework)
    actions.save_scorecard(sheet, points={first.pk: 4, second.pk: None}, notes={first.pk: "看过记录"}, by=scorer)
    with pytest.raises(ValidationError) as refusal:
        actions.submit_scorecard(sheet, by=scorer)
    assert refusal.value.code == "incomplete"
    assert refusal.value.params["codes"] == "A2、B"
    actions.save_scorecard(sheet, points={first.pk: 4, second.pk: 9, third.pk: 88}, by=scorer)
    with pytest.raises(ValidationError) as refusal:
        actions.submit_scorecard(sheet, by=scorer)
    assert refusal.value.error_dict["visited_on"][0].code == "no_visit"


def test_a_mark_outside_the_scale_is_refused_and_nothing_is_lost():
    engagement = a_scoring_engagement()
    scorer = engagement.cast.scorers[0]
    sheet = engagement.scorecards.get(scorer=scorer)
    first, second, _third = leaves(engagement.framework)
    actions.save_scorecard(sheet, points={first.pk: 4}, by=scorer)
    with pytest.raises(ValidationError) as refusal:
        actions.save_scorecard(sheet, points={first.pk: 6, second.pk: 9}, by=scorer)
    assert refusal.value.error_dict[f"points_{first.pk}"][0].code == "out_of_range"
    assert values_of(heads_of(sheet)) == {f"points_{first.pk}": "4"}


def test_what_is_handed_in_can_t_be_changed():
    engagement = a_scoring_engagement()
    scorer = engagement.cast.scorers[0]
    sheet = a_handed_in_sheet(engagement, scorer, 4, 8, 90)
    with pytest.raises(ValidationError) as refusal:
        actions.save_scorecard(sheet, points={}, by=scorer)
    assert refusal.value.code == "locked"
    assert len(heads_of(sheet)) == 4 and not sheet.marks.exists(), "marks are made when all sheets are in"


def test_nobody_writes_on_another_s_sheet():
    engagement = a_scoring_engagement()
    sheet = engagement.scorecards.get(scorer=engagement.cast.scorers[0])
    for person in (engagement.cast.scorers[1], engagement.cast.evaluator_owner, engagement.cast.officer):
        with pytest.raises(PermissionDenied):
            actions.save_scorecard(sheet, points={}, by=person)


def test_no_mark_is_seen_before_the_last_sheet_is_in(client):
    engagement = a_scoring_engagement()
    first, second = engagement.cast.scorers
    a_handed_in_sheet(engagement, first, 3, 7, 77)
    engagement = again(engagement)
    cast = engagement.cast

    assert engagement.state == Engagement.State.SCORING and engagement.score is None
    for person in (
        second,
        cast.evaluator_owner,
        cast.officer,
        cast.owner,
        a_person(Role.AUDITOR, of=an_organisation()),
    ):
        seen = Scorecard.objects.visible_to(person).exclude(scorer=person)
        assert not seen.exists()
        client.force_login(person)
        answer = client.get(reverse("evaluations:work", args=[engagement.pk]))
        assert "77 ·" not in answer.content.decode() and "各项指标" not in answer.content.decode()
        assert client.get(engagement.scorecards.get(scorer=first).get_absolute_url()).status_code == 404

    a_handed_in_sheet(engagement, second, 4, 8, 80)
    client.force_login(cast.owner)
    assert "77 ·" in client.get(reverse("evaluations:work", args=[engagement.pk])).content.decode()
    assert Mark.objects.filter(scorecard__in=Scorecard.objects.visible_to(cast.owner)).count() == 6


def test_the_sheet_is_filled_in_by_page(client):
    engagement = a_scoring_engagement(scorers=1)
    scorer = engagement.cast.scorers[0]
    sheet = engagement.scorecards.get()
    first, second, third = leaves(engagement.framework)
    client.force_login(scorer)
    marks = {f"points_{first.pk}": "4", f"points_{second.pk}": "8", f"note_{first.pk}": "看过签到表"}
    assert client.post(sheet.get_absolute_url(), marks | {"save": "1"}).status_code == 302
    page = client.get(sheet.get_absolute_url()).content.decode()
    assert "看过签到表" in page

    answer = client.post(sheet.get_absolute_url(), marks | {"hand_in": "1", "remark": "需要复访"})
    assert answer.status_code == 422 and "需要复访" in answer.content.decode()
    assert Scorecard.objects.get().state == Scorecard.State.OPEN

    whole = marks | {f"points_{third.pk}": "95", "visited_on": clock.today().isoformat(), "hand_in": "1"}
    assert client.post(sheet.get_absolute_url(), whole).status_code == 302
    assert again(engagement).state == Engagement.State.SCORED
