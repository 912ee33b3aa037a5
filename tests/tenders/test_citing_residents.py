"""Residents are heard before a service is bought (REG 15): a tender cites a consultation whose figures are public."""

import pytest
from django.urls import reverse

from marketplace.tenders import actions, checks
from marketplace.tenders.models import Tender
from tests.given.consultations import Asking, a_reported_consultation, after_it_closed, an_open_consultation
from tests.given.refusals import refused
from tests.given.tenders import a_cast, a_draft, the_proposed_dates

pytestmark = pytest.mark.django_db
PLAN = {"consultation_note": ""}


def test_neither_cited_nor_told_is_refused():
    tender = a_draft()
    with refused("consultation_missing", "Art. 15"):
        actions.plan_tender(tender, consultation=None, **PLAN, by=tender.cast.officer)
    assert Tender.objects.get(pk=tender.pk).consultation_note


def test_an_open_one_and_another_bureaus_are_refused():
    tender = a_draft()
    mine, other = Asking(tender.bureau), Asking()
    for asking, code in ((mine, "consultation_open"), (other, "foreign_consultation")):
        with refused(code):
            actions.plan_tender(tender, consultation=an_open_consultation(asking), **PLAN, by=tender.cast.officer)
    assert Tender.objects.get(pk=tender.pk).consultation is None


def test_the_notice_leads_to_what_the_residents_said(client):
    tender = a_draft()
    cast = tender.cast
    consultation = a_reported_consultation(Asking(tender.bureau))
    foreign = a_reported_consultation()
    client.force_login(cast.officer)
    with after_it_closed(consultation, 2):
        form = client.get(reverse("tenders:plan_of", args=[tender.pk])).context["form"]
        assert list(form.fields["consultation"].queryset) == [consultation]
        assert foreign not in form.fields["consultation"].queryset
        said = {
            "plan_line": tender.plan_line_id,
            "consultation": consultation.pk,
            "consultation_note": "",
            "catalogue_code": tender.catalogue_code,
            "is_outside_negative_list": "on",
        }
        assert client.post(reverse("tenders:plan_of", args=[tender.pk]), said).status_code == 302
        actions.set_schedule(tender, **the_proposed_dates(tender), by=cast.officer)
        assert not checks.faults(Tender.objects.get(pk=tender.pk))
        actions.submit_for_approval(tender, by=cast.officer)
        published = actions.approve_tender(tender, by=cast.approver)
        client.logout()
        page = client.get(published.get_absolute_url()).content.decode()
    assert consultation.get_absolute_url() in page
    assert consultation.title in page


def test_what_goes_again_still_cites_it():
    tender = a_draft()
    consultation = a_reported_consultation(Asking(tender.bureau))
    with after_it_closed(consultation, 2):
        actions.plan_tender(tender, consultation=consultation, **PLAN, by=tender.cast.officer)
        actions.cancel_tender(tender, reason="改期", by=tender.cast.officer)
        assert actions.repeat_tender(tender, by=tender.cast.officer).consultation == consultation


def test_nobody_cites_for_another_bureau(client):
    tender = a_draft()
    client.force_login(a_cast().officer)
    assert client.get(reverse("tenders:plan_of", args=[tender.pk])).status_code == 404
