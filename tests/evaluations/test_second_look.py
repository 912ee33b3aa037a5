"""Outliers and their moderation, agreement of the scorers, appeals to a second evaluator."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import interval_distance

from evaluations import actions, queries
from evaluations.agreement import alpha
from evaluations.models import Appeal, Engagement, Mark, Scorecard
from marketplace.pages import clock
from marketplace.parties.models import Role
from tests.given.evaluations import (
    a_concluded_engagement,
    a_handed_in_sheet,
    a_scored_engagement,
    a_scoring_engagement,
    again,
    an_evaluator,
)
from tests.given.people import a_person

pytestmark = pytest.mark.django_db


def a_disputed_engagement() -> Engagement:
    """Three scorers; the third gives A1 one of five where the others give four and five."""
    engagement = a_scoring_engagement(scorers=3)
    for scorer, points in zip(engagement.cast.scorers, [(4, 8, 90), (5, 9, 80), (1, 8, 85)], strict=True):
        a_handed_in_sheet(engagement, scorer, *points)
    return again(engagement)


def refused(act, **given):
    with pytest.raises(ValidationError) as error:
        act(**given)
    fault = error.value
    return next(iter(fault.error_dict.values()))[0].code if hasattr(fault, "error_dict") else fault.code


def test_marks_far_from_the_others_wait_for_the_lead():
    """A1 of five: 1 against 4.5 is 70 % of the scale away, 5 against 2.5 is 50 %, 4 against 3 only 20 %."""
    engagement = a_disputed_engagement()
    lead = engagement.cast.evaluator_owner

    assert engagement.state == Engagement.State.MODERATING and engagement.score is None
    found = [(o.mark.points, o.others) for o in queries.outliers(engagement)]
    assert found == [
        (5, Decimal("2.5")),
        (1, Decimal("4.5")),
    ]
    assert refused(actions.settle_scores, engagement=engagement, by=lead) == "outliers"

    high, low = (outlier.mark for outlier in queries.outliers(engagement))
    actions.moderate_mark(high, points=5, reason="三份记录一致，维持", by=lead)
    actions.moderate_mark(low, points=4, reason="漏看了补充台账", by=lead)
    actions.settle_scores(engagement, by=lead)

    # A1: (4 + 5 + 4)/3 of 5 × 40 = 34.6667; A2: (8 + 9 + 8)/3 of 10 × 35 = 29.1667; B: 85 of 100 × 25 = 21.25
    settled = again(engagement)
    assert (settled.state, settled.score) == (Engagement.State.SCORED, Decimal("85.08"))
    assert Mark.objects.get(pk=low.pk).points == 1  # the scorer's own mark stays


@pytest.mark.parametrize(
    ("given", "code"),
    [({"points": 6, "reason": "多给"}, "out_of_range"), ({"points": 4, "reason": "  "}, "no_reason")],
)
def test_a_moderation_needs_a_reason_and_keeps_to_the_scale(given, code):
    engagement = a_disputed_engagement()
    mark = queries.outliers(engagement)[0].mark

    assert refused(actions.moderate_mark, mark=mark, by=engagement.cast.evaluator_owner, **given) == code
    assert not hasattr(Mark.objects.get(pk=mark.pk), "moderation")


def test_nobody_moderates_who_scored_and_nothing_after_the_score():
    engagement = a_disputed_engagement()
    mark = queries.outliers(engagement)[0].mark
    with pytest.raises(PermissionDenied):
        actions.moderate_mark(mark, points=4, reason="自己改", by=engagement.cast.scorers[0])

    scored = a_scored_engagement()
    mark = Mark.objects.filter(scorecard__engagement=scored).first()
    lead = scored.cast.evaluator_owner
    assert refused(actions.moderate_mark, mark=mark, points=1, reason="太晚", by=lead) == "state"


def test_while_outliers_are_looked_at_only_the_lead_sees_the_sheets(client):
    engagement = a_disputed_engagement()
    cast = engagement.cast
    seen = {
        "lead": Scorecard.objects.visible_to(cast.evaluator_owner).count(),
        "scorer": Scorecard.objects.visible_to(cast.scorers[0]).count(),
        "buyer": Scorecard.objects.visible_to(cast.officer).count(),
        "provider": Scorecard.objects.visible_to(cast.owner).count(),
    }
    assert seen == {"lead": 3, "scorer": 1, "buyer": 0, "provider": 0}


def test_moderation_over_http(client):
    engagement = a_disputed_engagement()
    client.force_login(engagement.cast.evaluator_owner)
    work = f"/evaluations/{engagement.pk}/work/"
    assert "与其他评分人相差较大的打分" in client.get(work).text
    for outlier in queries.outliers(engagement):
        page = f"/evaluations/{engagement.pk}/moderate/{outlier.mark.pk}/"
        assert client.post(page, {"points": 9, "reason": "x"}).status_code == 422
        assert client.post(page, {"points": outlier.mark.points, "reason": "维持原分"}).status_code == 302
    assert client.post(f"/evaluations/{engagement.pk}/settle/").status_code == 302
    assert "Krippendorff" in client.get(f"/en{work}").text

    client.force_login(engagement.cast.officer)
    assert client.get(page).status_code == 403


# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): four observers, twelve units, some missing.
OBSERVERS = {
    "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
}


def test_alpha_is_the_published_one_and_the_librarys():
    marks = [(who, str(unit), v) for who, row in OBSERVERS.items() for unit, v in enumerate(row) if v is not None]

    assert alpha(marks) == pytest.approx(0.849, abs=0.0005)
    assert alpha(marks) == AnnotationTask(data=marks, distance=interval_distance).alpha()


@pytest.mark.parametrize(
    ("marks", "expected"),
    [([], None), ([("a", "1", 0.5)], None), ([("a", "1", 0.5), ("b", "2", 0.5)], None),
     ([("a", "1", 0.5), ("b", "1", 0.5)], 1.0)],
)  # fmt: skip
def test_alpha_where_nothing_can_be_compared_or_nothing_differs(marks, expected):
    assert alpha(marks) == expected


def an_appealed_engagement(*codes: str) -> Engagement:
    engagement = a_concluded_engagement()
    leaves = queries.leaves(engagement.framework).filter(code__in=codes or ["A1"])
    actions.lodge_appeal(engagement, leaves=list(leaves), reason="台账未被查看", by=engagement.cast.owner)
    return again(engagement)


def test_an_appeal_changes_one_leaf_and_both_scores_stay_readable():
    """A1: (4 + 5)/2 of 5 × 40 = 36 before; upheld at 5 it is 40: the total grows from 86.25 + … by four."""
    engagement = an_appealed_engagement("A1", "A2")
    before, cast = engagement.score, engagement.cast
    reviewer = an_evaluator()
    decider = a_person(Role.EVALUATOR, of=reviewer)
    appeal = actions.assign_appeal(engagement.appeal, reviewer, by=cast.officer)
    first, second = appeal.leaves.all()

    actions.decide_appeal(
        appeal,
        decisions={first.pk: (Decimal(5), "补充台账属实"), second.pk: (None, "打分无误")},
        by=decider,
    )

    decided = again(engagement)
    assert (decided.state, decided.score - before) == (Engagement.State.REPLIED, Decimal(4))
    assert Appeal.objects.get().score_before == before
    actions.publish_engagement(decided, by=cast.officer)
    lines, total = queries.results(again(engagement))
    assert total == before + 4
    assert [(line.marks, line.decided) for line in lines if line.indicator.code == "A1"] == [((4, 5), Decimal(5))]


def test_refusals_of_an_appeal():
    engagement = a_concluded_engagement()
    cast, leaf = engagement.cast, queries.leaves(engagement.framework)[0]
    lodge = {"engagement": engagement, "leaves": [leaf], "reason": "不服", "by": cast.owner}

    assert refused(actions.lodge_appeal, **lodge | {"leaves": []}) == "no_leaves"
    assert refused(actions.lodge_appeal, **lodge | {"reason": " "}) == "empty"
    with clock.pretend(clock.at_hour(engagement.reply_by + datetime.timedelta(days=1), 9)):
        assert refused(actions.lodge_appeal, **lodge) == "too_late"
    with pytest.raises(PermissionDenied):
        actions.lodge_appeal(**lodge | {"by": cast.officer})
    assert not Appeal.objects.exists()
    actions.reply_to_engagement(engagement, text="没有意见", by=cast.owner)
    actions.lodge_appeal(**lodge)  # a reply does not bar it
    assert refused(actions.lodge_appeal, **lodge) == "state", "once"
    assert Appeal.objects.count() == 1


def test_who_may_decide_and_who_may_not():
    engagement = an_appealed_engagement()
    cast, appeal = engagement.cast, engagement.appeal
    assign = {"appeal": appeal, "by": cast.officer}

    assert refused(actions.assign_appeal, reviewer=cast.evaluator, **assign) == "same"
    assert refused(actions.assign_appeal, reviewer=cast.provider, **assign) == "not_evaluator"
    tied = an_evaluator()
    a_person(Role.EVALUATOR, of=tied).memberships.create(organisation=cast.provider, role=Role.OWNER)
    assert refused(actions.assign_appeal, reviewer=tied, **assign) == "tied"
    with pytest.raises(PermissionDenied):
        actions.decide_appeal(appeal, decisions={}, by=cast.evaluator_owner)
    assert refused(actions.publish_engagement, engagement=engagement, by=cast.officer) == "state"


def test_an_appeal_over_http_keeps_what_was_typed_when_a_leaf_has_no_finding(client):
    engagement = a_concluded_engagement()
    cast, leaf = engagement.cast, queries.leaves(engagement.framework)[0]
    reviewer = an_evaluator()
    decider, stranger = a_person(Role.EVALUATOR, of=reviewer), a_person(Role.OWNER, of=an_evaluator())

    client.force_login(cast.owner)
    lodge = f"/evaluations/{engagement.pk}/appeal/"
    assert client.post(lodge, {"reason": "说明"}).status_code == 422
    assert client.post(lodge, {"leaves": [leaf.pk], "reason": "台账未被查看"}).status_code == 302
    appeal = Appeal.objects.get()

    client.force_login(cast.officer)
    assert client.post(f"{lodge}assign/", {"reviewer": reviewer.pk}).status_code == 302
    client.force_login(stranger)
    assert client.get(appeal.get_absolute_url()).status_code == 404

    client.force_login(decider)
    decide, disputed = f"/evaluations/appeals/{appeal.pk}/decide/", appeal.leaves.get()
    page = client.post(decide, {f"points_{disputed.pk}": "9", f"finding_{disputed.pk}": ""})
    assert page.status_code == 422 and 'value="9"' in page.text
    assert client.post(decide, {f"points_{disputed.pk}": "5", f"finding_{disputed.pk}": "属实"}).status_code == 302
    assert "复核" in client.get(appeal.get_absolute_url()).text
    assert client.get(f"/en{appeal.get_absolute_url()}").status_code == 200
