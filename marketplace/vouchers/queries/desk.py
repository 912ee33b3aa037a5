"""What waits for whom."""

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role
from marketplace.residents.models import Delegation, Resident
from marketplace.vouchers import policies
from marketplace.vouchers.models import Appeal, Application, Programme, Settlement
from marketplace.vouchers.models.programmes import first_of_month

from .watch import watch_items, watch_links


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Months to issue, programmes to start, settlements to approve and to order, for the organisation acted for."""
    if organisation is None or organisation.kind != Organisation.Kind.BUREAU:
        return []
    items: list[WaitingItem] = watch_items(user, organisation)
    month = first_of_month(clock.today())
    if policies.may_start_programmes(user, organisation):
        drafts = Programme.objects.filter(bureau=organisation, state=Programme.State.DRAFT)
        items += [
            WaitingItem(
                _("Check and start the programme “%(name)s”") % {"name": programme}, programme.get_absolute_url()
            )
            for programme in drafts.exclude(drafted_by=user)
        ]
    if has_role(user, organisation, Role.OFFICER, Role.APPROVER):
        unissued = Programme.objects.running_in(month).filter(bureau=organisation).exclude(issues__month=month)
        items += [
            WaitingItem(
                _("Issue the vouchers of %(month)s: %(name)s") % {"month": f"{month:%Y-%m}", "name": programme},
                programme.get_absolute_url(),
            )
            for programme in unissued
        ]
    if has_role(user, organisation, Role.OFFICER, Role.APPROVER):
        items += _applications(user, organisation)
    address = reverse("vouchers:settlements")
    states = dict(Settlement.objects.filter(bureau=organisation).order_by().values_list("state").annotate(Count("id")))
    if (drafted := states.get(Settlement.State.DRAFT, 0)) and has_role(user, organisation, Role.APPROVER):
        items.append(
            WaitingItem(
                ngettext("%(count)s settlement to approve", "%(count)s settlements to approve", drafted)
                % {"count": drafted},
                f"{address}?state=draft",
            )
        )
    if (approved := states.get(Settlement.State.APPROVED, 0)) and has_role(user, organisation, *policies.BUREAU):
        items.append(
            WaitingItem(
                ngettext("%(count)s settlement to pay", "%(count)s settlements to pay", approved) % {"count": approved},
                f"{address}?state=approved",
            )
        )
    return items


def _applications(user: User, organisation: Organisation) -> list[WaitingItem]:
    """Applications and appeals that this officer may decide, the nearest answer first."""
    open_ones = (
        Application.objects.waiting()
        .filter(programme__bureau=organisation)
        .exclude(submitted_by=user)
        .select_related("programme")
        .order_by("answer_by")[:5]
    )
    appeals = (
        Appeal.objects.filter(state=Appeal.State.OPEN, application__programme__bureau=organisation)
        .exclude(made_by=user)
        .exclude(application__decided_by=user)
        .select_related("application__programme")
        .order_by("due_on")[:5]
    )
    return [
        *(
            WaitingItem(
                pgettext("voucher", "Decide on an application: %(name)s") % {"name": one.programme},
                one.get_absolute_url(),
                one.answer_by,
            )
            for one in open_ones
        ),
        *(
            WaitingItem(
                _("Decide on an appeal: %(name)s") % {"name": one.application.programme},
                one.application.get_absolute_url(),
                one.due_on,
            )
            for one in appeals
        ),
    ]


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    links: list[DeskLink] = []
    if policies.may_redeem(user, organisation):
        links.append(
            DeskLink(
                _("Counter"), reverse("vouchers:counter"), _("Take a voucher in payment"), group=DeskGroup.VOUCHERS
            )
        )
    if organisation is not None and organisation.kind == Organisation.Kind.BUREAU:
        if has_role(user, organisation, *policies.BUREAU):
            links.append(
                DeskLink(
                    _("Voucher programmes"),
                    reverse("vouchers:programmes"),
                    _("Who gets how much, what it did"),
                    group=DeskGroup.VOUCHERS,
                )
            )
            links.append(
                DeskLink(
                    _("What the vouchers did"),
                    reverse("vouchers:figures"),
                    _("By month, by town, by service; plots"),
                    group=DeskGroup.VOUCHERS,
                )
            )
            links.append(
                DeskLink(
                    _("Settlements"),
                    reverse("vouchers:settlements"),
                    _("What is owed to providers"),
                    group=DeskGroup.VOUCHERS,
                )
            )
        links += watch_links(user, organisation)
        if has_role(user, organisation, Role.OFFICER, Role.APPROVER):
            address = reverse("vouchers:applications")
            links.append(
                DeskLink(
                    _("Applications"), address, _("Asked for, refused, appealed against"), group=DeskGroup.VOUCHERS
                )
            )
        if has_role(user, organisation, Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER):
            links.insert(
                0,
                DeskLink(
                    _("One window"),
                    reverse("vouchers:window"),
                    _("Find somebody, apply, hand out"),
                    group=DeskGroup.RESIDENTS,
                ),
            )
    elif policies.is_provider(organisation) and has_role(user, organisation, Role.OWNER, Role.FINANCE):
        links.append(
            DeskLink(
                _("Takings"),
                reverse("vouchers:takings"),
                _("Vouchers and own parts, by month"),
                group=DeskGroup.VOUCHERS,
            )
        )
        links.append(
            DeskLink(
                _("Settlements"),
                reverse("vouchers:settlements"),
                _("Redemptions, settlements and payments"),
                group=DeskGroup.VOUCHERS,
            )
        )
    is_mine = Resident.objects.filter(user=user).exists()
    if is_mine or has_vouchers_to_see(user):
        links.append(
            DeskLink(
                _("My vouchers") if is_mine else _("Vouchers of those I act for"),
                reverse("vouchers:my"),
                _("Balance, card and history"),
                group=DeskGroup.VOUCHERS,
            )
        )
    return links


def has_vouchers_to_see(user: User) -> bool:
    """A resident, or somebody who acts for one."""
    return Resident.objects.filter(user=user).exists() or Delegation.objects.live().filter(delegate=user).exists()
