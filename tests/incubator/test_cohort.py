"""A call, applications, places and desks, and word of tenders that fit."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import translation

from incubator import actions
from incubator.models import Application, Cohort, Match
from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role
from tests.given.directory import a_category
from tests.given.incubator import (
    a_checked_application,
    a_cohort,
    an_admitted_application,
    an_application,
    an_open_cohort,
)
from tests.given.people import a_person, an_organisation
from tests.given.tenders import a_published_tender

pytestmark = pytest.mark.django_db


def state_of(application: Application) -> str:
    return Application.objects.get(pk=application.pk).state


def test_days_must_be_in_order():
    today = clock.today()
    for days, field in (
        ({"closes_on": today - datetime.timedelta(days=1)}, "closes_on"),
        ({"ends_on": today + datetime.timedelta(days=12)}, "ends_on"),
    ):
        with pytest.raises(ValidationError) as refusal:
            a_cohort(**days)
        assert refusal.value.error_dict[field][0].code == "days"
    assert not Cohort.objects.exists()


def test_a_draft_is_the_hub_s_alone(client):
    cohort = a_cohort()
    assert client.get(cohort.get_absolute_url()).status_code == 404
    client.force_login(cohort.manager)
    assert client.get(cohort.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_published_call_is_public(client, language):
    cohort = an_open_cohort()
    with translation.override(language):
        assert cohort.title in client.get(reverse("incubator:list")).content.decode()
        assert client.get(cohort.get_absolute_url()).status_code == 200


def test_applications_only_within_the_days_and_only_once():
    cohort = an_open_cohort()
    application = an_application(cohort)
    with pytest.raises(ValidationError) as refusal:
        an_application(cohort, application.organisation)
    assert refusal.value.code == "twice"
    with (
        clock.pretend(clock.at_hour(cohort.closes_on + datetime.timedelta(days=1), 9)),
        pytest.raises(ValidationError) as refusal,
    ):
        an_application(cohort)
    assert refusal.value.code == "closed"
    assert Application.objects.count() == 1


def test_the_first_check_is_due_by_the_rule():
    application = an_application()
    assert application.check_by > clock.today()


def test_an_enterprise_or_a_clerk_can_t_apply():
    cohort = an_open_cohort()
    enterprise = an_organisation(Organisation.Kind.ENTERPRISE)
    with pytest.raises(PermissionDenied):
        an_application(cohort, enterprise)
    organisation = an_organisation()
    with pytest.raises(PermissionDenied):
        actions.apply_to_cohort(
            cohort, organisation, plan="x", interests=[a_category()], by=a_person(Role.FINANCE, of=organisation)
        )


def test_checked_before_admitted():
    application = an_application()
    with pytest.raises(ValidationError) as refusal:
        actions.admit(application, by=application.manager)
    assert refusal.value.code == "state"
    actions.check_application(application, finding="合规", by=application.manager)
    actions.admit(application, desks=2, by=application.manager)
    assert state_of(application) == Application.State.ADMITTED


def test_places_and_desks_run_out():
    cohort = an_open_cohort(places=2, desks=3)
    an_admitted_application(cohort, desks=2)
    second = a_checked_application(cohort)
    with pytest.raises(ValidationError) as refusal:
        actions.admit(second, desks=2, by=cohort.manager)
    assert refusal.value.error_dict["desks"][0].code == "no_desks"
    actions.admit(second, desks=1, by=cohort.manager)
    third = a_checked_application(cohort)
    with pytest.raises(ValidationError) as refusal:
        actions.admit(third, by=cohort.manager)
    assert refusal.value.code == "full"
    assert state_of(third) == Application.State.CHECKED


def test_a_graduate_frees_its_desks():
    cohort = an_open_cohort(places=2, desks=2)
    first = an_admitted_application(cohort, desks=2)
    actions.graduate(first, reason="签下第一份合同", by=cohort.manager)
    second = an_admitted_application(cohort, desks=2)
    assert state_of(second) == Application.State.ADMITTED


def test_a_refusal_has_a_reason_and_another_hub_no_say(django_capture_on_commit_callbacks):
    application = an_application()
    with pytest.raises(ValidationError) as refusal:
        actions.refuse_application(application, reason="", by=application.manager)
    assert refusal.value.error_dict["reason"][0].code == "no_reason"
    with pytest.raises(PermissionDenied):
        actions.refuse_application(application, reason="x", by=an_open_cohort().manager)
    with django_capture_on_commit_callbacks(execute=True):
        actions.refuse_application(application, reason="材料不全", by=application.manager)
    assert state_of(application) == Application.State.REFUSED
    assert Message.objects.filter(to=application.owner, body__contains="材料不全").exists()


def test_a_fitting_open_tender_is_told_once(django_capture_on_commit_callbacks):
    tender = a_published_tender()
    cohort = an_open_cohort()
    fitting = an_admitted_application(cohort, interests=[a_category("day-care")])
    other = an_admitted_application(cohort, interests=[a_category("bath")])

    with django_capture_on_commit_callbacks(execute=True):
        told = actions.tell_matches(cohort, by=cohort.manager)
    assert [(match.application_id, match.tender_id) for match in told] == [(fitting.pk, tender.pk)]
    assert actions.tell_matches(cohort, by=cohort.manager) == []
    assert Match.objects.get().is_near
    assert Message.objects.filter(to=fitting.owner, body__contains=tender.number).count() == 1
    assert not Message.objects.filter(to=other.owner, body__contains=tender.number).exists()


def test_a_closed_tender_fits_nobody():
    tender = a_published_tender()
    cohort = an_open_cohort()
    an_admitted_application(cohort, interests=[a_category("day-care")])
    with clock.pretend(tender.bids_due_at + datetime.timedelta(minutes=1)):
        assert actions.tell_matches(cohort, by=cohort.manager) == []


def test_only_the_manager_tells():
    cohort = an_open_cohort()
    application = an_admitted_application(cohort)
    with pytest.raises(PermissionDenied):
        actions.tell_matches(cohort, by=application.owner)


def test_an_application_is_seen_by_the_two_alone(client):
    application = an_application()
    for person, status in (
        (application.owner, 200),
        (application.manager, 200),
        (a_person(Role.OWNER, of=an_organisation()), 404),
    ):
        client.force_login(person)
        assert client.get(application.get_absolute_url()).status_code == status
    client.force_login(a_person(Role.MANAGER, of=an_organisation(Organisation.Kind.INCUBATOR)))
    assert client.get(reverse("incubator:manage", args=[application.cohort.number])).status_code == 404


def test_by_pages_from_the_call_to_the_word_of_a_tender(client):
    tender = a_published_tender()
    cohort = an_open_cohort()
    organisation = an_organisation()
    owner = a_person(Role.OWNER, of=organisation)
    client.force_login(owner)
    answer = client.post(
        reverse("incubator:apply", args=[cohort.number]),
        {"plan": "社区助浴", "interests": [a_category("day-care").pk], "desks_wanted": "2"},
    )
    application = Application.objects.get()
    assert answer["Location"] == application.get_absolute_url()
    client.force_login(cohort.manager)
    assert application.get_absolute_url() in client.get(reverse("desk")).content.decode()
    client.post(reverse("incubator:check", args=[application.pk]), {"finding": "合规"})
    client.post(reverse("incubator:admit", args=[application.pk]), {"desks": "2"})
    assert tender.title in client.get(reverse("incubator:matches", args=[cohort.number])).content.decode()
    client.post(reverse("incubator:matches", args=[cohort.number]))
    client.force_login(owner)
    assert tender.title in client.get(reverse("incubator:mine")).content.decode()
