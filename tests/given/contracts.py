"""Contracts in every state, reached through the verbs that people use.

Every contract carries `cast`: who acts on it. Its life is in the future of the test's clock, because the tender had to
run its course: act on it inside `with at(contract, days): …`.
"""

import datetime
import itertools
from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile

from contracts import actions
from contracts.models import Amendment, Contract, Deliverable
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role, User
from marketplace.payments.actions import approve_payment, import_bank_answer, send_payments
from marketplace.payments.models import PaymentOrder
from marketplace.rules.calendar import add_months
from marketplace.tenders.models import Award

from .money import an_account, bank_csv
from .people import a_person, an_organisation
from .tenders import an_award
from .vouchers import a_programme

_count = itertools.count(1)
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass
class ContractCast:
    buyer: Organisation
    supplier: Organisation
    officer: User
    signatory: User
    finance: User
    approver: User
    provider: User


def a_cast(buyer: Organisation, supplier: Organisation) -> ContractCast:
    return ContractCast(
        buyer=buyer,
        supplier=supplier,
        officer=a_person(Role.OFFICER, of=buyer),
        signatory=a_person(Role.SIGNATORY, of=buyer),
        finance=a_person(Role.FINANCE, Role.APPROVER, of=buyer),
        approver=a_person(Role.APPROVER, of=buyer),
        provider=a_person(Role.OWNER, Role.SIGNATORY, Role.FINANCE, of=supplier),
    )


def at(contract: Contract, days: int = 1):
    """So many days after the award."""
    return clock.pretend(clock.at_hour(contract.awarded_on, 10) + datetime.timedelta(days=days))


def again(contract: Contract) -> Contract:
    fresh = Contract.objects.select_related("buyer", "supplier", "paper").get(pk=contract.pk)
    fresh.cast = contract.cast
    return fresh


def a_draft_contract(award: Award | None = None, **tender) -> Contract:
    """Drafted the day after the award; it begins two days later."""
    award = award or an_award(**tender)
    cast = a_cast(award.lot.tender.bureau, award.supplier)
    moment = award.awarded_at + datetime.timedelta(days=1)
    with clock.pretend(moment):
        contract = actions.draft_contract(award, starts_on=clock.today() + datetime.timedelta(days=2), by=cast.officer)
    contract.cast = cast
    return contract


def a_sent_contract(contract: Contract | None = None, **tender) -> Contract:
    contract = contract or a_draft_contract(**tender)
    with at(contract):
        actions.send_for_signature(contract, by=contract.cast.officer)
    return again(contract)


def a_half_signed_contract(contract: Contract | None = None, **tender) -> Contract:
    contract = a_sent_contract(contract, **tender)
    with at(contract):
        actions.sign_contract(contract, by=contract.cast.provider)
    return again(contract)


def a_signed_contract(contract: Contract | None = None, **tender) -> Contract:
    contract = a_half_signed_contract(contract, **tender)
    with at(contract):
        actions.sign_contract(contract, by=contract.cast.signatory)
    return again(contract)


def a_contract_in_force(contract: Contract | None = None, **tender) -> Contract:
    contract = a_signed_contract(contract, **tender)
    with at(contract, 5):
        actions.begin_contract(contract, by=contract.cast.officer)
    return again(contract)


def some_evidence(name: str = "服务记录.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


def a_delivery(contract: Contract, position: int = 1) -> Deliverable:
    """The instalment is reported and waits to be accepted."""
    deliverable = contract.deliverables.get(position=position)
    with at(contract, 30):
        actions.report_delivery(
            deliverable,
            quantity=deliverable.quantity,
            note="按计划完成。",
            invoice_number=f"25320585{next(_count):08d}",
            file=some_evidence(),
            by=contract.cast.provider,
        )
    return contract.deliverables.get(position=position)


def an_accepted_delivery(contract: Contract, position: int = 1, **acceptance) -> Deliverable:
    deliverable = a_delivery(contract, position)
    with at(contract, 32):
        actions.accept_delivery(deliverable, residents_heard=5, by=contract.cast.officer, **acceptance)
    return contract.deliverables.get(position=position)


def a_paid_delivery(contract: Contract, position: int = 1) -> PaymentOrder:
    """Accepted, approved by a second officer, sent, and confirmed by the bank."""
    deliverable = an_accepted_delivery(contract, position)
    with at(contract, 33):
        order = PaymentOrder.objects.for_reference(deliverable.reference).get()
        if not contract.supplier.payee_accounts.exists():
            an_account(contract.supplier)
        if not contract.buyer.payee_accounts.exists():
            an_account(contract.buyer)
        order = approve_payment(order, by=contract.cast.finance)
        batch = send_payments(contract.buyer, [order], by=contract.cast.finance)
        attempt = batch.attempts.get()
        import_bank_answer(contract.buyer, bank_csv((attempt, order.amount, "成功", "")), by=contract.cast.finance)
    return PaymentOrder.objects.get(pk=order.pk)


def an_agreement(provider: Organisation | None = None, **programme) -> Contract:
    """A drafted provider agreement for a voucher programme."""
    programme = a_programme(**{"code": f"programme-{next(_count)}"} | programme)
    cast = a_cast(programme.bureau, provider or an_organisation())
    contract = actions.draft_provider_agreement(programme, cast.supplier, by=cast.officer)
    contract.cast = cast
    return contract


def a_draft_amendment(contract: Contract, **changes) -> Amendment:
    """Drafted ten days after the award."""
    with at(contract, 10):
        return actions.draft_amendment(
            contract, **({"reason_code": "demand", "reason": "服务对象人数增加。"} | changes), by=contract.cast.officer
        )


def a_signed_amendment(contract: Contract, amendment: Amendment, *, day: int = 11) -> Amendment:
    with at(contract, day):
        actions.send_amendment(amendment, by=contract.cast.officer)
        actions.sign_amendment(amendment, by=contract.cast.provider)
        actions.sign_amendment(amendment, by=contract.cast.signatory)
    return Amendment.objects.select_related("contract", "paper").get(pk=amendment.pk)


def a_yearly_contract(*, months: int = 36, bond: bool = False, premises: bool = False, **tender) -> Contract:
    """A contract of several years with monthly instalments by volume, each year assured by a renewal."""
    contract = a_draft_contract(**tender)
    last = add_months(contract.starts_on, months) - datetime.timedelta(days=1)
    with at(contract):
        actions.change_terms(
            contract, title=contract.title, starts_on=contract.starts_on, ends_on=last, place=contract.place,
            term_condition="服务内容、资金来源和价格相对稳定。", by=contract.cast.officer,
        )  # fmt: skip
        actions.change_conditions(
            contract,
            bond_amount=contract.amount // 20 if bond else 0,
            satisfaction_floor=90,
            satisfaction_rate=1,
            renewal_months=12,
            renewal_grade="good",
            by=contract.cast.officer,
        )
        actions.lay_out_instalments(contract, every=1, quantity=1200, unit="人次", by=contract.cast.officer)
        if premises:
            actions.set_premises(
                contract, name="城厢镇日间照料中心", address="府南街 12 号", area=620,
                items=[{"name": "护理床", "quantity": 20, "unit": "张", "condition": "九成新"},
                       {"name": "康复器材", "quantity": 6, "unit": "套", "condition": "完好"}],
                by=contract.cast.officer,
            )  # fmt: skip
    contract = a_contract_in_force(again(contract))
    return contract


def a_bond(contract: Contract, form: str = "transfer"):
    with at(contract, 6):
        return actions.receive_bond(
            contract, form=form, amount=contract.bond_amount, document="BZ2026001", by=contract.cast.finance
        )
