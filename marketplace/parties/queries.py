"""What screens and the API read about people and organisations."""

import hashlib
from itertools import groupby

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.rules.calendar import add_days
from marketplace.rules.queries import resolve

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
    """Those not revoked; `is_over` when the last day has passed: who wonders why a till is refused sees it."""
    over = Q(expires_on__lt=clock.today())
    held = ApiToken.objects.visible_to(user).live().select_related("organisation")
    return held.annotate(is_over=ExpressionWrapper(over, output_field=BooleanField()))


def tokens_ending(user: User) -> QuerySet[ApiToken]:
    """Those that end within the reminder (rule `account.token_reminder`)."""
    today = clock.today()
    soon = add_days(today, int(resolve("account.token_reminder").number))
    return ApiToken.objects.visible_to(user).live().filter(expires_on__range=(today, soon)).order_by("expires_on")


def token_holder(token: str) -> ApiToken | None:
    """The live token with its user and organisation; None when unknown, revoked, over, or no longer backed by a
    membership.

    Someone who has left an organisation no longer acts for it, whatever tokens were made before. The last day of a
    token never changes, so who remembers a token for the rest of the day (`api.KnownBearer`) need not ask for it again.
    """
    member = Membership.objects.live().filter(user=OuterRef("user"), organisation=OuterRef("organisation"))
    return (
        ApiToken.objects.select_related("user", "organisation")
        .filter(digest=hashlib.sha256(token.encode()).hexdigest(), revoked_at=None, user__is_active=True)
        .filter(expires_on__gte=clock.today())
        .filter(Q(organisation=None) | Q(Exists(member)))
        .first()
    )


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Tokens that end soon; for the operator: organisations that ask to join."""
    if not user.is_authenticated:
        return []
    ending = [
        WaitingItem(
            _("Replace the token “%(name)s”: the program that uses it stops") % {"name": token.name},
            reverse("parties:tokens"),
            due=token.expires_on,
        )
        for token in tokens_ending(user)[:25]
    ]
    if not policies.is_operator(user):
        return ending
    return ending + [
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
                group=DeskGroup.HOUSE,
            )
        )
    if policies.is_operator(user):
        links += [
            DeskLink(
                _("Organisations"),
                reverse("parties:organisations"),
                _("The register: enter, admit, suspend"),
                group=DeskGroup.HOUSE,
            ),
            DeskLink(
                _("Administration"), reverse("admin:index"), _("People, places, what happened"), group=DeskGroup.HOUSE
            ),
        ]
    return links
