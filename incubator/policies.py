"""Who may do what in an incubator. Plain bools."""

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role

from .models import Application, Cohort, Subsidy


def may_open_cohort(user: User, hub: Organisation) -> bool:
    """A manager of an incubator."""
    return hub.kind == Organisation.Kind.INCUBATOR and has_role(user, hub, Role.MANAGER)


def may_manage(user: User, cohort: Cohort) -> bool:
    """A manager of the cohort's hub."""
    return has_role(user, cohort.hub, Role.MANAGER)


def may_decide(user: User, application: Application) -> bool:
    return may_manage(user, application.cohort)


def may_apply(user: User, organisation: Organisation) -> bool:
    """The owner of a social organisation."""
    return organisation.kind == Organisation.Kind.SOCIAL_ORGANISATION and has_role(user, organisation, Role.OWNER)


def may_leave(user: User, application: Application) -> bool:
    """The organisation gives its place back, or the hub ends it."""
    return has_role(user, application.organisation, Role.OWNER) or may_decide(user, application)


def may_grant(user: User, subsidy: Subsidy) -> bool:
    """An officer of the bureau that is asked to pay; another officer approves the payment."""
    return has_role(user, subsidy.bureau, Role.OFFICER)


def may_claim(user: User, subsidy: Subsidy) -> bool:
    """The organisation's owner or finance."""
    return has_role(user, subsidy.application.organisation, Role.OWNER, Role.FINANCE)
