"""Who belongs to an organisation, in what role, and how colleagues come and go."""

from functools import partial

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.rules.calendar import due_moment
from marketplace.rules.queries import resolve

from .. import policies
from ..contacts import spell_contact
from ..models import Invitation, Membership, Organisation, Role, User
from ..tasks import send_invitation
from .accounts import check_new_password
from .tokens import revoke_tokens_of


@transaction.atomic
def grant_role(user: User, organisation: Organisation, role: Role, *, by: User | None) -> Membership:
    """Give a person a role in an organisation; a role already held stays as it is.

    `by=None` is the installation itself, which sets up its first people. Raises ValidationError `role` when an
    organisation of this kind has no such role, `own_role` when somebody would give one to themselves.
    """
    if by is not None:
        organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
        authorise(policies.may_manage_members, by, organisation)
        if user.pk == by.pk and not policies.is_operator(by):
            raise ValidationError(_("Nobody gives a role to themselves."), code="own_role")
        if role not in policies.roles_for(organisation):
            raise ValidationError(_("An organisation of this kind has no such role."), code="role")
    membership, created = Membership.objects.get_or_create(
        user=user, organisation=organisation, role=role, ended_at=None
    )
    if created:
        record("membership.granted", membership, by=by, organisation=organisation, role=str(role))
    return membership


@transaction.atomic
def end_membership(membership: Membership, *, by: User) -> Membership:
    """The person holds the role no more, from now on; with the last of them their tokens for the organisation go, and
    do not wake when they come back. Raises ValidationError `last_manager`: somebody must remain who can invite others.
    """
    organisation = Organisation.objects.select_for_update().get(pk=membership.organisation_id)
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    authorise(policies.may_end_membership, by, membership)
    if membership.ended_at is not None:
        return membership
    keepers = policies.managing_roles(organisation)
    if (
        membership.role in keepers
        and not organisation.memberships.live().filter(role__in=keepers).exclude(pk=membership.pk).exists()
    ):
        raise ValidationError(
            _("%(name)s is the last who can invite colleagues here. Give this role to somebody else first."),
            code="last_manager",
            params={"name": membership.user.name},
        )
    membership.ended_at = clock.now()
    membership.save(update_fields=["ended_at"])
    record("membership.ended", membership, by=by, organisation=organisation, role=membership.role)
    if not organisation.memberships.live().filter(user=membership.user_id).exists():
        revoke_tokens_of(membership.user, organisation, by=by)
    return membership


