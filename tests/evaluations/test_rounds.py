"""A rating round's refusals, its exact points, its bands at the boundaries, and who sees what when."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from evaluations import actions
from evaluations.assignment import TooFewScorers, assign
from evaluations.models import Certificate, RatingApplication, RatingObjection, RatingSheet
from evaluations.queries import scored_leaves
from evaluations.ranking import level_of, ranked
from marketplace.pages import clock
from marketplace.parties.actions import grant_role
from marketplace.parties.models import Role
from tests.given.people import a_person, an_organisation
from tests.given.refusals import refused
from tests.given.rounds import (
    a_drawn_round,
    a_noticed_round,
    a_rating_framework,
    a_round,
    a_scored_round,
    after,
    again,
    an_applicant,
    an_application,
)

pytestmark = pytest.mark.django_db


def test_points_worked_by_hand():
    """400 × (4+5)/2/5 = 360; 350 × (8+9)/2/10 = 297.5; 250 × (90+81)/2/100 = 213.75: 871.25, which is 3A.
    400 × 5/5 + 350 × 10/10 + 250 × (95+96)/2/100 = 988.75: 5A."""
    round = a_scored_round(((4, 8, 90), (5, 9, 81)), ((5, 10, 95), (5, 10, 96)))
    found = list(round.applications.order_by("rank").values_list("points", "rank", "level"))
    assert found == [(Decimal("988.75"), 1, "5A"), (Decimal("871.25"), 2, "3A")]


def test_thirds_are_rounded_once():
    """Three scorers: 400 × 13/15 = 346.666…; 350 × 23/30 = 268.333…; 250 × 231/300 = 192.5: 807.50."""
    round = a_scored_round(((4, 7, 70), (4, 8, 80), (5, 8, 81)))
    assert round.applications.get().points == Decimal("807.50")
    assert round.applications.get().level == ""


@pytest.mark.parametrize(
    ("points", "level"),
    [("950", "5A"), ("949.99", "4A"), ("901", "4A"), ("900.99", "3A"), ("851", "3A"), ("850.99", ""), ("0", "")],
)
def test_levels_at_the_boundaries(points, level):
    assert level_of(Decimal(points), a_rating_framework()) == level


def test_equal_points_share_a_rank():
    found = ranked(
        [("a", Decimal(900)), ("b", Decimal(950)), ("c", Decimal(900)), ("d", Decimal(10))], a_rating_framework()
    )
    assert [(one.application, one.rank) for one in found] == [("b", 1), ("a", 2), ("c", 2), ("d", 4)]


def test_what_a_call_refuses():
    round = a_round()
    cast, today = round.cast, clock.today()
    whole = {
        "title": "评估", "text": "", "closes_on": today + datetime.timedelta(days=5),
        "scoring_due_on": today + datetime.timedelta(days=9), "evaluators": [cast.evaluator], "by": cast.officer,
    }  # fmt: skip
    for change, code in (
        ({"closes_on": today}, "dates"),
        ({"scoring_due_on": whole["closes_on"]}, "dates"),
        ({"evaluators": []}, "no_evaluators"),
        ({"evaluators": [an_organisation()]}, "not_evaluator"),
    ):
        with refused(code):
            actions.call_round(cast.bureau, round.framework, **(whole | change))
    with pytest.raises(PermissionDenied):
        actions.call_round(cast.bureau, round.framework, **(whole | {"by": cast.scorers[0]}))


@pytest.mark.parametrize(
    ("kind", "year", "ended", "words"),
    [("failed", -1, None, "inspection"), ("missed", -1, None, "inspection"), ("penalty", -1, 0, "penalty"),
     ("penalty", -5, None, "penalty"), ("investigation", 0, None, "investigation")],
)  # fmt: skip
def test_who_is_barred(kind, year, ended, words):
    round = a_round()
    organisation, owner = an_applicant()
    day = clock.today()
    actions.note_conduct(
        organisation, kind=kind, year=round.closes_on.year + year, began_on=day - datetime.timedelta(days=30),
        ended_on=day if ended == 0 else None, document="文书1号", by=round.cast.officer,
    )  # fmt: skip
    with refused("not_eligible", "Order 39", words):
        an_application(round, organisation=organisation, owner=owner)
    assert RatingApplication.objects.get().state == "draft"


def test_two_basic_passes_bar_and_one_does_not():
    round = a_round()
    organisation, owner = an_applicant()
    for years in (1, 2):
        actions.note_conduct(
            organisation, kind="basic", year=round.closes_on.year - years, began_on=clock.today(), document="年检",
            by=round.cast.officer,
        )  # fmt: skip
    with refused("not_eligible"):
        an_application(round, organisation=organisation, owner=owner)
    actions.withdraw_conduct(organisation.conduct.first(), reason="误录", by=round.cast.officer)
    assert an_application(round, organisation=organisation, owner=owner).state == "submitted"


def test_registered_two_years_to_the_day():
    round = a_round()
    on = round.closes_on
    young, owner = an_applicant()
    young.registered_on = on.replace(year=on.year - 2) + datetime.timedelta(days=1)
    young.save()
    with refused("not_eligible", "2 years"):
        an_application(round, organisation=young, owner=owner)
    young.registered_on = on.replace(year=on.year - 2)
    young.save()
    assert an_application(round, organisation=young, owner=owner).state == "submitted"


def test_an_application_s_refusals():
    round = a_round()
    organisation, owner = an_applicant()
    application = actions.start_application(round, organisation, by=owner)
    leaf = scored_leaves(round.framework).first()
    with refused("out_of_range"):
        actions.save_application(application, statement="", marks={leaf.pk: 6}, by=owner)
    with refused("no_statement"):
        actions.submit_application(application, is_declared=True, by=owner)
    actions.save_application(application, statement="我们", marks={leaf.pk: 5}, by=owner)
    with refused("incomplete", "B、C"):
        actions.submit_application(application, is_declared=True, by=owner)
    with pytest.raises(PermissionDenied):
        actions.save_application(application, statement="", marks={}, by=a_person(Role.OWNER, of=an_organisation()))
    with after(round), refused("closed"):
        actions.save_application(application, statement="我们", marks={}, by=owner)
    assert actions.start_application(round, organisation, by=owner) == application


def test_too_few_scorers_without_a_tie():
    with pytest.raises(TooFewScorers) as few:
        assign("s", ["1", "2"], ["a", "b"], {"2": {"a": "member"}}, each=2)
    assert (few.value.number, few.value.left) == ("2", 1)
    round = a_round(scorers=2)
    application = an_application(round)
    grant_role(round.cast.scorers[0], application.organisation, Role.COUNTER, by=None)
    with after(round):
        actions.close_round(round, by=round.cast.officer)
        actions.admit_application(application, by=round.cast.officer)
        with refused("too_few_scorers"):
            actions.draw_scorers(round, by=round.cast.officer)
    assert not RatingSheet.objects.exists()


def test_a_sheet_is_its_scorer_s_alone(client):
    round = a_drawn_round(1)
    first, second = RatingSheet.objects.all()
    leaves = list(scored_leaves(round.framework))
    with after(round, 3):
        with pytest.raises(PermissionDenied):
            actions.save_rating_sheet(first, points={}, by=second.scorer)
        with refused("out_of_range"):
            actions.save_rating_sheet(first, points={leaves[0].pk: 6}, by=first.scorer)
        actions.save_rating_sheet(first, points={leaf.pk: leaf.top for leaf in leaves}, by=first.scorer)
        with refused("no_visit"):
            actions.submit_rating_sheet(first, by=first.scorer)
        for person in (second.scorer, round.cast.officer):
            client.force_login(person)
            assert client.get(first.get_absolute_url()).status_code == 404
            assert not RatingSheet.objects.visible_to(person).filter(pk=first.pk).exists()
        with refused("sheets_open"):
            actions.rank_round(round, by=round.cast.officer)


def test_an_objection_changes_one_leaf_and_every_rank():
    """B from 8.5 to 10 of 10 is 350 × 0.15 = 52.5 more: 871.25 becomes 923.75, past the other's 903.75."""
    round = a_noticed_round(((4, 8, 90), (5, 9, 81)), ((5, 9, 80), (5, 9, 79)))
    loser = round.applications.get(rank=2)
    assert loser.points == Decimal("871.25")
    owner = round.cast.owners[loser.number]
    with after(round, 12):
        objection = actions.lodge_objection(loser, text="台账漏看。", by=owner)
        with refused("already"):
            actions.lodge_objection(loser, text="再说。", by=owner)
        leaf = round.framework.indicators.get(code="B")
        with refused("out_of_range"):
            actions.decide_objection(objection, answer="好", marks={leaf.pk: Decimal(11)}, by=round.cast.officer)
        with pytest.raises(PermissionDenied):
            actions.decide_objection(objection, answer="好", marks={}, by=owner)
        actions.decide_objection(objection, answer="属实。", marks={leaf.pk: Decimal(10)}, by=round.cast.officer)
        with refused("state"):
            actions.decide_objection(objection, answer="好", marks={}, by=round.cast.officer)
    fresh = RatingApplication.objects.get(pk=loser.pk)
    assert (fresh.points, fresh.rank, fresh.level) == (Decimal("923.75"), 1, "4A")
    kept = RatingObjection.objects.get()
    assert (kept.points_before, kept.level_before, kept.is_upheld) == (Decimal("871.25"), "3A", True)


