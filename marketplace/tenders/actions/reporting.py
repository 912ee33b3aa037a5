"""The evaluation report: every member confirms it, or writes why not; then it is the buyer's, and is printed."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.papers.actions import issue_receipt
from marketplace.papers.models import Paper
from marketplace.parties.models import User

from .. import panelnotices, policies, reports
from ..models import Panel, Panellist, Tender
from ..rulebook import day_of, limit
from .locking import locked_panel, locked_tender


@transaction.atomic
def confirm_report(panellist: Panellist, *, dissent: str = "", by: User) -> Panellist:
    """Sign the report of the evaluation. A member who disagrees signs too, with the dissent and why (87:58 and 61).

    The signature is a signed statement of who, when, what opinion, and of which ranking by its fingerprint.

    With the last member's word the report is handed to the buyer and printed. Raises ValidationError `not_ranked`,
    `confirmed_already`.
    """
    tender = locked_tender(panellist.panel.tender_id)
    panel = locked_panel(tender)
    seat = panel.members.select_for_update().get(pk=panellist.pk)
    authorise(policies.may_score, by, seat)
    if panel.state != Panel.State.RANKED or seat.state != Panellist.State.SUBMITTED:
        raise ValidationError(_("The bids are not ranked yet."), code="not_ranked")
    if seat.confirmed_at:
        raise ValidationError(_("You have confirmed the report already."), code="confirmed_already")
    now = clock.now()
    seat.confirmed_at, seat.dissent = now, dissent.strip()
    seat.save(update_fields=["confirmed_at", "dissent"])
    issue_receipt(
        reports.SIGNATURE,
        {
            "tender": tender.number or "",
            "title": tender.title,
            "member": by.name,
            "seat": str(seat.get_kind_display()),
            "opinion": "dissent" if seat.dissent else "agree",
            "result_sha256": reports.fingerprint_of(tender),
            "signed_at": now.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        },
        about=seat,
        organisation=tender.bureau,
        by=by,
    )
    record("expert.report_confirmed", seat, by=by, tender=tender.number, dissents=bool(seat.dissent))
    if not panel.members.sitting().filter(confirmed_at=None).exists():
        panel.report()
        panel.reported_at, panel.decision_due_at = now, limit(tender, "tender.decision_period", day_of(now))
        panel.save(update_fields=["state", "reported_at", "decision_due_at"])
        record("panel.reported", panel, by=by, organisation=tender.bureau)
        transaction.on_commit(partial(reports.print_report_later.enqueue, str(panel.pk), str(by.pk)))
        transaction.on_commit(partial(panelnotices.tell_reported.enqueue, str(tender.pk)))
    return seat


@transaction.atomic
def print_report_again(tender: Tender, *, by: User) -> Paper:
    """Print the report once more, when the first printing failed. Raises ValidationError `not_reported`."""
    tender = locked_tender(tender.pk)
    authorise(policies.may_manage, by, tender)
    panel = Panel.objects.filter(tender=tender).first()
    if panel is None or panel.reported_at is None:
        raise ValidationError(_("The panel has not handed over its report."), code="not_reported")
    paper = reports.print_report(panel, by=by)
    reports.seal_report(paper)
    return paper
