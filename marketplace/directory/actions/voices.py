"""What residents say of a provider, as the directory shows it: told by the app that hears them."""

import datetime
from decimal import Decimal

from django.db import transaction

from marketplace.audit.actions import authorise
from marketplace.directory import policies
from marketplace.directory.models import ProviderVoices
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User


@transaction.atomic
def tell_voices(
    organisation: Organisation,
    *,
    people: int,
    since: datetime.date,
    by: User,
    satisfied: int = 0,
    so_so: int = 0,
    not_satisfied: int = 0,
    share: Decimal | None = None,
    low: Decimal | None = None,
    high: Decimal | None = None,
) -> ProviderVoices:
    """Counts and a share with its bounds (percent); the share is None while too few have spoken.

    Not audited: it follows from the voices, each of which is.
    """
    authorise(policies.may_tell_voices, by, organisation)
    told, _new = ProviderVoices.objects.update_or_create(
        organisation=organisation,
        defaults={
            "people": people,
            "satisfied": satisfied,
            "so_so": so_so,
            "not_satisfied": not_satisfied,
            "share": share,
            "low": low,
            "high": high,
            "since": since,
            "counted_at": clock.now(),
        },
    )
    return told
