"""Which bureau deals with a place, and which one is above it: community, town, county, prefecture, province."""

from marketplace.parties.models import Organisation, Region

LEVELS = (12, 9, 6, 4, 2)


def bureaus_above(place: Region) -> list[Organisation]:
    """The bureaus of a place and of every place around it, the nearest first, one a level. One query."""
    codes = {place.code[:digits].ljust(12, "0") for digits in LEVELS}
    found = (
        Organisation.objects.active()
        .filter(kind=Organisation.Kind.BUREAU, region__in=codes)
        .select_related("region")
        .order_by("-region_id", "pk")
    )
    chain: list[Organisation] = []
    for bureau in found:
        if not chain or chain[-1].region_id != bureau.region_id:
            chain.append(bureau)
    return chain


def next_above(bureau: Organisation, place: Region) -> Organisation | None:
    """The next level; None at the top."""
    return next((one for one in bureaus_above(place) if one.region_id < bureau.region_id), None)
