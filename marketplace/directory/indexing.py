"""What search finds of a provider: its name and everything it offers, as one text."""

from marketplace.parties.models import Organisation
from marketplace.search.actions import index

from .finding import KIND


def index_provider(organisation: Organisation) -> None:
    """Bring the search index up to what the directory says of the provider now, in both languages."""
    services = list(organisation.services.listed().select_related("category"))
    points = list(organisation.points.filter(is_open=True).select_related("region"))
    words = [organisation.about, organisation.region.name]
    english = [organisation.about_en, organisation.region.name_en]
    for service in services:
        words += [service.name, service.category.name, service.description]
        english += [service.name_en, service.category.name_en, service.description_en]
    for point in points:
        words += [point.name, point.address, point.region.name]
        english += [point.name_en, point.region.name_en]
    address = f"/providers/{organisation.uscc}/"
    index(organisation, kind=KIND, title=organisation.name, text="\n".join(filter(None, words)), url=address)
    if organisation.name_en:
        index(
            organisation,
            kind=KIND,
            title=organisation.name_en,
            text="\n".join(filter(None, english)),
            url=f"/en{address}",
            language="en",
        )
