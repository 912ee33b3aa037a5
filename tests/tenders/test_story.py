"""From draft to award through the verbs, as the demo city's people do it."""

import pytest

from marketplace.opendata.models import Release
from marketplace.tenders.models import Award, Bid, Envelope, Tender
from tests.given.tenders import an_awarded_tender

pytestmark = pytest.mark.django_db


def test_from_draft_to_award():
    tender = an_awarded_tender(bids=3)

    assert tender.state == Tender.State.AWARDED
    award = Award.objects.get(lot__tender=tender)
    assert award.bid.rank == 1
    assert award.amount == award.bid.amount
    assert sorted(Bid.objects.filter(lot__tender=tender).values_list("state", flat=True)) == ["lost", "lost", "won"]
    assert set(tender.envelopes.values_list("state", flat=True)) == {Envelope.State.OPENED}
    assert [release.tags for release in Release.objects.all()] == [
        ["planning"],  # the intention, a process of its own
        ["planning", "tender"],
        ["tenderUpdate"],
        ["award"],
    ]
