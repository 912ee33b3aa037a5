import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from marketplace.rules.actions import change_rule, load_shipped_rules
from marketplace.rules.models import Rule
from marketplace.rules.queries import UnknownRule, resolve
from tests.given.people import a_person, a_region

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 11, 22)


def test_the_shipped_rules_are_there_and_load_only_once():
    assert Rule.objects.count() > 150
    assert load_shipped_rules() == 0


@pytest.mark.parametrize(
    ("key", "scope", "number", "unit"),
    [
        ("tender.bid_period", {"method": "open"}, 20, "d"),
        ("tender.bid_period", {"method": "consultation"}, 10, "d"),
        ("tender.bid_period", {"method": "negotiation"}, 3, "wd"),
        ("tender.min_suppliers", {"method": "single_source"}, 1, "count"),
        ("tender.min_suppliers", {"method": "framework"}, 1, "count"),
        ("tender.panel_size", {"method": "open"}, 5, "count"),
        ("tender.notice_period", {"method": "open"}, 5, "wd"),
        ("tender.price_weight_min", {"method": "open"}, 10, "percent"),
        ("tender.price_weight_min", {"method": "open", "object_kind": "goods"}, 30, "percent"),
        ("contract.signing_period", {}, 30, "d"),
        ("contract.publication_period", {"method": "open"}, 2, "wd"),
        ("contract.late_interest", {}, Decimal("0.05"), "percent"),
        ("voucher.monthly_amount", {"region": "320585100000"}, 8000, "fen"),
        ("challenge.window", {}, 7, "wd"),
    ],
)
def test_the_numbers_of_the_field(key, scope, number, unit):
    rule = resolve(key, on=DAY, **scope)
    assert (rule.number, rule.unit) == (number, unit)


def test_the_longest_region_counts():
    assert resolve("incubator.term", on=DAY, region="320585000000").number == 1
    assert resolve("incubator.term", on=DAY, region="320400000000").number == 2
    assert resolve("tender.threshold", on=DAY, region=a_region(), budget_level="local").region == "32"


def test_a_rule_holds_only_in_its_time():
    with pytest.raises(UnknownRule, match=r"tender\.abnormal_low"):
        resolve("tender.abnormal_low", on=datetime.date(2026, 1, 31), method="open")
    assert (
        resolve("tender.abnormal_low", on=datetime.date(2026, 2, 1), method="open").data["below_ceiling_percent"] == 45
    )
    with pytest.raises(UnknownRule):
        resolve("voucher.national_cap", on=datetime.date(2027, 1, 1))


def test_a_change_holds_from_its_day_and_the_old_row_stays():
    operator = a_person(is_superuser=True)
    old = resolve("contract.signing_period", on=DAY)

    new = change_rule(old, by=operator, reason="新法", valid_from=datetime.date(2027, 1, 1), value=Decimal(25))

    assert resolve("contract.signing_period", on=datetime.date(2026, 12, 31)) == old
    assert resolve("contract.signing_period", on=datetime.date(2027, 1, 1)) == new
    assert new.source == old.source and new.by == operator
    load_shipped_rules()
    assert resolve("contract.signing_period", on=datetime.date(2027, 1, 1)) == new


def test_a_repealed_rule_is_unknown_from_its_day():
    rule = resolve("contract.filing_period", on=DAY)
    change_rule(rule, by=a_person(is_superuser=True), reason="废止", valid_from=DAY, is_repealed=True)

    with pytest.raises(UnknownRule):
        resolve("contract.filing_period", on=DAY)
    assert resolve("contract.filing_period", on=DAY - datetime.timedelta(days=1)) == rule


def test_a_region_may_have_its_own_number():
    rule = resolve("contract.signing_period", on=DAY)
    change_rule(
        rule, by=a_person(is_superuser=True), reason="本市", valid_from=DAY, value=Decimal(20), region="320585000000"
    )

    assert resolve("contract.signing_period", on=DAY, region="320585100000").number == 20
    assert resolve("contract.signing_period", on=DAY, region="320581000000").number == 30


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "  ", "value": Decimal(3)}, "reason"),
        ({"reason": "x"}, "value"),
        ({"reason": "x", "value": Decimal(-1)}, "value"),
        ({"reason": "x", "value": Decimal("NaN")}, "value"),
        ({"reason": "x", "value": Decimal(3), "valid_to": datetime.date(2020, 1, 1)}, "dates"),
    ],
)
def test_what_can_not_be_a_rule_is_refused(change, code):
    rule = resolve("contract.signing_period", on=DAY)
    count = Rule.objects.count()

    with pytest.raises(ValidationError) as refusal:
        change_rule(rule, by=a_person(is_superuser=True), valid_from=DAY, **change)

    assert [error.code for errors in refusal.value.error_dict.values() for error in errors] == [code]
    assert Rule.objects.count() == count


def test_only_the_operator_changes_rules():
    with pytest.raises(PermissionDenied):
        change_rule(resolve("contract.signing_period"), by=a_person(), reason="x", valid_from=DAY, value=Decimal(1))


@pytest.mark.django_db(transaction=True)
def test_a_flushed_database_gets_its_rules_again():
    assert Rule.objects.exists()
