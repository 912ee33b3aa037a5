"""Flags are kept, seen by whom they concern, and reviewed by auditors."""

import datetime

import orjson
import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from marketplace.opendata import parts
from marketplace.opendata.actions import import_package, publish_release
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation, Role
from marketplace.redflags.actions import refresh_flags, review_flag
from marketplace.redflags.finding import Indicator
from marketplace.redflags.models import Flag, Review
from tests.given.people import a_bureau, a_person, an_organisation

pytestmark = pytest.mark.django_db


def publish(bureau, *, ocid="ocds-minfu1-tender-T1", title="城厢镇日间照料", bidders=1, days=30):
    """A purchase whose notice left so many days and to which so many came."""
    publish_release(
        ocid,
        tags=["tender"],
        parts={
            "parties": [parts.party(bureau, "buyer")],
            "buyer": parts.reference(bureau),
            "tender": {
                "id": "T1",
                "title": title,
                "status": "active",
                "procurementMethod": "open",
                "procurementMethodDetails": "公开招标",
                "numberOfTenderers": bidders,
                "tenderPeriod": parts.period(clock.now(), clock.now() + datetime.timedelta(days=days, hours=1)),
            },
        },
        at=clock.now(),
    )


def refresh(**options):
    return refresh_flags(by=service_user("redflags"), **options)


def test_a_sign_that_goes_and_comes_back_keeps_its_review():
    bureau, auditor = a_bureau(), a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT))
    publish(bureau, bidders=1)
    assert refresh() == 1
    flag = Flag.objects.get()
    assert (flag.indicator, flag.name, flag.gone_at) == (Indicator.SINGLE_BID, "城厢镇日间照料", None)
    review_flag(flag, finding="explained", words="全镇只有一家能做", by=auditor)

    assert refresh() == 1
    assert Flag.objects.get().found_at == flag.found_at

    publish(bureau, bidders=3)
    assert refresh() == 0
    gone = Flag.objects.get()
    assert gone.gone_at is not None
    with pytest.raises(ValidationError) as refused:
        review_flag(gone, finding="watched", words="再看", by=auditor)
    assert refused.value.code == "gone"

    publish(bureau, bidders=1)
    assert refresh() == 1
    assert Flag.objects.get().reviews.get().finding == Review.Finding.EXPLAINED


def test_our_own_methods_are_held_to_their_lawful_period():
    publish(a_bureau(), bidders=3, days=12)

    assert refresh(period_days_of={"公开招标": 20}) == 1
    assert refresh(period_days_of={"公开招标": 10}) == 0


def test_only_auditors_review_and_only_the_clock_or_operator_computes():
    bureau = a_bureau()
    publish(bureau, bidders=1)
    refresh()
    officer = a_person(Role.OFFICER, of=bureau)

    with pytest.raises(PermissionDenied):
        review_flag(Flag.objects.get(), finding="explained", words="没事", by=officer)
    with pytest.raises(PermissionDenied):
        refresh_flags(by=officer)
    assert not Review.objects.exists()


def test_a_buyer_sees_its_own_a_stranger_nothing_an_auditor_all(client):
    bureau, other = a_bureau(), a_bureau()
    publish(bureau, bidders=1)
    refresh()
    flag = Flag.objects.get()
    seen = {}
    for name, person in {
        "own": a_person(Role.OFFICER, of=bureau),
        "other": a_person(Role.OFFICER, of=other),
        "auditor": a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT)),
        "bidder": a_person(Role.BIDDER, of=an_organisation()),
    }.items():
        client.force_login(person)
        seen[name] = (
            client.get("/red-flags/").status_code,
            "城厢镇日间照料" in client.get("/red-flags/").text,
            client.get(flag.get_absolute_url()).status_code,
        )
        client.logout()
    assert seen == {
        "own": (200, True, 200),
        "other": (200, False, 404),
        "auditor": (200, True, 200),
        "bidder": (403, False, 404),
    }
    assert client.get("/red-flags/").status_code == 302


def test_an_auditor_reviews_over_http_and_an_empty_review_is_refused(client):
    publish(a_bureau(), bidders=1)
    refresh()
    auditor = a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT))
    client.force_login(auditor)
    url = Flag.objects.get().get_absolute_url()

    assert client.post(url, {"finding": "explained", "words": ""}).status_code == 422
    assert not Review.objects.exists()
    assert client.post(url, {"finding": "explained", "words": "核对了报名记录"}).status_code == 302
    page = client.get(f"/en{url}")
    assert "核对了报名记录" in page.text and "Only one bidder" in page.text
    assert "只有一家投标" in client.get(url).text
    assert client.get("/red-flags/?finding=explained&format=csv").status_code == 200


def test_what_nobody_has_looked_at_stands_first_and_our_own_before_imported_ones(client):
    bureau, auditor = a_bureau(), a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT))
    for name in ("looked at", "to be watched", "open"):
        publish(bureau, ocid=f"ocds-minfu1-{name}", title=name, bidders=1)
    imported = {
        "ocid": "ocds-abc123-1",
        "id": "1",
        "date": "2026-03-01T09:00:00Z",
        "tag": ["tender"],
        "initiationType": "tender",
        "language": "zh",
        "tender": {"id": "1", "title": "imported", "procurementMethod": "open", "numberOfTenderers": 1},
    }
    package = {
        "uri": "https://example.org/p.json",
        "version": "1.1",
        "publishedDate": "2026-03-02T09:00:00Z",
        "publisher": {"name": "Another city"},
        "releases": [imported],
    }
    import_package(orjson.dumps(package), file_name="p.json", by=None)
    refresh()
    for name, finding in (("looked at", "explained"), ("to be watched", "watched")):
        review_flag(Flag.objects.get(name=name), finding=finding, words="核对了报名记录", by=auditor)

    client.force_login(auditor)
    page = client.get("/red-flags/").text
    order = ["open", "imported", "to be watched", "looked at"]
    assert sorted(order, key=lambda name: page.index(f">{name}<")) == order


def test_the_list_costs_the_same_however_long_it_is(client, django_assert_max_num_queries):
    bureau = a_bureau()
    auditor = a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT))
    client.force_login(auditor)
    publish(bureau, bidders=1)
    refresh()
    client.get("/red-flags/")
    with django_assert_max_num_queries(40) as few:
        client.get("/red-flags/")
    for number in range(20):
        publish(bureau, ocid=f"ocds-minfu1-tender-X{number}", bidders=1)
    refresh()
    with django_assert_max_num_queries(40) as many:
        client.get("/red-flags/")
    assert len(many) == len(few)