def test_levels_are_given_after_the_notice_and_hold_five_years(client):
    round = a_noticed_round(((5, 10, 95), (5, 10, 96)), ((1, 1, 1), (1, 1, 1)))
    cast = round.cast
    with clock.pretend(clock.at_hour(round.notice_until, 9)), refused("notice"):
        actions.conclude_round(round, by=cast.officer)
    with clock.pretend(clock.at_hour(round.notice_until + datetime.timedelta(days=1), 9)):
        with refused("too_late"):
            best = round.applications.get(rank=1)
            fresh = RatingApplication.objects.get(pk=best.pk)
            actions.lodge_objection(fresh, text="晚了", by=cast.owners[best.number])
        actions.conclude_round(round, by=cast.officer)
        certificate = Certificate.objects.get()
        with pytest.raises(PermissionDenied):
            actions.seal_certificate(certificate, by=cast.officer)
        actions.seal_certificate(certificate, by=cast.signatory)
        with refused("sealed"):
            actions.seal_certificate(certificate, by=cast.signatory)
    assert certificate.valid_until.year == certificate.awarded_on.year + 5
    shown = certificate.organisation.level_ratings.get()
    assert (shown.level, shown.valid_until) == ("5A", certificate.valid_until)
    assert Certificate.objects.get().paper.signatures.get().signer == cast.signatory
    assert again(round).state == "concluded"
    actions.withdraw_certificate(certificate, reason="材料虚假", by=cast.officer)
    assert not certificate.organisation.level_ratings.get().holds
    assert "材料虚假" in client.get(certificate.get_absolute_url()).content.decode()


