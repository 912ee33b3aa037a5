"""What the incubator's screens read."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.directory.models import Service
from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role
from marketplace.payments.models import PaymentOrder
from marketplace.tenders.models import Tender

from .models import Application, Cohort, Match, Subsidy


@dataclass(frozen=True)
class Taken:
    places: int
    desks: int


def places_taken(cohort: Cohort) -> Taken:
    """Places and desks of those who are in now; graduates keep their place and free their desks."""
    State = Application.State
    sums = cohort.applications.aggregate(
        places=Count("pk", filter=Q(state__in=[State.ADMITTED, State.GRADUATED])),
        desks=Sum("desks", filter=Q(state=State.ADMITTED), default=0),
    )
    return Taken(places=sums["places"], desks=sums["desks"])


@dataclass(frozen=True)
class Fit:
    """An open tender that suits an admitted organisation, and why."""

    application: Application
    tender: Tender
    categories: tuple[str, ...]
    is_near: bool
    is_told: bool


def fitting_tenders(*cohorts: Cohort) -> list[Fit]:
    """Open tenders for each organisation admitted to one of the cohorts, nearest first. Five statements, whatever
    the size."""
    admitted = Application.objects.admitted().filter(cohort__in=cohorts)
    applications = list(admitted.select_related("organisation", "region").prefetch_related("interests"))
    if not applications:
        return []
    told = set(Match.objects.filter(application__cohort__in=cohorts).values_list("application_id", "tender_id"))
    listed: dict[Any, set[str]] = defaultdict(set)
    for organisation, category in (
        Service.objects.listed()
        .filter(organisation__in=[a.organisation_id for a in applications])
        .values_list("organisation", "category")
    ):
        listed[organisation].add(category)
    tenders = list(Tender.objects.open(clock.now()).listed().order_by("bids_due_at"))
    fits = []
    for application in applications:
        wanted = {category.pk for category in application.interests.all()} | listed[application.organisation_id]
        for tender in tenders:
            if common := {lot.category for lot in tender.lots.all() if lot.category_id in wanted}:
                fits.append(
                    Fit(
                        application=application,
                        tender=tender,
                        categories=tuple(sorted(str(category) for category in common)),
                        is_near=is_near(application, tender),
                        is_told=(application.pk, tender.pk) in told,
                    )
                )
    return sorted(fits, key=lambda fit: (str(fit.application.organisation), not fit.is_near))


def is_near(application: Application, tender: Tender) -> bool:
    """One place lies in the other."""
    here, there = application.region, tender.region
    return bool(here and there) and (here.code.startswith(there.prefix) or there.code.startswith(here.prefix))


def calls() -> QuerySet[Cohort]:
    """Published cohorts, those that take applications first."""
    return (
        Cohort.objects.published()
        .select_related("hub")
        .annotate(
            admitted=Count(
                "applications",
                filter=Q(applications__state__in=[Application.State.ADMITTED, Application.State.GRADUATED]),
            )
        )
        .order_by("-opens_on")
    )


def cohorts_of(hub: Organisation) -> QuerySet[Cohort]:
    """The hub's own cohorts with their numbers."""
    State = Application.State
    return hub.cohorts.annotate(
        waiting=Count("applications", filter=Q(applications__state__in=[State.APPLIED, State.CHECKED])),
        admitted=Count("applications", filter=Q(applications__state=State.ADMITTED)),
        graduated=Count("applications", filter=Q(applications__state=State.GRADUATED)),
    ).order_by("-opens_on")


def applications_in(cohort: Cohort) -> QuerySet[Application]:
    return (
        cohort.applications.select_related("organisation", "region")
        .prefetch_related("interests")
        .annotate(told=Count("matches"))
        .order_by("applied_at")
    )


def subsidies(user: User) -> QuerySet[Subsidy]:
    """Those that the person may see, the newest first."""
    return (
        Subsidy.objects.visible_to(user)
        .select_related("bureau", "line", "application__organisation", "application__cohort__hub")
        .order_by("-asked_at", "-pk")
    )


