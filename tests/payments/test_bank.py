"""Bank files out, bank answers in."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from lxml import etree

from marketplace.audit.models import Entry
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Transfer
from marketplace.parties.models import Role
from marketplace.payments import actions
from marketplace.payments.bankfiles import pain001, read_answer, schema_faults, treasury_csv
from marketplace.payments.models import BankAnswer, Change, PaymentAttempt, PaymentOrder
from marketplace.payments.queries import preview_answer
from tests.given.money import a_batch, a_budget_line, an_account, an_approved_order, an_order, bank_csv
from tests.given.people import a_person

pytestmark = pytest.mark.django_db
NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def camt054(*entries: str) -> ContentFile:
    body = "".join(entries)
    return ContentFile(
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08">'
        f"<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N1</MsgId></GrpHdr><Ntfctn><Id>1</Id>{body}</Ntfctn>"
        f"</BkToCstmrDbtCdtNtfctn></Document>".encode(),
        name="camt054.xml",
    )


def entry(attempt, yuan: str, direction: str = "DBIT", returned: str = "") -> str:
    return (
        f'<Ntry><Amt Ccy="CNY">{yuan}</Amt><CdtDbtInd>{direction}</CdtDbtInd><NtryDtls><TxDtls>'
        f"<Refs><AcctSvcrRef>R77</AcctSvcrRef><EndToEndId>{attempt.end_to_end_id}</EndToEndId></Refs>"
        f'<Amt Ccy="CNY">{yuan}</Amt><CdtDbtInd>{direction}</CdtDbtInd>{returned}</TxDtls></NtryDtls></Ntry>'
    )


RETURNED = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>账户已销户</AddtlInf></RtrInf>"


def test_the_bank_file_is_valid_and_the_same_each_time():
    batch = a_batch(50_000, 123_456)
    content = pain001(batch)

    assert schema_faults(content) == []
    assert content == pain001(batch)
    root = etree.fromstring(content)
    assert root.findtext(".//p:GrpHdr/p:NbOfTxs", namespaces=NS) == "2"
    assert root.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=NS) == "1734.56"
    first = batch.attempts.select_related("account", "order").order_by("order__number")[0]
    transfer = root.find(".//p:CdtTrfTxInf", NS)
    assert transfer.findtext("p:PmtId/p:EndToEndId", namespaces=NS) == first.end_to_end_id
    assert transfer.findtext("p:CdtrAcct/p:Id/p:Othr/p:Id", namespaces=NS) == first.account.number
    assert transfer.find("p:Amt/p:InstdAmt", NS).get("Ccy") == "CNY"


def test_the_schema_is_really_asked():
    broken = pain001(a_batch(50_000)).replace(b"<NbOfTxs>1</NbOfTxs>", b"<NbOfTxs>one</NbOfTxs>")
    assert schema_faults(broken)


def test_the_treasury_list_answers_itself():
    batch = a_batch(50_000)
    text = treasury_csv(batch).decode("utf-8-sig")
    filled = text.replace(",,\r\n", ",成功,\r\n")
    actions.import_bank_answer(batch.bureau, ContentFile(filled.encode(), name="a.csv"), by=batch.made_by)
    assert PaymentOrder.objects.get().state == PaymentOrder.State.PAID


def test_sending_is_all_or_nothing():
    line = a_budget_line(1_000_000)
    finance = a_person(Role.FINANCE, of=line.bureau)
    approved, draft = an_approved_order(line=line), an_order(line=line)

    def refused(orders):
        with pytest.raises(ValidationError) as refusal, transaction.atomic():
            actions.send_payments(line.bureau, orders, by=finance)
        assert not PaymentAttempt.objects.exists()
        return refusal.value.code

    assert refused([]) == "no_orders"
    assert refused([approved, draft]) == "not_approved"
    assert refused([approved]) == "no_own_account"
    an_account(line.bureau)
    assert refused([approved]) == "no_account"
    an_account(approved.payee)
    assert actions.send_payments(line.bureau, [approved], by=finance).count == 1
    with pytest.raises(ValidationError):
        actions.send_payments(line.bureau, [approved], by=finance)
    with pytest.raises(PermissionDenied):
        actions.send_payments(line.bureau, [approved], by=a_person(Role.OFFICER, of=line.bureau))


def test_the_database_itself_refuses_a_second_try_while_one_is_at_the_bank():
    attempt = a_batch(50_000).attempts.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentAttempt.objects.create(
            order=attempt.order, batch=attempt.batch, account=attempt.account, end_to_end_id="another"
        )


def test_camt054_pays_and_posts_and_a_return_undoes_it():
    batch = a_batch(50_000, 70_000)
    paid, failed = batch.attempts.order_by("order__amount")
    answer = camt054(entry(paid, "500.00"), entry(failed, "700.00", "CRDT", RETURNED))
    actions.import_bank_answer(batch.bureau, answer, by=batch.made_by)

    paid, failed = PaymentOrder.objects.order_by("amount")
    assert (paid.state, failed.state) == ("paid", "failed")
    assert failed.cause == "AC04 账户已销户"
    assert ledger.payable_to(paid.payee) == 0
    assert ledger.payable_to(failed.payee) == 70_000
    assert paid.attempts.get().bank_reference == "R77"
    assert Entry.objects.filter(event="payment.paid").count() == 1

    came_back = camt054(entry(paid.attempts.get(), "500.00", "CRDT", RETURNED))
    actions.import_bank_answer(batch.bureau, came_back, by=batch.made_by)
    paid = PaymentOrder.objects.get(pk=paid.pk)
    assert (paid.state, paid.attempts.get().state) == ("failed", "returned")
    assert ledger.payable_to(paid.payee) == 50_000


def test_the_same_answer_twice_pays_once():
    batch = a_batch(50_000)
    row = (batch.attempts.get(), 50_000, "成功", "")
    actions.import_bank_answer(batch.bureau, bank_csv(row), by=batch.made_by)
    with pytest.raises((ValidationError, IntegrityError)), transaction.atomic():
        actions.import_bank_answer(batch.bureau, bank_csv(row), by=batch.made_by)
    assert Transfer.objects.filter(code=Transfer.Code.PAID).count() == 1


def test_the_preview_shows_row_by_row_and_nothing_is_applied_when_one_is_wrong():
    batch, other = a_batch(50_000, 70_000), a_batch(10_000)
    first, second = batch.attempts.order_by("order__amount")
    file = bank_csv(
        (first, 50_000, "成功", ""),
        (second, 70_001, "成功", ""),
        (first, 50_000, "成功", ""),
        ("E-unknown", 1, "成功", ""),
        (other.attempts.get(), 10_000, "成功", ""),
        (second, 70_000, "也许", ""),
        (second, 70_000, "失败", ""),
    )
    answer = actions.read_bank_answer(batch.bureau, file, by=batch.made_by)
    effects = preview_answer(answer)

    assert [bool(effect.fault) for effect in effects] == [False, True, True, True, True, True, True]
    assert effects[0].change == Change.PAID
    with pytest.raises(ValidationError) as refusal:
        actions.apply_bank_answer(answer, by=batch.made_by)
    assert refusal.value.code == "faulty_rows"
    assert set(PaymentOrder.objects.values_list("state", flat=True)) == {"sent"}
    assert not Transfer.objects.filter(code=Transfer.Code.PAID).exists()

    actions.discard_bank_answer(answer, by=batch.made_by)
    with pytest.raises(ValidationError) as refusal:
        actions.apply_bank_answer(answer, by=batch.made_by)
    assert refusal.value.code == "answer_closed"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"\x00\x01\x02PK",
        b"<html></html>",
        b"<Document",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document xmlns="camt.054">&x;</Document>',
        "姓名,年龄\n张三,80".encode(),
        "端到端号,金额,结果\n".encode(),
        b"x" * (5 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_answer_is_refused_whole(content):
    batch = a_batch(50_000)
    with pytest.raises(ValidationError) as refusal:
        actions.import_bank_answer(batch.bureau, ContentFile(content, name="x"), by=batch.made_by)
    assert "file" in refusal.value.error_dict
    assert not BankAnswer.objects.exists()


def test_the_answer_is_kept_encrypted_and_whole():
    batch = a_batch(50_000)
    file = bank_csv((batch.attempts.get(), 50_000, "成功", ""))
    answer = actions.read_bank_answer(batch.bureau, file, by=batch.made_by)
    assert read_answer(file.file.getvalue())[1][0].amount == 50_000
    assert preview_answer(BankAnswer.objects.get(pk=answer.pk))[0].change == Change.PAID
