"""A carer comes and goes: with time, place, and a photo or the resident's signature."""

import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory.distance import Place
from marketplace.directory.models import Service
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.residents.models import Resident
from marketplace.vouchers import policies
from marketplace.vouchers.models import Card, HospitalStay, Redemption, Visit
from marketplace.vouchers.models.cards import clean_card_number


def _degrees(here: Place | None) -> tuple[Decimal | None, Decimal | None]:
    if here is None:
        return None, None
    return Decimal(f"{here.lat:.6f}"), Decimal(f"{here.lng:.6f}")


@transaction.atomic
def check_in(
    provider: Organisation,
    *,
    card: str,
    service: Service,
    by: User,
    here: Place | None = None,
    accuracy: int | None = None,
    device: str = "",
) -> Visit:
    """The carer stands at the door and scans the resident's card.

    Raises ValidationError: `card_number`, `unknown_card`, `replaced`, `other_provider` (not a service of ours),
    `visiting` (the last visit has not ended). No place is no refusal: it is seen by who looks after visits.
    """
    authorise(policies.may_redeem, by, provider)
    found = Card.objects.select_related("resident").filter(number=clean_card_number(card)).first()
    if found is None:
        raise ValidationError(_("Nobody has a card with this number. Check the 16 digits."), code="unknown_card")
    if found.state != Card.State.ACTIVE:
        raise ValidationError(_("This card was replaced by a newer one and pays nothing any more."), code="replaced")
    if service.organisation_id != provider.pk or service.state != Service.State.LISTED:
        raise ValidationError(_("There is no such service."), code="other_provider")
    lat, lng = _degrees(here)
    try:
        with transaction.atomic():
            visit = Visit.objects.create(
                provider=provider,
                service=service,
                resident=found.resident,
                carer=by,
                device=device[:60],
                came_at=clock.now(),
                came_lat=lat,
                came_lng=lng,
                came_accuracy=accuracy,
            )
    except IntegrityError:
        raise ValidationError(_("Your last visit has not ended: check out there first."), code="visiting") from None
    record("visit.started", visit, by=by, organisation=provider)
    return visit


@transaction.atomic
def check_out(
    visit: Visit,
    *,
    by: User,
    here: Place | None = None,
    photo: File | None = None,
    signature: File | None = None,
) -> Visit:
    """The carer leaves. Raises ValidationError: `state`, `proof` (neither photo nor signature)."""
    visit = Visit.objects.select_for_update(of=("self",)).select_related("provider").get(pk=visit.pk)
    authorise(policies.may_check_out, by, visit)
    if visit.state != Visit.State.RUNNING:
        raise ValidationError(_("This visit has ended already."), code="state")
    if photo is None and signature is None:
        raise ValidationError(_("Take a photo, or let the resident sign."), code="proof")
    visit.finish()
    visit.left_at = clock.now()
    visit.left_lat, visit.left_lng = _degrees(here)
    for name, file in (("photo", photo), ("signature", signature)):
        if file is not None:
            getattr(visit, name).save("photo.jpg" if name == "photo" else "signature.png", file, save=False)
    visit.save(update_fields=["state", "left_at", "left_lat", "left_lng", "photo", "signature"])
    record("visit.finished", visit, by=by, organisation=visit.provider, has_photo=bool(photo), signed=bool(signature))
    return visit


@transaction.atomic
def link_visit(visit: Visit, redemption: Redemption, *, by: User) -> Visit:
    """The payment for this visit. Raises ValidationError(code="other_visit") when the two do not fit."""
    visit = Visit.objects.select_for_update(of=("self",)).select_related("provider").get(pk=visit.pk)
    authorise(policies.may_check_out, by, visit)
    if (visit.resident_id, visit.provider_id) != (redemption.resident_id, redemption.provider_id):
        raise ValidationError(_("This payment belongs to another visit."), code="other_visit")
    visit.redemption_id = redemption.id
    visit.save(update_fields=["redemption_id"])
    record("visit.paid", visit, by=by, organisation=visit.provider)
    return visit


@transaction.atomic
def record_hospital_stay(
    resident: Resident, *, starts_on: datetime.date, ends_on: datetime.date | None, source: str, by: User
) -> HospitalStay:
    """Days on which nobody can be cared for at home. Raises ValidationError: `dates`, `source`."""
    resident = Resident.objects.select_for_update().get(pk=resident.pk)
    authorise(policies.may_handle_card, by, resident)
    if ends_on is not None and ends_on < starts_on:
        raise ValidationError({"ends_on": ValidationError(_("The end lies before the beginning."), code="dates")})
    if not source.strip():
        raise ValidationError({"source": ValidationError(_("Say from whom it is known."), code="source")})
    stay, _new = HospitalStay.objects.update_or_create(
        resident=resident,
        starts_on=starts_on,
        defaults={"ends_on": ends_on, "source": source.strip()[:100], "recorded_by": by},
    )
    record("hospital_stay.recorded", stay, by=by)
    return stay
