"""A process remembers on what conditions a counter takes vouchers; a change holds for the very next redemption."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.directory.actions import (
    change_service,
    end_accreditation,
    reinstate_accreditation,
    suspend_accreditation,
    withdraw_service,
)
from marketplace.directory.models import Accreditation, Service
from marketplace.pages import clock
from marketplace.parties.actions import end_membership, issue_token, revoke_token, service_user, suspend_organisation
from marketplace.parties.models import Role, User
from marketplace.vouchers.actions import redeem
from marketplace.vouchers.conditions import Asked, read_conditions
from marketplace.vouchers.models import Programme
from tests.given.people import a_person
from tests.given.vouchers import Counter, a_counter

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite reads them each time")


@pytest.fixture
def counter() -> Counter:
    """One that has taken a voucher already: its conditions are known."""
    counter = a_counter()
    redeem(counter.provider, **counter.request(amount=1_00, key="the first"))
    return counter


def answer(counter: Counter, **changes) -> str:
    try:
        redeem(counter.provider, **counter.request(amount=1_00, key=f"key-{changes}") | changes)
    except PermissionDenied:
        return "forbidden"
    except ValidationError as refusal:
        return refusal.code
    return "paid"


def admission(counter: Counter) -> Accreditation:
    return Accreditation.objects.get(organisation=counter.provider, programme_code=counter.programme.code)


def test_whoever_has_left_takes_no_more_vouchers(counter):
    end_membership(counter.staff.memberships.get(), by=a_person(Role.OWNER, of=counter.provider))
    assert answer(counter) == "forbidden"


def test_whose_account_is_closed_takes_no_more_vouchers(counter):
    User.objects.filter(pk=counter.staff.pk).update(is_active=False)
    assert answer(counter) == "forbidden"


def test_a_token_that_is_revoked_pays_nothing_more(counter):
    token, _words = issue_token("till", counter.provider, by=counter.staff)
    assert answer(counter, token=token.pk) == "paid"
    revoke_token(token, by=counter.staff)
    assert answer(counter, token=token.pk, key="after") == "forbidden"


def test_an_admission_suspended_ended_and_given_back(counter):
    by = service_user("tests")
    suspend_accreditation(admission(counter), reason="检查", by=by)
    assert answer(counter) == "not_accredited"
    reinstate_accreditation(admission(counter), reason="合格", by=by)
    assert answer(counter) == "paid"
    end_accreditation(admission(counter), reason="到期", by=by)
    assert answer(counter, key="after") == "not_accredited"


def test_an_admission_for_other_kinds_of_service_only(counter):
    admission(counter).categories.set(counter.programme.categories.exclude(pk=counter.service.category_id))
    assert answer(counter) == "outside_programme"
    admission(counter).categories.set([counter.service.category_id])
    assert answer(counter, key="after") == "paid"


def test_a_provider_that_is_suspended(counter):
    suspend_organisation(counter.provider, reason="年检未过", by=a_person(is_superuser=True))
    assert answer(counter) == "not_accredited"


def test_a_price_that_falls_and_a_service_taken_off_the_list(counter):
    owner = a_person(Role.OWNER, of=counter.provider)
    change_service(counter.service, price=50, by=owner)
    assert answer(counter) == "above_list"
    change_service(counter.service, price=1_00, by=owner)
    assert answer(counter) == "paid"
    withdraw_service(counter.service, by=owner)
    assert answer(counter, key="after") == "outside_programme"


def test_a_programme_that_sets_a_limit_or_drops_a_kind_of_service(counter):
    Programme.objects.filter(pk=counter.programme.pk).update(daily_limit=1_50)
    assert answer(counter) == "daily_limit"
    Programme.objects.filter(pk=counter.programme.pk).update(daily_limit=None)
    assert answer(counter) == "paid"
    counter.programme.categories.remove(counter.service.category_id)
    assert answer(counter, key="after") == "outside_programme"


@on_postgresql
def test_what_is_known_is_not_asked_for_again(counter):
    with CaptureQueriesContext(connection) as asked:
        assert answer(counter) == "paid"
    assert [query["sql"] for query in asked if "SELECT 1" not in query["sql"]] == []


@on_postgresql
def test_every_table_they_are_read_from_moves_the_version(counter):
    """And no statement reads another one: whoever adds a condition adds its table to migration 0002."""
    today = clock.today()
    token, _words = issue_token("till", counter.provider, by=counter.staff)
    asked = Asked(counter.staff.pk, counter.provider.pk, counter.service.pk, token.pk, today, today)
    with CaptureQueriesContext(connection) as read:
        assert read_conditions(asked).programmes == (counter.programme.pk,)
    tables = {name for query in read for name in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, array_agg(tgname::text ORDER BY tgname) FROM pg_trigger"
            " WHERE tgname LIKE 'vouchers_conditions_%' GROUP BY 1"
        )
        watched = dict(cursor.fetchall())
    assert tables == set(watched)
    assert all(names == ["vouchers_conditions_changed", "vouchers_conditions_gone"] for names in watched.values())


@on_postgresql
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_changes_at_once_wait_for_nobody_and_each_of_them_counts():
    counter = a_counter()
    assert answer(counter) == "paid"

    def from_elsewhere(change) -> None:
        def run() -> None:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '2s'")
                change()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            pool.submit(run).result()

    with transaction.atomic():
        Service.objects.filter(pk=counter.service.pk).update(price=50)
        from_elsewhere(lambda: Programme.objects.filter(pk=counter.programme.pk).update(daily_limit=1_50))
    # Ours was begun first and committed last: neither hides the other.
    assert answer(counter, key="both") == "above_list"
    Service.objects.filter(pk=counter.service.pk).update(price=60_00)
    assert answer(counter, key="limit") == "daily_limit"
    Programme.objects.filter(pk=counter.programme.pk).update(daily_limit=None)
    assert answer(counter, key="none") == "paid"


@on_postgresql
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_not_yet_committed_holds_for_nobody():
    counter = a_counter()
    assert answer(counter) == "paid"

    def at_the_counter() -> str:
        try:
            return answer(counter, key="meanwhile")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            suspend_accreditation(admission(counter), reason="检查", by=service_user("tests"))
            assert pool.submit(at_the_counter).result() == "paid"
            transaction.set_rollback(True)
        assert answer(counter, key="after") == "paid"
