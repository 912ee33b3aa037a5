"""What search finds of a provider: its name and everything it offers, as one text."""

from marketplace.parties.models import Organisation
from marketplace.search.actions import index

from .finding import KIND
from .models import Standard

STANDARD = "standard"


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


def index_standard(standard: Standard) -> None:
    """Bring the search index up to the newest public version of a standard, in both languages."""
    version = standard.versions.public().order_by("-version").first()
    if version is None:
        return
    address = f"/standards/{standard.code}/"
    index(standard, kind=STANDARD, title=f"{standard.name}（{standard.code}）", text=version.text, url=address)
    if standard.name_en:
        index(
            standard,
            kind=STANDARD,
            title=f"{standard.name_en} ({standard.code})",
            text=version.text_en,
            url=f"/en{address}",
            language="en",
        )
