"""What people are told about a rating round, after commit."""

from typing import Any

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.parties.models import Role, User

from .models import Certificate, RatingApplication, RatingObjection, RatingRound, RatingSheet
from .notices import people_of


def _tell(round: RatingRound, people: list[User], event: str, url: str, key: str, **context: Any) -> None:
    tell(
        people,
        template=f"evaluations/rating_{event}",
        context={"round": round} | context,
        url=url,
        about=round,
        key=f"round-{key}-{event}",
    )


def _round(pk: str) -> RatingRound:
    return RatingRound.objects.select_related("bureau").get(pk=pk)


@task
def tell_scorers(round_id: str) -> None:
    """Everyone drawn: your sheets are ready. One message for all of them."""
    round = _round(round_id)
    drawn = User.objects.filter(rating_sheets__application__round=round).distinct()
    _tell(round, list(drawn), "score", reverse("evaluations:rating_sheets"), str(round.pk))


@task
def tell_all_in(round_id: str) -> None:
    """The bureau, once: the last sheet is in."""
    round = _round(round_id)
    if RatingSheet.objects.filter(application__round=round, state=RatingSheet.State.OPEN).exists():
        return
    url = reverse("evaluations:round_desk", args=[round.number])
    _tell(round, people_of(round.bureau, Role.OFFICER), "all_in", url, str(round.pk))


@task
def tell_application(application_id: str, event: str) -> None:
    """The applicant: what was decided."""
    application = RatingApplication.objects.select_related("round", "organisation").get(pk=application_id)
    people = people_of(application.organisation, Role.OWNER, Role.MANAGER)
    url = application.get_absolute_url()
    _tell(application.round, people, event, url, str(application.pk), application=application)


@task
def tell_noticed(round_id: str) -> None:
    """Every applicant: points and level, and until when to object."""
    round = _round(round_id)
    for application in round.applications.standing().select_related("organisation"):
        people = people_of(application.organisation, Role.OWNER, Role.MANAGER)
        url = application.get_absolute_url()
        _tell(round, people, "noticed", url, str(application.pk), application=application)


@task
def tell_objection(objection_id: str, event: str) -> None:
    """The bureau when one comes in, the applicant when it is decided."""
    objection = RatingObjection.objects.select_related("application__round__bureau", "application__organisation").get(
        pk=objection_id
    )
    application = objection.application
    side = application.round.bureau if event == "lodged" else application.organisation
    roles = (Role.OFFICER,) if event == "lodged" else (Role.OWNER, Role.MANAGER)
    url = application.get_absolute_url()
    people = people_of(side, *roles)
    _tell(application.round, people, f"objection_{event}", url, str(objection.pk), application=application)


@task
def tell_concluded(round_id: str) -> None:
    """Every applicant: the level that it holds now."""
    round = _round(round_id)
    for application in round.applications.standing().select_related("organisation"):
        people = people_of(application.organisation, Role.OWNER, Role.MANAGER)
        url = application.get_absolute_url()
        _tell(round, people, "concluded", url, str(application.pk), application=application)


@task
def tell_withdrawn(certificate_id: str) -> None:
    """The organisation: its level was taken back, and why."""
    certificate = Certificate.objects.select_related("application__round", "organisation").get(pk=certificate_id)
    people = people_of(certificate.organisation, Role.OWNER, Role.MANAGER)
    _tell(
        certificate.application.round, people, "withdrawn", certificate.get_absolute_url(), str(certificate.pk),
        certificate=certificate,
    )  # fmt: skip
