"""What the rooms of the vouchers know of a person goes when the register has made the record unrecognisable."""

from functools import partial
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from marketplace.messages.actions import forget_sent, sent_since
from marketplace.papers.actions import forget_papers
from marketplace.vouchers.models import Appeal, Application, Booking, CallBack, Hold, HospitalStay, Visit

BATCH = 500
PLACES = ("came_lat", "came_lng", "came_accuracy", "left_lat", "left_lng")


def forget_persons() -> int:
    """By the clock: of who was made unrecognisable, photos, signatures and places of visits go, hospital stays, and all
    that was written in one's own words; of everybody, letters and text messages of long ago (rule
    `privacy.sent_messages`). Who was paid how much for what stays, tied to a key that names nobody. How many rows.

    Not audited one by one: the rule does it, and the entry would keep what is to be forgotten.
    """
    count = forget_sent() + forget_papers("letters", sent_since())
    count += sum(_forget_visit(visit) for visit in _of_the_erased(Visit).filter(_tells_of_a_home())[:BATCH])
    count += _of_the_erased(HospitalStay).delete()[0]
    for rows, field in _words():
        count += rows.exclude(**{field: ""}).update(**{field: ""})
    return count


def _of_the_erased(model: Any, path: str = "resident") -> QuerySet[Any]:
    return model.objects.filter(**{f"{path}__erased_at__isnull": False})


def _words() -> chain[tuple[QuerySet[Any], str]]:
    """Where somebody wrote something about the person."""
    return chain(
        ((_of_the_erased(Application), field) for field in ("need", "words", "paper_number")),
        ((_of_the_erased(Appeal, "application__resident"), field) for field in ("grounds", "words")),
        (
            (_of_the_erased(model), field)
            for model, field in ((CallBack, "note"), (Booking, "reason"), (Hold, "reason"))
        ),
    )


def _tells_of_a_home() -> Q:
    return ~Q(photo="") | ~Q(signature="") | Q(came_lat__isnull=False) | Q(left_lat__isnull=False)


@transaction.atomic
def _forget_visit(visit: Visit) -> bool:
    for name in ("photo", "signature"):
        file = getattr(visit, name)
        if file:
            transaction.on_commit(partial(file.storage.delete, file.name))
            setattr(visit, name, "")
    for name in PLACES:
        setattr(visit, name, None)
    visit.save(update_fields=["photo", "signature", *PLACES])
    return True
