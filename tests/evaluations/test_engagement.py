"""Planned, scored, answered, published: and every refusal on the way."""

import datetime
import shutil
import subprocess

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import translation

from evaluations import actions
from evaluations.models import Engagement
from marketplace.directory.models import ProviderRating
from marketplace.pages import clock
from marketplace.parties.actions import grant_role
from marketplace.parties.models import Organisation, Role
from tests.given.evaluations import (
    a_concluded_engagement,
    a_framework,
    a_planned_engagement,
    a_public_contract,
    a_published_engagement,
    a_replied_engagement,
    a_scored_engagement,
    again,
    an_evaluator,
)
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


def plan(contract, **changes):
    return actions.plan_engagement(
        contract,
        a_framework(),
        changes.pop("evaluator", None) or an_evaluator(),
        due_on=changes.pop("due_on", clock.today() + datetime.timedelta(days=9)),
        appointment=changes.pop("appointment", "限额标准以下,直接委托"),
        by=changes.pop("by", contract.cast.officer),
    )


def test_a_tie_to_either_side_is_refused():
    contract = a_public_contract()
    for side in (contract.supplier, contract.buyer):
        evaluator = an_evaluator()
        grant_role(a_person(Role.EVALUATOR, of=evaluator), side, Role.FINANCE, by=None)
        with pytest.raises(ValidationError) as refusal:
            plan(contract, evaluator=evaluator)
        assert refusal.value.error_dict["evaluator"][0].code == "tied"
    assert not Engagement.objects.exists()


def test_a_tie_that_comes_later_stops_the_scoring():
    engagement = a_planned_engagement()
    cast = engagement.cast
    grant_role(cast.scorers[0], cast.provider, Role.COUNTER, by=None)
    with pytest.raises(ValidationError) as refusal:
        actions.start_scoring(engagement, scorers=cast.scorers, is_independent=True, by=cast.evaluator_owner)
    assert refusal.value.error_dict["evaluator"][0].code == "tied"


def test_what_can_t_be_planned():
    contract = a_public_contract()
    with pytest.raises(ValidationError) as refusal:
        plan(contract, evaluator=an_organisation())
    assert refusal.value.error_dict["evaluator"][0].code == "not_evaluator"
    with pytest.raises(ValidationError) as refusal:
        plan(contract, due_on=clock.today())
    assert refusal.value.error_dict["due_on"][0].code == "past"
    with pytest.raises(PermissionDenied):
        plan(contract, by=contract.cast.provider)
    plan(contract)
    with pytest.raises(ValidationError) as refusal:
        plan(contract)
    assert refusal.value.code == "already"


def test_scoring_needs_the_declaration_and_one_s_own_people():
    engagement = a_planned_engagement()
    cast = engagement.cast
    for changes, field, code in (
        ({"is_independent": False}, "is_independent", "not_declared"),
        ({"scorers": []}, "scorers", "no_scorers"),
        (
            {"scorers": [a_person(Role.EVALUATOR, of=an_organisation(Organisation.Kind.EVALUATOR))]},
            "scorers",
            "not_ours",
        ),
    ):
        with pytest.raises(ValidationError) as refusal:
            actions.start_scoring(
                engagement, **({"scorers": cast.scorers, "is_independent": True} | changes), by=cast.evaluator_owner
            )
        assert refusal.value.error_dict[field][0].code == code
    assert not engagement.scorecards.exists()


def test_the_provider_replies_once_to_findings_and_in_time():
    engagement = a_scored_engagement()
    with pytest.raises(ValidationError) as refusal:
        actions.reply_to_engagement(engagement, text="谢谢", by=engagement.cast.owner)
    assert refusal.value.code == "not_concluded"

    engagement = a_concluded_engagement()
    with (
        clock.pretend(clock.at_hour(engagement.reply_by + datetime.timedelta(days=1), 9)),
        pytest.raises(ValidationError) as refusal,
    ):
        actions.reply_to_engagement(engagement, text="谢谢", by=engagement.cast.owner)
    assert refusal.value.code == "too_late"
    actions.reply_to_engagement(engagement, text="谢谢", by=engagement.cast.owner)
    with pytest.raises(ValidationError) as refusal:
        actions.reply_to_engagement(engagement, text="再说", by=engagement.cast.owner)
    assert refusal.value.code == "state"


def test_publishing_waits_for_the_reply_or_its_last_day():
    engagement = a_concluded_engagement()
    with pytest.raises(ValidationError) as refusal:
        actions.publish_engagement(engagement, by=engagement.cast.officer)
    assert refusal.value.code == "reply_time"
    assert not ProviderRating.objects.exists()
    with clock.pretend(clock.at_hour(engagement.reply_by + datetime.timedelta(days=1), 9)):
        actions.publish_engagement(engagement, by=engagement.cast.officer)
    assert again(engagement).state == Engagement.State.PUBLISHED


