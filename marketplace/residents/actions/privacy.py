"""Who looks too often, and when a record is made unrecognisable."""

import datetime
import logging
import secrets
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.messages.actions import tell
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.encryption import keyed_hash
from marketplace.parties.models import Organisation, Role, User
from marketplace.residents import policies
from marketplace.residents.models import RecordView, Resident, ResidentChange, ViewAlert
from marketplace.rules.calendar import add_months
from marketplace.rules.queries import resolve

from .register import locked

log = logging.getLogger("minfu.residents")


@transaction.atomic
def view_resident(
    resident: Resident, purpose: str, *, by: User, organisation: Organisation | None = None
) -> RecordView:
    """Open what is masked, for a stated purpose, on record. Raises ValidationError(code="purpose")."""
    authorise(policies.may_unmask, by, resident)
    if len(purpose.strip()) < 2:
        raise ValidationError({"purpose": ValidationError(_("State what you need it for."), code="purpose")})
    view = RecordView.objects.create(
        resident=resident,
        viewer=by,
        organisation=organisation,
        purpose=purpose.strip()[:200],
        viewed_at=clock.now(),
    )
    record("resident.viewed", resident, by=by, organisation=organisation)
    if by.pk != resident.user_id:
        _watch(view)
    return view


@transaction.atomic
def view_many(
    residents: Iterable[Resident], purpose: str, *, by: User, organisation: Organisation | None = None
) -> list[RecordView]:
    """Open a list of records for one purpose (a round of visits): each view on record, the alert once at the end.

    Raises ValidationError(code="purpose").
    """
    residents = list(residents)
    for resident in residents:
        authorise(policies.may_unmask, by, resident)
    if len(purpose.strip()) < 2:
        raise ValidationError({"purpose": ValidationError(_("State what you need it for."), code="purpose")})
    moment = clock.now()
    views = RecordView.objects.bulk_create(
        [
            RecordView(
                resident=one, viewer=by, organisation=organisation, purpose=purpose.strip()[:200], viewed_at=moment
            )
            for one in residents
        ]
    )
    for resident in residents:
        record("resident.viewed", resident, by=by, organisation=organisation)
    if views:
        _watch(views[-1])
    return views


def _watch(view: RecordView) -> ViewAlert | None:
    """Called after each view: as many different residents in one day as the rule names raise an alert, once."""
    day = view.viewed_at.astimezone(clock.SHANGHAI).date()
    start = clock.at_hour(day, 0)
    seen = (
        RecordView.objects.filter(
            viewer=view.viewer_id, viewed_at__gte=start, viewed_at__lt=start + datetime.timedelta(days=1)
        )
        .order_by()
        .values("resident")
        .distinct()
        .count()
    )
    if seen < resolve("privacy.view_alert", on=day).value:
        return None
    alert, is_new = ViewAlert.objects.get_or_create(
        viewer=view.viewer,
        day=day,
        defaults={"organisation": view.organisation, "count": seen, "raised_at": clock.now()},
    )
    if not is_new:
        ViewAlert.objects.filter(pk=alert.pk).update(count=seen)
        return alert
    record("view_alert.raised", alert, by=view.viewer, organisation=view.organisation, count=seen)
    tell(
        _who_watches(view.organisation, view.viewer),
        template="residents/view_alert",
        context={"name": view.viewer.name, "count": seen, "day": day},
        url="/desk/residents/alerts/",
        about=alert,
        key=f"view-alert-{alert.pk}",
    )
    return alert


def _who_watches(organisation: Organisation | None, viewer: User) -> list[User]:
    """The bureau's approving officers and the operator; never the one whom it is about."""
    watching = Q(is_superuser=True)
    if organisation is not None:
        watching |= Q(
            memberships__organisation=organisation, memberships__role=Role.APPROVER, memberships__ended_at=None
        )
    return list(User.objects.filter(watching, is_active=True, is_service=False).exclude(pk=viewer.pk).distinct())


