"""Every change to people, organisations and memberships."""

from django.db import transaction

from marketplace.audit.actions import record

from .models import Membership, NumberSeries, Organisation, Role, User


def service_user(name: str) -> User:
    """The named service user that a job acts as; made on first use."""
    user, _created = User.objects.get_or_create(name=name, is_service=True, defaults={"password": "!"})
    return user


@transaction.atomic
def next_number(organisation: Organisation, kind: str, year: int) -> int:
    """The next gap-free number of this kind for the organisation in the year.

    Holds the series' row until the caller's transaction ends: a number that is rolled back is given again.
    """
    NumberSeries.objects.get_or_create(organisation=organisation, kind=kind, year=year)
    series = NumberSeries.objects.select_for_update().get(organisation=organisation, kind=kind, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last


@transaction.atomic
def grant_role(user: User, organisation: Organisation, role: Role, *, by: User | None) -> Membership:
    """Give a person a role in an organisation; a role already held stays as it is."""
    membership, created = Membership.objects.get_or_create(
        user=user, organisation=organisation, role=role, ended_at=None
    )
    if created:
        record("membership.granted", membership, by=by, organisation=organisation, role=str(role))
    return membership
