"""Consortia: one supplier leads and bids, each partner confirms for itself (GPL 24)."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User

from .. import bidnotices, eligibility, policies
from ..models import Envelope, Partner, Tender
from ..rulebook import rule_for
from .biddrafts import open_tender


@transaction.atomic
def ask_partner(tender: Tender, lead: Organisation, member: Organisation, work: str, *, by: User) -> Partner:
    """Ask another supplier to bid together. Raises ValidationError `sealed`, `partner`, or what bars the partner."""
    lead = Organisation.objects.select_for_update(no_key=True).get(pk=lead.pk)
    tender = open_tender(tender)
    authorise(policies.may_bid, by, lead)
    _refuse_sealed(tender, lead)
    eligibility.refuse_alone_and_together(tender, lead)
    if member.kind not in (Organisation.Kind.SOCIAL_ORGANISATION, Organisation.Kind.ENTERPRISE) or member == lead:
        raise ValidationError({"uscc": ValidationError(_("Name another supplier of this portal."), code="partner")})
    if Partner.objects.standing().filter(tender=tender, lead=lead, member=member).exists():
        raise ValidationError({"uscc": ValidationError(_("This partner has been asked already."), code="asked")})
    if not work.strip():
        raise ValidationError(
            {
                "work": ValidationError(
                    _(
                        "Say what the partner will do: the agreement of a consortium names each one's work "
                        "(%(source)s)."
                    ),
                    code="required",
                    params={"source": rule_for(tender, "tender.consortium").citation},
                )
            }
        )
    eligibility.refuse_member(tender, member)
    partner = Partner.objects.create(tender=tender, lead=lead, member=member, work=work.strip())
    record("partner.asked", partner, by=by, organisation=lead, tender=tender.number)
    transaction.on_commit(partial(bidnotices.tell_partner_asked.enqueue, str(partner.pk)))
    return partner


@transaction.atomic
def confirm_partner(partner: Partner, *, by: User) -> Partner:
    """The partner takes part. It can't be in two consortia of one tender, nor have a bid of its own in."""
    member = Organisation.objects.select_for_update(no_key=True).get(pk=partner.member_id)
    tender = open_tender(partner.tender)
    partner = Partner.objects.select_for_update(of=("self",)).select_related("lead").get(pk=partner.pk)
    authorise(policies.may_bid, by, member)
    if partner.state != Partner.State.ASKED:
        raise ValidationError(_("You have answered already."), code="answered")
    eligibility.refuse_alone_and_together(tender, member)
    eligibility.refuse_member(tender, member)
    own_bid = Envelope.objects.standing().filter(tender=tender, supplier=member).exists()
    leads = Partner.objects.standing().filter(tender=tender, lead=member).exists()
    if own_bid or leads:
        raise ValidationError(
            _("You bid for this tender yourself: withdraw that first (%(source)s)."),
            code="bids_alone",
            params={"source": rule_for(tender, "tender.consortium").citation},
        )
    partner.confirm()
    partner.answered_by, partner.answered_at = by, clock.now()
    partner.save(update_fields=["state", "answered_by", "answered_at"])
    record("partner.confirmed", partner, by=by, organisation=member, tender=tender.number)
    transaction.on_commit(partial(bidnotices.tell_partner_answered.enqueue, str(partner.pk)))
    return partner


@transaction.atomic
def decline_partner(partner: Partner, *, by: User) -> Partner:
    """The partner leaves, or the lead goes on without it; not while a bid of the consortium is sealed."""
    lead = Organisation.objects.select_for_update(no_key=True).get(pk=partner.lead_id)
    tender = open_tender(partner.tender)
    partner = Partner.objects.select_for_update(of=("self",)).select_related("member").get(pk=partner.pk)
    authorise(policies.may_answer_for_partner, by, partner)
    _refuse_sealed(tender, lead)
    if partner.state == Partner.State.DECLINED:
        raise ValidationError(_("You have answered already."), code="answered")
    partner.decline()
    partner.answered_by, partner.answered_at = by, clock.now()
    partner.save(update_fields=["state", "answered_by", "answered_at"])
    record("partner.declined", partner, by=by, organisation=partner.member, tender=tender.number)
    transaction.on_commit(partial(bidnotices.tell_partner_answered.enqueue, str(partner.pk)))
    return partner


def _refuse_sealed(tender: Tender, lead: Organisation) -> None:
    if Envelope.objects.standing().filter(tender=tender, supplier=lead).exists():
        raise ValidationError(
            _("The bid is sealed for the consortium as it is: the lead withdraws it first (%(source)s)."),
            code="sealed",
            params={"source": rule_for(tender, "tender.consortium").citation},
        )
