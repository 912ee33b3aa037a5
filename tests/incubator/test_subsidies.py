"""A subsidy leaves as all public money does: asked, granted on a line, accounted for, ordered, approved by a second."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incubator import actions
from incubator.models import Subsidy
from incubator.verification import faults
from marketplace.ledger import resumming
from marketplace.ledger.models import BudgetLine
from marketplace.ledger.queries import payable_to
from marketplace.messages.models import Message
from marketplace.parties.models import Role
from marketplace.payments.actions import approve_payment, import_bank_answer, refund_payment, send_payments
from marketplace.payments.models import PaymentOrder
from tests.given.contracts import PDF
from tests.given.incubator import an_admitted_application, an_application
from tests.given.money import a_budget_line, an_account, bank_csv
from tests.given.people import a_bureau, a_person, an_organisation

pytestmark = pytest.mark.django_db
GRANTED = 2_000_000


def receipts(name: str = "票据.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


class Case:
    """An admitted organisation, a bureau with a line of the incubation fund, and who acts."""

    def __init__(self) -> None:
        self.application = an_admitted_application()
        self.line = a_budget_line(bureau=a_bureau(), amount=10_000_000)
        self.bureau = self.line.bureau
        self.officer = a_person(Role.OFFICER, of=self.bureau)
        self.finance = a_person(Role.FINANCE, of=self.bureau)
        self.manager, self.owner = self.application.manager, self.application.owner

    def asked(self, **changes) -> Subsidy:
        fields = {"bureau": self.bureau, "kind": "staff", "purpose": "专职社工岗位补贴", "amount": GRANTED} | changes
        return actions.ask_subsidy(self.application, **fields, by=self.manager)

    def granted(self) -> Subsidy:
        return actions.grant_subsidy(self.asked(), self.line, by=self.officer)

    def claimed(self, spent: int = 1_500_000) -> Subsidy:
        return actions.claim_subsidy(
            self.granted(), spent=spent, account="两名社工三个月工资", file=receipts(), by=self.owner
        )

    def money(self) -> tuple[int, int, int]:
        line = BudgetLine.objects.get(pk=self.line.pk)
        return line.committed, line.spent, payable_to(self.application.organisation)

    def is_sound(self) -> None:
        assert list(faults()) == []
        report = resumming.verify()
        assert report.is_sound, report.faults


@pytest.fixture
def case() -> Case:
    return Case()


def test_from_the_budget_to_the_bank(case, django_capture_on_commit_callbacks):
    subsidy = case.asked()
    assert case.money() == (0, 0, 0)
    with django_capture_on_commit_callbacks(execute=True):
        subsidy = actions.grant_subsidy(subsidy, case.line, by=case.officer)
    told = Message.objects.get(to=case.owner, subject__contains=subsidy.number)
    assert "20,000.00" in told.body and "<" not in told.body
    assert case.money() == (GRANTED, 0, 0)
    case.is_sound()
    actions.claim_subsidy(subsidy, spent=1_500_000, account="两名社工三个月工资", file=receipts(), by=case.owner)
    subsidy = actions.order_subsidy(subsidy, by=case.officer)
    assert case.money() == (0, 1_500_000, 1_500_000), "what was not spent is free again"
    case.is_sound()
    order = PaymentOrder.objects.get(reference=subsidy.number)
    with pytest.raises(PermissionDenied):
        approve_payment(order, by=case.officer)  # who ordered does not approve
    an_account(case.application.organisation)
    an_account(case.bureau)
    batch = send_payments(case.bureau, [approve_payment(order, by=case.finance)], by=case.finance)
    import_bank_answer(case.bureau, bank_csv((batch.attempts.get(), order.amount, "成功", "")), by=case.finance)
    assert case.money() == (0, 1_500_000, 0)
    case.is_sound()
    order = PaymentOrder.objects.get()
    refund_payment(order, 100_000, reason="多报", bank_reference="B1", key="r", by=case.finance)
    assert case.money() == (0, 1_400_000, 0)
    case.is_sound()


def test_receipts_that_do_not_show_it_go_back(case):
    subsidy = actions.send_back_claim(case.claimed(), reason="缺工资发放表", by=case.officer)
    assert subsidy.state == Subsidy.State.GRANTED and case.money() == (GRANTED, 0, 0)
    with pytest.raises(ValidationError) as refusal:
        actions.order_subsidy(subsidy, by=case.officer)
    assert refusal.value.code == "state"


def test_refused_or_withdrawn_the_line_has_its_money(case):
    with pytest.raises(ValidationError):
        actions.refuse_subsidy(case.asked(), reason=" ", by=case.officer)
    assert actions.refuse_subsidy(case.asked(), reason="资金不足", by=case.officer).state == Subsidy.State.REFUSED
    assert actions.refuse_subsidy(case.claimed(), reason="已退出", by=case.officer).state == Subsidy.State.WITHDRAWN
    assert case.money() == (0, 0, 0)
    case.is_sound()


@pytest.mark.parametrize(
    ("amount", "spent"), [(1_500_001, 1_500_000), (GRANTED + 1, GRANTED * 2), (0, 1_500_000), (-1, 1_500_000)]
)
def test_never_more_than_spent_nor_than_granted(case, amount, spent):
    subsidy = case.claimed(spent)
    with pytest.raises(ValidationError) as refusal:
        actions.order_subsidy(subsidy, amount=amount, by=case.officer)
    assert refusal.value.error_dict["amount"][0].code == "amount"
    assert not PaymentOrder.objects.exists() and case.money() == (GRANTED, 0, 0)


def test_a_short_line_grants_nothing(case):
    subsidy = case.asked(amount=10_000_001)
    with pytest.raises(ValidationError) as refusal:
        actions.grant_subsidy(subsidy, case.line, by=case.officer)
    assert refusal.value.code == "budget_short"
    assert Subsidy.objects.get().state == Subsidy.State.ASKED
    other = a_budget_line(bureau=a_bureau(), amount=20_000_000)
    with pytest.raises(ValidationError) as refusal:
        actions.grant_subsidy(subsidy, other, by=case.officer)
    assert refusal.value.error_dict["line"][0].code == "line"


def test_only_for_who_is_in_and_only_by_whom_it_concerns(case):
    outside = an_application()
    with pytest.raises(ValidationError) as refusal:
        actions.ask_subsidy(outside, bureau=case.bureau, kind="start", purpose="开办", amount=1, by=outside.manager)
    assert refusal.value.code == "not_admitted"
    with pytest.raises(PermissionDenied):
        actions.ask_subsidy(case.application, bureau=case.bureau, kind="start", purpose="开办", amount=1, by=case.owner)
    with pytest.raises(ValidationError) as refusal:
        case.asked(bureau=an_organisation())
    assert refusal.value.error_dict["bureau"][0].code == "bureau"
    subsidy = case.asked()
    for person in (case.manager, case.owner, case.finance, a_person(Role.OFFICER, of=a_bureau())):
        with pytest.raises(PermissionDenied):
            actions.grant_subsidy(subsidy, case.line, by=person)
    actions.grant_subsidy(subsidy, case.line, by=case.officer)
    with pytest.raises(PermissionDenied):
        actions.claim_subsidy(subsidy, spent=1, account="x", file=receipts(), by=case.officer)
    for changes, field in (({"spent": 0}, "spent"), ({"account": " "}, "account"), ({"file": None}, "file")):
        with pytest.raises(ValidationError) as refusal:
            actions.claim_subsidy(
                subsidy, **({"spent": 1, "account": "x", "file": receipts()} | changes), by=case.owner
            )
        assert field in refusal.value.error_dict


def test_the_whole_way_by_page_and_404_for_strangers(case, client):
    client.force_login(case.manager)
    url = reverse("incubator:ask_subsidy", args=[case.application.pk])
    assert url in client.get(case.application.get_absolute_url()).content.decode()
    form = {"bureau": case.bureau.pk, "kind": "staff", "purpose": "岗位补贴", "amount": "20000"}
    sent = form | {"submission_key": "01890000-0000-7000-8000-000000000009"}
    assert client.post(url, sent).status_code == client.post(url, sent).status_code == 302
    subsidy = Subsidy.objects.get()
    steps = {name: reverse(f"incubator:{name}", args=[subsidy.pk]) for name in
             ("subsidy", "grant", "refuse_subsidy", "claim", "send_back", "order", "receipts")}  # fmt: skip
    client.force_login(a_person(Role.OFFICER, Role.OWNER, Role.FINANCE, Role.MANAGER, of=an_organisation()))
    assert {client.get(address).status_code for address in steps.values()} == {404}
    client.force_login(case.officer)
    assert subsidy.get_absolute_url() in client.get("/desk/").content.decode()
    assert client.get(steps["claim"]).status_code == 403
    assert client.post(steps["grant"], {"line": case.line.pk}).status_code == 302
    client.force_login(case.owner)
    assert client.get(steps["grant"]).status_code == 403
    lying = SimpleUploadedFile("票据.pdf", b"MZ\x90 no pdf")
    told = {"spent": "12000", "account": "三个月工资"}
    assert client.post(steps["claim"], told | {"file": lying}).status_code == 422
    assert client.post(steps["claim"], told | {"file": receipts()}).status_code == 302
    client.force_login(case.officer)
    assert client.get(steps["receipts"]).status_code == 200
    assert client.post(steps["order"], {"amount": "12000.01"}).status_code == 422
    assert client.post(steps["order"], {"amount": "12000"}).status_code == 302
    page = client.get(steps["subsidy"]).content.decode()
    assert PaymentOrder.objects.get().number in page
    assert client.get(reverse("incubator:subsidies")).status_code == 200
    assert case.money() == (0, 1_200_000, 1_200_000)


def test_the_list_costs_the_same_for_one_and_for_many(case, client):
    client.force_login(case.officer)
    url = reverse("incubator:subsidies")
    case.asked()
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for _number in range(6):
        case.asked()
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) <= len(one)
