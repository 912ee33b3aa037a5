"""Keep a search, forget it, and tell its owner once a day what is new."""

import datetime
from collections import defaultdict
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.messages.actions import tell
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.rules.queries import resolve

from .. import policies
from ..models import SavedSearch, Tender
from ..queries.public import filtered, public_tenders

TOLD = 50  # tenders that one digest names; the rest is a link


@transaction.atomic
def save_search(*, name: str, filters: Mapping[str, str], by: User) -> SavedSearch:
    """Keep the filters under a name; from now on new tenders that match are told.

    Raises ValidationError: `no_filters`, `name_taken`, `too_many` (rule tender.saved_searches).
    """
    User.objects.select_for_update().get(pk=by.pk)  # two at once can't pass the limit together
    authorise(policies.may_save_search, by)
    filters = {key: value for key, value in filters.items() if value}
    if not filters:
        raise ValidationError(_("Choose at least one filter: every tender is no search."), code="no_filters")
    held = SavedSearch.objects.filter(owner=by)
    if held.filter(name=name).exists():
        raise ValidationError({"name": ValidationError(_("You have a search of this name."), code="name_taken")})
    most = int(resolve("tender.saved_searches").value)
    if held.count() >= most:
        raise ValidationError(
            _("You can keep %(most)d searches. Forget one first."), code="too_many", params={"most": most}
        )
    search = SavedSearch.objects.create(owner=by, name=name, filters=filters, told_until=clock.now())
    record("search.saved", search, by=by)
    return search


@transaction.atomic
def forget_search(search: SavedSearch, *, by: User) -> None:
    """No more news, and it is gone from the list."""
    search = SavedSearch.objects.select_for_update().get(pk=search.pk)
    authorise(policies.may_forget_search, by, search)
    record("search.forgotten", search, by=by)
    search.delete()


def send_digests() -> int:
    """By the clock: once a day from the hour of the rule, each owner gets one message with all that is new.

    Safe to run often, twice at once, late, or after being killed: the message and the mark are one transaction, and
    the message of a day has a key. Returns how many people were told.
    """
    now = clock.now()
    since = clock.at_hour(clock.today(), int(resolve("tender.digest_hour").value))
    if now < since:
        return 0
    owners = SavedSearch.objects.filter(told_until__lt=since).values_list("owner", flat=True).distinct()
    return sum(_send_digest(owner, now) for owner in list(owners))


@transaction.atomic
def _send_digest(owner_id: object, now: datetime.datetime) -> bool:
    owner = User.objects.select_for_update().get(pk=owner_id)
    day = clock.today()
    since = clock.at_hour(day, int(resolve("tender.digest_hour").value))
    searches = list(SavedSearch.objects.select_for_update().filter(owner=owner, told_until__lt=since))
    found: dict[Tender, list[str]] = defaultdict(list)
    for search in searches:
        new = public_tenders().filter(published_at__gt=search.told_until, published_at__lte=now)
        for tender in filtered(new, search.filters)[: TOLD + 1]:
            found[tender].append(search.name)
    SavedSearch.objects.filter(pk__in=[search.pk for search in searches]).update(told_until=now)
    if not found or not owner.is_active:
        return False
    tell(
        [owner],
        template="tenders/digest",
        context={
            "tenders": [(tender, "、".join(names)) for tender, names in list(found.items())[:TOLD]],
            "count": len(found),
        },
        url="/tenders/searches/",
        key=f"tenders.digest:{day.isoformat()}",
    )
    return True
