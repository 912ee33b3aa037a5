"""A member with a conflict steps down at once; only a full panel ranks (Order 87, Article 49)."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from marketplace.tenders import actions
from marketplace.tenders.drawing import draw
from marketplace.tenders.models import Bid, Panel, Panellist
from marketplace.tenders.queries import waiting_for
from tests.given.people import a_person
from tests.given.refusals import refused
from tests.given.tenders import (
    a_filled_sheet,
    after_deadline,
    again,
    an_expert_pool,
    an_opened_tender,
    qualify_all,
    quote_the_same,
    seats_of,
)

pytestmark = pytest.mark.django_db


def a_drawn_tender(pool: int):
    tender = an_opened_tender()
    an_expert_pool(pool)
    with after_deadline(tender, minutes=10):
        actions.draw_panel(tender, by=tender.cast.officer)
    return again(tender)


def step_down(client, seat: Panellist) -> None:
    client.force_login(seat.user)
    address = reverse("tenders:recuse", args=[seat.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "配偶在投标单位任职"}).status_code == 302


def test_the_next_in_the_draw_takes_the_seat(client):
    tender = a_drawn_tender(4)
    panel = Panel.objects.get()
    with after_deadline(tender, minutes=12):
        step_down(client, seats_of(tender)[0])
    sitting = {str(pk) for pk in panel.members.sitting().values_list("user", flat=True)}
    assert sitting == set(draw(panel.seed, panel.pool)[1:4])


def test_with_nobody_left_the_seat_stays_empty_until_it_is_drawn_for(client, django_capture_on_commit_callbacks):
    tender = a_drawn_tender(3)
    gone, *others = seats_of(tender)
    cast, fill = tender.cast, reverse("tenders:fill_seats", args=[tender.pk])
    with after_deadline(tender, minutes=12):
        with refused("seats_full"):
            actions.fill_seats(tender, by=cast.officer)
        with django_capture_on_commit_callbacks(execute=True):
            step_down(client, gone)
        gone.refresh_from_db(fields=["recuse_reason"])
        assert gone.recuse_reason, "stepping down stands: nobody judges in spite of a conflict"
        assert fill in {item.url for item in waiting_for(cast.officer, cast.bureau)}
        client.force_login(cast.officer)
        assert tender.number in client.get("/en/inbox/").content.decode()
        qualify_all(tender.lots.get(), by=cast.officer)
        for seat in others:
            actions.declare_no_conflict(seat, by=seat.user)
    quote_the_same(tender)
    with after_deadline(tender, minutes=90):
        for seat in others:
            for bid in Bid.objects.valid():
                a_filled_sheet(seat, bid)
            actions.hand_in_scores(seat, by=seat.user)
        assert Panel.objects.get().state == Panel.State.SCORING, "two of three rank nothing"
        with refused("pool_too_small", "Articles 9 and 39"):
            actions.fill_seats(tender, by=cast.officer)
        with pytest.raises(PermissionDenied):
            actions.fill_seats(tender, by=a_person())
        an_expert_pool(2)
        client.force_login(cast.officer)
        assert client.get(fill).status_code == 200
        assert client.post(fill).status_code == 302
        panel = Panel.objects.get()
        (new,) = panel.members.sitting().exclude(pk__in=[seat.pk for seat in others])
        assert str(new.user_id) == draw(panel.seed, panel.pool)[0], "anyone can run this draw again"
        assert len(panel.earlier_draws) == 1
        actions.declare_no_conflict(new, by=new.user)
        for bid in Bid.objects.valid():
            a_filled_sheet(new, bid)
        actions.hand_in_scores(new, by=new.user)
    assert Panel.objects.get().state == Panel.State.RANKED
    with after_deadline(tender, minutes=95):
        assert client.get(f"/tenders/{tender.number}/draw/").status_code == 200
