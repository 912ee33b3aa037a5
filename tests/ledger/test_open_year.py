import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from marketplace.ledger import actions, queries
from marketplace.ledger.actions.years import NewLine
from marketplace.ledger.models import BudgetLine, Transfer
from marketplace.ledger.resumming import verify
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from tests.given.money import a_budget_line, a_fund
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    """¥10 appropriated, of which ¥4 committed, ¥1 in vouchers, ¥2 owed to a payee."""
    line, job = a_budget_line(1_000, year=2026), service_user("tests")
    actions.commit_budget(line, 600, key="c", reference="contract/1", by=job)
    actions.accrue_payable(line, an_organisation(name="养老中心"), 200, key="a", reference="contract/1", by=job)
    actions.commit_budget(line, 100, key="c2", reference="programme/1", by=job)
    actions.post_vouchers_issued(line, 100, key="v", reference="programme/1", by=job)
    return line


def open_2027(line, amount=500, **more):
    new = NewLine(more.pop("fund", line.fund), more.pop("code", line.code), line.name, amount)
    return actions.open_year(line.bureau, 2027, [new], by=more.pop("by", service_user("tests")))


def test_promises_go_on_and_the_rest_lapses(line):
    (new,) = open_2027(line)

    old, new = BudgetLine.objects.get(pk=line.pk), BudgetLine.objects.get(pk=new.pk)
    assert (old.appropriated, old.committed, old.outstanding, old.spent) == (200, 0, 0, 200)
    assert (new.appropriated, new.committed, new.outstanding, new.spent) == (1_000, 500, 100, 0)
    assert old.closed_at and old.current() == new
    assert Transfer.objects.filter(code="carried", reference="contract/1", amount=400).exists()
    assert verify().is_sound


def test_verbs_on_the_old_line_act_on_the_new(line):
    (new,) = open_2027(line)
    job, payee = service_user("tests"), an_organisation()
    old = BudgetLine.objects.get(pk=line.pk)
    actions.accrue_payable(old, payee, 400, key="a2", reference="contract/1", by=job)
    actions.post_vouchers_settled(old, payee, 100, key="s", reference="programme/1", by=job)
    assert BudgetLine.objects.get(pk=new.pk).spent == 500
    assert queries.payable_on(new, payee) == 500
    actions.post_payment(payee, 500, key="p", reference="contract/1", line=old, by=job)
    assert queries.payable_to(payee) == 0
    # A replay of what was posted before the turn is still the same transfer.
    assert actions.commit_budget(old, 600, key="c", reference="contract/1", by=job).amount == 600
    assert verify().is_sound


def test_what_is_owed_is_paid_from_where_it_arose(line):
    open_2027(line)
    payee = line.accounts.get(kind="payable").organisation
    assert queries.payable_on(line, payee) == queries.payable_to(payee) == 200
    actions.post_payment(payee, 200, key="p", reference="contract/1", by=service_user("tests"))
    assert verify().is_sound


@pytest.mark.parametrize("change", ["code", "fund"])
def test_promises_need_a_line_to_go_to(line, change):
    other = {"code": "other"} if change == "code" else {"fund": a_fund()}
    with pytest.raises(ValidationError) as refusal:
        open_2027(line, **other)
    assert refusal.value.code == "nowhere_to_carry"
    assert not BudgetLine.objects.filter(year=2027).exists()
    assert BudgetLine.objects.get(pk=line.pk).closed_at is None


def test_a_year_is_opened_once_and_by_whom_it_concerns(line):
    with pytest.raises(PermissionDenied):
        open_2027(line, by=a_person(Role.OFFICER, of=line.bureau))
    open_2027(line, by=a_person(Role.FINANCE, of=line.bureau))
    with pytest.raises(ValidationError) as refusal:
        open_2027(line)
    assert refusal.value.code == "year_open"


def test_a_closed_line_without_a_successor_takes_nothing():
    line = a_budget_line(1_000, year=2026)
    open_2027(line, code="other")
    with pytest.raises(ValidationError) as refusal:
        actions.commit_budget(BudgetLine.objects.get(pk=line.pk), 1, key="k", reference="x", by=service_user("tests"))
    assert refusal.value.code == "line_closed"
