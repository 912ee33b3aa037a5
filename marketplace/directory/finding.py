"""Which providers a few words mean."""

from django.db.models import QuerySet

from marketplace.search.queries import matching_ids

KIND = "provider"


def matching_providers(text: str) -> QuerySet:
    """Ids of organisations whose name, places or services contain the words."""
    return matching_ids(text, KIND)
