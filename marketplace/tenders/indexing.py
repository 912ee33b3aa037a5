"""What the search index knows of a tender."""

from marketplace.search.actions import index

from .chinese import in_chinese
from .models import Tender

KIND = "tender"


@in_chinese
def index_tender(tender: Tender) -> None:
    """Title, need, lots and buyer, as the public may read them."""
    lots = list(tender.lots.select_related("category", "place"))
    words = [tender.number or "", tender.title, tender.title_en, tender.about, tender.bureau.name]
    words += [part for lot in lots for part in (lot.title, lot.description, lot.category.name, lot.place.name)]
    index(
        tender,
        kind=KIND,
        title=tender.title,
        text="\n".join(word for word in words if word),
        url=tender.get_absolute_url(),
        is_public=tender.is_public,
    )