def test_only_the_buyer_publishes():
    engagement = a_replied_engagement()
    for person in (engagement.cast.owner, engagement.cast.evaluator_owner):
        with pytest.raises(PermissionDenied):
            actions.publish_engagement(engagement, by=person)


def test_a_published_grade_shows_in_the_directory():
    engagement = a_published_engagement((5, 10, 95))
    rating = ProviderRating.objects.get(organisation=engagement.cast.provider)
    assert (rating.grade, rating.score) == ("excellent", engagement.score)
    assert rating.source == engagement.cast.evaluator.name
    assert engagement.report.pages >= 1


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_every_word_of_the_report_stands_on_its_page():
    report = a_published_engagement((5, 10, 95)).report
    with report.file.open() as file:  # what lies beyond the edge of the paper is not in the text
        text = subprocess.run(["pdftotext", "-", "-"], input=file.read(), capture_output=True, check=True).stdout
    assert text.decode().count("权重") == 2, "the last column's head, and the sentence that explains the sum"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_anyone_reads_what_is_published(client, language):
    engagement = a_published_engagement()
    with translation.override(language):
        page = client.get(engagement.get_absolute_url())
        listed = client.get(reverse("evaluations:list"))
    assert page.status_code == listed.status_code == 200
    for words in (str(engagement.score), "服务规范", "已安排夜间值守"):
        assert words in page.content.decode()
    assert engagement.cast.scorers[0].name not in page.content.decode()
    assert str(engagement.score) in listed.content.decode()


def test_before_publication_strangers_find_nothing(client):
    engagement = a_replied_engagement()
    urls = [reverse(f"evaluations:{name}", args=[engagement.pk]) for name in ("engagement", "report")]
    assert [client.get(url).status_code for url in urls] == [404, 404]
    client.force_login(a_person(Role.OFFICER, Role.OWNER, of=an_organisation()))
    urls += [reverse(f"evaluations:{name}", args=[engagement.pk]) for name in ("work", "start", "reply", "publish")]
    assert {client.get(url).status_code for url in urls} == {404}


def test_the_whole_way_by_pages(client):
    contract = a_public_contract()
    evaluator = an_evaluator()
    owner, scorer = a_person(Role.OWNER, of=evaluator), a_person(Role.EVALUATOR, of=evaluator)
    client.force_login(contract.cast.officer)
    client.post(
        reverse("evaluations:plan"),
        {
            "contract": str(contract.pk),
            "framework": str(a_framework().pk),
            "evaluator": str(evaluator.pk),
            "due_on": (clock.today() + datetime.timedelta(days=9)).isoformat(),
            "appointment": "限额标准以下,直接委托",
        },
    )
    engagement = Engagement.objects.get()
    client.force_login(owner)
    client.post(
        reverse("evaluations:start", args=[engagement.pk]), {"scorers": [str(scorer.pk)], "is_independent": "on"}
    )
    client.force_login(scorer)
    assert engagement.scorecards.get().get_absolute_url() in client.get(reverse("desk")).content.decode()


def test_the_list_costs_the_same_for_one_and_for_many(client, django_assert_max_num_queries):
    counts = []
    contract = a_public_contract()
    for _ in range(3):
        engagement = a_planned_engagement(contract, scorers=1)
        cast = engagement.cast
        actions.start_scoring(engagement, scorers=cast.scorers, is_independent=True, by=cast.evaluator_owner)
        engagement = again(engagement)
        from tests.given.evaluations import a_handed_in_sheet  # noqa: PLC0415

        a_handed_in_sheet(engagement, cast.scorers[0], 4, 8, 90)
        actions.conclude(engagement, findings="好", recommendations="", by=cast.evaluator_owner)
        actions.reply_to_engagement(engagement, text="谢谢", by=cast.owner)
        actions.publish_engagement(engagement, by=cast.officer)
        with django_assert_max_num_queries(40) as captured:
            client.get(reverse("evaluations:list"))
        counts.append(len(captured))
    assert counts[1] == counts[-1]


def test_the_report_binds_in_chinese_whoever_publishes_it():
    engagement = a_replied_engagement()
    with translation.override("en"):
        published = actions.publish_engagement(engagement, by=engagement.cast.officer)
    html = published.report.source.read().decode()
    assert "产出" in html and "满意度" in html
    assert "Output" not in html and "Satisfaction" not in html
