"""Interest on what came late: claimed or added, through two officers and the ledger, exactly once."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.audit.models import Entry
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import BudgetLine, Transfer
from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.payments import actions
from marketplace.payments.interest import interest_of, left_to_order
from marketplace.payments.models import InterestClaim, PaymentOrder
from marketplace.payments.queries import waiting_for
from marketplace.payments.verification import faults
from tests.given.money import a_budget_line, a_late_payment, an_order, bank_csv
from tests.given.people import a_bureau, a_person, an_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> PaymentOrder:
    """¥10,000 that came ten days late: at 0.05% a day that is ¥50."""
    return a_late_payment(1_000_000, days=10)


@pytest.fixture(autouse=True)
def later(order):
    with clock.pretend(order.paid_at):
        yield


def pay(order: PaymentOrder, result: str = "成功") -> PaymentOrder:
    finance = a_person(Role.FINANCE, of=order.bureau)
    if order.state == PaymentOrder.State.DRAFT:
        order = actions.approve_payment(order, by=finance)
    attempt = actions.send_payments(order.bureau, [order], by=finance).attempts.get()
    actions.import_bank_answer(
        order.bureau, bank_csv((attempt, order.amount, result, "" if result == "成功" else "户名不符")), by=finance
    )
    return PaymentOrder.objects.get(pk=order.pk)


def test_the_payee_claims_and_two_officers_pay(order, django_capture_on_commit_callbacks):
    owner, officer = a_person(Role.OWNER, of=order.payee), a_person(Role.OFFICER, of=order.bureau)
    with django_capture_on_commit_callbacks(execute=True):
        claim = actions.claim_interest(order, by=owner)
    assert (claim.base, claim.days, claim.amount) == (1_000_000, 10, 5_000)
    assert ledger.payable_to(order.payee) == 0, "a claim is not yet a debt"
    assert Message.objects.filter(to=officer, subject__contains=order.payee.name).exists()

    with django_capture_on_commit_callbacks(execute=True):
        payment = actions.agree_interest(claim, line=order.line, by=officer)
    assert (payment.state, payment.amount, payment.reference) == ("draft", 5_000, f"LX-{order.reference}")
    assert ledger.payable_to(order.payee) == 5_000
    line = BudgetLine.objects.get(pk=order.line_id)
    assert (line.committed, line.spent) == (0, 1_005_000)
    assert Message.objects.filter(to=owner, body__contains=order.number).exists()
    with pytest.raises(PermissionDenied):
        actions.approve_payment(payment, by=officer)

    assert pay(payment).state == PaymentOrder.State.PAID
    assert ledger.payable_to(order.payee) == 0
    assert list(faults()) == []
    assert set(Entry.objects.filter(event__startswith="interest.").values_list("event", flat=True)) == {
        "interest.asked", "interest.granted",
    }  # fmt: skip


def test_it_is_owed_once(order):
    owner, officer = a_person(Role.OWNER, of=order.payee), a_person(Role.OFFICER, of=order.bureau)
    claim = actions.claim_interest(order, by=owner)
    for again in (
        lambda: actions.claim_interest(order, by=owner),
        lambda: actions.add_interest(order, line=order.line, by=officer),
    ):
        with pytest.raises(ValidationError) as refusal:
            again()
        assert refusal.value.code == "claimed"
    actions.agree_interest(claim, line=order.line, by=officer)
    posted = Transfer.objects.count()
    for again in (
        lambda: actions.agree_interest(claim, line=order.line, by=officer),
        lambda: actions.refuse_interest(claim, reason="晚了", by=officer),
    ):
        with pytest.raises(ValidationError) as refusal:
            again()
        assert refusal.value.code == "decided"
    with pytest.raises(ValidationError):
        actions.order_interest_again(claim, by=officer)
    assert Transfer.objects.count() == posted and PaymentOrder.objects.count() == 2


def test_an_officer_adds_it_unasked(order):
    officer = a_person(Role.OFFICER, of=order.bureau)
    payment = actions.add_interest(order, line=order.line, by=officer)
    claim = InterestClaim.objects.get()
    assert (claim.state, claim.asked_by, claim.decided_by) == ("agreed", officer, officer)
    assert payment.claim == claim and payment.amount == 5_000


def test_what_came_in_time_or_has_not_come_bears_none(order):
    owner = a_person(Role.OWNER, of=order.payee)
    in_time = a_late_payment(payee=order.payee, days=0)
    unpaid = an_order(payee=order.payee)
    for other in (in_time, unpaid):
        with pytest.raises(ValidationError) as refusal:
            actions.claim_interest(other, by=owner)
        assert refusal.value.code == "not_late"
    assert not InterestClaim.objects.exists()


def test_there_is_no_interest_on_interest_nor_on_what_was_given_back(order):
    officer, owner = a_person(Role.OFFICER, of=order.bureau), a_person(Role.OWNER, of=order.payee)
    actions.refund_payment(
        order, 400_000, reason="核减", key="r", bank_reference="B1", by=a_person(Role.FINANCE, of=order.bureau)
    )
    payment = actions.add_interest(PaymentOrder.objects.get(pk=order.pk), line=order.line, by=officer)
    assert payment.amount == 3_000
    with clock.pretend(clock.at_hour(payment.due_on.replace(year=payment.due_on.year + 1), 10)):
        assert not interest_of(payment)
        paid = pay(payment)
        with pytest.raises(ValidationError) as refusal:
            actions.claim_interest(paid, by=owner)
        assert refusal.value.code == "not_late"


def test_a_refused_claim_says_why_and_pays_nothing(order):
    owner, officer = a_person(Role.OWNER, of=order.payee), a_person(Role.OFFICER, of=order.bureau)
    claim = actions.claim_interest(order, by=owner)
    with pytest.raises(ValidationError) as refusal:
        actions.refuse_interest(claim, reason=" ", by=officer)
    assert "reason" in refusal.value.error_dict
    actions.refuse_interest(claim, reason="账号有误，退汇后才补正。", by=officer)
    assert ledger.payable_to(order.payee) == 0 and PaymentOrder.objects.count() == 1
    assert actions.claim_interest(order, by=owner).state == "asked", "with better grounds it may be claimed again"


def test_a_line_that_is_short_or_anothers_refuses(order):
    officer = a_person(Role.OFFICER, of=order.bureau)
    for line, code in (
        (a_budget_line(4_999, bureau=order.bureau), "budget_short"),
        (a_budget_line(1_000_000), "foreign_line"),
    ):
        with pytest.raises(ValidationError) as refusal:
            actions.add_interest(order, line=line, by=officer)
        assert refusal.value.error_dict["line"][0].code == code
    assert not InterestClaim.objects.exists() and ledger.payable_to(order.payee) == 0


def test_only_the_payee_claims_and_only_people_of_the_bureau_decide(order):
    strangers = (a_person(Role.OFFICER, of=a_bureau()), a_person(Role.OWNER, of=an_organisation()))
    officer, counter = a_person(Role.OFFICER, of=order.bureau), a_person(Role.COUNTER, of=order.payee)
    for person in (*strangers, officer, counter):
        with pytest.raises(PermissionDenied):
            actions.claim_interest(order, by=person)
    claim = actions.claim_interest(order, by=a_person(Role.FINANCE, of=order.payee))
    for person in (*strangers, counter, a_person(Role.OWNER, of=order.payee), service_user("payments")):
        with pytest.raises(PermissionDenied):
            actions.agree_interest(claim, line=order.line, by=person)


def test_cancelled_or_failed_it_stays_owed_and_is_paid_once(order):
    officer, finance = a_person(Role.OFFICER, of=order.bureau), a_person(Role.FINANCE, of=order.bureau)
    first = actions.add_interest(order, line=order.line, by=officer)
    actions.cancel_payment(first, reason="重开", by=finance)
    claim = InterestClaim.objects.get()
    assert left_to_order(claim) == 5_000 == ledger.payable_to(order.payee)
    second = actions.order_interest_again(claim, by=officer)
    assert pay(second, "失败").state == PaymentOrder.State.FAILED
    assert left_to_order(claim) == 0, "a failed order is sent again"
    actions.requeue_payment(second, by=finance)
    assert pay(PaymentOrder.objects.get(pk=second.pk)).state == PaymentOrder.State.PAID
    assert ledger.payable_to(order.payee) == 0 == left_to_order(claim)
    assert list(faults()) == []


def test_on_the_pages_each_side_finds_its_step(client, order):
    owner, officer = a_person(Role.OWNER, of=order.payee), a_person(Role.OFFICER, of=order.bureau)
    claim_url = reverse("payments:claim_interest", args=[order.pk])
    assert [item.url for item in waiting_for(owner, order.payee)] == [order.get_absolute_url()]
    client.force_login(owner)
    page = client.get(order.get_absolute_url())
    assert claim_url in page.text and "50.00" in page.text
    assert order.number in client.get("/payments/?state=late").text
    sent = {"submission_key": "0198f0c4-0000-7000-8000-000000000001"}
    for _press in (1, 2):
        assert client.post(claim_url, sent).url == order.get_absolute_url()
    assert InterestClaim.objects.count() == 1
    again = client.post(claim_url)
    assert again.status_code == 422
    assert client.get(reverse("payments:agree_interest", args=[order.pk])).status_code == 403

    assert [item.url for item in waiting_for(officer, order.bureau)] == [order.get_absolute_url()]
    client.force_login(officer)
    agree_url = reverse("payments:agree_interest", args=[order.pk])
    assert agree_url in client.get(order.get_absolute_url()).text
    poor = a_budget_line(1, bureau=order.bureau)
    refused = client.post(agree_url, {"line": poor.pk})
    assert refused.status_code == 422 and InterestClaim.objects.get().state == "asked"
    client.post(agree_url, {"line": order.line_id})
    payment = PaymentOrder.objects.get(amount=5_000)
    assert payment.number in client.get(order.get_absolute_url()).text
    assert order.number in client.get(payment.get_absolute_url()).text
    assert client.get(f"/en{payment.get_absolute_url()}").status_code == 200
    client.force_login(a_person(Role.OWNER, of=an_organisation()))
    assert client.get(claim_url).status_code == 404


def test_the_check_notices_interest_that_lies(order):
    actions.add_interest(order, line=order.line, by=a_person(Role.OFFICER, of=order.bureau))
    assert list(faults()) == []
    InterestClaim.objects.update(amount=5_001)
    assert "5001" in next(iter(faults()))
