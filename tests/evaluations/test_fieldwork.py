"""The plan of an evaluation, the residents drawn for it, and the page that evaluates the evaluators."""

import datetime
import hashlib
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from contracts import actions as contract_actions
from contracts.models import Contract
from evaluations import actions
from evaluations.comparison import evaluators
from evaluations.models import Draw, FieldStep, Mark
from marketplace.audit.models import Entry
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.vouchers.actions import issue_card, issue_month, redeem
from tests.given.bookings import a_neighbour
from tests.given.contracts import an_agreement
from tests.given.evaluations import (
    a_planned_engagement,
    a_published_engagement,
    a_scored_engagement,
    a_scoring_engagement,
    again,
)
from tests.given.people import a_person, an_organisation
from tests.given.refusals import refused
from tests.given.vouchers import PIN, a_counter

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def a_step(engagement, **changes) -> FieldStep:
    given = {"kind": "visit", "subject": "城厢日间照料中心", "planned_on": clock.today() + DAY} | changes
    return actions.plan_step(engagement, by=given.pop("by", engagement.cast.evaluator_owner), **given)


def test_a_step_is_planned_and_done_over_http(client):
    engagement = a_scoring_engagement()
    cast = engagement.cast
    plan = reverse("evaluations:fieldwork", args=[engagement.pk])
    client.force_login(cast.evaluator_owner)
    form = {"kind": "interview", "subject": "访谈护理员三人", "planned_on": (clock.today() + DAY).isoformat()}
    address = reverse("evaluations:step_plan", args=[engagement.pk])
    assert client.post(address, form | {"subject": " "}).status_code == 422
    assert client.post(address, form).status_code == 302
    step = FieldStep.objects.get()
    finish = reverse("evaluations:step_finish", args=[engagement.pk, step.pk])
    client.force_login(cast.scorers[0])
    assert "访谈护理员三人" in client.get(plan).content.decode()
    assert client.post(finish, {"note": ""}).status_code == 422
    assert client.post(finish, {"note": "三人均持证。"}).status_code == 302
    step = FieldStep.objects.get()
    assert (step.done_on, step.note) == (clock.today(), "三人均持证。")
    assert client.post(finish, {"note": "再写一遍"}).status_code == 422
    assert FieldStep.objects.get().note == "三人均持证。"
    client.force_login(cast.officer)
    assert "三人均持证。" in client.get(plan).content.decode(), "the buyer reads the plan"
    assert {"engagement.step_planned", "engagement.step_done"} <= set(Entry.objects.values_list("event", flat=True))


def test_what_a_plan_refuses():
    engagement = a_scoring_engagement()
    for changes, code in (
        ({"subject": "  "}, "empty"),
        ({"planned_on": clock.today() - DAY}, "past"),
        ({"planned_on": engagement.due_on + DAY}, "late"),
    ):
        with refused(code):
            a_step(engagement, **changes)
    for person in (engagement.cast.officer, engagement.cast.owner, engagement.cast.scorers[0], a_person()):
        with pytest.raises(PermissionDenied):
            a_step(engagement, by=person)
    assert not FieldStep.objects.exists()
    step = a_step(engagement, planned_on=engagement.due_on)
    with refused("empty"):
        actions.finish_step(step, note=" ", by=engagement.cast.scorers[0])
    with pytest.raises(PermissionDenied):
        actions.finish_step(step, note="去过了", by=engagement.cast.owner)
    over = a_scored_engagement()
    with refused("state"):
        a_step(over)
    with refused("state"):
        actions.draw_residents(over, size=1, by=over.cast.evaluator_owner)


def test_who_sees_the_plan(client):
    engagement = a_scoring_engagement()
    step = a_step(engagement)
    addresses = [
        reverse(f"evaluations:{name}", args=[engagement.pk]) for name in ("fieldwork", "step_plan", "sample")
    ] + [reverse("evaluations:step_finish", args=[engagement.pk, step.pk])]
    strangers = [a_person(Role.OWNER, of=an_organisation()), engagement.cast.owner]
    for person in strangers:
        client.force_login(person)
        assert {client.get(address).status_code for address in addresses} <= {403, 404}, "the provider is not warned"
    client.logout()
    assert {client.get(address).status_code for address in addresses} == {302}
    other = a_scoring_engagement()
    client.force_login(other.cast.evaluator_owner)
    mixed = reverse("evaluations:step_finish", args=[other.pk, step.pk])
    assert client.post(mixed, {"note": "别人的"}).status_code == 404
    assert FieldStep.objects.get(pk=step.pk).done_on is None