@transaction.atomic
def invite_colleague(organisation: Organisation, *, contact: str, role: Role, by: User) -> Invitation:
    """Ask somebody to join with a role. The link goes to the contact alone, by mail or by text message: with it one
    becomes that person here, and the inviter must not (decision 0025).

    Raises ValidationError `phone`, `email`, `role`, `already` when the person holds the role, `invited` when an open
    invitation for it exists.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_manage_members, by, organisation)
    try:
        kind, spelled = spell_contact(contact)
    except ValidationError as fault:
        raise ValidationError({"contact": fault}) from None
    if role not in policies.roles_for(organisation):
        raise ValidationError(
            {"role": ValidationError(_("An organisation of this kind has no such role."), code="role")}
        )
    if organisation.memberships.live().filter(**{f"user__{kind}": spelled}, role=role).exists():
        raise ValidationError(
            {"contact": ValidationError(_("This person already holds the role here."), code="already")}
        )
    now = clock.now()
    open_ones = organisation.invitations.open().filter(expires_at__gt=now)
    if open_ones.filter(**{kind: spelled}, role=role).exists():
        raise ValidationError(
            {
                "contact": ValidationError(
                    _("This person has been invited already; the link still works."), code="invited"
                )
            }
        )
    invitation = Invitation.objects.create(
        organisation=organisation,
        role=role,
        invited_by=by,
        expires_at=due_moment(clock.today(), resolve("account.invitation_period")),
        **{kind: spelled},
    )
    record("invitation.sent", invitation, by=by, organisation=organisation, role=str(role))
    transaction.on_commit(partial(send_invitation.enqueue, str(invitation.pk)))
    return invitation


def open_invitation(token: str) -> Invitation:
    """The invitation behind a link. Raises ValidationError `link`, `used`, `withdrawn` or `expired`, each with what
    to do next."""
    try:
        pk = signing.Signer(salt="parties.invitation").unsign(token)
    except signing.BadSignature:
        raise ValidationError(
            _("This is not a complete invitation link. Copy all of it from the message."), code="link"
        ) from None
    invitation = Invitation.objects.select_related("organisation", "invited_by").filter(pk=pk).first()
    if invitation is None:
        raise ValidationError(_("This invitation doesn't exist any more. Ask for a new one."), code="link")
    _refuse_spent(invitation)
    return invitation


def _refuse_spent(invitation: Invitation) -> None:
    if invitation.accepted_at is not None:
        raise ValidationError(_("This invitation has been used. If it was you, sign in."), code="used")
    if invitation.withdrawn_at is not None:
        raise ValidationError(_("This invitation was withdrawn. Ask the organisation for a new one."), code="withdrawn")
    if invitation.expires_at <= clock.now():
        raise ValidationError(_("This invitation has expired. Ask the organisation for a new one."), code="expired")


@transaction.atomic
def accept_invitation(
    invitation: Invitation, *, name: str = "", password: str = "", language: str = "", by: User | None = None
) -> User:
    """Join: as the person who is signed in (`by`), or as a new person with a name and a password.

    Works once. Raises ValidationError `used`, `withdrawn`, `expired`, `own_role` when who invited would take the role,
    `has_account` when the invited contact already signs in here, or what is weak about the password.
    """
    organisation = Organisation.objects.select_for_update().get(pk=invitation.organisation_id)
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    _refuse_spent(invitation)
    if by is None:
        if invited_person(invitation) is not None:
            raise ValidationError(
                _("You have an account already. Sign in with it and open the link again."), code="has_account"
            )
        person = User(name=name.strip(), email=invitation.email or None, phone=invitation.phone or None)
        check_new_password(password, person)
        person = User.objects.create_user(
            name=person.name,
            email=person.email,
            phone=person.phone,
            password=password,
            language=language or settings.LANGUAGE_CODE,
        )
        record("user.joined", person, by=person)
    else:
        person = by
        # An inviter may have named a contact of their own: taking it up would be a role given to oneself (grant_role).
        if person.pk == invitation.invited_by_id and not policies.is_operator(person):
            raise ValidationError(_("Nobody gives a role to themselves."), code="own_role")
    membership, _created = Membership.objects.get_or_create(
        user=person, organisation=organisation, role=invitation.role, ended_at=None
    )
    invitation.accepted_at = clock.now()
    invitation.accepted_by = person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record("invitation.accepted", invitation, by=person, organisation=organisation)
    record("membership.granted", membership, by=invitation.invited_by, organisation=organisation, role=membership.role)
    return person


def invited_person(invitation: Invitation) -> User | None:
    """Who already signs in with the contact that was invited."""
    if invitation.email:
        return User.objects.filter(email=invitation.email).first()
    return User.objects.filter(phone=invitation.phone).first()


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: User) -> Invitation:
    """The link works no more. Raises ValidationError `used` when the person has joined by it."""
    organisation = Organisation.objects.select_for_update().get(pk=invitation.organisation_id)
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    authorise(policies.may_manage_members, by, organisation)
    if invitation.accepted_at is not None:
        raise ValidationError(_("This person has joined already. End the membership instead."), code="used")
    if invitation.withdrawn_at is None:
        invitation.withdrawn_at = clock.now()
        invitation.save(update_fields=["withdrawn_at"])
        record("invitation.withdrawn", invitation, by=by, organisation=organisation)
    return invitation