@transaction.atomic
def review_alert(alert: ViewAlert, *, outcome: str, note: str, by: User) -> ViewAlert:
    """Another officer has asked and writes down what was found. Raises ValidationError: `reviewed`, `note`."""
    alert = ViewAlert.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=alert.pk)
    authorise(policies.may_review_alert, by, alert)
    if alert.outcome != ViewAlert.Outcome.OPEN:
        raise ValidationError(_("This alert has been looked into already."), code="reviewed")
    if not note.strip() or outcome not in (ViewAlert.Outcome.EXPLAINED, ViewAlert.Outcome.MISUSE):
        raise ValidationError({"note": ValidationError(_("Write down what was found."), code="note")})
    alert.outcome, alert.note, alert.reviewed_by, alert.reviewed_at = outcome, note.strip()[:300], by, clock.now()
    alert.save(update_fields=["outcome", "note", "reviewed_by", "reviewed_at"])
    record("view_alert.reviewed", alert, by=by, organisation=alert.organisation, outcome=str(outcome))
    return alert


def erasable_since() -> datetime.date:
    """Who died or moved on or before this day may be made unrecognisable (rule privacy.erase_after, PIPL 19 and 47)."""
    return add_months(clock.today(), -int(resolve("privacy.erase_after").value))


@transaction.atomic
def erase_resident(resident: Resident, *, reason: str, by: User) -> Resident:
    """Take away all that says who it was; the rows of money stay, tied to a key that names nobody.

    Raises ValidationError: `state` (still in the register), `retention` (too early), `erased`, `reason`.
    """
    resident = locked(resident)
    authorise(policies.may_erase, by, resident)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="required")})
    if resident.erased_at is not None:
        raise ValidationError(_("This record is unrecognisable already."), code="erased")
    if resident.state not in (Resident.State.DECEASED, Resident.State.MOVED):
        raise ValidationError(_("Only who has died or moved away can be erased."), code="state")
    since = erasable_since()
    if resident.state_at.astimezone(clock.SHANGHAI).date() > since:
        rule = resolve("privacy.erase_after")
        raise ValidationError(
            _("It is too early: records are kept for %(months)s months after death or a move (%(source)s)."),
            code="retention",
            params={"months": rule.number, "source": rule.citation},
        )
    resident.name = "—"
    resident.id_number = resident.phone = resident.address = ""
    resident.id_hash = keyed_hash("resident.erased", f"{resident.pk}:{secrets.token_hex(16)}")
    resident.phone_hash = resident.community = resident.household_number = resident.id_override = ""
    resident.birth_date = resident.birth_date.replace(month=1, day=1)
    resident.user = None
    resident.state_reason = ""
    resident.erased_at = resident.changed_at = clock.now()
    resident.save()
    resident.delegations.filter(ended_at=None).update(ended_at=clock.now())
    resident.delegations.update(consent_note="—")
    resident.assessments.update(scores="", note="")
    resident.care_plans.all().delete()
    ResidentChange.objects.create(
        resident=resident, kind=ResidentChange.Kind.ERASED, by=by, changed_at=resident.erased_at
    )
    record("resident.erased", resident, by=by, reason=reason.strip()[:200])
    return resident


def erase_due_residents(*, most: int = 500) -> int:
    """The clock's part: whoever died or left longer ago than the rule says. How many were erased."""
    by, count = service_user("residents.retention"), 0
    due = (
        Resident.objects.filter(state__in=[Resident.State.DECEASED, Resident.State.MOVED], erased_at=None)
        .filter(state_at__lt=clock.at_hour(erasable_since(), 0))
        .order_by("state_at")[:most]
    )
    for resident in due:
        try:
            erase_resident(resident, reason=_("Retention period over"), by=by)
        except ValidationError as refusal:
            log.warning("resident %s is not erased: %s", resident.pk, "; ".join(refusal.messages))
        else:
            count += 1
    return count
