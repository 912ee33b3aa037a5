"""Which providers residents speak of, by the lower bound of their share: few voices do not win."""

from typing import Any

from django.db.models import F, QuerySet

from marketplace.directory.models import ProviderVoices
from marketplace.parties.models import Region


def providers_by_share(*, region: Region | None = None) -> QuerySet[ProviderVoices]:
    """As counted last. Those of whom too few have spoken come last, without a share. One statement."""
    rows: Any = ProviderVoices.objects.filter(people__gt=0).select_related("organisation")
    if region is not None:
        rows = rows.filter(organisation__region__code__startswith=region.prefix[:6])
    return rows.order_by(F("low").desc(nulls_last=True), "organisation__name")
