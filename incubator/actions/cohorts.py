"""Every change of a cohort. Lock order: cohort before application."""

import datetime
from collections.abc import Collection
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from incubator import notices, policies, queries
from incubator.models import Application, Cohort, Match
from marketplace.audit.actions import authorise, record
from marketplace.directory.models import Category
from marketplace.pages import clock
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, Region, User
from marketplace.rules.calendar import due_date
from marketplace.rules.queries import resolve
from marketplace.search.actions import index


def _locked_cohort(cohort: Cohort) -> Cohort:
    return Cohort.objects.select_for_update(of=("self",)).select_related("hub").get(pk=cohort.pk)


def _locked_application(application: Application) -> Application:
    """The application as it is now, under the lock of its cohort, whose places it may take."""
    cohort = _locked_cohort(application.cohort)
    application = (
        Application.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=application.pk)
    )
    application.cohort = cohort
    return application


def _check_days(opens_on: datetime.date, closes_on: datetime.date, ends_on: datetime.date) -> None:
    if closes_on < opens_on:
        raise ValidationError(
            {"closes_on": ValidationError(_("Applications can't end before they begin."), code="days")}
        )
    if ends_on <= closes_on:
        raise ValidationError({"ends_on": ValidationError(_("The cohort must run on after the call."), code="days")})


@transaction.atomic
def draft_cohort(
    hub: Organisation,
    *,
    title: str,
    about: str,
    places: int,
    opens_on: datetime.date,
    closes_on: datetime.date,
    ends_on: datetime.date,
    title_en: str = "",
    about_en: str = "",
    desks: int = 0,
    by: User,
) -> Cohort:
    """Write a call for young organisations. Raises ValidationError(code="days") for days out of order."""
    authorise(policies.may_open_cohort, by, hub)
    _check_days(opens_on, closes_on, ends_on)
    year = opens_on.year
    cohort = Cohort.objects.create(
        number=f"FH{year}-{hub.uscc[-4:]}-{next_number(hub, 'cohort', year):02d}",
        hub=hub,
        title=title,
        title_en=title_en,
        about=about,
        about_en=about_en,
        places=places,
        desks=desks,
        opens_on=opens_on,
        closes_on=closes_on,
        ends_on=ends_on,
    )
    record("cohort.drafted", cohort, by=by, organisation=hub, places=places)
    return cohort


@transaction.atomic
def publish_cohort(cohort: Cohort, *, by: User) -> Cohort:
    """Put the call out. Raises ValidationError: "state", "past" when its last day is gone."""
    cohort = _locked_cohort(cohort)
    authorise(policies.may_manage, by, cohort)
    if not can_proceed(cohort.publish):
        raise ValidationError(_("This call has been published already."), code="state")
    if cohort.closes_on < clock.today():
        raise ValidationError(_("The last day for applications is past: choose a later one."), code="past")

    cohort.publish()
    cohort.save(update_fields=["state"])
    index(
        cohort,
        kind="cohort",
        title=cohort.title,
        text=f"{cohort.hub.name} {cohort.about} {cohort.title_en} {cohort.about_en}",
        url=cohort.public_path,
    )
    record("cohort.published", cohort, by=by, organisation=cohort.hub)
    return cohort


@transaction.atomic
def apply_to_cohort(
    cohort: Cohort,
    organisation: Organisation,
    *,
    plan: str,
    interests: Collection[Category],
    region: Region | None = None,
    desks_wanted: int = 0,
    by: User,
) -> Application:
    """A young organisation asks for a place.

    Raises ValidationError: "closed" outside the call's days, "twice" for a second application, "no_plan",
    "no_interests".
    """
    cohort = _locked_cohort(cohort)
    authorise(policies.may_apply, by, organisation)
    today = clock.today()
    if cohort.state != Cohort.State.OPEN or not cohort.opens_on <= today <= cohort.closes_on:
        raise ValidationError(
            _("Applications are taken from %(first)s to %(last)s."),
            code="closed",
            params={"first": cohort.opens_on.isoformat(), "last": cohort.closes_on.isoformat()},
        )
    if cohort.applications.filter(organisation=organisation).exists():
        raise ValidationError(_("Your organisation has applied to this cohort already."), code="twice")
    if not plan.strip():
        raise ValidationError({"plan": ValidationError(_("Say what you want to become."), code="no_plan")})
    if not interests:
        raise ValidationError(
            {"interests": ValidationError(_("Choose at least one kind of service."), code="no_interests")}
        )

    application = Application.objects.create(
        cohort=cohort,
        organisation=organisation,
        plan=plan.strip(),
        region=region or organisation.region,
        desks_wanted=desks_wanted,
        applied_by=by,
        applied_at=clock.now(),
        check_by=due_date(today, resolve("incubator.first_check", on=today)),
    )
    application.interests.set(interests)
    record("application.submitted", application, by=by, organisation=organisation, cohort=cohort.number)
    transaction.on_commit(partial(notices.tell_applied.enqueue, str(application.pk)))
    return application


@transaction.atomic
def check_application(application: Application, *, finding: str, by: User) -> Application:
    """The papers and the record are in order. Raises ValidationError: "state", "no_finding"."""
    application = _locked_application(application)
    authorise(policies.may_decide, by, application)
    if not can_proceed(application.check_off):
        raise ValidationError(_("This application has been checked already."), code="state")
    if not finding.strip():
        raise ValidationError({"finding": ValidationError(_("Say what was checked."), code="no_finding")})

    application.check_off()
    application.finding = finding.strip()
    application.save(update_fields=["state", "finding"])
    record("application.checked", application, by=by, organisation=application.cohort.hub)
    return application


