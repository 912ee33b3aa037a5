"""Where a person works on tenders."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role

from .. import policies
from ..models import CallOff, Envelope, Panellist, Tender


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    """Where this person works on tenders."""
    links = _case_links(user, organisation)
    if organisation is not None and has_role(user, organisation, Role.OFFICER, Role.APPROVER):
        links.append(
            DeskLink(
                _("Procurement desk"),
                reverse("tenders:procurement"),
                _("Drafts, approvals, openings, evaluations and awards"),
                group=DeskGroup.PROCUREMENT,
            )
        )
        links.append(
            DeskLink(
                _("Procurement plan"),
                reverse("tenders:plan"),
                _("What is planned, and which intentions are out"),
                group=DeskGroup.PROCUREMENT,
            )
        )
        links.append(
            DeskLink(
                _("Library of experts"),
                reverse("tenders:experts"),
                _("Who is drawn for what, and where"),
                group=DeskGroup.PROCUREMENT,
            )
        )
    if _has_orders(user, organisation):
        links.append(
            DeskLink(
                _("Orders under frameworks"),
                reverse("tenders:call_offs"),
                _("Given, asked for, accepted"),
                group=DeskGroup.PROCUREMENT,
            )
        )
    if has_role(user, organisation, Role.CUSTODIAN):
        links.append(
            DeskLink(
                _("Custodian's passphrase"),
                reverse("tenders:passphrase"),
                _("Your share of the tenders' keys"),
                group=DeskGroup.PROCUREMENT,
            )
        )
    if Panellist.objects.filter(user=user).exists():
        links.append(
            DeskLink(
                _("Panels"),
                reverse("tenders:assignments"),
                _("Bids that you score or have scored"),
                group=DeskGroup.PROCUREMENT,
            )
        )
    if policies.may_bid(user, organisation):
        open_now = Tender.objects.open(clock.now()).count()
        links.append(
            DeskLink(
                _("Opportunities"),
                reverse("tenders:opportunities"),
                _("%(count)s tenders take bids now") % {"count": open_now},
                group=DeskGroup.PROCUREMENT,
            )
        )
        handed_in = Envelope.objects.filter(supplier=organisation).standing().count()
        links.append(
            DeskLink(
                _("My bids"),
                reverse("tenders:my_bids"),
                _("%(count)s sealed") % {"count": handed_in},
                group=DeskGroup.PROCUREMENT,
            )
        )
    return links


def _case_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    """The finance department's desk; an expert's ties."""
    links = []
    if (
        organisation is not None
        and organisation.kind == Organisation.Kind.FINANCE
        and has_role(user, organisation, Role.OFFICER, Role.APPROVER)
    ):
        text = _("What suppliers complain of, with its dates")
        links.append(DeskLink(_("Complaints"), reverse("tenders:complaints"), text, group=DeskGroup.PROCUREMENT))
        text = _("What bureaus ask for after a failed procurement")
        links.append(
            DeskLink(_("Changes of method"), reverse("tenders:method_changes"), text, group=DeskGroup.PROCUREMENT)
        )
    if policies.is_expert(user):
        text = _("Organisations for which you are not drawn")
        links.append(DeskLink(_("My ties"), reverse("tenders:expert_ties"), text, group=DeskGroup.PROCUREMENT))
    return links


def _has_orders(user: User, organisation: Organisation | None) -> bool:
    """Orders of the chosen organisation: given by it, to it, or to be quoted for; without one, those for oneself."""
    rows = CallOff.objects.visible_to(user)
    if organisation is not None and organisation.kind != Organisation.Kind.AUDIT:
        rows = rows.filter(
            Q(lot__tender__bureau=organisation) | Q(supplier=organisation) | Q(lot__admissions__supplier=organisation)
        )
    return rows.exists()