@pytest.mark.parametrize("language", ["", "/en"])
def test_pages_stand_in_both_languages(client, language):
    round = a_noticed_round(((5, 10, 95), (5, 10, 96)))
    application = round.applications.get()
    public = [f"{language}/ratings/", f"{language}/ratings/{round.number}/", f"{language}/evaluations/cities/",
              f"{language}/evaluations/evaluators/", f"{language}/evaluations/frameworks/",
              f"{language}/evaluations/frameworks/test-rating/1/"]  # fmt: skip
    assert [client.get(url).status_code for url in public] == [200] * len(public)
    client.force_login(round.cast.officer)
    assert client.get(f"{language}/ratings/{round.number}/desk/").status_code == 200
    assert "988.75" in client.get(f"{language}/ratings/applications/{application.pk}/").content.decode()
    client.force_login(a_person(Role.OWNER, of=an_organisation()))
    assert client.get(f"{language}/ratings/applications/{application.pk}/").status_code == 404
    assert client.get(f"{language}/ratings/{round.number}/desk/").status_code == 403
    client.force_login(round.cast.scorers[0])
    assert client.get(reverse("evaluations:rating_sheets")).status_code == 200


def test_the_round_s_page_costs_the_same_for_one_and_for_many(client, django_assert_max_num_queries):
    counts = []
    for sheets in ((((5, 10, 95),),), (((5, 10, 95),), ((4, 9, 90),), ((4, 9, 80),), ((3, 9, 80),))):
        round = a_noticed_round(*sheets)
        with django_assert_max_num_queries(40) as captured:
            client.get(round.get_absolute_url())
        counts.append(len(captured))
    assert counts[0] == counts[1]
