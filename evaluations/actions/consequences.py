"""What follows from a poor grade."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from evaluations import notices, policies
from evaluations.models import Engagement
from marketplace.audit.actions import authorise, record
from marketplace.directory.actions import suspend_accreditation
from marketplace.directory.models import Accreditation
from marketplace.parties.models import User
from marketplace.rules.queries import resolve

from .locking import locked


@transaction.atomic
def suspend_after_evaluation(
    engagement: Engagement, accreditation: Accreditation, *, reason: str, by: User
) -> Accreditation:
    """The buyer takes the provider off a programme until it is put right, and tells it why.

    Raises ValidationError: "not_published", "grade" unless the rule names the grade, "not_theirs", "empty", and "state"
    of an accreditation that does not stand.
    """
    engagement = locked(engagement)
    authorise(policies.may_demand, by, engagement)
    if engagement.state != Engagement.State.PUBLISHED:
        raise ValidationError(_("First the evaluation is published."), code="not_published")
    rule = resolve("evaluation.suspension_grades", region=engagement.contract.buyer.region)
    if engagement.grade not in rule.data["grades"]:
        raise ValidationError(
            _("The grade “%(grade)s” suspends nothing (%(source)s)."),
            code="grade",
            params={"grade": engagement.get_grade_display(), "source": rule.citation},
        )
    if accreditation.organisation_id != engagement.contract.supplier_id:
        raise ValidationError(_("This accreditation is not the provider's."), code="not_theirs")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="empty")})
    suspended = suspend_accreditation(accreditation, reason=reason.strip(), by=by)
    record(
        "engagement.accreditation_suspended", engagement, by=by, organisation=engagement.contract.buyer,
        programme=suspended.programme_code, evaluation=engagement.number, grade=engagement.grade,
    )  # fmt: skip
    transaction.on_commit(
        partial(notices.tell_suspended.enqueue, str(engagement.pk), suspended.programme_code, reason.strip())
    )
    return suspended
