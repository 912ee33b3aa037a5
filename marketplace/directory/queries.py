"""What the directory's pages read."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.pages.language import local
from marketplace.parties.models import Organisation, Region, User

from . import policies
from .finding import matching_providers
from .models import GRADE_TONES, Accreditation, Category, ProviderRating, Service, ServicePoint


def _latest(field: str) -> Subquery:
    newest = ProviderRating.objects.filter(organisation=OuterRef("pk")).order_by("-evaluated_on", "-created_at")
    return Subquery(newest.values(field)[:1])


def providers() -> QuerySet[Organisation]:
    """Whoever offers a service or holds an accreditation, with the standing grade; best first, unrated last."""
    offers = Service.objects.listed().filter(organisation=OuterRef("pk"))
    admitted = Accreditation.objects.filter(organisation=OuterRef("pk"))
    return (
        Organisation.objects.active()
        .filter(Exists(offers) | Exists(admitted))
        .select_related("region")
        .annotate(
            grade=_latest("grade"),
            score=_latest("score"),
            rated_on=_latest("evaluated_on"),
            service_count=Count("services", filter=Q(services__state=Service.State.LISTED), distinct=True),
            cheapest=Min("services__price", filter=Q(services__state=Service.State.LISTED)),
        )
        .prefetch_related(
            Prefetch("points", ServicePoint.objects.filter(is_open=True).select_related("region"), "open_points"),
            Prefetch(
                "services",
                Service.objects.listed().select_related("category").order_by("category__position"),
                "listed_services",
            ),
        )
        .order_by(F("score").desc(nulls_last=True), "name")
    )


def filter_providers(rows: QuerySet[Organisation], cleaned: dict[str, Any]) -> QuerySet[Organisation]:
    if text := cleaned.get("q"):
        rows = rows.filter(pk__in=matching_providers(text))
    if category := cleaned.get("category"):
        rows = rows.filter(Exists(Service.objects.listed().filter(organisation=OuterRef("pk"), category=category)))
    if region := cleaned.get("region"):
        here = ServicePoint.objects.filter(
            organisation=OuterRef("pk"), is_open=True, region__code__startswith=region.prefix
        )
        rows = rows.filter(Q(region__code__startswith=region.prefix) | Exists(here))
    if grade := cleaned.get("grade"):
        rows = rows.filter(grade=grade)
    return rows


@dataclass(frozen=True)
class ProviderCard:
    """One provider as the list draws it: plain values, no further query."""

    name: str
    url: str
    region: str
    about: str
    grade: str
    grade_tone: str
    score: Any
    rated_on: Any
    service_count: int
    cheapest: int | None
    categories: list[str]
    places: list[str]


def provider_cards(rows: list[Organisation]) -> list[ProviderCard]:
    grades = dict(ProviderRating.Grade.choices)
    cards = []
    for row in rows:
        categories = dict.fromkeys(str(service.category) for service in row.listed_services)
        places = dict.fromkeys(str(point.region) for point in row.open_points)
        cards.append(
            ProviderCard(
                name=str(row),
                url=reverse("directory:provider", args=[row.uscc]),
                region=str(row.region),
                about=local(row.about, row.about_en),
                grade=str(grades.get(row.grade, "")),
                grade_tone=GRADE_TONES.get(row.grade, "quiet"),
                score=row.score,
                rated_on=row.rated_on,
                service_count=row.service_count,
                cheapest=row.cheapest,
                categories=list(categories),
                places=list(places),
            )
        )
    return cards


def services(user: User) -> QuerySet[Service]:
    """The public price list, cheapest first within its kind."""
    newest = ProviderRating.objects.filter(organisation=OuterRef("organisation_id")).order_by(
        "-evaluated_on", "-created_at"
    )
    return (
        Service.objects.listed()
        .select_related("organisation__region", "category", "point__region")
        .annotate(grade=Subquery(newest.values("grade")[:1]), score=Subquery(newest.values("score")[:1]))
        .order_by("category__position", "price", "name")
    )


def filter_services(rows: QuerySet[Service], cleaned: dict[str, Any]) -> QuerySet[Service]:
    if text := cleaned.get("q"):
        rows = rows.filter(
            Q(name__icontains=text)
            | Q(name_en__icontains=text)
            | Q(description__icontains=text)
            | Q(category__name__icontains=text)
            | Q(organisation__name__icontains=text)
        )
    if category := cleaned.get("category"):
        rows = rows.filter(category=category)
    if region := cleaned.get("region"):
        rows = rows.filter(
            Q(point__region__code__startswith=region.prefix)
            | Q(point=None, organisation__region__code__startswith=region.prefix)
        )
    if highest := cleaned.get("price"):
        rows = rows.filter(price__lte=highest)
    return rows


def regions_with_providers() -> QuerySet[Region]:
    """Places to choose from: where there is a provider or a service point."""
    return Region.objects.filter(
        Q(points__is_open=True) | Q(organisations__services__state=Service.State.LISTED)
    ).distinct()


def own_services(organisation: Organisation) -> QuerySet[Service]:
    return organisation.services.select_related("category", "point").order_by("state", "category__position", "name")


def categories_in_use() -> QuerySet[Category]:
    return Category.objects.filter(services__state=Service.State.LISTED).distinct()


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """A provider without a price list can't be found by anyone."""
    if organisation is None or not organisation.accreditations.exists():
        return []
    if not policies.may_edit_services(user, organisation) or organisation.services.listed().exists():
        return []
    return [WaitingItem(_("List your services and prices: residents can't find you yet"), reverse("directory:mine"))]


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    if policies.may_keep_standards(user, organisation):
        return [
            DeskLink(
                _("Standards of service"),
                reverse("directory:own_standards"),
                _("Draft, put up for comment, adopt; tenders and evaluations cite them"),
                group=DeskGroup.QUALITY,
            )
        ]
    if organisation is None or organisation.kind not in (
        Organisation.Kind.SOCIAL_ORGANISATION,
        Organisation.Kind.ENTERPRISE,
    ):
        return []
    if not policies.may_edit_services(user, organisation):
        return []
    return [
        DeskLink(
            _("Our services and prices"),
            reverse("directory:mine"),
            _("What residents see of us in the directory"),
            group=DeskGroup.QUALITY,
        )
    ]


def grade_label(grade: str | None) -> str:
    return str(ProviderRating.Grade(grade).label) if grade else ""
