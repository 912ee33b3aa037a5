"""Keeping the library of experts: what they know and where they work."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory.models import Category
from marketplace.pages import clock
from marketplace.parties.models import Region, User

from .. import policies
from ..models import Expert, ExpertChange


@transaction.atomic
def describe_expert(
    expert: User, *, specialities: Iterable[Category], region: Region | None, reason: str, by: User
) -> Expert:
    """Write what an expert is drawn for and where; the entry before, who changed it and why stay on record (REG 39).

    No speciality: drawn for every kind of service; no region: drawn everywhere. Raises ValidationError
    `reason_missing`, `unchanged`.
    """
    person = User.objects.select_for_update(of=("self",)).get(pk=expert.pk)
    authorise(policies.may_keep_expert, by, person)
    if not reason.strip():
        raise ValidationError(
            {"reason": ValidationError(_("Say what the entry rests on: a certificate, a post."), code="reason_missing")}
        )
    entry, _is_new = Expert.objects.select_related("region").get_or_create(user=person)
    before, after = list(entry.specialities.order_by("code")), sorted(specialities, key=lambda kind: kind.code)
    if before == after and entry.region == region:
        raise ValidationError(_("Nothing is different."), code="unchanged")
    change = ExpertChange.objects.create(
        expert=entry,
        region_before=entry.region.name if entry.region else "",
        region_after=region.name if region else "",
        specialities_before=[kind.name for kind in before],
        specialities_after=[kind.name for kind in after],
        reason=reason.strip(),
        changed_by=by,
        changed_at=clock.now(),
    )
    entry.region = region
    entry.save(update_fields=["region"])
    entry.specialities.set(after)
    record("expert.described", change, by=by, kinds=[kind.code for kind in after], region=region.code if region else "")
    return entry
