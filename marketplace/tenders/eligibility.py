"""Who may not bid for a tender: each check refuses with its article, for the bidder and for every partner."""

from collections.abc import Iterable
from functools import cache, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.dates import written_day
from marketplace.parties.models import Membership, Organisation

from .invitations import refuse_bidder as refuse_by_method
from .models import BidBan, BidBond, BidDraft, Custodian, Designer, Envelope, Partner, Tender, Tie
from .rulebook import rule_for

TIES = (Tie.Kind.SAME_HEAD, Tie.Kind.CONTROL, Tie.Kind.MANAGEMENT)


def partners_of(tender: Tender, supplier: Organisation) -> list[Partner]:
    """Who is in the consortium that this supplier leads; none when it bids alone."""
    return list(Partner.objects.standing().filter(tender=tender, lead=supplier).select_related("member"))


def refuse_bidder(tender: Tender, supplier: Organisation) -> None:
    """All that keeps a supplier, or the consortium it leads, from bidding for this tender."""
    admit_bidder(tender, supplier)


def admit_bidder(tender: Tender, supplier: Organisation, *, is_unknown: bool = False) -> list[Organisation]:
    """Who bids: the supplier, and the partners it leads. Refuses as `refuse_bidder` says.

    `is_unknown`: the caller has asked `nothing_on_record`, and there is nothing.
    """
    refuse_by_method(tender, supplier)
    members = [supplier]
    if is_unknown or nothing_on_record(tender, supplier):
        _refuse_standing(tender, supplier)
    else:
        members += _confirmed_partners(tender, supplier)
        for member in members:
            refuse_member(tender, member)
        refuse_linked_partners(tender, members)
    refuse_without_bond(tender, supplier)
    return members


def nothing_on_record(tender: Tender, supplier: Organisation) -> bool:
    """One statement for the many of whom the checks could find nothing: a crowd at the deadline waits for it.

    No earlier bid or draft, no partner, ban, tie or namesake, no part in the file, nobody who ever worked here acts for
    the buyer.
    """
    if connection.vendor != "postgresql":
        return not _on_record(tender, supplier).exists()
    statement, places = _compiled()
    drafter = tender.drafted_by_id
    values: dict[Any, Any] = {
        _ANY.tender.pk: tender.pk,
        _ANY.supplier.pk: supplier.pk,
        _ANY.supplier.legal_representative: supplier.legal_representative,
        _ANY.tender.drafted_by_id: drafter,
        _ANY.tender.submitted_by_id: tender.submitted_by_id or drafter,
        _ANY.tender.approved_by_id: tender.approved_by_id or drafter,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, [values.get(place, place) for place in places])
        return cursor.fetchone() is None


class _ANY:
    """Whose statement is compiled: every value in it is one of a kind."""

    tender = Tender(pk=UUID(int=1), drafted_by_id=UUID(int=2), submitted_by_id=UUID(int=3), approved_by_id=UUID(int=4))
    supplier = Organisation(pk=UUID(int=5), legal_representative="any head")


@cache
def _compiled() -> tuple[str, tuple[Any, ...]]:
    """The statement and its values, put together once: that takes longer than its answer."""
    query = _on_record(_ANY.tender, _ANY.supplier).query.exists()
    return query.get_compiler(connection=connection).as_sql()


def _on_record(tender: Tender, supplier: Organisation) -> QuerySet:
    """The supplier, when there is anything on record of it."""
    records: list[QuerySet] = [
        Envelope.objects.filter(tender=tender, supplier=supplier).standing(),
        BidDraft.objects.filter(tender=tender, supplier=supplier),
        Partner.objects.filter(Q(lead=supplier) | Q(member=supplier), tender=tender),
        BidBan.objects.filter(organisation=supplier),
        Tie.objects.filter(Q(one=supplier) | Q(other=supplier)),
        Designer.objects.filter(tender=tender, organisation=supplier),
        _acting_for_the_buyer(tender, supplier),
        _namesakes(supplier).exclude(legal_representative=""),
    ]
    found = reduce(or_, [Q(Exists(rows.order_by())) for rows in records])
    return Organisation.objects.filter(pk=supplier.pk).filter(found)


def _confirmed_partners(tender: Tender, supplier: Organisation) -> list[Organisation]:
    partners = partners_of(tender, supplier)
    refuse_alone_and_together(tender, supplier)
    for partner in partners:
        if partner.state != Partner.State.CONFIRMED:
            raise ValidationError(
                _("“%(name)s” has not confirmed yet that it takes part in the consortium (%(source)s)."),
                code="partner_missing",
                params={"name": partner.member, "source": rule_for(tender, "tender.consortium").citation},
            )
    return [partner.member for partner in partners]


def refuse_member(tender: Tender, supplier: Organisation) -> None:
    """What holds for one organisation by itself: standing, conflicts, who wrote the file."""
    _refuse_standing(tender, supplier)
    ban = BidBan.objects.in_force(clock.today()).filter(organisation=supplier).first()
    if ban:
        raise ValidationError(
            _(
                "“%(name)s” is on the list of bad conduct and barred from government procurement until %(until)s "
                "(Regulation for Implementing the Government Procurement Law, Article 73)."
            ),
            code="banned",
            params={"name": supplier, "until": written_day(ban.ends_on)},
        )
    if who := people_on_both_sides(tender, supplier).first():
        raise ValidationError(
            _(
                "%(person)s works for “%(name)s” and has acted on this tender for the buyer: a conflict of interest "
                "(Government Procurement Law, Article 12; Regulation, Article 9). One of the two must step back first."
            ),
            code="conflict",
            params={"person": who.user.name, "name": supplier},
        )
    if Designer.objects.filter(tender=tender, organisation=supplier).exists():
        raise ValidationError(
            _(
                "“%(name)s” designed this project, wrote its specification or supervises it: it may not bid for it "
                "(%(source)s)."
            ),
            code="designer",
            params={"name": supplier, "source": rule_for(tender, "tender.linked_bidders").citation},
        )


