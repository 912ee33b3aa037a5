"""What ties an evaluator to those it is to judge, as far as this system's own data tell: people, contracts, kinship.

财监〔2021〕4号 (rule `evaluation.independence`) asks for no tie to the provider or the buyer.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from contracts.models import Contract
from marketplace.pages import clock
from marketplace.parties.models import Membership, Organisation, Role, User
from marketplace.rules.calendar import add_months
from marketplace.rules.queries import resolve
from marketplace.tenders.models import ExpertTie

MONTHS_A_YEAR = 12
WHO_MATTERS = (Role.OWNER, Role.MANAGER, Role.EVALUATOR, Role.SIGNATORY)


def since_day() -> Any:
    """Ties that ended before this day no longer count (rule `tender.conflict_years`, REG 9)."""
    years = int(resolve("tender.conflict_years").value or 0)
    return add_months(clock.today(), -MONTHS_A_YEAR * years)


def words(kind: str, organisation: Organisation) -> str:
    """A tie in plain words, without naming a person."""
    name = {"name": organisation}
    if kind == "same":
        return _("%(name)s can't judge itself.") % name
    if kind == "member":
        return _("Somebody belongs, or lately belonged, both to this evaluator and to %(name)s.") % name
    if kind == "contract":
        return _("This evaluator and %(name)s are bound by a contract.") % name
    return _("Somebody of this evaluator has declared a relative or an interest in %(name)s.") % name


def ties_of(
    evaluator: Organisation, contract: Contract, *, hired_by: Contract | None = None
) -> list[tuple[str, Organisation]]:
    """Every tie to either side. The contract by which it is hired is none; another with the provider is."""
    found: list[tuple[str, Organisation]] = []
    since = since_day()
    people = evaluator.memberships.filter(ended_at=None).values("user")
    for side in (contract.buyer, contract.supplier):
        if side.pk == evaluator.pk:
            found.append(("same", side))
            continue
        recent = Q(ended_at=None) | Q(ended_at__date__gt=since)
        if Membership.objects.filter(recent, organisation=side, user__in=people).exists():
            found.append(("member", side))
        if ExpertTie.objects.filter(_standing(since), organisation=side, user__in=people).exists():
            found.append(("kinship", side))
    if contracts_between([evaluator], [contract.supplier]).exclude(pk=hired_by.pk if hired_by else None).exists():
        found.append(("contract", contract.supplier))
    return found


def contracts_between(evaluators: Iterable[Organisation], others: Iterable[Organisation]) -> Any:
    """Signed contracts, standing or ended within the years that count, with one on each side."""
    one, other = list(evaluators), list(others)
    return (
        Contract.objects.public()
        .filter(Q(buyer__in=one, supplier__in=other) | Q(buyer__in=other, supplier__in=one))
        .filter(ends_on__gt=since_day())
    )


def _standing(since: Any) -> Q:
    return Q(ended_on=None) | Q(ended_on__gt=since)


def causes_by_organisation(
    scorers: Collection[User], employers: dict[Any, Organisation], organisations: Collection[Organisation]
) -> dict[Any, dict[str, str]]:
    """Organisation id → {scorer id: cause} for a draw over many organisations. Five statements, however many.

    `employers` says for which evaluator a scorer scores: its contracts and its people tie every scorer of it.
    """
    since = since_day()
    evaluators = {one.pk: one for one in employers.values()}
    causes: dict[Any, dict[str, str]] = {one.pk: {} for one in organisations}
    recent = Q(ended_at=None) | Q(ended_at__date__gt=since)
    members = Membership.objects.filter(recent, organisation__in=causes)
    for user_id, organisation_id in members.filter(user__in=scorers).values_list("user_id", "organisation_id"):
        causes[organisation_id].setdefault(str(user_id), "member")
    declared = ExpertTie.objects.filter(_standing(since), organisation__in=causes, user__in=scorers)
    for user_id, organisation_id in declared.values_list("user_id", "organisation_id"):
        causes[organisation_id].setdefault(str(user_id), "kinship")

    def exclude_all(evaluator_id: Any, organisation_id: Any, cause: str) -> None:
        for scorer in scorers:
            if employers[scorer.pk].pk == evaluator_id:
                causes[organisation_id].setdefault(str(scorer.pk), cause)

    bound = contracts_between(evaluators.values(), organisations).values_list("buyer_id", "supplier_id")
    for buyer_id, supplier_id in bound:
        evaluator_id, other = (buyer_id, supplier_id) if buyer_id in evaluators else (supplier_id, buyer_id)
        if other in causes:
            exclude_all(evaluator_id, other, "contract")
    leads = Membership.objects.filter(organisation__in=evaluators, ended_at=None, role__in=WHO_MATTERS)
    by_person: dict[Any, set[Any]] = {}
    for user_id, evaluator_id in leads.values_list("user_id", "organisation_id"):
        by_person.setdefault(user_id, set()).add(evaluator_id)
    for user_id, organisation_id in members.filter(user__in=by_person).values_list("user_id", "organisation_id"):
        for evaluator_id in by_person[user_id]:
            exclude_all(evaluator_id, organisation_id, "member")
    return causes


def hiring_contract(buyer: Organisation, evaluator: Organisation) -> Contract | None:
    """The signed contract of this system by which the bureau has hired the evaluator: the newest that still runs."""
    found = Contract.objects.public().filter(buyer=buyer, supplier=evaluator, ends_on__gte=clock.today())
    return found.order_by("-signed_at").first()
