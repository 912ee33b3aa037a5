"""What people are told about cohorts, after commit."""

import datetime

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.parties.models import Organisation, Role, User

from .models import Application


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