def order_of(subsidy: Subsidy) -> PaymentOrder | None:
    """Its newest payment order."""
    return PaymentOrder.objects.for_reference(subsidy.number).order_by("-ordered_at").first()


def _subsidies_waiting(user: User, organisation: Organisation) -> list[WaitingItem]:
    """For the bureau's officers what to grant and to check; for the organisation what to account for."""
    State, items = Subsidy.State, []
    if has_role(user, organisation, Role.OFFICER):
        items += [
            (subsidy, _("Decide on a subsidy: %(name)s"), "warn")
            for subsidy in subsidies(user).filter(bureau=organisation, state=State.ASKED)[:25]
        ]
        items += [
            (subsidy, _("Check the receipts of a subsidy: %(name)s"), "warn")
            for subsidy in subsidies(user).filter(bureau=organisation, state=State.CLAIMED)[:25]
        ]
    if has_role(user, organisation, Role.OWNER, Role.FINANCE):
        items += [
            (subsidy, _("Account for a subsidy: %(name)s"), "active")
            for subsidy in subsidies(user).filter(application__organisation=organisation, state=State.GRANTED)[:25]
        ]
    return [
        WaitingItem(
            words % {"name": f"{subsidy.application.organisation} · {subsidy.purpose}"},
            subsidy.get_absolute_url(),
            tone=tone,
        )
        for subsidy, words, tone in items
    ]


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """For the manager: applications to check and decide, tenders to tell of; subsidies for whose turn it is."""
    if organisation is None:
        return []
    if not has_role(user, organisation, Role.MANAGER):
        return _subsidies_waiting(user, organisation)
    items = [
        WaitingItem(
            _("Decide on an application: %(name)s") % {"name": application.organisation},
            application.get_absolute_url(),
            due=application.check_by if application.state == Application.State.APPLIED else None,
        )
        for application in Application.objects.waiting()
        .filter(cohort__hub=organisation)
        .select_related("organisation")
        .order_by("check_by")
    ]
    cohorts = list(organisation.cohorts.filter(state__in=[Cohort.State.OPEN, Cohort.State.RUNNING]))
    untold = Counter(fit.application.cohort_id for fit in fitting_tenders(*cohorts) if not fit.is_told)
    for cohort in cohorts:
        if new := untold[cohort.pk]:
            items.append(
                WaitingItem(
                    ngettext(
                        "%(count)s fitting tender that nobody was told of",
                        "%(count)s fitting tenders that nobody was told of",
                        new,
                    )
                    % {"count": new},
                    reverse("incubator:matches", args=[cohort.number]),
                )
            )
    return items


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    if organisation is None:
        return []
    if organisation.kind == Organisation.Kind.INCUBATOR and has_role(user, organisation, Role.MANAGER):
        return [
            DeskLink(
                _("Cohorts"),
                reverse("incubator:desk"),
                _("Calls, applications, places, and fitting tenders."),
                group=DeskGroup.INCUBATION,
            ),
            DeskLink(
                _("Subsidies"),
                reverse("incubator:subsidies"),
                _("Asked for, granted, accounted for, paid."),
                group=DeskGroup.INCUBATION,
            ),
        ]
    if (
        organisation.kind == Organisation.Kind.BUREAU
        and has_role(user, organisation, Role.OFFICER)
        and organisation.subsidies_asked.exists()
    ):
        return [
            DeskLink(
                _("Subsidies"),
                reverse("incubator:subsidies"),
                _("Asked for, granted, accounted for, paid."),
                group=DeskGroup.INCUBATION,
            )
        ]
    if organisation.kind == Organisation.Kind.SOCIAL_ORGANISATION and has_role(user, organisation, Role.OWNER):
        return [
            DeskLink(
                _("Incubation"),
                reverse("incubator:mine"),
                _("Your place in a cohort, and tenders that fit you."),
                group=DeskGroup.INCUBATION,
            )
        ]
    return []
