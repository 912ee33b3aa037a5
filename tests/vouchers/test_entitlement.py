"""The rule as a query, as words, and as money: all three say the same of everybody."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.actions import end_benefit, note_benefit, register_resident, suspend_resident
from marketplace.residents.models import Benefit, Resident
from marketplace.vouchers.actions import (
    approve_change,
    expire_month,
    issue_month,
    propose_change,
    redeem,
    run_due_months,
)
from marketplace.vouchers.entitlement import Step, Terms, entitled, terms_of
from marketplace.vouchers.models import Programme, Voucher
from marketplace.vouchers.models.programmes import first_of_month, next_month
from marketplace.vouchers.queries.trials import compare, try_terms
from marketplace.vouchers.reasons import grant_of, why_not
from marketplace.vouchers.verification import check_vouchers
from tests.given.money import a_budget_line
from tests.given.people import a_bureau, a_person, a_region
from tests.given.residents import a_resident, an_assessment, an_id_number
from tests.given.vouchers import a_counter, a_programme, city_of

pytestmark = pytest.mark.django_db


def month() -> datetime.date:
    return first_of_month(clock.today())


def a_tiered(**more) -> Programme:
    """Light, moderate and severe loss: 200, 400 and 600 yuan (rule voucher.tiers)."""
    return a_programme(
        code="care-tiers",
        age=60,
        basis=Programme.Basis.TIERS,
        tiers=[
            {"minimum_level": 3, "amount": 600_00},
            {"minimum_level": 2, "amount": 400_00},
            {"minimum_level": 1, "amount": 200_00},
        ],
        **more,
    )


def test_tiers_give_by_need_and_the_issue_sums_them():
    programme = a_tiered()
    severe, light, able, unknown = (a_resident(region=a_region()) for _number in range(4))
    for resident, points in ((severe, 40), (light, 80), (able, 90)):
        an_assessment(resident, points)
    issue = issue_month(programme, month(), by=service_user("vouchers"))
    assert (issue.vouchers, issue.amount) == (2, 800_00)
    assert dict(Voucher.objects.values_list("resident", "granted")) == {severe.pk: 600_00, light.pk: 200_00}
    terms = terms_of(programme)
    assert [reason.code for reason in why_not(programme, terms, able, month())] == ["level"]
    assert [reason.code for reason in why_not(programme, terms, unknown, month())] == ["no_assessment"]
    assert list(check_vouchers()) == []


def test_each_reason_is_said_in_plain_words():
    programme = a_programme(only_alone=True, exclusions=["ltci"], by_application=True)
    elsewhere = a_bureau().region
    resident = a_resident(age=70, region=a_region(), household="family")
    note_benefit(resident, Benefit.Kind.LTCI, starts_on=clock.today(), by=service_user("tests"))
    suspend_resident(resident, reason="比对核实", by=service_user("tests"))
    resident = Resident.objects.get(pk=resident.pk)
    reasons = why_not(programme, terms_of(programme), resident, month())
    assert [reason.code for reason in reasons] == ["suspended", "too_young", "not_alone", "excluded", "no_application"]
    words = " ".join(reason.words for reason in reasons)
    assert "%(" not in words and "80" in words and elsewhere is not None
    with clock.pretend(clock.now() + datetime.timedelta(days=800)):
        late = why_not(programme, terms_of(programme), resident, month())
        assert late[0].code == "not_running"


def test_an_exclusion_ends_with_the_benefit():
    programme = a_programme(exclusions=["extreme_poverty_support"])
    resident = a_resident(region=a_region())
    benefit = note_benefit(
        resident, Benefit.Kind.EXTREME_POVERTY, starts_on=clock.today() - datetime.timedelta(days=9),
        by=service_user("tests"),
    )  # fmt: skip
    assert not entitled(terms_of(programme), month()).exists()
    end_benefit(benefit, ends_on=clock.today() - datetime.timedelta(days=1), by=service_user("tests"))
    assert entitled(terms_of(programme), month()).count() == 1


PEOPLE = st.lists(
    st.tuples(
        st.integers(58, 95),
        st.sampled_from(["alone", "family"]),
        st.sampled_from([None, 90, 70, 50, 20]),
        st.booleans(),
        st.sampled_from(["active", "suspended"]),
    ),
    min_size=1,
    max_size=4,
)
STEPS = st.lists(
    st.builds(
        Step,
        amount=st.integers(1, 900_00),
        minimum_age=st.sampled_from([None, 60, 80, 90]),
        minimum_level=st.sampled_from([None, 1, 2, 4]),
        only_alone=st.booleans(),
    ),
    max_size=3,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=PEOPLE,
    steps=STEPS,
    basis=st.sampled_from(["flat", "tiers", "rate"]),
    age=st.sampled_from([60, 80]),
    level=st.sampled_from([None, 1, 3]),
    alone=st.booleans(),
    exclusions=st.sampled_from([(), ("ltci",)]),
)
def test_query_words_and_amount_agree(db, people, steps, basis, age, level, alone, exclusions):
    from django.db import transaction  # noqa: PLC0415

    with transaction.atomic():
        programme = a_programme(code="same")
        terms = Terms(
            programme=programme.pk, region=programme.region, basis=basis, monthly_amount=80_00, minimum_age=age,
            minimum_level=level, only_alone=alone, exclusions=exclusions, steps=tuple(steps),
        )  # fmt: skip
        for years, household, points, has_benefit, state in people:
            resident = a_resident(age=years, region=a_region(), household=household)
            if points is not None:
                an_assessment(resident, points)
            if has_benefit:
                note_benefit(resident, "ltci", starts_on=clock.today(), by=service_user("tests"))
            if state == "suspended":
                suspend_resident(resident, reason="核实", by=service_user("tests"))
        by_query = dict(entitled(terms, month()).values_list("pk", "grant"))
        by_words = {
            resident.pk: grant_of(terms, resident, month())
            for resident in Resident.objects.all()
            if not why_not(programme, terms, resident, month())
        }
        assert by_query == by_words
        assert try_terms(terms, month()).all.amount == sum(by_words.values())
        transaction.set_rollback(True)


def test_what_is_left_is_carried_into_the_next_month_up_to_the_most():
    counter = a_counter(carries_over=True, most_carried=30_00, ends_on=clock.today() + datetime.timedelta(days=300))
    redeem_in_own_transaction(counter, 20_00)
    this = month()
    later = clock.at_hour(next_month(this), 9)
    with clock.pretend(later):
        issue = issue_month(counter.programme, next_month(this), by=service_user("vouchers"))
        assert issue.amount == 110_00
        assert Voucher.objects.get(month=next_month(this)).granted == 110_00
        assert Voucher.objects.get(month=this).expired == 60_00
        assert expire_month(counter.programme, this, by=service_user("vouchers")) == 0
        assert list(check_vouchers()) == []


def redeem_in_own_transaction(counter, amount: int) -> None:
    """Money leaves the wallet; what paid for it is not what this test is about."""
    from marketplace.vouchers.models import Redemption  # noqa: PLC0415

    redeem(counter.provider, **counter.request(amount=amount))
    assert Redemption.objects.count() == 1


def test_who_becomes_entitled_late_gets_it_within_the_rule(monkeypatch):
    programme = a_programme()
    issue_month(programme, month(), by=service_user("vouchers"))
    a_resident(region=a_region())
    assert run_due_months() >= 1
    assert Voucher.objects.filter(programme=programme, month=month()).count() == 1


def test_a_change_is_tried_then_approved_by_a_second_officer_then_holds_from_its_month():
    line = a_budget_line(bureau=a_bureau(region=city_of(a_region())), amount=100_000_00)
    programme = a_programme(line, ends_on=clock.today() + datetime.timedelta(days=200))
    for years in (82, 85, 75):
        a_resident(age=years, region=a_region())
    officer = a_person(Role.OFFICER, of=programme.bureau)
    before = terms_of(programme)
    found = compare(before, before.changed(minimum_age=70, monthly_amount=70_00), next_month(month()))
    assert (found.before.residents, found.after.residents, found.new.residents) == (2, 3, 1)
    assert (found.less, found.more, found.same, found.difference) == (2, 0, 0, 210_00 - 160_00)

    values = {"minimum_age": 70, "monthly_amount": 70_00, "basis": "flat"}
    with pytest.raises(ValidationError) as refusal:
        propose_change(programme, values, tiers=[], from_month=month(), reason="扩面", by=officer)
    assert refusal.value.error_dict["from_month"][0].code == "month"
    change = propose_change(programme, values, tiers=[], from_month=next_month(month()), reason="扩面", by=officer)
    assert change.trial["after"]["residents"] == 3
    with pytest.raises(PermissionDenied):
        approve_change(change, by=officer)
    approve_change(change, by=a_person(Role.APPROVER, of=programme.bureau))
    assert issue_month(programme, month(), by=service_user("vouchers")).vouchers == 2
    with clock.pretend(clock.at_hour(next_month(month()), 9)):
        issue = issue_month(programme, month(), by=service_user("vouchers"))
        assert (issue.vouchers, issue.amount) == (3, 210_00)
    assert list(check_vouchers()) == []


def test_a_programme_of_tiers_has_some_and_one_of_a_share_has_a_rate():
    wrong = [({"basis": "tiers"}, "tiers"), ({"basis": "rate"}, "rate"), ({"exclusions": ["x"]}, "exclusions")]
    for terms, field in wrong:
        with pytest.raises(ValidationError) as refusal:
            a_programme(**terms)
        assert list(refusal.value.error_dict) == [field]
    assert not Programme.objects.exists()


def test_hukou_does_not_matter():
    """An ID number of another province, living here: entitled."""
    programme = a_programme()
    number = an_id_number(datetime.date(1940, 1, 15))
    from marketplace.residents.models import check_character  # noqa: PLC0415

    body = "110105" + number[6:17]
    register_resident(
        name="外地老人", id_number=body + check_character(body), region=a_region(), by=service_user("tests")
    )
    assert entitled(terms_of(programme), month()).count() == 1
