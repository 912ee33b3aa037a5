"""The two words that every verb of Minfu says: may this person, and that they did."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext as _

from .models import Entry


def authorise(policy: Callable[..., bool], by: Any, *subject: Any) -> None:
    """Raise PermissionDenied unless the policy allows `by` to act on the subject."""
    if not policy(by, *subject):
        raise PermissionDenied(_("You may not do this."))


def record(event: str, subject: models.Model, *, by: Any, organisation: Any = None, **detail: Any) -> Entry:
    """Write what happened, in the same transaction as the change.

    `event` is `thing.verbed` ("bid.awarded"); `detail` holds plain JSON values: money in fen, no personal data.
    """
    return Entry.objects.create(
        event=event,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        actor=by,
        organisation_id=getattr(organisation, "pk", organisation),
        detail=detail,
    )
