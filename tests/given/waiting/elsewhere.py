"""What waits of contracts, money, vouchers, evaluations and incubation."""

import datetime
import itertools
from collections.abc import Iterator

from contracts import actions as contracts
from evaluations import actions as evaluations
from incubator.actions import ask_subsidy
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.payments.actions import claim_interest, request_account
from marketplace.tenders.models import Award
from marketplace.vouchers.actions import draft_programme
from tests.given.contracts import a_contract_in_force, a_delivery, a_draft_contract, an_agreement, at
from tests.given.directory import a_category
from tests.given.evaluations import a_framework, a_public_contract, an_evaluator
from tests.given.incubator import an_admitted_application, an_application, an_open_cohort
from tests.given.money import a_budget_line, a_late_payment, an_order
from tests.given.people import a_bureau, a_person, an_organisation
from tests.given.tenders import (
    a_cast,
    a_published_tender,
    an_awarded_tender,
)

from .kinds import Desk, kind, late

# Contracts and money


@kind("/contracts/draft/")
def contracts_to_draft() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        tender = an_awarded_tender(tender=a_published_tender(cast))
        yield Desk(cast.officer, cast.bureau, late(tender, 200))


@kind("/contracts/")
def contracts_to_sign() -> Iterator[Desk]:
    provider = an_organisation()
    signatory = a_person(Role.SIGNATORY, Role.OWNER, of=provider)
    while True:
        agreement = an_agreement(provider)
        contracts.send_for_signature(agreement, by=agreement.cast.officer)
        yield Desk(signatory, provider)


@kind("/report/")
def deliveries_to_report() -> Iterator[Desk]:
    """Two lots won by one provider: two contracts."""
    for contract in two_contracts():
        a_contract_in_force(contract)
        yield Desk(contract.cast.provider, contract.supplier, at_day(contract, 6))


@kind("/accept/")
def deliveries_to_accept() -> Iterator[Desk]:
    for contract in two_contracts():
        a_delivery(a_contract_in_force(contract))
        yield Desk(contract.cast.officer, contract.buyer, at_day(contract, 31))


def two_contracts() -> list:
    tender = an_awarded_tender(lots=2)
    awards = Award.objects.filter(lot__tender=tender).select_related("lot__tender", "supplier", "bid")
    first, second = map(a_draft_contract, awards)
    assert first.supplier == second.supplier
    second.cast = first.cast
    return [first, second]


def at_day(contract, days: int) -> datetime.datetime:
    with at(contract, days):
        return clock.now()


@kind("/payments/accounts/")
def accounts_to_decide() -> Iterator[Desk]:
    line = a_budget_line(1_000_000_00)
    finance = a_person(Role.FINANCE, of=line.bureau)
    while True:
        asking = an_order(line=line).payee
        request_account(
            asking, account_name=asking.name, bank="太仓农村商业银行", bank_code="314305400015",
            number="7066001200000001", by=a_person(Role.FINANCE, of=asking),
        )  # fmt: skip
        yield Desk(finance, line.bureau)


@kind("/payments/orders/")
def late_interest() -> Iterator[Desk]:
    line = a_budget_line(1_000_000_00)
    officer = a_person(Role.OFFICER, of=line.bureau)
    while True:
        order = a_late_payment(line=line)
        with clock.pretend(order.paid_at):
            claim_interest(order, by=a_person(Role.OWNER, of=order.payee))
        yield Desk(officer, line.bureau, order.paid_at)


# Vouchers, evaluations, incubator


@kind("/desk/programmes/")
def programmes_to_start() -> Iterator[Desk]:
    line = a_budget_line(1_000_000_00)
    approver, officer = (a_person(role, of=line.bureau) for role in (Role.APPROVER, Role.OFFICER))
    for number in itertools.count():
        draft_programme(
            line.bureau,
            code=f"waits-{number}",
            name=f"高龄服务券{number}",
            budget_line=line,
            region=line.bureau.region,
            monthly_amount=80_00,
            minimum_age=80,
            starts_on=clock.today(),
            ends_on=clock.today().replace(month=12, day=31),
            categories=[a_category("home-care")],
            by=officer,
        )
        yield Desk(approver, line.bureau)


@kind("/scorecards/")
def sheets_of_evaluations() -> Iterator[Desk]:
    framework, evaluator = a_framework(), an_evaluator()
    lead = a_person(Role.OWNER, of=evaluator)
    scorers = [a_person(Role.EVALUATOR, of=evaluator) for _ in range(2)]
    while True:
        contract = a_public_contract()
        engagement = evaluations.plan_engagement(
            contract, framework, evaluator, due_on=clock.today() + datetime.timedelta(days=30),
            appointment="限额标准以下,直接委托", by=contract.cast.officer,
        )  # fmt: skip
        evaluations.start_scoring(engagement, scorers=scorers, is_independent=True, by=lead)
        yield Desk(scorers[0], evaluator)


@kind("/incubator/applications/")
def applications_to_a_hub() -> Iterator[Desk]:
    cohort = an_open_cohort(places=9)
    while True:
        an_application(cohort)
        yield Desk(cohort.manager, cohort.hub)


@kind("/matches/")
def cohorts_with_fitting_tenders() -> Iterator[Desk]:
    a_published_tender()
    hub = None
    while True:
        cohort = an_open_cohort(**({"hub": hub} if hub else {}))
        hub, manager = cohort.hub, cohort.manager
        an_admitted_application(cohort)
        yield Desk(manager, hub)


@kind("/subsidies/")
def subsidies() -> Iterator[Desk]:
    bureau, cohort = a_bureau(), an_open_cohort(places=9, desks=20)
    officer = a_person(Role.OFFICER, of=bureau)
    while True:
        application = an_admitted_application(cohort)
        ask_subsidy(application, bureau=bureau, kind="start", purpose="起步", amount=100_00, by=cohort.manager)
        yield Desk(officer, bureau)
