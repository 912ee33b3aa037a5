"""Each computed leaf once on real rows, made through the verbs people use; the values are worked out by hand."""

import datetime
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile

from contracts.actions import accept_delivery, reject_delivery, report_delivery
from evaluations import actions
from evaluations.measures import REGISTRY, Measured, Period, points_for
from evaluations.models import Indicator
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.vouchers.actions import check_in, check_out, redeem, reverse_redemption
from marketplace.vouchers.models import Redemption
from tests.given.contracts import (
    a_contract_in_force,
    a_delivery,
    a_paid_delivery,
    an_accepted_delivery,
    at,
    some_evidence,
)
from tests.given.evaluations import a_published_engagement
from tests.given.people import a_person
from tests.given.pictures import PNG
from tests.given.voices import a_grievance, heard, three_offices
from tests.given.vouchers import TAICANG, a_counter

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def count(name: str, organisation, contract=None, period: Period | None = None) -> Measured:
    whole = period or Period(clock.today() - 400 * DAY, clock.today() + 800 * DAY)
    return REGISTRY[name].count(organisation, contract, whole)


def shown(found: Measured) -> list[str]:
    return [source.value for source in found.sources]


@pytest.fixture
def contract():
    """Four instalments of 3 months each, ¥112,500.00 each."""
    contract = a_contract_in_force()
    assert [(one.quantity, one.amount) for one in contract.deliverables.all()] == [(3, 112_500_00)] * 4
    return contract


def until(contract, position: int) -> Period:
    return Period(contract.starts_on, contract.deliverables.get(position=position).due_on)


def test_delivered_share(contract):
    """First instalment: 3 of 3; second: 2 of 3 accepted. Due until the second: 5 of 6 = 83.33 %; of all 5 of 12."""
    an_accepted_delivery(contract, 1)
    an_accepted_delivery(contract, 2, quantity=2)
    found = count("delivered_share", contract.supplier, contract, until(contract, 2))
    assert found.value == Decimal("83.33")
    assert len(found.sources) == 2 and "2" in shown(found)[1]
    assert count("delivered_share", contract.supplier, contract).value == Decimal("41.67")
    leaf = Indicator(top=10, measure="x", measure_from=Decimal(60), measure_to=Decimal(100))
    assert points_for(leaf, found.value) == Decimal("5.8325"), "(83.33 − 60) ÷ 40 × 10"


def test_reported_in_time(contract):
    """The first is reported a month in, is sent back and reported again after its day: its first report counts. The
    second comes a day late, the third never: 1 of 3 = 33.33 %."""
    one, two, _three, _four = contract.deliverables.all()
    a_delivery(contract, 1)
    with at(contract, 31):
        reject_delivery(one, reason="缺签字", residents_heard=3, by=contract.cast.officer)
    for item, day in ((one, one.due_on + 5 * DAY), (two, two.due_on + DAY)):
        with clock.pretend(clock.at_hour(day, 9)):
            report_delivery(
                item, quantity=3, note="完成。", invoice_number=f"2532058500{item.position:010d}", file=some_evidence(),
                by=contract.cast.provider,
            )  # fmt: skip
    found = count("reported_in_time", contract.supplier, contract, until(contract, 3))
    assert found.value == Decimal("33.33")
    assert len(found.sources) == 3 and "—" in shown(found)[2]
    assert count("reported_in_time", contract.supplier, contract, until(contract, 1)).value == Decimal("100.00")


def test_budget_execution_and_days_to_pay(contract):
    """Two instalments accepted, one paid: ¥112,500 of ¥225,000 = 50 %. Ordered at its acceptance (day 32), paid on day
    33 at the same hour: one day."""
    a_paid_delivery(contract, 1)
    an_accepted_delivery(contract, 2)
    found = count("budget_execution", contract.supplier, contract)
    assert (found.value, shown(found)) == (Decimal("50.00"), ["¥225,000.00", "¥112,500.00"])
    paid = count("days_to_pay", contract.supplier, contract)
    assert paid.value == Decimal("1.00") and len(paid.sources) == 1


def test_satisfaction_heard(contract):
    """5 people 90 % and 20 people 60 %: (450 + 1200) ÷ 25 = 66 %, not the mean of the two, 75 %."""
    an_accepted_delivery(contract, 1, satisfaction=90)
    a_delivery(contract, 2)
    with at(contract, 32):
        accept_delivery(
            contract.deliverables.get(position=2), residents_heard=20, satisfaction=60, by=contract.cast.officer
        )
    found = count("satisfaction_heard", contract.supplier, contract)
    assert found.value == Decimal("66.00") and len(found.sources) == 2


