"""Who can be asked to hold a share of a tender's key."""

from django.db.models import QuerySet

from marketplace.parties.models import Membership, Organisation, Role, User


def custodians_to_choose() -> QuerySet[User]:
    """Key custodians of any bureau: a town's office borrows those of the city."""
    seats = Membership.objects.filter(
        role=Role.CUSTODIAN, ended_at=None, organisation__kind=Organisation.Kind.BUREAU
    ).values("user_id")
    return User.objects.filter(pk__in=seats, is_active=True).order_by("name", "pk")
