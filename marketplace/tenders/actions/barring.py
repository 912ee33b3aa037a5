"""What keeps a supplier out, put on record: who wrote the tender file, and which suppliers are tied (REG 18)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User

from .. import policies
from ..models import Designer, Tender, Tie


@transaction.atomic
def name_designer(tender: Tender, organisation: Organisation, work: str, *, by: User) -> Designer:
    """Put on record who designed the project, wrote its specification or supervises it: it can't bid."""
    tender = Tender.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=tender.pk)
    authorise(policies.may_name_designer, by, tender)
    if not work.strip():
        raise ValidationError({"work": ValidationError(_("Say what it did for this project."), code="required")})
    if Designer.objects.filter(tender=tender, organisation=organisation).exists():
        raise ValidationError({"uscc": ValidationError(_("It is named already."), code="named")})
    designer = Designer.objects.create(tender=tender, organisation=organisation, work=work.strip(), named_by=by)
    record("designer.named", designer, by=by, organisation=tender.bureau, supplier=organisation.uscc)
    return designer


@transaction.atomic
def record_tie(one: Organisation, other: Organisation, kind: str, evidence: str, *, by: User) -> Tie:
    """The operator writes down a tie between two suppliers, or that their heads are two persons of one name."""
    authorise(policies.may_record_ties, by)
    if one.pk == other.pk or kind not in Tie.Kind.values:
        raise ValidationError({"other": ValidationError(_("Name two different suppliers."), code="same")})
    if not evidence.strip():
        raise ValidationError({"evidence": ValidationError(_("Say how it is known."), code="required")})
    if Tie.objects.live().filter(one=one, other=other, kind=kind).exists():
        raise ValidationError({"other": ValidationError(_("This tie is on record already."), code="recorded")})
    tie = Tie.objects.create(
        one=one, other=other, kind=kind, evidence=evidence.strip(), recorded_by=by, recorded_at=clock.now()
    )
    record("tie.recorded", tie, by=by, kind=str(kind), one=one.uscc, other=other.uscc)
    return tie


@transaction.atomic
def end_tie(tie: Tie, *, by: User) -> Tie:
    """From today it holds no more."""
    authorise(policies.may_record_ties, by)
    tie = Tie.objects.select_for_update().get(pk=tie.pk)
    if tie.ended_at:
        raise ValidationError(_("This tie has ended already."), code="ended")
    tie.ended_at = clock.now()
    tie.save(update_fields=["ended_at"])
    record("tie.ended", tie, by=by)
    return tie
