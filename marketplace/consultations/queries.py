"""What the pages of consultations read, and what a tender may cite."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, Region, Role, User
from marketplace.parties.policies import has_role
from marketplace.residents.models import Resident

from . import policies
from .models import Consultation, Remark


def citable(bureau: Organisation) -> QuerySet[Consultation]:
    """What a tender of this bureau may cite as having heard the residents (REG 15): closed, and its figures public.
    Newest first."""
    return Consultation.objects.with_results().filter(bureau=bureau).order_by("-reported_at", "-pk")


def published_consultations() -> QuerySet[Consultation]:
    """Open ones and those to come first, then the newest. Two statements with the places."""
    return (
        Consultation.objects.public().select_related("bureau").prefetch_related("regions").order_by("-closes_at", "-pk")
    )


def consultations_of(user: User) -> QuerySet[Consultation]:
    """For the desk: the bureau's own, and every open one whose sheets and answers this desk may write down."""
    own = user.memberships.filter(ended_at=None).values("organisation")
    rows = Consultation.objects.visible_to(user).filter(Q(bureau__in=own) | Q(state=Consultation.State.OPEN))
    return rows.select_related("bureau").annotate(answer_count=Count("answers", distinct=True)).order_by("-created_at")


def places_to_choose(consultation: Consultation) -> QuerySet[Region]:
    """The communities inside the places that are asked; a place without any stands for itself."""
    inside = Q(pk__in=[region.pk for region in consultation.regions.all()])
    for region in consultation.regions.all():
        inside |= Q(code__startswith=region.prefix, level=Region.Level.COMMUNITY)
    found = Region.objects.filter(inside).select_related("parent").order_by("code")
    communities = found.filter(level=Region.Level.COMMUNITY)
    return communities if communities.exists() else found


def who_may_be_spoken_for(user: User) -> list[Resident]:
    """The residents for whom a signed-in person may answer: themselves first."""
    if not user.is_authenticated:
        return []
    rows = Resident.objects.active().filter(
        Q(user=user) | Q(pk__in=user.delegations.live().filter(scope="act").values("resident_id"))
    )
    return sorted(rows.select_related("region"), key=lambda resident: (resident.user_id != user.pk, resident.name))


def unread_remarks(consultation: Consultation) -> QuerySet[Remark]:
    return Remark.objects.filter(question__consultation=consultation).select_related("question").order_by(
        "question__position", "pk"
    )  # fmt: skip


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Closed consultations whose results the bureau owes, and results without a decision."""
    if not policies.may_consult(user, organisation):
        return []
    now = clock.now()
    State = Consultation.State
    owed = Consultation.objects.filter(bureau=organisation).filter(
        Q(state=State.OPEN, closes_at__lte=now) | Q(state=State.REPORTED)
    )
    items: list[WaitingItem] = []
    for one in owed.order_by("closes_at")[:5]:
        words = (
            _("Publish the results of “%(title)s”")
            if one.state == State.OPEN
            else _("Say what was done with “%(title)s”")
        )
        items.append(WaitingItem(words % {"title": one.title}, one.get_desk_url()))
    return items


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    if organisation is None or organisation.kind != Organisation.Kind.BUREAU:
        return []
    if not has_role(user, organisation, Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER):
        return []
    return [
        DeskLink(
            _("Consultations"),
            reverse("consultations:desks"),
            _("Ask residents, hand out sheets, write down answers"),
            group=DeskGroup.RESIDENTS,
        )
    ]


def table_rows(consultation: Consultation, results: Any) -> list[tuple[str, str, str]]:
    """The published figures as lines of a file: what, which answer, how many."""
    few = _("fewer than %(least)s") % {"least": results.least}

    def shown(count: int | None) -> str:
        return few if count is None else str(count)

    rows = [(_("All answers"), "", shown(results.total))]
    rows += [(_("By channel"), bar.label, shown(bar.count)) for bar in results.channels]
    rows += [(_("By place"), bar.label, shown(bar.count)) for bar in results.places]
    for result in results.questions:
        rows.append((result.question.local_text, pgettext("consultation", "answered"), shown(result.answered)))
        rows += [(result.question.local_text, bar.label, shown(bar.count)) for bar in result.bars]
        rows += [(result.question.local_text, _("remark"), remark) for remark in result.remarks]
    return rows
