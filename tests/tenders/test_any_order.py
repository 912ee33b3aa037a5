"""Whatever the order of handing in, replacing, withdrawing, amending, confirming, closing and opening: in the end there
is exactly the last valid bid of each, any two custodians open everything and any one nothing."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from marketplace.pages import clock
from marketplace.tenders import actions, sealing
from marketplace.tenders.models import Amendment, Bid, Envelope, Tender
from marketplace.tenders.queries.amendments import unconfirmed_amendments
from tests.given.tenders import PASSPHRASE, PDF, a_bid, a_published_tender, a_supplier

pytestmark = pytest.mark.django_db

BIDDERS = st.integers(0, 4)
PAIRS = st.permutations([0, 1, 2]).map(lambda order: order[:2])
FEWEST = 3
EXAMPLES = 10


class Bidding(RuleBasedStateMachine):
    """The model: what each bidder has sealed (fen), and whose bid waits for a confirmation."""

    @initialize()
    def publish(self):
        self.around = transaction.atomic()
        self.around.__enter__()
        self.tender = a_published_tender()
        self.bidders = [a_supplier() for _ in range(5)]
        self.now = clock.now()
        self.sealed: dict[int, int] = {}
        self.unconfirmed: set[int] = set()
        self.is_over = self.is_open = False

    def at(self):
        self.now += datetime.timedelta(minutes=1)
        return clock.pretend(self.now)

    def envelope(self, number):
        return Envelope.objects.filter(tender=self.tender, supplier=self.bidders[number][0]).standing().first()

    def refused_when_over(self, act) -> bool:
        """True when it was done; after the deadline everything is refused."""
        with self.at():
            if not self.is_over:
                act()
                return True
            with pytest.raises(ValidationError):
                act()
            return False

    @rule(number=BIDDERS, price=st.integers(1, 50_000_000), files=st.booleans())
    def submit(self, number, price, files):
        supplier, by = self.bidders[number]
        sent = [("方案.pdf", PDF)] if files else []
        if self.refused_when_over(lambda: a_bid(self.tender, supplier=supplier, by=by, price=price, files=sent)):
            self.sealed[number] = price
            self.unconfirmed.discard(number)

    @rule(number=BIDDERS)
    def withdraw(self, number):
        envelope, by = self.envelope(number), self.bidders[number][1]
        if envelope and self.refused_when_over(lambda: actions.withdraw_bid(envelope, by=by)):
            del self.sealed[number]
            self.unconfirmed.discard(number)

    @rule(number=BIDDERS)
    def confirm(self, number):
        envelope, by = self.envelope(number), self.bidders[number][1]
        waits = envelope and unconfirmed_amendments(envelope).exists()
        if waits and self.refused_when_over(lambda: actions.confirm_bid(envelope, by=by)):
            self.unconfirmed.discard(number)

    @rule(more=st.integers(1, 9))
    def amend(self, more):
        cast = self.tender.cast
        lot = self.tender.lots.get()

        def act():
            amendment = actions.propose_amendment(
                self.tender,
                Amendment.Weight.MATERIAL,
                "预算调整",
                lots={lot: {"ceiling": lot.ceiling + more}},
                by=cast.officer,
            )
            actions.publish_amendment(amendment, by=cast.approver)

        if self.refused_when_over(act):
            self.unconfirmed |= set(self.sealed)

    @rule()
    def pass_the_deadline(self):
        if not self.is_over:
            self.now = max(self.now, Tender.objects.get(pk=self.tender.pk).bids_due_at)
            self.is_over = True

    @rule()
    def let_the_clock_run(self):
        with self.at():
            actions.run_due_events()

    @rule(number=st.integers(0, 2))
    def one_custodian(self, number):
        if self.is_over and not self.is_open and len(self.expected()) >= FEWEST:
            self.now += datetime.timedelta(hours=1)  # an earlier share has lapsed
            with self.at():
                actions.unlock_bids(self.tender, PASSPHRASE, by=self.tender.cast.custodians[number])
            assert not Bid.objects.filter(lot__tender=self.tender).exists()

    @rule(pair=PAIRS)
    def two_custodians(self, pair):
        if self.is_over and not self.is_open:
            self.open(pair)

    def open(self, pair):
        self.now += datetime.timedelta(hours=1)
        for number in pair:
            with self.at():
                actions.unlock_bids(self.tender, PASSPHRASE, by=self.tender.cast.custodians[number])
        self.is_open = True
        opened = {
            bid.supplier: bid.amount for bid in Bid.objects.filter(lot__tender=self.tender).select_related("supplier")
        }
        expected = {self.bidders[number][0]: price for number, price in self.expected().items()}
        state = Tender.objects.get(pk=self.tender.pk).state
        if len(expected) < FEWEST:
            assert (opened, state) == ({}, Tender.State.FAILED)
        else:
            assert (opened, state) == (expected, Tender.State.EVALUATING)

    def expected(self):
        return {number: price for number, price in self.sealed.items() if number not in self.unconfirmed}

    @invariant()
    def one_envelope_each(self):
        if not self.is_open:
            standing = Envelope.objects.filter(tender=self.tender).standing()
            assert sorted(standing.values_list("supplier_id", flat=True)) == sorted(
                self.bidders[number][0].pk for number in self.sealed
            )

    def teardown(self):
        if not hasattr(self, "around"):
            return
        try:
            if not self.is_open:
                self.pass_the_deadline()
                self.open((2, 0))
        finally:
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)


def test_any_order_ends_with_the_last_valid_bid_of_each():
    run_state_machine_as_test(
        Bidding,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


@settings(max_examples=50, deadline=None)
@given(pair=PAIRS, guess=st.binary(min_size=32, max_size=32))
def test_two_shares_are_the_key_and_one_is_nothing(pair, guess):
    public_key, shares = sealing.make_tender_key()
    first, second = pair
    joined = sealing.join_shares(public_key, (first + 1, shares[first]), (second + 1, shares[second]))
    assert sealing.unseal(joined, sealing.seal_to(public_key, b"price")) == b"price"
    with pytest.raises(sealing.Unreadable):
        sealing.join_shares(public_key, (first + 1, shares[first]), (second + 1, guess))
