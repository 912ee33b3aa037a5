"""A page that knows the method says its word: 中标 after a call for tenders, 成交 after any other; never both."""

import pytest
from django.urls import reverse

from marketplace.messages.models import Message
from marketplace.tenders.models import Award
from marketplace.tenders.queries import waiting_for
from tests.given.tenders import a_ranked_tender, after_deadline, an_expert_pool

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "word", "other"),
    [("open", "中标", "成交"), ("consultation", "成交", "中标"), ("negotiation", "成交", "中标")],
)
def test_from_the_decision_to_the_letters(client, django_capture_on_commit_callbacks, method, word, other):
    an_expert_pool()
    tender = a_ranked_tender(method=method)
    cast, lot = tender.cast, tender.lots.get()
    said = {}
    with after_deadline(tender, minutes=120):
        (item,) = waiting_for(cast.approver, cast.bureau)
        said["desk"] = str(item.text)
        client.force_login(cast.approver)
        award = reverse("tenders:award", args=[lot.bids.get(rank=1).pk])
        said["decision"] = client.get(award).text
        with django_capture_on_commit_callbacks(execute=True):
            said["done"] = client.post(award, {"reason": "排名第一"}, follow=True).text
        decided = Award.objects.get()
        by = dict(zip((one.pk for one in cast.suppliers), cast.bidders, strict=True))
        for bid in lot.bids.filter(rank__isnull=False):
            client.force_login(by[bid.supplier_id])
            said[f"letter {bid.rank}"] = client.get(reverse("tenders:letter", args=[bid.pk])).text
            letters = Message.objects.filter(to=by[bid.supplier_id], key__contains=str(bid.pk))
            said[f"message {bid.rank}"] = " ".join(f"{one.subject} {one.body}" for one in letters)
        client.force_login(by[decided.supplier_id])
        said["refusal"] = client.get(reverse("tenders:decline", args=[decided.pk])).text
        client.logout()
        said["notice"] = client.get(reverse("tenders:detail", args=[tender.number])).text
    for where, text in said.items():
        assert word in text, where
        near = [text[max(0, place - 60) : place + 40] for place in range(len(text)) if text.startswith(other, place)]
        assert not near, (where, near)