def _refuse_standing(tender: Tender, supplier: Organisation) -> None:
    if supplier.state != Organisation.State.ACTIVE:
        raise ValidationError(
            _(
                "“%(name)s” is not active on this portal: a supplier must be able to perform and be in good standing "
                "(Government Procurement Law, Article 22)."
            ),
            code="not_active",
            params={"name": supplier},
        )
    if supplier.pk == tender.bureau_id:
        raise ValidationError(
            _("A buyer can't bid for its own tender (Government Procurement Law, Article 12)."), code="conflict"
        )


def people_on_both_sides(tender: Tender, supplier: Organisation):
    """Memberships, live or ended within the rule's years, of those who drafted, approved or hold a key (REG 9)."""
    rule = rule_for(tender, "tender.conflict_years")
    now = clock.now()
    since = now.replace(year=now.year - int(rule.value or 0), day=min(now.day, 28))
    recent = Q(ended_at=None) | Q(ended_at__gt=since)
    return _acting_for_the_buyer(tender, supplier).filter(recent).select_related("user")


def _acting_for_the_buyer(tender: Tender, supplier: Organisation) -> QuerySet[Membership]:
    """Memberships, live or ended whenever, of those who drafted, approved or hold a key of this tender."""
    acting = {tender.drafted_by_id, tender.submitted_by_id, tender.approved_by_id} - {None}
    custodians = Custodian.objects.filter(tender=tender).values("user")
    return Membership.objects.filter(organisation=supplier).filter(Q(user__in=acting) | Q(user__in=custodians))


def refuse_alone_and_together(tender: Tender, supplier: Organisation) -> None:
    """Who is in a consortium bids neither alone nor in another one (REG 22)."""
    elsewhere = (
        Partner.objects.filter(tender=tender, member=supplier, state=Partner.State.CONFIRMED)
        .select_related("lead")
        .first()
    )
    if elsewhere:
        raise ValidationError(
            _(
                "You are in the consortium led by “%(lead)s”: you can't bid alone or lead another one as well "
                "(%(source)s)."
            ),
            code="in_consortium",
            params={"lead": elsewhere.lead, "source": rule_for(tender, "tender.consortium").citation},
        )


def refuse_linked_partners(tender: Tender, members: list[Organisation]) -> None:
    """Where there is one lot only, a linked supplier whose bid is in keeps the other out already now (REG 18).

    With several lots the envelopes say which ones, so this is decided at the opening, lot by lot.
    """
    if len(tender.lots.all()) != 1:
        return
    own = {member.pk for member in members}
    linked = set().union(*(linked_to(member) for member in members)) - own
    if not linked:
        return
    rival = (
        Organisation.objects.filter(pk__in=linked)
        .filter(envelopes__tender=tender, envelopes__state="sealed")
        .order_by("envelopes__submitted_at")
        .first()
    )
    if rival:
        raise ValidationError(
            _(
                "“%(name)s”, to which you are linked by the same person in charge, control or management, has handed "
                "in a bid for this lot: only one of you may (%(source)s)."
            ),
            code="linked",
            params={"name": rival.name, "source": rule_for(tender, "tender.linked_bidders").citation},
        )


def linked_to(supplier: Organisation) -> set:
    """The suppliers tied to this one: recorded ties, and heads of the same name unless found to be two persons."""
    ties = Tie.objects.live().filter(Q(one=supplier) | Q(other=supplier))
    pairs = {(tie.other_id if tie.one_id == supplier.pk else tie.one_id, tie.kind) for tie in ties}
    linked = {pk for pk, kind in pairs if kind in TIES}
    if supplier.legal_representative:
        found_apart = {pk for pk, kind in pairs if kind == Tie.Kind.NAMESAKES}
        linked |= set(_namesakes(supplier).values_list("pk", flat=True)) - found_apart
    return linked


def _namesakes(supplier: Organisation) -> QuerySet[Organisation]:
    heads = Organisation.objects.providers().filter(legal_representative=supplier.legal_representative)
    return heads.exclude(pk=supplier.pk)


def later_of_linked(bids: Iterable) -> list:
    """Of linked suppliers' bids for one lot all but the one that was handed in first (REG 18)."""
    kept: list = []
    late = []
    for bid in sorted(bids, key=lambda bid: (bid.envelope.submitted_at, str(bid.envelope_id))):
        if any(other.supplier_id in linked_to(bid.supplier) for other in kept):
            late.append(bid)
        else:
            kept.append(bid)
    return late


def refuse_without_bond(tender: Tender, supplier: Organisation) -> None:
    """Where a bid bond is asked for, it is declared before the bid is handed in (REG 33)."""
    if tender.bid_bond and not BidBond.objects.standing().filter(tender=tender, supplier=supplier).exists():
        raise ValidationError(
            _("This tender asks for a bid bond: tell first how you have given it (%(source)s)."),
            code="bond_missing",
            params={"source": rule_for(tender, "tender.bid_bond_max").citation},
        )


def obstacles(tender: Tender, supplier: Organisation) -> list[str]:
    """What would refuse this supplier now, in words: for the bidder's own page."""
    try:
        refuse_bidder(tender, supplier)
    except ValidationError as refusal:
        return refusal.messages
    return []
