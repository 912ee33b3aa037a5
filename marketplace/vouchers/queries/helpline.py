"""Whom a resident can ring."""

from marketplace.parties.models import Organisation
from marketplace.residents.models import Resident

LEVELS = (12, 9, 6, 4, 2)


def helpline_of(resident: Resident) -> Organisation | None:
    """The bureau nearest to where the resident lives that answers the telephone; one query."""
    places = {resident.region_id[:digits].ljust(12, "0") for digits in LEVELS}
    bureaus = Organisation.objects.filter(
        kind=Organisation.Kind.BUREAU, state=Organisation.State.ACTIVE, region__in=places
    )
    return bureaus.exclude(phone="").order_by("-region_id", "pk").first()
