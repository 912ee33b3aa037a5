"""What of voices waits on the desk, and the ways there."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluations import voicepolicies
from evaluations.models import Grievance, Hearing
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role

State = Grievance.State


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Cases to take in hand and to answer, questions to reply to."""
    if organisation is None or not user.is_authenticated:
        return []
    items: list[WaitingItem] = []
    if organisation.kind == Organisation.Kind.BUREAU and has_role(user, organisation, *voicepolicies.ANSWERING):
        ours = Grievance.objects.visible_to(user).filter(handler=organisation)
        if lodged := ours.filter(state=State.LODGED).order_by("acknowledge_by").first():
            count = ours.filter(state=State.LODGED).count()
            words = ngettext("%(count)s grievance to take in hand", "%(count)s grievances to take in hand", count)
            url = reverse("evaluations:grievances") + "?mine=us&state=lodged"
            items.append(WaitingItem(words % {"count": count}, url, due=lodged.acknowledge_by, tone="warn"))
        for one in ours.filter(state=State.ACKNOWLEDGED, assignee=user).order_by("due_at")[:5]:
            words = _("Answer grievance %(number)s") % {"number": one.number}
            items.append(WaitingItem(words, one.get_absolute_url(), due=one.due_at))
    if voicepolicies.may_read_sentences(user, organisation):
        for hearing in Hearing.objects.visible_to(user).waiting().filter(provider=organisation).defer("statement")[:5]:
            words = _("The bureau asks for your side: %(kind)s") % {"kind": hearing.get_category_display()}
            items.append(WaitingItem(words, hearing.get_absolute_url(), due=hearing.due_at, tone="warn"))
    return items


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    if organisation is None or not user.is_authenticated:
        return []
    if organisation.kind == Organisation.Kind.BUREAU and has_role(
        user, organisation, Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER
    ):
        return [
            DeskLink(
                _("Grievances"),
                reverse("evaluations:grievances"),
                _("What residents are not content with, and until when."),
                group=DeskGroup.RESIDENTS,
            ),
            DeskLink(
                _("Residents' voices"),
                reverse("evaluations:voices_desk"),
                _("How many are satisfied, and what is rising."),
                group=DeskGroup.RESIDENTS,
            ),
        ]
    if organisation.kind in (Organisation.Kind.SOCIAL_ORGANISATION, Organisation.Kind.ENTERPRISE) and has_role(
        user, organisation, Role.OWNER
    ):
        return [
            DeskLink(
                _("What residents say of us"),
                reverse("evaluations:voices_inbox"),
                _("Without who: shares, sentences, questions."),
                group=DeskGroup.RESIDENTS,
            )
        ]
    return []
