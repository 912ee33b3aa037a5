"""Who may do what with an evaluation. Plain bools."""

from contracts.models import Contract
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, is_operator

from .models import Appeal, Engagement, Scorecard


def may_keep_frameworks(user: User, *_subject: object) -> bool:
    """The operator, a service that loads the shipped templates, an officer of a bureau."""
    return is_operator(user) or user.is_service or _serves_a_bureau(user)


def _serves_a_bureau(user: User) -> bool:
    bureaus = user.memberships.filter(ended_at=None, organisation__kind=Organisation.Kind.BUREAU)
    return user.is_active and bureaus.filter(role__in=[Role.OFFICER, Role.APPROVER]).exists()


def may_write_framework(user: User, bureau: Organisation) -> bool:
    """The operator; an officer of the bureau that writes it."""
    return is_operator(user) or (
        bureau.kind == Organisation.Kind.BUREAU and has_role(user, bureau, Role.OFFICER, Role.APPROVER)
    )


def may_plan(user: User, contract: Contract) -> bool:
    """The buyer is responsible for performance evaluation: an officer of the buyer."""
    return has_role(user, contract.buyer, Role.OFFICER)


def may_start(user: User, engagement: Engagement) -> bool:
    """Whoever speaks for the evaluator declares its independence and names the scorers."""
    return has_role(user, engagement.evaluator, Role.OWNER, Role.MANAGER)


def may_do_fieldwork(user: User, engagement: Engagement) -> bool:
    """The lead, and the scorers who are there."""
    return has_role(user, engagement.evaluator, Role.OWNER, Role.MANAGER, Role.EVALUATOR)


def may_see_fieldwork(user: User, engagement: Engagement) -> bool:
    """The evaluator, and the buyer that pays for it; not the provider, who would know where the visit goes."""
    return may_do_fieldwork(user, engagement) or may_plan(user, engagement.contract)


def may_score(user: User, scorecard: Scorecard) -> bool:
    """Only the scorer whose sheet it is, while still with the evaluator."""
    return scorecard.scorer_id == user.pk and has_role(user, scorecard.engagement.evaluator, Role.EVALUATOR)


def may_conclude(user: User, engagement: Engagement) -> bool:
    """The evaluator writes findings and recommendations."""
    return has_role(user, engagement.evaluator, Role.OWNER, Role.MANAGER)


def may_reply(user: User, engagement: Engagement) -> bool:
    """The provider that was evaluated."""
    return has_role(user, engagement.contract.supplier, Role.OWNER, Role.MANAGER)


def may_publish(user: User, engagement: Engagement) -> bool:
    """An officer of the buyer, and not one who belongs to the evaluator or the provider."""
    return has_role(user, engagement.contract.buyer, Role.OFFICER, Role.APPROVER)


def is_party(user: User, engagement: Engagement) -> bool:
    """The people of the buyer, the evaluator and the provider see the working pages."""
    return any(
        has_role(user, side) for side in (engagement.contract.buyer, engagement.evaluator, engagement.contract.supplier)
    )


def is_independent(evaluator: Organisation, contract: Contract) -> bool:
    """Nobody belongs both to the evaluator and to a side of the contract (财监〔2021〕4号)."""
    theirs = evaluator.memberships.filter(ended_at=None).values("user")
    return evaluator.pk not in (contract.buyer_id, contract.supplier_id) and not (
        contract.buyer.memberships.filter(ended_at=None, user__in=theirs).exists()
        or contract.supplier.memberships.filter(ended_at=None, user__in=theirs).exists()
    )


def is_untied(scorer: User, contract: Contract) -> bool:
    """The scorer belongs to no side of the contract."""
    return not any(has_role(scorer, side) for side in (contract.buyer, contract.supplier))


def may_moderate(user: User, engagement: Engagement) -> bool:
    """The evaluator's lead; not one who scored: nobody moderates their own marks."""
    return (
        has_role(user, engagement.evaluator, Role.OWNER, Role.MANAGER)
        and not engagement.scorecards.filter(scorer=user).exists()
    )


def may_assign_appeal(user: User, engagement: Engagement) -> bool:
    """An officer of the buyer names the second evaluator."""
    return has_role(user, engagement.contract.buyer, Role.OFFICER, Role.APPROVER)


def may_decide_appeal(user: User, appeal: Appeal) -> bool:
    """The second evaluator's lead or scorers."""
    return appeal.reviewer_id is not None and may_decide_appeals(user, appeal.reviewer)


def may_decide_appeals(user: User, reviewer: Organisation) -> bool:
    """Those that were given to this evaluator."""
    return has_role(user, reviewer, Role.OWNER, Role.MANAGER, Role.EVALUATOR)


def shares_people(one: Organisation, other: Organisation) -> bool:
    """Somebody belongs to both."""
    theirs = one.memberships.filter(ended_at=None).values("user")
    return other.memberships.filter(ended_at=None, user__in=theirs).exists()


def may_demand(user: User, engagement: Engagement) -> bool:
    """Officers of the buyer ask for things to be put right, and see that they are."""
    return has_role(user, engagement.contract.buyer, Role.OFFICER, Role.APPROVER)
