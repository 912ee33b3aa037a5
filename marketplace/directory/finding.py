"""Which providers a few words mean."""

from django.db.models import Q, QuerySet

from marketplace.parties.models import Organisation

from .models import Service


def matching_providers(text: str) -> QuerySet:
    """Ids of organisations whose name or services contain the words."""
    text = text.replace("\0", " ").strip()
    offering = Service.objects.listed().filter(
        Q(name__icontains=text) | Q(name_en__icontains=text) | Q(category__name__icontains=text)
    )
    return Organisation.objects.filter(
        Q(name__icontains=text) | Q(name_en__icontains=text) | Q(pk__in=offering.values("organisation"))
    ).values("pk")
