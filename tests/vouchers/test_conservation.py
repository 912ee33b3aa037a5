"""Months of issuing, spending, holding, taking back, suspending, expiring and settling in any order, against a plain
model of what must come out: money conserved, nothing below zero, nothing spent twice, each month and resident once.

MINFU_STEPS says how many steps are taken in all (CI: 10,000).
"""

import datetime
import itertools
import os
from collections import defaultdict
from dataclasses import dataclass

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from marketplace.ledger.models import Account
from marketplace.ledger.queries import balance
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.actions import reinstate_resident, suspend_resident
from marketplace.vouchers.actions import (
    confirm_hold,
    expire_holds,
    expire_month,
    hold,
    issue_card,
    issue_month,
    redeem,
    release_hold,
    reverse_redemption,
    settle_month,
)
from marketplace.vouchers.models import Hold, Redemption, Settlement, SettlementLine, Voucher
from marketplace.vouchers.verification import check_vouchers
from tests.given.directory import a_service, admitted
from tests.given.people import a_person, a_region
from tests.given.refusals import code_of
from tests.given.residents import a_resident
from tests.given.vouchers import PIN, a_programme

pytestmark = pytest.mark.django_db
STEPS_A_STORY = 100
STORIES = max(int(os.environ.get("MINFU_STEPS", "1000")) // STEPS_A_STORY, 1)
GRANT, PRICE = 80_00, 60_00
_count = itertools.count(1)
people, providers = st.integers(0, 1), st.integers(0, 1)
amounts = st.integers(1, 30_00) | st.sampled_from([PRICE, 20_00, 1])


@dataclass
class Wallet:
    """The plain model of one resident's month, fen."""

    spent: int = 0
    held: int = 0
    expired: int = 0

    @property
    def left(self) -> int:
        return GRANT - self.spent - self.held - self.expired


@dataclass
class Paid:
    row: Redemption
    wallet: Wallet
    provider: int
    month: datetime.date
    amount: int
    is_back: bool = False
    is_settled: bool = False


@dataclass
class Kept:
    row: Hold
    wallet: Wallet
    who: int
    provider: int
    month: datetime.date
    amount: int
    until: datetime.datetime
    state: str = "held"


def attempt(act, *args, **kwargs):
    """The answer, or the code of the refusal."""
    try:
        return act(*args, **kwargs)
    except ValidationError as refusal:
        return code_of(refusal)


class Months(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        number, self.by = next(_count), service_user("tests")
        self.now = clock.at_hour(clock.today().replace(month=2, day=10), 9)
        self.wallets: dict[tuple[int, datetime.date], Wallet] = {}
        self.paid: dict[str, Paid] = {}
        self.kept: list[Kept] = []
        self.suspended: set[int] = set()
        self.settled: dict[tuple[int, datetime.date], int] = defaultdict(int)
        self.late: set[datetime.date] = set()
        with clock.pretend(self.now):
            region = a_region()
            self.programme = a_programme(code=f"story-{number}")
            # Others of this story's town would be given vouchers too: everyone of an earlier story has moved.
            type(a := a_resident(region=region, name="甲")).objects.exclude(pk=a.pk).update(birth_date="2020-01-01")
            self.residents = [a, a_resident(region=region, name="乙")]
            self.cards = [issue_card(one, pin=PIN, by=self.by) for one in self.residents]
            self.services = [a_service(price=PRICE) for _n in range(2)]
            for service in self.services:
                admitted(service.organisation, self.programme.code)
            self.staff = [a_person(Role.COUNTER, of=service.organisation) for service in self.services]
            self.officer = a_person(Role.OFFICER, of=self.programme.bureau)
            self.desk = a_person(Role.COMMUNITY_WORKER, of=self.programme.bureau)

    # What the clock does

    @property
    def month(self) -> datetime.date:
        return self.now.date().replace(day=1)

    def last_month(self) -> datetime.date:
        return (self.month - datetime.timedelta(days=1)).replace(day=1)

    def at(self):
        """Every act has a moment of its own."""
        self.now += datetime.timedelta(seconds=1)
        return clock.pretend(self.now)

    @rule(days=st.sampled_from([0, 0, 1, 3, 20]), hours=st.integers(1, 9))
    def time_passes(self, days: int, hours: int) -> None:
        if self.month.month < 11:
            self.now += datetime.timedelta(days=days, hours=hours)

    # The verbs

    @rule()
    def issue(self) -> None:
        with self.at():
            issued = issue_month(self.programme, self.month, by=self.by)
        new = [who for who in (0, 1) if who not in self.suspended and (who, self.month) not in self.wallets]
        for who in new:
            self.wallets[who, self.month] = Wallet()
        assert (issued.vouchers if issued else 0) == len(new)

    @rule(who=people, provider=providers, amount=amounts, own=st.sampled_from([0, 0, 5_00]))
    def spend(self, who: int, provider: int, amount: int, own: int) -> None:
        key = f"key-{len(self.paid)}-{next(_count)}"
        if amount + own > PRICE:
            own = 0
        with self.at():
            answer = attempt(
                redeem, self.services[provider].organisation, **self.request(who, provider, amount, own, key)
            )
        expected = self.why_not(who, amount)
        if expected is None:
            assert isinstance(answer, Redemption), answer
            wallet = self.wallets[who, self.month]
            wallet.spent += amount
            assert answer.balance_left == wallet.left
            self.paid[key] = Paid(answer, wallet, provider, self.month, amount)
        else:
            assert answer in expected, (answer, expected)

    def request(self, who: int, provider: int, amount: int, own: int, key: str) -> dict:
        return {
            "card": self.cards[who].number,
            "pin": PIN,
            "service": self.services[provider],
            "amount": amount + own,
            "own_part": own,
            "key": key,
            "by": self.staff[provider],
        }

    def why_not(self, who: int, amount: int) -> tuple[str, ...] | None:
        wallet = self.wallets.get((who, self.month))
        if who in self.suspended:
            return ("suspended",)
        if wallet is None:
            return ("expired", "outside_programme")
        return ("overdrawn",) if wallet.left < amount else None

    @precondition(lambda self: self.paid)
    @rule(data=st.data(), changed=st.booleans())
    def send_again(self, data, changed: bool) -> None:
        """The same key has one effect, whatever happened since."""
        key = data.draw(st.sampled_from(sorted(self.paid)))
        paid = self.paid[key]
        who = next(n for n, one in enumerate(self.residents) if one.pk == paid.row.resident_id)
        asked = self.request(who, paid.provider, paid.amount + (1 if changed else 0), paid.row.own_part, key)
        with self.at():
            answer = attempt(redeem, self.services[paid.provider].organisation, **asked)
        assert answer == "key_conflict" if changed else answer.replayed and answer.id == paid.row.id

    @rule(who=people, provider=providers, amount=amounts, hours=st.sampled_from([1, 5, 30]))
    def keep(self, who: int, provider: int, amount: int, hours: int) -> None:
        until = self.now + datetime.timedelta(hours=hours)
        asked = {"resident": self.residents[who], "service": self.services[provider], "amount": amount, "by": self.desk}
        with self.at():
            answer = attempt(hold, **asked, month=self.month, key=f"hold-{next(_count)}", until=until)
        expected = self.why_not(who, amount)
        if expected is None:
            assert isinstance(answer, Hold), answer
            wallet = self.wallets[who, self.month]
            wallet.held += amount
            self.kept.append(Kept(answer, wallet, who, provider, self.month, amount, until))
        else:
            assert answer in expected, (answer, expected)

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), share=st.sampled_from([1, 2, 3]))
    def do_what_was_booked(self, data, share: int) -> None:
        kept = data.draw(st.sampled_from(self.kept))
        if kept.state == "confirmed":
            return
        amount, with_time = max(kept.amount // share, 1), self.month == kept.month
        with self.at():
            answer = attempt(confirm_hold, kept.row, amount, by=self.staff[kept.provider])
        if kept.state != "held" or kept.until <= self.now:
            assert answer == "hold_ended"
        elif kept.who in self.suspended:
            assert answer == "suspended"
        elif not with_time:
            assert answer == "performed_at"
        else:
            kept.state = "confirmed"
            kept.wallet.held -= kept.amount
            kept.wallet.spent += amount
            self.paid[f"hold {kept.row.id}"] = Paid(answer, kept.wallet, kept.provider, kept.month, amount, True)
            self.paid.popitem()  # it is not sent again by key: see `booked`
            self.booked.append(Paid(answer, kept.wallet, kept.provider, kept.month, amount))

    @property
    def booked(self) -> list[Paid]:
        return self.__dict__.setdefault("_booked", [])

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def call_it_off(self, data) -> None:
        kept = data.draw(st.sampled_from(self.kept))
        with self.at():
            answer = attempt(release_hold, kept.row, reason="取消", by=self.desk)
        if kept.state == "confirmed":
            assert answer == "hold_ended"
        elif kept.state == "held":
            kept.state = "released"
            kept.wallet.held -= kept.amount

    @rule()
    def sweep(self) -> None:
        with self.at():
            expire_holds()
        for kept in self.kept:
            if kept.state == "held" and kept.until <= self.now:
                kept.state = "expired"
                kept.wallet.held -= kept.amount

    @precondition(lambda self: self.everything())
    @rule(data=st.data())
    def take_back(self, data) -> None:
        paid = data.draw(st.sampled_from(self.everything()))
        with self.at():
            answer = attempt(reverse_redemption, paid.row, reason=f"原因{next(_count)}", by=self.officer)
        if paid.is_back:
            assert answer == "reversed"
            return
        assert answer.after_settlement == paid.is_settled
        paid.is_back = True
        paid.wallet.spent -= paid.amount
        if paid.is_settled:
            self.late.add(paid.month)

    def everything(self) -> list[Paid]:
        return [*self.paid.values(), *self.booked]

    @rule(who=people)
    def suspend_or_reinstate(self, who: int) -> None:
        resident = type(self.residents[who]).objects.get(pk=self.residents[who].pk)
        with self.at():
            if who in self.suspended:
                reinstate_resident(resident, reason="核实无误", by=self.by)
            else:
                suspend_resident(resident, reason="待核实", by=self.by)
        self.suspended ^= {who}

    @rule()
    def expire(self) -> None:
        last = self.last_month()
        with self.at():
            fen = expire_month(self.programme, last, by=self.by)
        assert fen == self.expire_in_model(last)

    def expire_in_model(self, month: datetime.date) -> int:
        total = 0
        for (_who, of), wallet in self.wallets.items():
            if of == month:
                total += wallet.left
                wallet.expired += wallet.left
        return total

    @rule(running=st.booleans())
    def settle(self, running: bool) -> None:
        month = self.month if running else self.last_month()
        with self.at():
            made = settle_month(self.programme.bureau, month, by=self.by)
        if not running:
            self.expire_in_model(month)
        found = {(one.provider_id): one.amount for one in made}
        touched = set()
        for provider, service in enumerate(self.services):
            flows = {month: self.unsettled(provider, month)}
            flows |= {of: f for of in self.late if of < month and (f := self.unsettled(provider, of)) < 0}
            total = sum(flows.values())
            assert found.get(service.organisation_id, 0) == max(total, 0)
            if total > 0:
                for of, flow in flows.items():
                    self.settled[provider, of] += flow
                    touched |= {of} - {month}
                    for paid in self.everything():
                        if (paid.provider, paid.month) == (provider, of) and (flow or self.settled[provider, of]):
                            paid.is_settled = True
        for of in touched:
            self.expire_in_model(of)

    def unsettled(self, provider: int, month: datetime.date) -> int:
        earned = sum(
            paid.amount
            for paid in self.everything()
            if (paid.provider, paid.month, paid.is_back) == (provider, month, False)
        )
        return earned - self.settled[provider, month]

    # What must hold after every step

    @invariant()
    def wallets_are_what_the_model_says(self) -> None:
        if not hasattr(self, "programme"):
            return
        place = {one.pk: n for n, one in enumerate(self.residents)}
        rows = Voucher.objects.filter(programme=self.programme).values_list(
            "resident", "month", "granted", "spent", "held", "expired"
        )
        found = {(place[who], month): numbers for who, month, *numbers in rows}
        assert found == {
            key: [GRANT, wallet.spent, wallet.held, wallet.expired] for key, wallet in self.wallets.items()
        }
        assert all(min(numbers) >= 0 and numbers[0] >= sum(numbers[1:]) for numbers in found.values())

    def teardown(self) -> None:
        if not hasattr(self, "programme"):
            return
        lines = SettlementLine.objects.filter(settlement__in=Settlement.objects.filter(bureau=self.programme.bureau))
        assert sum(line.amount for line in lines) == sum(self.settled.values())
        outstanding = balance(Account.of(Account.Kind.VOUCHERS, line=self.programme.budget_line))
        assert outstanding == sum(GRANT - wallet.expired for wallet in self.wallets.values())


def test_money_is_conserved():
    run_state_machine_as_test(
        Months,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS_A_STORY,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a story is short: shrinking it costs more than reading it
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert list(check_vouchers()) == []
