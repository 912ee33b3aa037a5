"""Tokens for programs that act as a person: made, revoked, about to end."""

import hashlib
import secrets
from functools import partial

from django.db import transaction

from marketplace.audit.actions import authorise, record, record_all
from marketplace.pages import clock
from marketplace.rules.calendar import add_days
from marketplace.rules.queries import resolve

from .. import policies
from ..models import ApiToken, Organisation, User
from ..tasks import mail_token_ends


@transaction.atomic
def issue_token(name: str, organisation: Organisation | None, *, by: User) -> tuple[ApiToken, str]:
    """A bearer token for a program that acts as this person for the organisation: the row, and the token itself,
    which is kept nowhere. It works through its last day (rule `account.token_period`)."""
    if organisation is not None:
        authorise(policies.is_member, by, organisation)
    token = secrets.token_urlsafe(32)
    held = ApiToken.objects.create(
        user=by,
        organisation=organisation,
        name=name.strip(),
        digest=hashlib.sha256(token.encode()).hexdigest(),
        expires_on=add_days(clock.today(), int(resolve("account.token_period").number)),
    )
    record("token.issued", held, by=by, organisation=organisation)
    return held, token


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User) -> ApiToken:
    """The token opens nothing from now on."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    authorise(policies.may_revoke_token, by, token)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        record("token.revoked", token, by=by, organisation=token.organisation_id)
    return token


def revoke_tokens_of(user: User, organisation: Organisation | None = None, *, by: User) -> int:
    """All tokens of a person, or those for one organisation, open nothing from now on; how many there were.

    A part of a verb that has authorised and holds the person's or the organisation's row.
    """
    held = user.bearer_tokens.live().select_for_update().order_by("pk")
    tokens = list(held.filter(organisation=organisation) if organisation else held)
    ApiToken.objects.filter(pk__in=[token.pk for token in tokens]).update(revoked_at=clock.now())
    record_all("token.revoked", [(token, {}) for token in tokens], by=by, organisation=organisation)
    return len(tokens)


def remind_of_tokens() -> int:
    """Run by the clock: whose token ends soon (rule `account.token_reminder`) is told once, by mail; their desk says
    it as well. How many were told now."""
    today = clock.today()
    soon = add_days(today, int(resolve("account.token_reminder").number))
    with transaction.atomic():
        ending = list(
            ApiToken.objects.live()
            .select_for_update(of=("self",), skip_locked=True)
            .filter(reminded_at=None, expires_on__range=(today, soon), user__is_active=True)
            .order_by("pk")[:500]
        )
        ApiToken.objects.filter(pk__in=[token.pk for token in ending]).update(reminded_at=clock.now())
        for token in ending:
            transaction.on_commit(partial(mail_token_ends.enqueue, str(token.pk)))
    return len(ending)
