"""Signatures: the supplier first, then the buyer, whose signature commits the money and makes the contract public."""

import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import checks, documents, notices, ocds, policies, queries
from contracts.models import Contract, Signing
from marketplace.audit.actions import authorise, record
from marketplace.directory.actions import accredit_provider, note_contract
from marketplace.ledger.actions import commit_budget
from marketplace.pages import clock
from marketplace.papers.actions import sign_paper
from marketplace.parties.models import Organisation, User
from marketplace.rules.calendar import add_months
from marketplace.search.actions import index
from marketplace.tenders import actions as tenders
from marketplace.tenders.models import Award

from .locking import locked, need_words


@transaction.atomic
def sign_contract(contract: Contract, *, by: User) -> Contract:
    """Sign for the side whose turn it is: the supplier and everyone of its consortium, then the buyer.

    The buyer's signature commits the budget; if it is short, nothing is done.

    A signature after `sign_by` (GPL 46) still binds; the audit trail and the page say that it was late. Raises
    ValidationError: "not_for_signature", "challenged" while a challenge may change the result
    (REG 54), "budget_short".
    """
    contract = locked(contract)
    organisation = policies.signing_organisation(by, contract)
    if organisation is None:
        authorise(policies.is_side, by, contract)
        if contract.state not in (Contract.State.SENT, Contract.State.HALF_SIGNED):
            raise ValidationError(_("This contract is not waiting for a signature."), code="not_for_signature")
    authorise(policies.may_sign, by, contract)
    checks.refuse_while_challenged(contract)

    now = clock.now()
    if contract.state == Contract.State.SENT:
        _seal(contract, Signing.Side.SUPPLIER, organisation, by)
        if not queries.yet_to_sign(contract):
            contract.take_supplier_signature()
            contract.save(update_fields=["state"])
            transaction.on_commit(partial(notices.tell_half_signed.enqueue, str(contract.pk)))
        return contract

    contract.take_buyer_signature()
    contract.signed_at = contract.published_at = now
    contract.signed_amount = contract.amount
    if contract.is_renewable:
        contract.assured_until = min(
            contract.ends_on, add_months(contract.starts_on, contract.renewal_months) - datetime.timedelta(days=1)
        )
    contract.save(update_fields=["state", "signed_at", "published_at", "signed_amount", "assured_until"])
    if contract.is_service:
        _commit(contract, by)
        _bind_awards(contract, by)
    _seal(contract, Signing.Side.BUYER, organisation, by)
    _publish(contract, by)
    if contract.starts_on <= clock.today():
        contract.begin()
        contract.save(update_fields=["state"])
        record("contract.begun", contract, by=by, organisation=contract.buyer, number=contract.number)
    transaction.on_commit(partial(notices.tell_signed.enqueue, str(contract.pk)))
    return contract


def _commit(contract: Contract, by: User) -> None:
    """Promise what is assured: the whole, or the first months of a contract that is renewed year by year."""
    assured = contract.deliverables.assured_by(contract)
    total = sum(assured.values_list("amount", flat=True))
    assured.update(is_committed=True)
    commit_budget(contract.budget_line, total, key=f"contract/{contract.pk}/commit", reference=contract.number, by=by)


def _bind_awards(contract: Contract, by: User) -> None:
    """What the supplier has signed it can't decline any more (REG 49)."""
    for award in Award.objects.filter(contract_lots__contract=contract).order_by("pk"):
        tenders.note_contract(award, by=by)


def _seal(contract: Contract, side: str, organisation: Organisation, by: User) -> None:
    sign_paper(
        contract.paper,
        signer=by,
        organisation=organisation,
        reason=f"签订 {contract.number}",
        place=documents.seal_place(contract, organisation),
        by=by,
    )
    Signing.objects.create(contract=contract, side=side, organisation=organisation, signer=by, signed_at=clock.now())
    record(
        "contract.signed", contract, by=by, organisation=organisation,
        number=contract.number, side=str(side), amount=contract.amount,
        days_late=max(0, (clock.today() - contract.sign_by).days),
    )  # fmt: skip


def _publish(contract: Contract, by: User) -> None:
    """What both have signed is public: register, open data, search, directory (Order 102, article 23; REG 50)."""
    if contract.is_service:
        ocds.release_contract(contract, by=by)
    else:
        accredit_provider(
            contract.supplier,
            contract.programme.code,
            categories=list(contract.programme.categories.all()),
            valid_from=contract.starts_on,
            valid_to=contract.ends_on,
            settlement_days=contract.payment_days,
            by=by,
        )
    note_contract(
        contract.supplier,
        number=contract.number,
        title=contract.title,
        buyer_name=contract.buyer.name,
        amount=contract.amount,
        signed_on=contract.signed_at.astimezone(clock.SHANGHAI).date(),
        url=contract.public_path,
        by=by,
    )
    index(
        contract,
        kind="contract",
        title=contract.title,
        text=f"{contract.number} {contract.buyer.name} {contract.supplier.name} {contract.place} {contract.title_en}",
        url=contract.public_path,
    )
    record("contract.published", contract, by=by, organisation=contract.buyer, number=contract.number)


@transaction.atomic
def refuse_contract(contract: Contract, *, reason: str, by: User) -> Contract:
    """Either side declines to sign, and says why. Raises ValidationError: "not_for_signature", "no_reason"."""
    contract = locked(contract)
    authorise(policies.may_refuse, by, contract)
    if not can_proceed(contract.refuse):
        raise ValidationError(_("This contract is not waiting for a signature."), code="not_for_signature")
    reason = need_words(reason, _("Say why you won't sign."))

    contract.refuse()
    contract.reason, contract.ended_at = reason, clock.now()
    contract.save(update_fields=["state", "reason", "ended_at"])
    contract.awards.update(stands=False)  # another contract may be drafted from the same award
    record("contract.refused", contract, by=by, organisation=contract.buyer, number=contract.number)
    transaction.on_commit(partial(notices.tell_refused.enqueue, str(contract.pk)))
    return contract


@transaction.atomic
def begin_contract(contract: Contract, *, by: User) -> Contract:
    """The first day has come. Raises ValidationError: "not_signed", "too_early"."""
    contract = locked(contract)
    authorise(policies.may_begin, by, contract)
    if not can_proceed(contract.begin):
        raise ValidationError(_("Only a signed contract can begin."), code="not_signed")
    if contract.starts_on > clock.today():
        raise ValidationError(
            _("It begins on %(day)s."), code="too_early", params={"day": contract.starts_on.isoformat()}
        )

    contract.begin()
    contract.save(update_fields=["state"])
    record("contract.begun", contract, by=by, organisation=contract.buyer, number=contract.number)
    return contract


def begin_due_contracts(*, by: User) -> int:
    """Begin every signed contract whose first day has come; how many. A job runs it each day."""
    due = Contract.objects.filter(state=Contract.State.SIGNED, starts_on__lte=clock.today()).order_by("pk")
    for contract in due:
        begin_contract(contract, by=by)
    return len(due)
