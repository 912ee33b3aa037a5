"""What search finds of a provider: its name and everything it offers, as one text."""

from marketplace.parties.models import Organisation

KIND = "provider"


def index_provider(organisation: Organisation) -> None:
    """Bring the search index up to what the directory says of the provider now."""
