"""Who may do what in a rating round. Plain bools."""

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, is_operator

from .models import RatingApplication, RatingRound, RatingSheet


def may_call_round(user: User, bureau: Organisation) -> bool:
    """An officer of a civil affairs bureau."""
    return bureau.kind == Organisation.Kind.BUREAU and has_role(user, bureau, Role.OFFICER, Role.APPROVER)


def may_run_round(user: User, round: RatingRound) -> bool:
    """Officers of the bureau that called it."""
    return has_role(user, round.bureau, Role.OFFICER, Role.APPROVER)


def may_apply(user: User, organisation: Organisation) -> bool:
    """Whoever speaks for the organisation."""
    return has_role(user, organisation, Role.OWNER, Role.MANAGER)


def may_score_rating(user: User, sheet: RatingSheet) -> bool:
    """The scorer who was drawn, while still with one of the round's evaluators."""
    held = user.memberships.filter(
        ended_at=None, role=Role.EVALUATOR, organisation__in=sheet.application.round.evaluators.all()
    )
    return sheet.scorer_id == user.pk and user.is_active and held.exists()


def may_decide_objection(user: User, application: RatingApplication) -> bool:
    """An officer of the bureau."""
    return may_run_round(user, application.round)


def may_seal_certificates(user: User, round: RatingRound) -> bool:
    """The bureau's signatory."""
    return has_role(user, round.bureau, Role.SIGNATORY)


def may_note_conduct(user: User, _organisation: Organisation | None = None) -> bool:
    """An officer of a bureau keeps the register; the operator."""
    held = user.memberships.filter(ended_at=None, organisation__kind=Organisation.Kind.BUREAU)
    return is_operator(user) or (user.is_active and held.filter(role__in=[Role.OFFICER, Role.APPROVER]).exists())
