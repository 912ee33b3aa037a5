"""The letter to each bidder who has not won: its own points, rank or reason; sealed; nobody else's business."""

import io
import subprocess

import pytest
from django.urls import reverse
from pyhanko.pdf_utils.reader import PdfFileReader

from marketplace.messages.models import Message
from marketplace.papers.models import Paper
from marketplace.parties.models import Role
from marketplace.tenders import actions, notices, reports
from marketplace.tenders.letters import RESULT_LETTER, result_letter
from marketplace.tenders.models import Bid
from tests.given.people import a_bureau, a_person
from tests.given.tenders import a_supplier, after_deadline, an_award

pytestmark = pytest.mark.django_db


def text_of(pdf: bytes) -> str:
    found = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return found.stdout.decode()


def a_reader(client, user, bid):
    client.logout()
    if user:
        client.force_login(user)
    return client.get(reverse("tenders:letter_file", args=[bid.pk]))


def test_a_loser_reads_its_own_scores_and_rank_on_a_sealed_paper(client):
    award = an_award()
    tender, bid = award.lot.tender, Bid.objects.get(rank=2)
    owner = next(user for user in award.cast.bidders if user.memberships.filter(organisation=bid.supplier).exists())
    with after_deadline(tender, minutes=200):
        answer = a_reader(client, owner, bid)
        content = b"".join(answer.streaming_content)
        again = b"".join(a_reader(client, award.cast.officer, bid).streaming_content)
    assert answer["Content-Type"] == "application/pdf"
    assert content == again, "printed once: the buyer reads what the bidder reads"
    text = text_of(content)
    for words in (
        bid.supplier.name,
        award.supplier.name,
        "第 2 名",
        "第五十二条",
        f"{bid.total_score:.2f}".rstrip("0"),
    ):
        assert words.replace(" ", "") in text.replace(" ", ""), words
    third = Bid.objects.get(rank=3)
    assert third.supplier.name not in text, "each loser reads of itself and the winner only"
    paper = Paper.objects.get(kind=RESULT_LETTER)
    assert [one.organisation for one in paper.signatures.all()] == [tender.bureau]
    assert len(PdfFileReader(io.BytesIO(content)).embedded_signatures) == 1
    client.logout()
    assert "alert-success" in client.get(f"/verify/{paper.code}").text


def test_nobody_else_finds_the_letter(client):
    award = an_award()
    bid = Bid.objects.get(rank=2)
    rival = next(u for u in award.cast.bidders if not u.memberships.filter(organisation=bid.supplier).exists())
    other_officer = a_person(Role.OFFICER, Role.APPROVER, of=a_bureau())
    for user in (rival, other_officer, a_supplier()[1], a_person(), award.cast.experts[0]):
        assert a_reader(client, user, bid).status_code == 404
    assert a_reader(client, None, bid).status_code == 302
    winner = next(u for u in award.cast.bidders if u.memberships.filter(organisation=award.supplier).exists())
    assert a_reader(client, winner, award.bid).status_code == 404, "the winner has its notice"
    assert not Paper.objects.filter(kind=RESULT_LETTER).exists()


def test_the_winner_has_its_notice(client):
    award = an_award()
    winner = next(u for u in award.cast.bidders if u.memberships.filter(organisation=award.supplier).exists())
    with after_deadline(award.lot.tender, minutes=200):
        reports.print_award_notice_later.func(str(award.pk), str(award.cast.approver.pk))
    assert [one.organisation for one in Paper.objects.get(about_id=award.pk).signatures.all()] == [award.cast.bureau]
    client.force_login(winner)
    answer = client.get(reverse("tenders:award_notice", args=[award.pk]))
    text = text_of(b"".join(answer.streaming_content))
    for words in ("成交通知书", award.supplier.name, "第四十六条"):
        assert words in text
    for stranger in (a_supplier()[1], award.cast.experts[0]):
        client.force_login(stranger)
        assert client.get(reverse("tenders:award_notice", args=[award.pk])).status_code == 404


def test_a_letter_tells_of_the_last_decision(client):
    award = an_award()
    tender, third = award.lot.tender, Bid.objects.get(rank=3)
    with after_deadline(tender, minutes=200):
        first = result_letter(third)
        assert result_letter(third).pk == first.pk
    with after_deadline(tender, minutes=260):
        actions.decline_award(award, reason="场地租约到期，无法履行", by=award.cast.officer)
        second = actions.award_bid(Bid.objects.get(rank=2), by=award.cast.approver, reason="递补第二候选人")
        newer = result_letter(Bid.objects.get(pk=third.pk))
    assert newer.version == 2
    with newer.file.open("rb") as file:
        assert second.supplier.name in text_of(file.read())


def test_the_letter_is_offered_where_the_result_is_told(client):
    award = an_award()
    tender, bid = award.lot.tender, Bid.objects.get(rank=2)
    owner = next(user for user in award.cast.bidders if user.memberships.filter(organisation=bid.supplier).exists())
    address = reverse("tenders:letter_file", args=[bid.pk])
    client.force_login(owner)
    for page in (reverse("tenders:letter", args=[bid.pk]), reverse("tenders:bid", args=[tender.number])):
        assert address in client.get(page).text
    assert address not in client.get(reverse("tenders:result", args=[tender.number])).text
    client.force_login(award.cast.officer)
    assert address in client.get(reverse("tenders:result", args=[tender.number])).text
    notices.tell_bidders.func(str(award.lot.pk))
    told = Message.objects.filter(to=owner, url=reverse("tenders:letter", args=[bid.pk]))
    assert told.exists()
