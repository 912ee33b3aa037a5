"""The flags that a person may see, and where their subjects are."""

from django.db.models import Case, OuterRef, Prefetch, QuerySet, Subquery, When
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from marketplace.opendata.models import ImportedProcess
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, User

from . import policies
from .finding import Group
from .models import Flag, Review


def flags_for(user: User) -> QuerySet[Flag]:
    """Standing flags with the finding of their newest review. One statement.

    What nobody has looked at comes first, what was explained last; in each this portal's own before imported ones.
    """
    newest = Review.objects.filter(flag=OuterRef("pk")).order_by("-reviewed_at", "-id").values("finding")[:1]
    flags = Flag.objects.visible_to(user).standing().annotate(finding=Subquery(newest))
    turn = Case(When(finding=None, then=0), When(finding=Review.Finding.EXPLAINED, then=2), default=1)
    is_imported = Case(When(publisher="", then=0), default=1)
    return flags.order_by(turn, is_imported, "-found_at", "indicator", "subject", "pk")


def flag_with_reviews(user: User) -> QuerySet[Flag]:
    reviews = Review.objects.select_related("reviewed_by")
    return Flag.objects.visible_to(user).prefetch_related(Prefetch("reviews", queryset=reviews))


def publishers() -> list[str]:
    """Whose imported data has flags."""
    return list(Flag.objects.exclude(publisher="").order_by("publisher").values_list("publisher", flat=True).distinct())


def subject_url(flag: Flag) -> str:
    """The page of what the flag points at; empty where we have none."""
    if flag.group != Group.PROCESS:
        return ""
    if flag.publisher:
        found = ImportedProcess.objects.filter(publisher=flag.publisher, ocid=flag.subject).first()
        return found.get_absolute_url() if found else ""
    try:
        return reverse("tenders:detail", args=[flag.number])
    except NoReverseMatch:
        return reverse("opendata:record", args=[flag.subject])


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Nothing falls due here."""
    return []


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    if not policies.works_on_flags(user, organisation):
        return []
    return [
        DeskLink(
            _("Red flags"),
            reverse("redflags:flags"),
            _("Signs in the data that somebody should look closer"),
            group=DeskGroup.OVERSIGHT,
        )
    ]
