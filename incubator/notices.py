"""What people are told about cohorts, after commit."""

import datetime

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.parties.models import Organisation, Role, User

from .models import Application, Subsidy


def people_of(organisation: Organisation, *roles: Role) -> list[User]:
    return list(
        User.objects.filter(
            memberships__organisation=organisation, memberships__role__in=roles, memberships__ended_at=None
        ).distinct()
    )


def _application(pk: str) -> Application:
    return Application.objects.select_related("cohort__hub", "organisation").get(pk=pk)


@task
def tell_applied(application_id: str) -> None:
    """The hub's managers: somebody has applied."""
    application = _application(application_id)
    tell(
        people_of(application.cohort.hub, Role.MANAGER),
        template="incubator/applied",
        context={"application": application},
        url=application.get_absolute_url(),
        about=application,
        key=f"application-{application.pk}-applied",
    )


@task
def tell_decided(application_id: str) -> None:
    """The organisation: admitted, refused or graduated."""
    application = _application(application_id)
    tell(
        people_of(application.organisation, Role.OWNER),
        template="incubator/decided",
        context={"application": application},
        url=application.get_absolute_url(),
        about=application,
        key=f"application-{application.pk}-{application.state}",
    )


@task
def tell_fitting(application_id: str, told_at: str) -> None:
    """The organisation: these open tenders fit you. One message for all that were found together."""
    application = _application(application_id)
    matches = application.matches.filter(told_at=datetime.datetime.fromisoformat(told_at)).select_related("tender")
    tell(
        people_of(application.organisation, Role.OWNER, Role.BIDDER),
        template="incubator/fitting",
        context={"application": application, "matches": list(matches)},
        url=reverse("incubator:mine"),
        about=application,
        key=f"application-{application.pk}-fits-{told_at}",
    )


def _tell_of_subsidy(subsidy: Subsidy, people: list[User], event: str) -> None:
    tell(
        people,
        template=f"incubator/{event}",
        context={"subsidy": subsidy},
        url=subsidy.get_absolute_url(),
        about=subsidy,
        key=f"subsidy-{subsidy.pk}-{subsidy.state}-{subsidy.claimed_at.isoformat() if subsidy.claimed_at else ''}",
    )


def _subsidy(pk: str) -> Subsidy:
    return Subsidy.objects.select_related("bureau", "application__organisation", "application__cohort__hub").get(pk=pk)


@task
def tell_subsidy_asked(subsidy_id: str) -> None:
    """The bureau's officers: a hub asks for a subsidy."""
    subsidy = _subsidy(subsidy_id)
    _tell_of_subsidy(subsidy, people_of(subsidy.bureau, Role.OFFICER), "subsidy_asked")


@task
def tell_subsidy_claimed(subsidy_id: str) -> None:
    """The bureau's officers: receipts to check."""
    subsidy = _subsidy(subsidy_id)
    _tell_of_subsidy(subsidy, people_of(subsidy.bureau, Role.OFFICER), "subsidy_claimed")


@task
def tell_subsidy_decided(subsidy_id: str) -> None:
    """The organisation and the hub: granted, sent back, ordered, refused or withdrawn."""
    subsidy = _subsidy(subsidy_id)
    application = subsidy.application
    people = people_of(application.organisation, Role.OWNER, Role.FINANCE) + people_of(
        application.cohort.hub, Role.MANAGER
    )
    _tell_of_subsidy(subsidy, people, "subsidy_decided")
