"""What screens and the API read about people and organisations."""

import hashlib
from itertools import groupby

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import DeskLink, WaitingItem

from . import policies
from .models import ApiToken, Invitation, Membership, Organisation, User


def roles_of(user: User) -> list[tuple[Organisation, list[Membership]]]:
    """Each organisation a person belongs to, with the memberships held there today. One statement."""
    held = (
        user.memberships.live()
        .select_related("organisation")
        .order_by("organisation__name", "organisation_id", "created_at")
    )
    return [
        (organisation, list(memberships))
        for organisation, memberships in groupby(held, key=lambda membership: membership.organisation)
    ]


def members_of(organisation: Organisation) -> list[tuple[User, list[Membership]]]:
    """Each person of an organisation, with the roles held today. One statement."""
    held = organisation.memberships.live().select_related("user").order_by("user__name", "user_id", "created_at")
    return [(user, list(memberships)) for user, memberships in groupby(held, key=lambda membership: membership.user)]


def open_invitations(organisation: Organisation) -> QuerySet[Invitation]:
    """Those whose link still works."""
    return organisation.invitations.open().filter(expires_at__gt=clock.now()).select_related("organisation")


def organisations(user: User, *, text: str = "", state: str = "") -> QuerySet[Organisation]:
    """The operator's list: who asks to join first."""
    found = Organisation.objects.visible_to(user).select_related("region")
    if state in Organisation.State.values:
        found = found.filter(state=state)
    if text := text.replace("\x00", "").strip():
        found = found.filter(Q(name__icontains=text) | Q(name_en__icontains=text) | Q(uscc__istartswith=text))
    return found.order_by("name", "pk")


def tokens_of(user: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.visible_to(user).live().select_related("organisation")


def token_holder(token: str) -> ApiToken | None:
    """The live token with its user and organisation; None when unknown, revoked, or no longer backed by a membership.

    Someone who has left an organisation no longer acts for it, whatever tokens were made before.
    """
    member = Membership.objects.live().filter(user=OuterRef("user"), organisation=OuterRef("organisation"))
    return (
        ApiToken.objects.select_related("user", "organisation")
        .filter(digest=hashlib.sha256(token.encode()).hexdigest(), revoked_at=None, user__is_active=True)
        .filter(Q(organisation=None) | Q(Exists(member)))
        .first()
    )


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """For the operator: organisations that ask to join."""
    if not policies.is_operator(user):
        return []
    return [
        WaitingItem(_("%(name)s asks to join") % {"name": asking.name}, reverse("parties:admit", args=[asking.pk]))
        for asking in Organisation.objects.pending().order_by("created_at")[:25]
    ]


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    links = []
    if organisation is not None:
        links.append(
            DeskLink(
                _("Colleagues and roles"),
                reverse("parties:members", args=[organisation.pk]),
                _("Who works here, and inviting others"),
            )
        )
    if policies.is_operator(user):
        links += [
            DeskLink(_("Organisations"), reverse("parties:organisations"), _("The register: enter, admit, suspend")),
            DeskLink(_("Administration"), reverse("admin:index"), _("People, places, what happened")),
        ]
    return links
