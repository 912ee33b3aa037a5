"""Asking for a programme, the answer with its reasons, and the answer looked at again."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.messages.actions import tell
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.rules.calendar import due_date
from marketplace.rules.queries import resolve
from marketplace.vouchers import policies
from marketplace.vouchers.entitlement import terms_of
from marketplace.vouchers.models import Appeal, Application, Programme
from marketplace.vouchers.models.programmes import first_of_month
from marketplace.vouchers.reasons import Reason, is_open, why_not

OF_THE_APPLICATION = ("no_application", "application_waits", "application_refused")


def reasons_against(programme: Programme, resident: Resident) -> list[Reason]:
    """What the register says against it today, whatever became of applications."""
    found = why_not(programme, terms_of(programme), resident, first_of_month(clock.today()))
    return [reason for reason in found if reason.code not in OF_THE_APPLICATION]


@transaction.atomic
def apply_for(
    programme: Programme, resident: Resident, *, channel: str, by: User, need: str = "", paper_number: str = ""
) -> Application:
    """The resident asks, or somebody for them. What stands against it is for an officer to say.

    Raises ValidationError: `automatic` (given without asking), `closed` (not running), `applied` (one stands already),
    `paper_number` (a paper form has one).
    """
    resident = Resident.objects.select_for_update().get(pk=resident.pk)
    authorise(policies.may_apply_for, by, resident)
    programme = Programme.objects.select_related("bureau", "region").get(pk=programme.pk)
    if not programme.by_application:
        raise ValidationError(_("Nobody applies for this: who is entitled gets it every month."), code="automatic")
    if not is_open(programme):
        raise ValidationError(_("This programme takes no applications now."), code="closed")
    standing = resident.applications.filter(
        programme=programme, state__in=[Application.State.SUBMITTED, Application.State.APPROVED]
    )
    if standing.exists():
        raise ValidationError(_("An application for this programme stands already."), code="applied")
    if channel == Application.Channel.PAPER and not paper_number.strip():
        raise ValidationError(
            {"paper_number": ValidationError(_("Enter the number on the paper form."), code="paper_number")}
        )
    application = Application.objects.create(
        programme=programme,
        resident=resident,
        channel=channel,
        need=need.strip()[:300],
        paper_number=paper_number.strip()[:40],
        submitted_by=by,
        submitted_at=clock.now(),
        answer_by=due_date(clock.today(), resolve("voucher.application_reply")),
    )
    record("application.submitted", application, by=by, organisation=programme.bureau, channel=str(channel))
    return application


def _locked(application: Application) -> Application:
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("programme__bureau", "programme__region", "resident", "submitted_by")
        .get(pk=application.pk)
    )


@transaction.atomic
def decide_application(application: Application, *, approve: bool, by: User, words: str = "") -> Application:
    """Grant it, or refuse it with what the register says against it and the officer's own words.

    Who is granted it gets the first voucher within the days of rule voucher.first_issue. Raises ValidationError:
    `state`, `not_entitled` (the register still says otherwise), `words` (a refusal has a reason).
    """
    application = _locked(application)
    authorise(policies.may_decide_application, by, application)
    if application.state != Application.State.SUBMITTED:
        raise ValidationError(_("This application has been decided on already."), code="state")
    against = reasons_against(application.programme, application.resident)
    if approve:
        _grant(application, against)
    else:
        if not against and not words.strip():
            raise ValidationError({"words": ValidationError(_("Explain the refusal in plain words."), code="words")})
        stored = [{"code": reason.code, "params": reason.params} for reason in against]
        application.refuse(stored, words.strip()[:300])
    application.decided_by, application.decided_at = by, clock.now()
    application.save()
    event = "application.approved" if approve else "application.refused"
    codes = [reason.code for reason in against]
    record(event, application, by=by, organisation=application.programme.bureau, reasons=codes)
    _tell(application)
    return application


def _grant(application: Application, against: list[Reason]) -> None:
    if against:
        raise ValidationError(
            _("The register says otherwise: %(reasons)s Correct the register first."),
            code="not_entitled",
            params={"reasons": " ".join(reason.words for reason in against)},
        )
    application.approve()
    application.first_voucher_by = due_date(clock.today(), resolve("voucher.first_issue"))


def _tell(application: Application) -> None:
    """The resident and whoever applied for them, where they sign in."""
    people = {person.pk: person for person in (application.resident.user, application.submitted_by) if person}
    tell(
        people.values(),
        template="vouchers/application_decided",
        context={"application": application},
        url=application.get_absolute_url(),
        about=application,
        key=f"application-{application.pk}-{application.state}",
    )


@transaction.atomic
def withdraw_application(application: Application, *, by: User) -> Application:
    """It is not wanted any more; no further month is given. Raises ValidationError(code="state")."""
    application = _locked(application)
    authorise(policies.may_apply_for, by, application.resident)
    if application.state not in (Application.State.SUBMITTED, Application.State.APPROVED):
        raise ValidationError(_("This application has been decided on already."), code="state")
    application.withdraw()
    application.save(update_fields=["state"])
    record("application.withdrawn", application, by=by, organisation=application.programme.bureau)
    return application


@transaction.atomic
def appeal_refusal(application: Application, grounds: str, *, by: User) -> Appeal:
    """The resident says why the refusal is wrong. Raises ValidationError: `state`, `appealed`, `grounds`."""
    application = _locked(application)
    authorise(policies.may_apply_for, by, application.resident)
    if application.state != Application.State.REFUSED:
        raise ValidationError(_("Only a refusal can be appealed against."), code="state")
    if Appeal.objects.filter(application=application).exists():
        raise ValidationError(_("This refusal has been appealed against already."), code="appealed")
    if len(grounds.strip()) < 2:
        raise ValidationError({"grounds": ValidationError(_("Say why the refusal is wrong."), code="grounds")})
    appeal = Appeal.objects.create(
        application=application,
        grounds=grounds.strip()[:1000],
        made_by=by,
        made_at=clock.now(),
        due_on=due_date(clock.today(), resolve("voucher.appeal_reply")),
    )
    record("voucher_appeal.made", appeal, by=by, organisation=application.programme.bureau)
    return appeal


@transaction.atomic
def review_appeal(appeal: Appeal, *, grant: bool, words: str, by: User) -> Appeal:
    """Another officer than the one who refused decides, with an explanation.

    Raises ValidationError: `state`, `words`, `not_entitled` (granted while the register says otherwise).
    """
    application = _locked(Application(pk=appeal.application_id))
    found: Any = Appeal.objects.select_for_update(of=("self",)).get(pk=appeal.pk)
    found.application = application
    authorise(policies.may_review_appeal, by, found)
    if found.state != Appeal.State.OPEN:
        raise ValidationError(_("This appeal has been decided on already."), code="state")
    if not words.strip():
        raise ValidationError({"words": ValidationError(_("Explain the decision in plain words."), code="words")})
    if grant:
        _grant(application, reasons_against(application.programme, application.resident))
        application.save()
        found.grant()
    else:
        found.dismiss()
    found.words, found.reviewed_by, found.reviewed_at = words.strip()[:300], by, clock.now()
    found.save()
    event = "voucher_appeal.granted" if grant else "voucher_appeal.dismissed"
    record(event, found, by=by, organisation=application.programme.bureau)
    tell(
        {person.pk: person for person in (application.resident.user, found.made_by) if person}.values(),
        template="vouchers/appeal_decided",
        context={"appeal": found, "application": application},
        url=application.get_absolute_url(),
        about=found,
        key=f"appeal-{found.pk}",
    )
    return found
