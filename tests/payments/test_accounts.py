import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.payments import actions
from marketplace.payments.models import PayeeAccount
from marketplace.payments.queries import accounts_to_decide
from tests.given.money import an_account, an_order
from tests.given.people import a_bureau, a_person, an_organisation

pytestmark = pytest.mark.django_db
NUMBER = "6222 0212 3456 7890 123"


def ask(organisation, by, **more):
    content = {"account_name": organisation.name, "bank": "工商银行太仓支行", "number": NUMBER, "bank_code": ""}
    return actions.request_account(organisation, by=by, **(content | more))


def test_a_first_account_is_in_force_when_a_second_person_agrees():
    organisation = an_organisation()
    asking, agreeing = a_person(Role.FINANCE, of=organisation), a_person(Role.OWNER, of=organisation)
    account = ask(organisation, asking)
    assert PayeeAccount.objects.of(organisation) is None
    with pytest.raises(PermissionDenied):
        actions.approve_account(account, by=asking)

    actions.approve_account(account, by=agreeing)
    assert PayeeAccount.objects.of(organisation) == account


def test_a_change_waits_three_working_days():
    organisation = an_organisation()
    first = an_account(organisation)
    asking, agreeing = a_person(Role.FINANCE, of=organisation), a_person(Role.OWNER, of=organisation)
    friday = clock.at_hour(datetime.date(2027, 3, 5), 10)
    with clock.pretend(friday):
        second = actions.approve_account(ask(organisation, asking), by=agreeing)
        assert PayeeAccount.objects.of(organisation) == first
    with clock.pretend(clock.at_hour(datetime.date(2027, 3, 10), 12)):
        assert PayeeAccount.objects.of(organisation) == first
    with clock.pretend(clock.at_hour(datetime.date(2027, 3, 11), 0)):
        assert PayeeAccount.objects.of(organisation) == second


def test_the_number_is_not_in_the_database():
    organisation = an_organisation()
    account = ask(organisation, a_person(Role.FINANCE, of=organisation))
    assert PayeeAccount.objects.get().number == "6222021234567890123"
    assert account.masked_number == "**** **** 0123"
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, number_hash, tail FROM payments_payeeaccount")
        assert "62220212" not in str(cursor.fetchall())


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"account_name": "张三"}, "account_name", "account_name"),
        ({"number": "12ab"}, "number", "account_number"),
        ({"bank_code": "123"}, "bank_code", "bank_code"),
        ({"bank": " "}, "bank", "required"),
    ],
)
def test_a_wrong_account_is_refused(change, field, code):
    organisation = an_organisation()
    with pytest.raises(ValidationError) as refusal:
        ask(organisation, a_person(Role.FINANCE, of=organisation), **change)
    assert refusal.value.error_dict[field][0].code == code
    assert not PayeeAccount.objects.exists()


def test_brackets_and_spaces_in_a_name_do_not_matter():
    organisation = an_organisation(name="怡安养老服务中心(演示)")
    assert ask(organisation, a_person(Role.FINANCE, of=organisation), account_name="怡安养老服务中心 （演示）")


def test_one_change_at_a_time_and_never_to_the_same():
    organisation = an_organisation()
    an_account(organisation, number="6222021234567890123")
    asking = a_person(Role.FINANCE, of=organisation)
    with pytest.raises(ValidationError) as refusal:
        ask(organisation, asking)
    assert refusal.value.error_dict["number"][0].code == "same_account"
    ask(organisation, asking, number="111111111")
    with pytest.raises(ValidationError) as refusal:
        ask(organisation, asking, number="222222222")
    assert refusal.value.code == "request_waits"


def test_refusing_leaves_the_old_one():
    organisation = an_organisation()
    first = an_account(organisation)
    request = ask(organisation, a_person(Role.FINANCE, of=organisation))
    bureau_finance = a_person(Role.FINANCE, of=an_order(payee=organisation).bureau)
    with pytest.raises(ValidationError):
        actions.refuse_account(request, reason=" ", by=bureau_finance)
    actions.refuse_account(request, reason="没有开户许可证", by=bureau_finance)
    assert PayeeAccount.objects.of(organisation) == first
    with pytest.raises(ValidationError) as refusal:
        actions.approve_account(request, by=bureau_finance)
    assert refusal.value.code == "decided"


def test_everyone_who_handles_the_money_is_told(django_capture_on_commit_callbacks):
    organisation = an_organisation()
    asking, owner = a_person(Role.FINANCE, of=organisation), a_person(Role.OWNER, of=organisation)
    with django_capture_on_commit_callbacks(execute=True):
        ask(organisation, asking)
    assert set(Message.objects.values_list("to", flat=True)) == {asking.pk, owner.pk}
    assert "6222" not in "".join(Message.objects.values_list("body", flat=True))


def test_a_stranger_may_neither_ask_nor_see():
    organisation = an_organisation()
    stranger = a_person(Role.OWNER, of=an_organisation())
    with pytest.raises(PermissionDenied):
        ask(organisation, stranger)
    account = an_account(organisation)
    assert account not in PayeeAccount.objects.visible_to(stranger)


def test_a_bureau_is_the_second_person_of_those_it_pays_and_of_nobody_else(client):
    organisation, bureau = an_organisation(), a_bureau()
    account = ask(organisation, a_person(Role.FINANCE, of=organisation))
    of_a_bureau = ask(bureau, a_person(Role.FINANCE, of=bureau))
    elsewhere = a_person(Role.FINANCE, of=an_order().bureau)
    for strange in (account, of_a_bureau):
        with pytest.raises(PermissionDenied):
            actions.approve_account(strange, by=elsewhere)
        with pytest.raises(PermissionDenied):
            actions.refuse_account(strange, reason="不对", by=elsewhere)
        assert PayeeAccount.objects.of(strange.organisation) is None
    client.force_login(elsewhere)
    assert client.get(account.get_absolute_url()).status_code == 404
    assert accounts_to_decide(elsewhere) == []

    paying = a_person(Role.FINANCE, of=an_order(payee=organisation).bureau)
    assert accounts_to_decide(paying) == [account]
    actions.approve_account(account, by=paying)
    assert PayeeAccount.objects.of(organisation) == account
    actions.approve_account(of_a_bureau, by=a_person(is_superuser=True, is_staff=True))
    assert PayeeAccount.objects.of(bureau) == of_a_bureau
