"""What people are told about evaluations, after commit."""

from typing import Any

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.parties.models import Organisation, Role, User

from .models import Engagement, Rectification, Scorecard


def people_of(organisation: Organisation, *roles: Role) -> list[User]:
    return list(
        User.objects.filter(
            memberships__organisation=organisation, memberships__role__in=roles, memberships__ended_at=None
        ).distinct()
    )


def _engagement(pk: str) -> Engagement:
    return Engagement.objects.select_related("contract__buyer", "contract__supplier", "evaluator").get(pk=pk)


def _tell(engagement: Engagement, people: list[User], event: str, url: str = "", **context: Any) -> None:
    tell(
        people,
        template=f"evaluations/{event}",
        context={"engagement": engagement, "contract": engagement.contract} | context,
        url=url or reverse("evaluations:work", args=[engagement.pk]),
        about=engagement,
        key=f"engagement-{engagement.pk}-{event}",
    )


@task
def tell_planned(engagement_id: str) -> None:
    """The evaluator: please name scorers. The provider: you will be evaluated."""
    engagement = _engagement(engagement_id)
    _tell(engagement, people_of(engagement.evaluator, Role.OWNER, Role.MANAGER), "planned")
    _tell(engagement, people_of(engagement.contract.supplier, Role.OWNER), "announced")


@task
def tell_scorers(engagement_id: str) -> None:
    """Each scorer: your sheet is ready."""
    engagement = _engagement(engagement_id)
    for scorecard in engagement.scorecards.select_related("scorer"):
        _tell(engagement, [scorecard.scorer], "score", url=scorecard.get_absolute_url())


@task
def tell_scorer(scorecard_id: str) -> None:
    """A scorer named later: your sheet is ready."""
    scorecard = Scorecard.objects.select_related("scorer").get(pk=scorecard_id)
    engagement = _engagement(str(scorecard.engagement_id))
    _tell(engagement, [scorecard.scorer], "score", url=scorecard.get_absolute_url())


@task
def tell_scored(engagement_id: str) -> None:
    """The evaluator: all sheets are in, write the findings."""
    engagement = _engagement(engagement_id)
    _tell(engagement, people_of(engagement.evaluator, Role.OWNER, Role.MANAGER), "scored")


@task
def tell_concluded(engagement_id: str) -> None:
    """The provider: read the findings and reply."""
    engagement = _engagement(engagement_id)
    _tell(engagement, people_of(engagement.contract.supplier, Role.OWNER), "concluded")


@task
def tell_replied(engagement_id: str) -> None:
    """The buyer: the reply is in, publish."""
    engagement = _engagement(engagement_id)
    _tell(engagement, people_of(engagement.contract.buyer, Role.OFFICER), "replied")


@task
def tell_published(engagement_id: str) -> None:
    """Provider and evaluator: it is public."""
    engagement = _engagement(engagement_id)
    people = people_of(engagement.contract.supplier, Role.OWNER) + people_of(engagement.evaluator, Role.OWNER)
    _tell(engagement, people, "published", url=engagement.get_absolute_url())


@task
def tell_suspended(engagement_id: str, programme: str, reason: str) -> None:
    """The provider: which programme, and why."""
    engagement = _engagement(engagement_id)
    people = people_of(engagement.contract.supplier, Role.OWNER, Role.MANAGER)
    _tell(engagement, people, "suspended", engagement.get_absolute_url(), programme=programme, reason=reason)


@task
def tell_gathered(engagement_id: str) -> None:
    """The evaluator's lead: all sheets are in, look at the outliers."""
    engagement = _engagement(engagement_id)
    _tell(engagement, people_of(engagement.evaluator, Role.OWNER, Role.MANAGER), "gathered")


@task
def tell_appealed(engagement_id: str) -> None:
    """The buyer: name a second evaluator. The first one: the provider has appealed."""
    engagement = _engagement(engagement_id)
    _tell(engagement, people_of(engagement.contract.buyer, Role.OFFICER), "appealed")
    _tell(engagement, people_of(engagement.evaluator, Role.OWNER, Role.MANAGER), "appealed")


@task
def tell_assigned(engagement_id: str) -> None:
    """The second evaluator: decide the appeal."""
    engagement = _engagement(engagement_id)
    appeal = engagement.appeal
    people = people_of(appeal.reviewer, Role.OWNER, Role.MANAGER, Role.EVALUATOR)
    _tell(engagement, people, "assigned", url=appeal.get_absolute_url())


@task
def tell_appeal_decided(engagement_id: str) -> None:
    """All parties: what came of the appeal."""
    engagement = _engagement(engagement_id)
    people = [
        *people_of(engagement.contract.supplier, Role.OWNER),
        *people_of(engagement.evaluator, Role.OWNER, Role.MANAGER),
        *people_of(engagement.contract.buyer, Role.OFFICER),
    ]
    _tell(engagement, people, "appeal_decided", url=engagement.appeal.get_absolute_url())


@task
def tell_rectification(rectification_id: str, event: str) -> None:
    """The side whose turn it is; when it is put right, the provider."""
    found = Rectification.objects.select_related("engagement__contract__buyer", "engagement__contract__supplier").get(
        pk=rectification_id
    )
    contract = found.engagement.contract
    side = contract.buyer if event == "reported" else contract.supplier
    roles = (Role.OFFICER,) if event == "reported" else (Role.OWNER, Role.MANAGER)
    tell(
        people_of(side, *roles),
        template=f"evaluations/rectification_{event}",
        context={"contract": contract, "rectification": found},
        url=found.get_absolute_url(),
        about=found,
    )
