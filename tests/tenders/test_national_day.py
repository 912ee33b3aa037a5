"""One tender's dates across National Day 2026: 1 to 7 October off, Sunday 20 September and Saturday 10 October worked,
Friday 25 to Sunday 27 September off (Mid-Autumn)."""

import dataclasses
import datetime

import pytest
from django.core.exceptions import ValidationError

from marketplace.pages import clock
from marketplace.rules.calendar import due_date, due_moment, is_working_day
from marketplace.rules.queries import resolve
from marketplace.tenders import actions, checks
from marketplace.tenders.methods import METHODS, Method, NoticeKind, WhoMayBid
from marketplace.tenders.models import Tender
from marketplace.tenders.rulebook import propose_schedule
from tests.given.tenders import a_draft, a_published_tender

pytestmark = pytest.mark.django_db
date = datetime.date


def at(day: date, hour: int = 9):
    return clock.pretend(clock.at_hour(day, hour))


@pytest.mark.parametrize(
    ("method", "published", "documents", "bids"),
    [
        # Documents, five working days: 29, 30 September, 8, 9, Saturday 10 October. Bids, twenty days: 18 October.
        ("open", date(2026, 9, 28), date(2026, 10, 10), date(2026, 10, 18)),
        # Documents: 30 September, 8, 9, 10, Monday 12 October. Bids ten days: 9 October.
        ("consultation", date(2026, 9, 29), date(2026, 10, 12), date(2026, 10, 9)),
        # Published on a Saturday that is off (Mid-Autumn): 28, 29, 30 September, 8, 9 October; ten days: 6 October.
        ("consultation", date(2026, 9, 26), date(2026, 10, 9), date(2026, 10, 6)),
        # The worked Sunday is no holiday: 21, 22, 23, 24, 28 September.
        ("open", date(2026, 9, 20), date(2026, 9, 28), date(2026, 10, 10)),
    ],
)
def test_documents_and_bids(method, published, documents, bids):
    with at(published):
        tender = a_draft(method=method, **({"panel_size": 5} if method == "open" else {}))
        proposed = propose_schedule(tender)
        assert proposed.documents_until == documents
        assert proposed.earliest_bids_due == bids
        due = proposed.bids_due_at.astimezone(clock.SHANGHAI).date()
        assert is_working_day(due)
        assert due >= max(bids, documents)


def test_a_day_too_early_is_refused_and_the_day_itself_is_not():
    """Consultation, published on Monday 28 September: ten days end on Thursday 8 October, which is worked; documents
    until Saturday 10 October (worked), so that the bids are due on it at the earliest."""
    with at(date(2026, 9, 28)):
        tender = a_draft()
        by, questions = tender.cast.officer, clock.at_hour(date(2026, 9, 30), 17)

        def dated(documents: date, bids: date) -> None:
            due = clock.at_hour(bids, 9, 30)
            actions.set_schedule(tender, by=by, documents_until=documents, questions_until=questions, bids_due_at=due)

        for documents, bids, field in (
            (date(2026, 10, 9), date(2026, 10, 10), "documents_until"),  # four working days only
            (date(2026, 10, 10), date(2026, 10, 7), "bids_due_at"),  # nine days only
            (date(2026, 10, 10), date(2026, 10, 11), "bids_due_at"),  # a Sunday
        ):
            with pytest.raises(ValidationError) as refusal:
                dated(documents, bids)
            assert list(refusal.value.error_dict) == [field]
        dated(date(2026, 10, 10), date(2026, 10, 10))


def test_the_clocks_after_the_evaluation_follow_one_another():
    """Scored on Tuesday 29 September. Report two working days: 30 September, 8 October. Decision five more: 9, 10, 12,
    13, 14 October. Result two more: 15, 16. Contract signed on the 16th: published 19, 20; filed by the seventh: 19,
    20, 21, 22, 23, 26, 27 October."""
    on, found = date(2026, 9, 29), []
    for key in ("tender.report_period", "tender.decision_period", "tender.award_notice_period"):
        on = due_date(on, resolve(key, on=on))
        found.append(on)
    assert found == [date(2026, 10, 8), date(2026, 10, 14), date(2026, 10, 16)]
    assert due_date(on, resolve("contract.publication_period", on=on, method="open")) == date(2026, 10, 20)
    assert due_date(on, resolve("contract.filing_period", on=on)) == date(2026, 10, 27)


def test_the_last_moment_of_a_working_day():
    """Signed on 30 September: published by 9 October (8, 9), filed by the 15th (8, 9, Saturday 10, 12 to 15)."""
    on = date(2026, 9, 30)
    publication = resolve("contract.publication_period", on=on, method="open")
    assert due_date(on, publication) == date(2026, 10, 9)
    assert due_moment(on, publication).astimezone(clock.SHANGHAI).date() == date(2026, 10, 9)
    assert due_date(on, resolve("contract.filing_period", on=on)) == date(2026, 10, 15)


def test_a_single_source_notice_stands_over_the_holiday():
    """Five working days after Tuesday 29 September: 30 September, 8, 9, Saturday 10, Monday 12 October."""
    rule = resolve("tender.notice_period", on=date(2026, 9, 29), method="single_source")
    assert due_date(date(2026, 9, 29), rule) == date(2026, 10, 12)


# A method is data


def test_a_new_method_is_one_entry_and_its_rows(monkeypatch):
    """A trial of another province: like consultation, by entry alone; whoever carries it through asks the entry."""
    consultation = METHODS["consultation"]
    trial = dataclasses.replace(consultation, code="consultation", who_may_bid=WhoMayBid.INVITED)
    monkeypatch.setitem(METHODS, "consultation", trial)
    tender = a_draft()
    assert {one.code for one in checks.faults(tender)} == {"invitations_missing"}
    with pytest.raises(ValidationError):
        actions.submit_for_approval(tender, by=tender.cast.officer)


def test_an_entry_asks_for_nothing_but_its_words(monkeypatch):
    """The least that an entry says; everything else has its default, and the whole of drafting works with it."""
    plain = Method(Tender.Method.CONSULTATION, WhoMayBid.ANYONE, NoticeKind.SOLICITATION, METHODS["open"].outcome)
    monkeypatch.setitem(METHODS, "consultation", plain)
    tender = a_published_tender()
    assert tender.state == "published"
