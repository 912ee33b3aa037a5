"""Where money goes: asked for by one person, agreed to by another, in force after a wait."""

import datetime
import re
import unicodedata
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.encryption import keyed_hash
from marketplace.parties.models import Organisation, User
from marketplace.payments import notices, policies
from marketplace.payments.models import PayeeAccount
from marketplace.rules.calendar import due_moment
from marketplace.rules.queries import resolve

ACCOUNT_CHANGE_WAIT = "payment.account_change_wait"


def clean_number(number: str) -> str:
    """Digits only, 6 to 30 of them: what Chinese banks use. Raises ValidationError(code="account_number")."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number))
    if not re.fullmatch(r"\d{6,30}", digits):
        raise ValidationError(
            {"number": ValidationError(_("An account number has 6 to 30 digits."), code="account_number")}
        )
    return digits


@transaction.atomic
def request_account(
    organisation: Organisation, *, account_name: str, bank: str, number: str, bank_code: str = "", by: User
) -> PayeeAccount:
    """Ask that money of the organisation go to this account.

    The account's name must be the organisation's own registered name (对公账户). Raises ValidationError with code
    "account_name", "account_number", "bank_code", "same_account" or "request_waits".
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_request_account, by, organisation)
    number = clean_number(number)
    if _plain(account_name) != _plain(organisation.name):
        raise ValidationError(
            {
                "account_name": ValidationError(
                    _("Public money goes only to an account in the organisation's own name: %(name)s."),
                    code="account_name",
                    params={"name": organisation.name},
                )
            }
        )
    if bank_code and not re.fullmatch(r"\d{12}", bank_code):
        raise ValidationError(
            {"bank_code": ValidationError(_("The bank's clearing code has 12 digits."), code="bank_code")}
        )
    if not bank.strip():
        raise ValidationError({"bank": ValidationError(_("Name the bank and its branch."), code="required")})
    if PayeeAccount.objects.waiting().filter(organisation=organisation).exists():
        raise ValidationError(
            _("A change of account waits for a second person already: it must be decided first."), code="request_waits"
        )
    number_hash = keyed_hash("payments.account", number)
    in_force = PayeeAccount.objects.of(organisation)
    if in_force and in_force.number_hash == number_hash:
        raise ValidationError(
            {"number": ValidationError(_("Money goes to this account already."), code="same_account")}
        )

    account = PayeeAccount.objects.create(
        organisation=organisation,
        account_name=organisation.name,
        bank=bank.strip(),
        bank_code=bank_code,
        number=number,
        number_hash=number_hash,
        tail=number[-4:],
        requested_by=by,
        requested_at=clock.now(),
    )

    record("payee_account.requested", account, by=by, organisation=organisation, bank=account.bank, tail=account.tail)
    transaction.on_commit(partial(notices.tell_account_requested.enqueue, str(account.pk)))
    return account


@transaction.atomic
def approve_account(account: PayeeAccount, *, by: User) -> PayeeAccount:
    """A second person has compared it with the bank's certificate.

    The organisation's first account is in force at once; a change waits for `payment.account_change_wait`, in which
    everyone of the organisation who handles money has been told and may object.
    Raises ValidationError(code="decided" | "not_made").
    """
    organisation = Organisation.objects.select_for_update().get(pk=account.organisation_id)
    account = PayeeAccount.objects.select_for_update().select_related("organisation").get(pk=account.pk)
    authorise(policies.may_decide_account, by, account)
    _check_waiting(account)
    if not account.number:
        raise ValidationError(_("Stripe has not made this account yet: finish it there first."), code="not_made")
    is_first = not PayeeAccount.objects.filter(organisation=organisation, state=PayeeAccount.State.APPROVED).exists()

    account.approve()
    account.decided_by = by
    account.decided_at = clock.now()
    account.effective_at = account.decided_at if is_first else end_of_wait(account.decided_at)
    account.save(update_fields=["state", "decided_by", "decided_at", "effective_at"])

    record(
        "payee_account.approved",
        account,
        by=by,
        organisation=organisation,
        tail=account.tail,
        effective_at=account.effective_at.isoformat(),
    )
    transaction.on_commit(partial(notices.tell_account_decided.enqueue, str(account.pk)))
    return account


def end_of_wait(decided_at: datetime.datetime) -> datetime.datetime:
    """When a change that was approved now takes effect."""
    day = decided_at.astimezone(clock.SHANGHAI).date()
    return due_moment(day, resolve(ACCOUNT_CHANGE_WAIT, on=day))


@transaction.atomic
def refuse_account(account: PayeeAccount, *, reason: str, by: User) -> PayeeAccount:
    """The change is not made; the account in force stays.."""
    account = PayeeAccount.objects.select_for_update().select_related("organisation").get(pk=account.pk)
    authorise(policies.may_decide_account, by, account)
    _check_waiting(account)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="required")})

    account.refuse()
    account.decided_by = by
    account.decided_at = clock.now()
    account.refusal = reason.strip()
    account.save(update_fields=["state", "decided_by", "decided_at", "refusal"])

    record("payee_account.refused", account, by=by, organisation=account.organisation, tail=account.tail)
    transaction.on_commit(partial(notices.tell_account_decided.enqueue, str(account.pk)))
    return account


def _check_waiting(account: PayeeAccount) -> None:
    if account.state != PayeeAccount.State.REQUESTED:
        raise ValidationError(_("This account has been decided on already."), code="decided")


def _plain(name: str) -> str:
    """Names compared as a bank does: full-width and half-width brackets are the same, spaces don't count."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name))
