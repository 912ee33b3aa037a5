"""The verbs against a plain model: whatever the order, the ledger and five integers agree."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.ledger import actions, queries
from marketplace.ledger.models import BudgetLine
from marketplace.ledger.resumming import verify
from marketplace.parties.actions import service_user
from tests.given.money import a_budget_line
from tests.given.people import an_organisation

pytestmark = pytest.mark.django_db
MOVES = (
    "appropriate",
    "withdraw",
    "commit",
    "release",
    "accrue",
    "reverse",
    "issue",
    "expire",
    "settle",
    "pay",
    "come back",
)


class Plain:
    """What ought to be, in five integers and one that remembers what was paid."""

    def __init__(self) -> None:
        self.available = self.committed = self.outstanding = self.owed = self.spent = self.paid = 0

    def move(self, name: str, n: int) -> bool:
        """False when it must be refused."""
        take, give = {
            "appropriate": (None, "available"),
            "withdraw": ("available", None),
            "commit": ("available", "committed"),
            "release": ("committed", "available"),
            "accrue": ("committed", "owed"),
            "reverse": ("owed", "committed"),
            "issue": ("committed", "outstanding"),
            "expire": ("outstanding", "available"),
            "settle": ("outstanding", "owed"),
            "pay": ("owed", "paid"),
            "come back": ("paid", "owed"),
        }[name]
        if take and getattr(self, take) < n:
            return False
        if take:
            setattr(self, take, getattr(self, take) - n)
        if give:
            setattr(self, give, getattr(self, give) + n)
        self.spent += n if name in ("accrue", "settle") else -n if name == "reverse" else 0
        return True


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(1, 40), st.booleans()), max_size=25))
def test_the_ledger_agrees_with_a_plain_model(moves):
    line, payee, job, plain = a_budget_line(100), an_organisation(), service_user("tests"), Plain()
    plain.move("appropriate", 100)
    verbs = {
        "appropriate": lambda n, **k: actions.appropriate(line, n, **k),
        "withdraw": lambda n, **k: actions.withdraw_appropriation(line, n, **k),
        "commit": lambda n, **k: actions.commit_budget(line, n, **k),
        "release": lambda n, **k: actions.release_commitment(line, n, **k),
        "accrue": lambda n, **k: actions.accrue_payable(line, payee, n, **k),
        "reverse": lambda n, **k: actions.reverse_accrual(line, payee, n, **k),
        "issue": lambda n, **k: actions.post_vouchers_issued(line, n, **k),
        "expire": lambda n, **k: actions.post_vouchers_expired(line, n, **k),
        "settle": lambda n, **k: actions.post_vouchers_settled(line, payee, n, **k),
        "pay": lambda n, **k: actions.post_payment(payee, n, **k),
        "come back": lambda n, **k: actions.post_payment_returned(payee, n, **k),
    }
    for number, (name, n, sent_twice) in enumerate(moves):
        content = {"key": f"{line.pk}/{number}", "reference": f"r/{line.pk}", "by": job}
        if plain.move(name, n):
            first = verbs[name](n, **content)
            assert not sent_twice or verbs[name](n, **content) == first
        else:
            with pytest.raises(ValidationError):
                verbs[name](n, **content)

    now = BudgetLine.objects.get(pk=line.pk)
    assert (now.available, now.committed, now.outstanding) == (
        plain.available,
        plain.committed + plain.outstanding,
        plain.outstanding,
    )
    assert (now.spent, queries.payable_to(payee)) == (plain.spent, plain.owed)
    assert verify().is_sound