def test_reversed_share():
    """Three redemptions of ¥20, one taken back: 33.33 %; none of them before the period or at another provider."""
    counter, other = a_counter(price=20_00), a_counter(price=20_00, code="another")
    made = [Redemption.objects.get(id=redeem(counter.provider, **counter.request(key=f"k{n}")).id) for n in range(3)]
    redeem(other.provider, **other.request(key="elsewhere"))
    reverse_redemption(made[0], reason="按错了", by=counter.staff)
    found = count("reversed_share", counter.provider)
    assert (found.value, shown(found)) == (Decimal("33.33"), ["3", "1", "0"])
    assert count("reversed_share", other.provider).value == Decimal("0.00")
    yesterday = Period(clock.today() - 9 * DAY, clock.today() - DAY)
    assert count("reversed_share", counter.provider, None, yesterday).value is None


def test_visits_proven():
    """Two visits ended with a signature, the third is not over: 66.67 %."""
    counter = a_counter()
    noon = clock.at_hour(clock.today(), 12)
    for hour in range(3):
        with clock.pretend(noon + datetime.timedelta(hours=2 * hour)):
            visit = check_in(
                counter.provider, card=counter.card.number, service=counter.service, here=TAICANG, by=counter.staff
            )
        if hour < 2:
            with clock.pretend(noon + datetime.timedelta(hours=2 * hour + 1)):
                check_out(visit, here=TAICANG, signature=ContentFile(PNG), by=counter.staff)
    found = count("visits_proven", counter.provider)
    assert (found.value, shown(found)) == (Decimal("66.67"), ["3", "2"])


def test_rectified_share():
    """Four things to put right: one seen put right in time, one seen but reported a day late, one reported and not yet
    seen, one untouched: 1 of 4."""
    engagement = a_published_engagement()
    cast = engagement.cast
    due = clock.today() + 3 * DAY
    demands = [
        actions.demand_rectification(engagement, problem=f"问题{n}", due_on=due, by=cast.officer) for n in range(4)
    ]
    for demand, day, is_seen in ((demands[0], due, True), (demands[1], due + DAY, True), (demands[2], due, False)):
        with clock.pretend(clock.at_hour(day, 23)):
            actions.plan_rectification(demand, plan="两人轮值", by=cast.owner)
            actions.report_rectification(demand, proof="已整改", by=cast.owner)
            if is_seen:
                actions.confirm_rectification(demand, by=cast.officer)
    found = count("rectified_share", cast.provider)
    assert (found.value, shown(found)) == (Decimal("25.00"), ["4", "2", "1"])
    assert count("rectified_share", cast.provider, None, Period(clock.today(), due - DAY)).value is None


def test_mean_score():
    """5, 10 and 95 points against 1, 1 and 10: what is published counts, once each; another provider's does not."""
    first = a_published_engagement((5, 10, 95))
    a_published_engagement((1, 1, 10))
    found = count("mean_score", first.cast.provider)
    assert found.value == first.score and len(found.sources) == 1
    assert first.score == Decimal("98.75"), "A1 and A2 whole, B 95 of 100 on a weight of 25"
    earlier = Period(clock.today() - 9 * DAY, clock.today() - DAY)
    assert count("mean_score", first.cast.provider, None, earlier).value is None


def test_complaints_upheld():
    """Three complaints: one found right, one in part, one not: 2. Another provider's is not among them."""
    offices = three_offices()
    counter = a_counter()
    provider, owner = counter.provider, a_person(Role.OWNER, of=counter.provider)
    for outcome in ("upheld", "partly", "not_upheld"):
        grievance, _code = a_grievance(offices, provider=provider)
        grievance = heard(grievance, offices.officers[0], owner)
        actions.answer_grievance(
            grievance, outcome=outcome, answer="核实完毕，已告知老人。", measures="补排护理员。", by=offices.officers[0]
        )
    a_grievance(offices)
    found = count("complaints_upheld", provider)
    assert (found.value, shown(found)) == (Decimal(2), ["3", "2"])


def test_every_measure_has_its_example_here():
    """A measure without a worked example is not believed."""
    here = open(__file__).read()  # noqa: SIM115
    assert [name for name in REGISTRY if f'count("{name}"' not in here] == []