@pytest.fixture
def served():
    """A provider under contract, five residents of whom four had a service within it; and the evaluation."""
    counter = a_counter(price=10_00)
    agreement = an_agreement(counter.provider)
    contract_actions.send_for_signature(agreement, by=agreement.cast.officer)
    contract_actions.sign_contract(agreement, by=agreement.cast.provider)
    contract_actions.sign_contract(agreement, by=agreement.cast.signatory)
    contract = Contract.objects.select_related("buyer", "supplier").get(pk=agreement.pk)
    contract.cast = agreement.cast
    residents = [counter.resident, *(a_neighbour(counter) for _number in range(4))]
    issue_month(counter.programme, clock.today(), by=service_user("tests"))
    for number, resident in enumerate(residents[:4]):
        card = resident.cards.live().first() or issue_card(resident, pin=PIN, by=service_user("tests"))
        for twice in range(2):
            redeem(counter.provider, **counter.request(card=card.number, key=f"s{number}-{twice}"))
    elsewhere = a_counter(price=10_00, code="elsewhere")
    redeem(elsewhere.provider, **elsewhere.request(key="elsewhere"))
    engagement = a_planned_engagement(contract)
    engagement.residents = residents
    return engagement


def test_residents_are_drawn_so_that_anyone_can_draw_again(client, served):
    """The pool: whoever had a service of this provider, once each; chosen: the first by SHA-256 of seed and id."""
    owner = served.cast.evaluator_owner
    with refused("size"):
        actions.draw_residents(served, size=0, by=owner)
    with pytest.raises(PermissionDenied):
        actions.draw_residents(served, size=3, by=served.cast.officer)
    assert not Draw.objects.exists()
    client.force_login(owner)
    assert client.post(reverse("evaluations:sample", args=[served.pk]), {"size": 3}).status_code == 302
    made = Draw.objects.get(purpose="residents")
    assert sorted(made.pool) == sorted(str(one.pk) for one in served.residents[:4])
    by_hash = sorted(made.pool, key=lambda pk: hashlib.sha256(f"{made.seed}:{pk}".encode()).hexdigest())
    assert made.chosen == by_hash[:3]
    entry = Entry.objects.get(event="engagement.residents_drawn")
    assert (entry.detail["seed"], entry.detail["pool"], entry.detail["size"]) == (made.seed, 4, 3)
    with refused("drawn_already"):
        actions.draw_residents(served, size=3, by=owner)

    page = reverse("evaluations:fieldwork", args=[served.pk])
    chosen = [one for one in served.residents if str(one.pk) in made.chosen]
    words = client.get(page).content.decode()
    assert all(one.masked_name in words and one.name not in words for one in chosen)
    client.force_login(served.cast.officer)
    words = client.get(page).content.decode()
    assert made.seed in words and not any(one.masked_name in words for one in chosen), "the buyer sees no resident"


def test_nobody_to_draw():
    engagement = a_planned_engagement()
    with refused("nobody"):
        actions.draw_residents(engagement, size=1, by=engagement.cast.evaluator_owner)
    assert not Draw.objects.exists()


def test_the_evaluators_page_worked_by_hand(client):
    """The first: one scored in time and published, one not scored though its day has passed: 1 of 2 late = 50 %. Of its
    six marks none was changed. The second has only begun: nothing is late."""
    first = a_published_engagement((4, 8, 90), (5, 9, 80))
    evaluator = first.evaluator
    overdue = a_scoring_engagement()
    type(overdue).objects.filter(pk=overdue.pk).update(evaluator=evaluator)
    begun = a_scoring_engagement()
    with clock.pretend(clock.at_hour(overdue.due_on, 23)):
        assert {one.late for one in evaluators()} == {0}
    with clock.pretend(clock.at_hour(overdue.due_on + DAY, 9)):
        type(begun).objects.filter(pk=begun.pk).update(due_on=overdue.due_on + 9 * DAY)
        records = {one.evaluator: one for one in evaluators()}
        one, two = records[evaluator], records[begun.evaluator]
        assert (one.engagements, one.published, one.late, one.late_share) == (2, 1, 1, Decimal("50.0"))
        assert (one.marks, one.moderated, one.moderated_share) == (Mark.objects.count(), 0, Decimal("0.0"))
        assert one.marks == 6 and one.agreement is not None
        assert (two.engagements, two.late, two.late_share, two.agreement) == (1, 0, None, None)
        for language in ("", "/en"):
            page = client.get(f"{language}/evaluations/evaluators/")
            assert page.status_code == 200
            assert evaluator.name in page.content.decode() and "50.0%" in page.content.decode()
    assert again(first).score is not None