@transaction.atomic
def admit(application: Application, *, desks: int = 0, by: User) -> Application:
    """Give a place, and desks. Raises ValidationError: "state", "full", "no_desks"."""
    application = _locked_application(application)
    authorise(policies.may_decide, by, application)
    if not can_proceed(application.admit):
        raise ValidationError(_("Check the application before admitting."), code="state")
    cohort = application.cohort
    taken = queries.places_taken(cohort)
    if taken.places >= cohort.places:
        raise ValidationError(_("All %(places)s places are taken."), code="full", params={"places": cohort.places})
    if desks > cohort.desks - taken.desks:
        raise ValidationError(
            {
                "desks": ValidationError(
                    _("Only %(left)s desks are left."), code="no_desks", params={"left": cohort.desks - taken.desks}
                )
            }
        )

    application.admit()
    application.desks, application.decided_at = desks, clock.now()
    application.save(update_fields=["state", "desks", "decided_at"])
    record("application.admitted", application, by=by, organisation=cohort.hub, desks=desks)
    transaction.on_commit(partial(notices.tell_decided.enqueue, str(application.pk)))
    return application


@transaction.atomic
def refuse_application(application: Application, *, reason: str, by: User) -> Application:
    """No place, and why. Raises ValidationError: "state", "no_reason"."""
    application = _locked_application(application)
    authorise(policies.may_decide, by, application)
    if not can_proceed(application.refuse):
        raise ValidationError(_("This application has been decided already."), code="state")
    _need_reason(reason)

    application.refuse()
    application.reason, application.decided_at = reason.strip(), clock.now()
    application.save(update_fields=["state", "reason", "decided_at"])
    record("application.refused", application, by=by, organisation=application.cohort.hub)
    transaction.on_commit(partial(notices.tell_decided.enqueue, str(application.pk)))
    return application


@transaction.atomic
def graduate(application: Application, *, reason: str, by: User) -> Application:
    """It stands on its own feet; its desks are free again. Raises ValidationError: "state", "no_reason"."""
    application = _locked_application(application)
    authorise(policies.may_decide, by, application)
    if not can_proceed(application.graduate):
        raise ValidationError(_("Only an admitted organisation can graduate."), code="state")
    _need_reason(reason)

    application.graduate()
    application.reason, application.ended_at = reason.strip(), clock.now()
    application.save(update_fields=["state", "reason", "ended_at"])
    record("application.graduated", application, by=by, organisation=application.cohort.hub)
    transaction.on_commit(partial(notices.tell_decided.enqueue, str(application.pk)))
    return application


@transaction.atomic
def leave_cohort(application: Application, *, reason: str, by: User) -> Application:
    """The place is given back before the end. Raises ValidationError: "state", "no_reason"."""
    application = _locked_application(application)
    authorise(policies.may_leave, by, application)
    if not can_proceed(application.leave):
        raise ValidationError(_("Only an admitted organisation can leave."), code="state")
    _need_reason(reason)

    application.leave()
    application.reason, application.ended_at = reason.strip(), clock.now()
    application.save(update_fields=["state", "reason", "ended_at"])
    record("application.left", application, by=by, organisation=application.organisation)
    return application


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Give the reason."), code="no_reason")})


@transaction.atomic
def begin_cohort(cohort: Cohort, *, by: User) -> Cohort:
    """Close the call; those admitted move in. Raises ValidationError: "state", "undecided"."""
    cohort = _locked_cohort(cohort)
    authorise(policies.may_manage, by, cohort)
    if not can_proceed(cohort.begin):
        raise ValidationError(_("Only an open call can begin."), code="state")
    if cohort.applications.waiting().exists():
        raise ValidationError(_("Decide every application first."), code="undecided")

    cohort.begin()
    cohort.save(update_fields=["state"])
    record("cohort.begun", cohort, by=by, organisation=cohort.hub)
    return cohort


@transaction.atomic
def finish_cohort(cohort: Cohort, *, by: User) -> Cohort:
    """End the cohort. Raises ValidationError: "state", "still_in" while somebody is still in."""
    cohort = _locked_cohort(cohort)
    authorise(policies.may_manage, by, cohort)
    if not can_proceed(cohort.finish):
        raise ValidationError(_("Only a running cohort can end."), code="state")
    if cohort.applications.admitted().exists():
        raise ValidationError(_("Let everyone graduate or leave first."), code="still_in")

    cohort.finish()
    cohort.save(update_fields=["state"])
    record("cohort.finished", cohort, by=by, organisation=cohort.hub)
    return cohort


@transaction.atomic
def tell_matches(cohort: Cohort, *, by: User) -> list[Match]:
    """Tell every admitted organisation of the open tenders that fit it; each of each only once.

    A tender fits when one of its lots is of a kind of service that the organisation named or lists in the directory;
    those in its own region come first. Returns the new matches.
    """
    cohort = _locked_cohort(cohort)
    authorise(policies.may_manage, by, cohort)
    told_at = clock.now()
    found = [
        Match(application=fit.application, tender=fit.tender, is_near=fit.is_near, told_by=by, told_at=told_at)
        for fit in queries.fitting_tenders(cohort)
        if not fit.is_told
    ]
    Match.objects.bulk_create(found)
    for match in found:
        record(
            "match.told", match, by=by, organisation=cohort.hub,
            tender=match.tender.number, to=str(match.application.organisation_id),
        )  # fmt: skip
    for application in {match.application_id for match in found}:
        transaction.on_commit(partial(notices.tell_fitting.enqueue, str(application), told_at.isoformat()))
    return found
