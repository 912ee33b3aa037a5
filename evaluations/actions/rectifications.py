"""After the publication: what must be put right, followed to its end."""

import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from evaluations import notices, policies
from evaluations.models import Engagement, Rectification
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .locking import locked


def _locked(rectification: Rectification) -> Rectification:
    return (
        Rectification.objects.select_for_update(of=("self",))
        .select_related("engagement__contract__buyer", "engagement__contract__supplier")
        .get(pk=rectification.pk)
    )


def _written(text: str, field: str) -> str:
    if not text.strip():
        raise ValidationError({field: ValidationError(_("Write it down."), code="empty")})
    return text.strip()


def _tell(rectification: Rectification, event: str) -> None:
    transaction.on_commit(partial(notices.tell_rectification.enqueue, str(rectification.pk), event))


@transaction.atomic
def demand_rectification(engagement: Engagement, *, problem: str, due_on: datetime.date, by: User) -> Rectification:
    """An officer of the buyer names what must be put right. Raises ValidationError: "state", "empty", "past"."""
    engagement = locked(engagement)
    authorise(policies.may_demand, by, engagement)
    if engagement.state != Engagement.State.PUBLISHED:
        raise ValidationError(_("First the evaluation is published."), code="state")
    if due_on <= clock.today():
        raise ValidationError({"due_on": ValidationError(_("Choose a day that is still to come."), code="past")})
    made = Rectification.objects.create(
        engagement=engagement, problem=_written(problem, "problem"), due_on=due_on, demanded_by=by
    )
    record("rectification.demanded", made, by=by, organisation=engagement.contract.buyer, due_on=due_on.isoformat())
    _tell(made, "demanded")
    return made


@transaction.atomic
def plan_rectification(rectification: Rectification, *, plan: str, by: User) -> Rectification:
    """The provider says what it will do. Raises ValidationError: "state", "empty"."""
    rectification = _locked(rectification)
    authorise(policies.may_reply, by, rectification.engagement)
    if not can_proceed(rectification.set_plan):
        raise ValidationError(_("The plan stands already."), code="state")
    rectification.plan, rectification.planned_at = _written(plan, "plan"), clock.now()
    rectification.set_plan()
    rectification.save(update_fields=["state", "plan", "planned_at"])
    record("rectification.planned", rectification, by=by, organisation=rectification.engagement.contract.supplier)
    return rectification


@transaction.atomic
def report_rectification(
    rectification: Rectification, *, proof: str, file: UploadedFile | None = None, by: User
) -> Rectification:
    """The provider says it is done, and shows it. Raises ValidationError: "state", "empty"."""
    rectification = _locked(rectification)
    authorise(policies.may_reply, by, rectification.engagement)
    if not can_proceed(rectification.report):
        raise ValidationError(_("Nothing is to be reported now."), code="state")
    rectification.proof, rectification.reported_at = _written(proof, "proof"), clock.now()
    if file:
        rectification.file, rectification.file_name = file, file.name or ""
    rectification.report()
    rectification.save(update_fields=["state", "proof", "reported_at", "file", "file_name"])
    record("rectification.reported", rectification, by=by, organisation=rectification.engagement.contract.supplier)
    _tell(rectification, "reported")
    return rectification


@transaction.atomic
def return_rectification(rectification: Rectification, *, reason: str, by: User) -> Rectification:
    """The buyer has looked and it is not enough. Raises ValidationError: "state", "empty"."""
    rectification = _locked(rectification)
    authorise(policies.may_demand, by, rectification.engagement)
    if not can_proceed(rectification.send_back):
        raise ValidationError(_("Nothing has been reported."), code="state")
    rectification.return_reason = _written(reason, "reason")
    rectification.send_back()
    rectification.save(update_fields=["state", "return_reason"])
    record("rectification.returned", rectification, by=by, organisation=rectification.engagement.contract.buyer)
    _tell(rectification, "returned")
    return rectification


@transaction.atomic
def confirm_rectification(rectification: Rectification, *, by: User) -> Rectification:
    """The buyer has seen that it is put right. Raises ValidationError: "state"."""
    rectification = _locked(rectification)
    authorise(policies.may_demand, by, rectification.engagement)
    if not can_proceed(rectification.confirm):
        raise ValidationError(_("Nothing has been reported."), code="state")
    rectification.confirm()
    rectification.confirmed_by, rectification.confirmed_at = by, clock.now()
    rectification.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    record("rectification.confirmed", rectification, by=by, organisation=rectification.engagement.contract.buyer)
    _tell(rectification, "confirmed")
    return rectification
