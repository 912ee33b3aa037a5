"""What of cases, call-backs, offline acceptances and bookings waits on the desk."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role
from marketplace.vouchers.models import CallBack, FraudCase, OfflineEntry

LOOKS_AFTER = (Role.OFFICER, Role.APPROVER)


def watch_items(user: User, organisation: Organisation) -> list[WaitingItem]:
    """For a bureau's officers; three counts."""
    items: list[WaitingItem] = []
    if has_role(user, organisation, *LOOKS_AFTER):
        if cases := FraudCase.objects.open().filter(bureau=organisation).count():
            words = ngettext("%(count)s case to look into", "%(count)s cases to look into", cases)
            items.append(WaitingItem(words % {"count": cases}, reverse("vouchers:cases"), tone="warn"))
        if offline := OfflineEntry.objects.in_conflict().filter(programme__bureau=organisation).count():
            words = ngettext(
                "%(count)s offline payment to decide on", "%(count)s offline payments to decide on", offline
            )
            items.append(WaitingItem(words % {"count": offline}, reverse("vouchers:offline_conflicts")))
    if has_role(user, organisation, *LOOKS_AFTER, Role.COMMUNITY_WORKER):
        calls = CallBack.objects.filter(
            draw__programme__bureau=organisation, state__in=[CallBack.State.TO_CALL, CallBack.State.UNREACHED]
        ).count()
        if calls:
            words = ngettext("%(count)s resident to ring", "%(count)s residents to ring", calls)
            items.append(WaitingItem(words % {"count": calls}, reverse("vouchers:call_backs")))
    return items


def watch_links(user: User, organisation: Organisation) -> list[DeskLink]:
    links = []
    if has_role(user, organisation, *LOOKS_AFTER):
        links += [
            DeskLink(
                _("What does not fit"),
                reverse("vouchers:cases"),
                _("Visits and payments to look into"),
                group=DeskGroup.VOUCHERS,
            ),
            DeskLink(
                _("Accepted without a connection"),
                reverse("vouchers:offline_conflicts"),
                _("Who pays what was risked"),
                group=DeskGroup.VOUCHERS,
            ),
        ]
    if has_role(user, organisation, *LOOKS_AFTER, Role.COMMUNITY_WORKER):
        links += [
            DeskLink(
                _("Call-backs"),
                reverse("vouchers:call_backs"),
                _("Did it happen as it stands here?"),
                group=DeskGroup.VOUCHERS,
            ),
            DeskLink(
                _("Reminders by hand"),
                reverse("vouchers:reminders"),
                _("Letters to post, people to ring"),
                group=DeskGroup.VOUCHERS,
            ),
        ]
    return links
