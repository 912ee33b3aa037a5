"""The bank's statement against our payments."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Transfer
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.payments import actions, queries
from marketplace.payments.models import BankStatement, PayeeAccount, PaymentOrder, StatementLine
from tests.given.money import a_batch, bank_csv, statement_csv
from tests.given.people import a_person

pytestmark = pytest.mark.django_db


def camt053(batch, *entries: str, opening: str = "10000.00", closing: str = "", account: str = "") -> ContentFile:
    number = account or PayeeAccount.objects.of(batch.bureau).number
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{amount}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd></Bal>"
        for code, amount in (("OPBD", opening), ("CLBD", closing))
        if amount
    )
    return ContentFile(
        f'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<Stmt><Id>1</Id><Acct><Id><Othr><Id>{number}</Id></Othr></Id></Acct>{balances}{''.join(entries)}"
        f"</Stmt></BkToCstmrStmt></Document>".encode(),
        name="对账单.xml",
    )


def entry(yuan: str, end_to_end_id: str = "", direction: str = "DBIT", text: str = "", status: str = "BOOK") -> str:
    return (
        f'<Ntry><Amt Ccy="CNY">{yuan}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
        f"<BookgDt><Dt>2026-11-23</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end_id or 'NOTPROVIDED'}"
        f"</EndToEndId></Refs><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def states() -> dict[str, int]:
    found = StatementLine.objects.values_list("state", flat=True)
    return {state: list(found).count(state) for state in set(found)}


def test_every_sent_payment_finds_its_line_and_is_paid_by_it():
    batch = a_batch(50_000, 70_000)
    first, second = batch.attempts.order_by("order__amount")
    file = camt053(
        batch,
        entry("500.00", first.end_to_end_id),
        entry("700.00", second.end_to_end_id),
        entry("9.99", status="PDNG"),
        closing="8800.00",
    )
    statement = actions.import_statement(batch.bureau, file, by=batch.made_by)

    assert statement.count == 2
    assert states() == {"matched": 2}
    assert set(PaymentOrder.objects.values_list("state", flat=True)) == {"paid"}
    assert all(ledger.payable_to(order.payee) == 0 for order in PaymentOrder.objects.all())
    assert not queries.payments_on_no_statement(batch.bureau).exists()


def test_after_the_answer_it_only_matches():
    batch = a_batch(50_000)
    attempt = batch.attempts.get()
    actions.import_bank_answer(batch.bureau, bank_csv((attempt, 50_000, "成功", "")), by=batch.made_by)
    assert queries.standing(batch.bureau).unseen == 1
    actions.import_statement(batch.bureau, statement_csv((clock.today(), "借", 50_000, attempt, "")), by=batch.made_by)
    assert Transfer.objects.filter(code=Transfer.Code.PAID).count() == 1
    assert queries.standing(batch.bureau).unseen == 0


def test_a_credit_brings_it_back_to_the_queue():
    batch = a_batch(50_000)
    attempt = batch.attempts.get()
    file = statement_csv(
        (clock.today(), "贷", 50_000, attempt, "户名不符退回"), (clock.today(), "借", 50_000, attempt, "")
    )
    actions.import_statement(batch.bureau, file, by=batch.made_by)
    order = PaymentOrder.objects.get()
    assert (order.state, order.cause) == ("failed", "户名不符退回")
    assert states() == {"matched": 2}
    assert ledger.payable_to(order.payee) == 50_000


def test_a_line_without_an_id_is_known_by_the_orders_number_in_its_text():
    batch = a_batch(50_000)
    order = PaymentOrder.objects.get()
    file = statement_csv((clock.today(), "借", 50_000, "", f"{order.number} 日间照料服务费"))
    actions.import_statement(batch.bureau, file, by=batch.made_by)
    assert PaymentOrder.objects.get().state == "paid"


def test_what_fits_nothing_waits_for_a_person_with_the_reason():
    batch, other = a_batch(50_000, 70_000), a_batch(10_000)
    first, second = batch.attempts.order_by("order__amount")
    actions.import_bank_answer(batch.bureau, bank_csv((second, 70_000, "失败", "户名不符")), by=batch.made_by)
    file = statement_csv(
        (clock.today(), "借", 50_001, first, ""),
        (clock.today(), "借", 70_000, second, ""),
        (clock.today(), "借", 10_000, other.attempts.get(), ""),
        (clock.today(), "贷", 50_000, first, ""),
        (clock.today(), "借", 1_500, "", "手续费"),
    )
    actions.import_statement(batch.bureau, file, by=batch.made_by)
    assert list(StatementLine.objects.order_by("position").values_list("state", "why")) == [
        ("unmatched", "amount"),
        ("unmatched", "failed_before"),
        ("unmatched", "no_payment"),
        ("unmatched", "no_debit"),
        ("unmatched", "no_payment"),
    ]
    assert not Transfer.objects.filter(code=Transfer.Code.PAID).exists()


def test_a_payment_booked_twice_is_shouted_about():
    batch = a_batch(50_000)
    attempt = batch.attempts.get()
    file = statement_csv((clock.today(), "借", 50_000, attempt, ""), (clock.today(), "借", 50_000, attempt, ""))
    actions.import_statement(batch.bureau, file, by=batch.made_by)
    assert states() == {"matched": 1, "unmatched": 1}
    assert StatementLine.objects.get(state="unmatched").why == "twice"
    assert Transfer.objects.filter(code=Transfer.Code.PAID).count() == 1


def test_overlapping_statements_count_a_booking_once():
    batch = a_batch(50_000, 70_000)
    first, second = batch.attempts.order_by("order__amount")
    actions.import_statement(batch.bureau, statement_csv((clock.today(), "借", 50_000, first, "")), by=batch.made_by)
    both = statement_csv((clock.today(), "借", 50_000, first, ""), (clock.today(), "借", 70_000, second, ""))
    statement = actions.import_statement(batch.bureau, both, by=batch.made_by)
    assert (statement.count, statement.known) == (1, 1)
    assert states() == {"matched": 2}


def test_a_person_names_the_payment_or_explains_the_line():
    batch = a_batch(50_000)
    order = PaymentOrder.objects.get()
    file = statement_csv((clock.today(), "借", 50_000, "", "转账"), (clock.today(), "借", 1_500, "", "手续费"))
    actions.import_statement(batch.bureau, file, by=batch.made_by)
    payment, fee = StatementLine.objects.order_by("position")
    assert [attempt.order for attempt in queries.guesses(payment)] == [order]

    def refused(line, **more):
        with pytest.raises(ValidationError) as refusal:
            actions.explain_line(line, by=batch.made_by, **more)
        assert StatementLine.objects.get(pk=line.pk).state == "unmatched"
        return refusal.value.error_dict

    assert refused(fee, note=" ")["reason"][0].code == "required"
    assert refused(fee, note="是它", order_number=order.number)["attempt"][0].code == "no_such_payment"
    with pytest.raises(PermissionDenied):
        actions.explain_line(fee, note="手续费", by=a_person(Role.OFFICER, of=batch.bureau))

    actions.explain_line(payment, note="银行未回传端到端号", order_number=order.number, by=batch.made_by)
    actions.explain_line(fee, note="银行手续费", by=batch.made_by)
    assert PaymentOrder.objects.get().state == "paid"
    assert states() == {"matched": 1, "explained": 1}
    with pytest.raises(ValidationError) as refusal:
        actions.explain_line(fee, note="再来", by=batch.made_by)
    assert refusal.value.code == "decided"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda batch: ContentFile(b"", name="x"), "empty"),
        (lambda batch: ContentFile(b"<a/>", name="x"), "unreadable"),
        (lambda batch: ContentFile("姓名,年龄\n张三,80".encode(), name="x"), "columns"),
        (lambda batch: ContentFile("记账日期,借贷,金额\n昨天,借,1".encode(), name="x"), "unreadable"),
        (lambda batch: ContentFile("记账日期,借贷,金额\n".encode(), name="x"), "empty"),
        (lambda batch: camt053(batch, entry("1.00"), closing="10000.00"), "balance"),
        (lambda batch: camt053(batch, entry("1.00"), account="999999999"), "other_account"),
        (lambda batch: camt053(batch), "empty"),
    ],
)
def test_what_is_no_statement_of_ours_is_refused_whole(make, code):
    batch = a_batch(50_000)
    with pytest.raises(ValidationError) as refusal:
        actions.import_statement(batch.bureau, make(batch), by=batch.made_by)
    assert refusal.value.error_dict["file"][0].code == code
    assert not BankStatement.objects.exists()


def test_the_same_file_twice_is_refused_and_it_is_kept_encrypted():
    batch = a_batch(50_000)
    file = statement_csv((clock.today(), "借", 1_500, "", "手续费"))
    actions.import_statement(batch.bureau, file, by=batch.made_by)
    file.seek(0)
    with pytest.raises(ValidationError) as refusal:
        actions.import_statement(batch.bureau, file, by=batch.made_by)
    assert refusal.value.error_dict["file"][0].code == "known"
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM payments_bankstatement")
        assert str(cursor.fetchone()[0]).startswith("gAAAA")
        cursor.execute("SELECT text FROM payments_statementline")
        assert "手续费" not in str(cursor.fetchall())


def test_a_long_statement_costs_the_same_statements_of_sql():
    def cost(count: int) -> int:
        batch = a_batch(*([50_000] * count))
        rows = [(clock.today(), "借", 50_000, attempt, "") for attempt in batch.attempts.all()]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            actions.import_statement(batch.bureau, statement_csv(*rows), by=batch.made_by)
        return len(captured)

    assert cost(2) == cost(8)


def test_the_pages_of_reconciliation(client):
    batch = a_batch(50_000)
    client.force_login(batch.made_by)
    assert client.get("/payments/reconciliation/").status_code == 200
    rows = statement_csv((clock.today(), "借", 1_500, "", "手续费"))
    answer = client.post("/payments/reconciliation/", {"file": SimpleUploadedFile("s.csv", rows.read())})
    assert answer.status_code == 302
    assert "手续费" in client.get(answer.url).text
    line = StatementLine.objects.get()
    assert client.get(line.get_absolute_url()).status_code == 200
    assert client.post(line.get_absolute_url(), {"reason": ""}).status_code == 422
    assert client.post(line.get_absolute_url(), {"reason": "手续费"}).status_code == 302
    for address in ("/en/payments/reconciliation/", f"/en{answer.url}", f"/en{line.get_absolute_url()}"):
        assert client.get(address).status_code == 200
    client.force_login(a_batch(1_000).made_by)
    assert client.get(answer.url).status_code == 404
    assert client.get(line.get_absolute_url()).status_code == 404
    client.force_login(a_person(Role.OFFICER, of=batch.bureau))
    assert client.get("/payments/reconciliation/").status_code == 403
