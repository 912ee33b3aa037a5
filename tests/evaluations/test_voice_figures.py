"""Shares with their interval, small numbers hidden, sentences without who, and what is rising."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.actions import acknowledge_grievance, answer_grievance, count_all_voices, withdraw_grievance
from evaluations.models import Feedback, Grievance
from evaluations.voices.hotline import figures, rising
from evaluations.voices.interval import wilson
from evaluations.voices.sentences import parcels
from evaluations.voices.shares import share_since
from marketplace.directory.models import ProviderVoices
from marketplace.pages import clock
from tests.given.people import a_region, an_organisation
from tests.given.residents import a_resident
from tests.given.voices import a_grievance, three_offices

Face = Feedback.Face


@pytest.mark.parametrize(
    ("found", "people", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_newcombes_table(found, people, low, high):
    """R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    assert [round(bound, 4) for bound in wilson(found / people, people)] == [low, high]


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_share_lies_in_its_interval_and_more_people_narrow_it(found, people):
    share = min(found, people) / people
    low, high = wilson(share, people)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    wider = wilson(share, people / 2)
    assert wider[1] - wider[0] >= high - low


def test_of_nobody_nothing_is_known():
    assert wilson(0.5, 0) == (0.0, 1.0)


def speak(resident, provider, face, *, at=None, sentence="", weight=100, **fields):
    """A voice as it lies in the table: many of them, quickly."""
    at = at or clock.now()
    day = at.astimezone(clock.SHANGHAI).date()
    return Feedback.objects.create(
        resident=resident, provider=provider, region=resident.region, month=day.replace(day=1), performed_on=day,
        redemption_id=fields.pop("redemption_id", Feedback().pk), expires_on=day, state="given", face=face,
        first_face=face, channel=Feedback.Channel.OWN, weight=weight, given_at=at, sentence=sentence, **fields,
    )  # fmt: skip


@pytest.fixture
def people(db):
    return [a_resident() for _number in range(12)]


@pytest.fixture
def provider(db):
    return an_organisation()


def test_under_ten_residents_no_share_is_shown_however_often_they_speak(people, provider):
    for resident in people[:9]:
        for _again in range(3):
            speak(resident, provider, Face.SATISFIED)
    share = share_since(provider=provider)
    assert (share.people, share.share, share.satisfied) == (9, None, 0)
    speak(people[9], provider, Face.NOT_SATISFIED)
    share = share_since(provider=provider)
    assert (share.people, share.share, share.satisfied, share.not_satisfied) == (10, Decimal("90.0"), 27, 1)
    assert (share.low, share.high) == (Decimal("59.6"), Decimal("98.2"))  # Wilson of 9 in 10


def test_who_speaks_often_counts_once(people, provider):
    for resident in people[:10]:
        speak(resident, provider, Face.SATISFIED)
    for _again in range(30):
        speak(people[10], provider, Face.NOT_SATISFIED)
    assert share_since(provider=provider).share == Decimal("90.9")  # 10 of 11 residents


def test_a_voice_at_the_counter_weighs_half_and_widens_the_interval(people, provider):
    for number, resident in enumerate(people):
        speak(
            resident, provider, Face.SATISFIED if number < 6 else Face.NOT_SATISFIED, weight=50 if number < 6 else 100
        )
    share = share_since(provider=provider)
    assert share.share == Decimal("33.3")  # 3 of 9
    even = wilson(1 / 3, 12)
    assert share.high - share.low > Decimal(str(round((even[1] - even[0]) * 100, 1)))


def test_the_directory_is_told_by_the_clock(people, provider):
    for resident in people:
        speak(resident, provider, Face.SATISFIED)
    assert count_all_voices() == 1
    told = ProviderVoices.objects.get()
    assert (told.people, told.share, told.high) == (12, Decimal("100.0"), Decimal("100.0"))
    assert count_all_voices() == 0


def test_old_voices_count_no_more(people, provider):
    for resident in people:
        speak(resident, provider, Face.SATISFIED, at=clock.now() - datetime.timedelta(days=400))
    assert share_since(provider=provider).people == 0


def test_sentences_wait_until_enough_have_spoken_and_the_month_is_over(people, provider):
    last = clock.at_hour(clock.today().replace(day=1) - datetime.timedelta(days=5), 9)
    before = clock.at_hour(last.date().replace(day=1) - datetime.timedelta(days=5), 9)
    speak(people[0], provider, Face.SATISFIED, at=before, sentence="护理员很细心")
    for _again in range(6):  # one resident six times is one resident
        speak(people[1], provider, Face.SO_SO, at=before, sentence="有时迟到")
    assert parcels(provider=provider) == []
    for resident in people[2:5]:
        speak(resident, provider, Face.SATISFIED, at=last, sentence="谢谢")
    [parcel] = parcels(provider=provider)
    assert parcel.people == 5
    assert parcel.first < parcel.last
    assert ("satisfied", "护理员很细心") in parcel.sentences
    for resident in people[5:]:
        speak(resident, provider, Face.NOT_SATISFIED, sentence="昨天的事")
    assert len(parcels(provider=provider)) == 1  # this month is not over


def told_in(offices, provider, count, *, days_ago, **fields):
    for _number in range(count):
        with clock.pretend(clock.now() - datetime.timedelta(days=days_ago)):
            a_grievance(offices, provider=provider, resident=a_resident(region=offices.place), **fields)


def test_few_grievances_are_hidden_and_not_to_be_worked_out(db):
    offices, provider = three_offices(), an_organisation()
    told_in(offices, provider, 12, days_ago=0)
    told_in(offices, provider, 3, days_ago=0, category="money")
    rows = {row["category"]: row for row in figures()["categories"]}
    assert rows["money"]["is_hidden"]
    assert rows["missed"]["is_hidden"]  # the only other: else the total tells
    assert figures()["is_total_hidden"] is False or figures()["total"] == 15


def test_what_was_found_right_is_counted_and_merged_or_withdrawn_is_not(db):
    offices = three_offices()
    told_in(offices, None, 11, days_ago=0, category="voucher")
    one = Grievance.objects.first()
    officer = offices.officers[0]
    answer_grievance(acknowledge_grievance(one, by=officer), outcome="partly", answer="已处理", by=officer)
    withdraw_grievance(Grievance.objects.exclude(pk=one.pk).first(), by=officer)
    [row] = figures()["categories"]
    assert (row["count"], row["upheld"], row["judged"]) == (10, 1, 1)


def test_a_rise_is_flagged_against_the_months_before(db):
    offices, provider = three_offices(), an_organisation()
    last = clock.today().replace(day=1) - datetime.timedelta(days=10)
    days = (clock.today() - last).days
    told_in(offices, provider, 1, days_ago=days + 31)
    told_in(offices, provider, 4, days_ago=days)
    assert rising() == []  # four are fewer than the rule's five
    told_in(offices, provider, 1, days_ago=days)
    found = {(rise.kind, str(rise.label), rise.count) for rise in rising(region=a_region())}
    assert ("provider", provider.name, 5) in found
    assert ("category", str(Grievance.Category.MISSED.label), 5) in found
