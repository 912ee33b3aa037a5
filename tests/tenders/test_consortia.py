"""A consortium bids as one (GPL 24), and wherever a bidder is named all of its members are."""

import json
import subprocess

import pytest
from django.urls import reverse

from marketplace.papers.models import Paper
from marketplace.parties.models import Membership, Organisation, Role
from marketplace.tenders import actions, openingrecord, reports
from marketplace.tenders.models import Award, Tender
from marketplace.tenders.ocds import ocid_of
from tests.given.tenders import (
    a_bid,
    a_published_tender,
    a_supplier,
    after_deadline,
    an_awarded_tender,
    an_expert_pool,
    an_opened_tender,
    seats_of,
)

pytestmark = pytest.mark.django_db


def with_a_consortium() -> tuple[Tender, Organisation, Organisation]:
    """(a tender with one bid, who leads, who has joined); the bid is the dearest and will have the best quality."""
    tender = a_published_tender()
    (lead, by_lead), (member, by_member) = a_supplier(), a_supplier(name="太仓市城厢镇安和助餐服务社")
    partner = actions.ask_partner(tender, lead, member, "助餐", by=by_lead)
    actions.confirm_partner(partner, by=by_member)
    a_bid(tender, supplier=lead, by=by_lead)
    return tender, lead, member


def text_of(paper: Paper) -> str:
    """Cell by cell, without the breaks of lines."""
    with paper.file.open() as file:
        found = subprocess.run(["pdftotext", "-raw", "-", "-"], input=file.read(), capture_output=True, check=True)
    return "".join(found.stdout.decode().split())


def test_who_works_for_a_member_is_not_drawn_and_who_declares_reads_its_name(client):
    """A member of a consortium is a bidder (REG 9)."""
    tender, lead, member = with_a_consortium()
    tender = an_opened_tender(tender=tender, bids=2)
    experts = an_expert_pool(4)
    Membership.objects.create(user=experts[0], organisation=member, role=Role.OWNER)
    with after_deadline(tender):
        panel = actions.draw_panel(tender, by=tender.cast.officer)
    assert [str(experts[0].pk), "employed"] in panel.excluded
    seat = seats_of(tender)[0]
    client.force_login(seat.user)
    page = client.get(reverse("tenders:declare", args=[seat.pk])).text
    assert lead.name in page and member.name in page


def test_the_opening_the_result_the_papers_and_open_data_name_every_member(client):
    tender, lead, member = with_a_consortium()
    before = client.get(reverse("tenders:opening", args=[tender.number])).text
    assert member.name not in before and lead.name not in before, "who bids is not known before the opening"
    tender = an_awarded_tender(tender=tender, bids=2)
    award = Award.objects.get(lot__tender=tender)
    assert award.supplier == lead
    for page in ("opening", "result"):
        assert member.name in client.get(reverse(f"tenders:{page}", args=[tender.number])).text, page

    by = str(tender.cast.approver.pk)
    with after_deadline(tender, minutes=121):
        openingrecord.print_opening_record.func(str(tender.pk))
        reports.print_report_later.func(str(tender.panel.pk), by)
        reports.print_award_notice_later.func(str(award.pk), by)
    papers = Paper.objects.filter(kind__in=["opening", reports.REPORT, reports.AWARD_NOTICE])
    assert len(papers) == 3
    for paper in papers:
        assert member.name in text_of(paper), paper.title

    answer = client.get(reverse("opendata:record", args=[ocid_of(tender)]))
    told = json.loads(answer.getvalue())["records"][0]["compiledRelease"]
    named = [one["name"] for one in told["awards"][0]["suppliers"]]
    assert named == [lead.name, member.name]
    assert {one["name"] for one in told["tender"]["tenderers"]} >= {lead.name, member.name}
    assert told["tender"]["numberOfTenderers"] == 3, "it bids as one"
    (party,) = (one for one in told["parties"] if one["name"] == member.name)
    assert {"supplier", "tenderer"} <= set(party["roles"])
