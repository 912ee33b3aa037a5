"""Who may move public money. The verbs of upper apps decide who may sign or accept; these stand behind them.

When the person at the screen is not of the bureau (a provider signs last, a counter redeems), the upper verb has
authorised that person for its own act and posts as a named service user.
"""

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, is_operator, is_service

from .models import BudgetLine, oversees_all_money


def may_open_funds(user: User, *_subject: object) -> bool:
    """Funds are the city's: the operator, or jobs."""
    return is_operator(user) or is_service(user)


def has_budget(organisation: Organisation | None) -> bool:
    """Only bureaus and the finance department have lines."""
    return organisation is not None and organisation.kind in (Organisation.Kind.BUREAU, Organisation.Kind.FINANCE)


def may_budget(user: User, bureau: Organisation) -> bool:
    """Open lines, appropriate, open a year: an approver or finance officer of the bureau."""
    return has_budget(bureau) and (
        is_operator(user) or is_service(user) or has_role(user, bureau, Role.APPROVER, Role.FINANCE)
    )


def may_post(user: User, bureau: Organisation) -> bool:
    """Commit, owe, release: any officer of the bureau, through the verb of an upper app."""
    return (
        is_operator(user)
        or is_service(user)
        or has_role(user, bureau, Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.SIGNATORY)
    )


def may_see_budget(user: User) -> bool:
    """Anyone who has a line to see: the bureaus' officers and those who oversee."""
    return oversees_all_money(user) or (
        user.is_authenticated
        and user.memberships.filter(
            ended_at=None,
            role__in=(Role.OFFICER, Role.APPROVER, Role.FINANCE),
            organisation__kind__in=(Organisation.Kind.BUREAU, Organisation.Kind.FINANCE),
        ).exists()
    )


def works_on_budget(user: User, organisation: Organisation | None) -> bool:
    """Whether the budget is on the desk of who acts for this organisation: its officers', the auditors', the
    operator's."""
    return (
        is_operator(user)
        or has_role(user, organisation, Role.AUDITOR)
        or (has_budget(organisation) and has_role(user, organisation, Role.OFFICER, Role.APPROVER, Role.FINANCE))
    )


def may_see_line(user: User, line: BudgetLine) -> bool:
    return BudgetLine.objects.visible_to(user).filter(pk=line.pk).exists()
