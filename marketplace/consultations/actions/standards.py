"""A draft standard that residents were asked about comes into force."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.directory.actions import adopt_standard
from marketplace.directory.models import StandardVersion
from marketplace.parties.models import User

from .. import policies
from ..models import Consultation
from .locking import locked


@transaction.atomic
def adopt_after_consultation(consultation: Consultation, *, in_force_from: datetime.date, by: User) -> StandardVersion:
    """Adopt the standard that this consultation was about; what was done with the comments goes with it.

    Raises ValidationError `no_standard`, `not_concluded`, and what the directory refuses.
    """
    consultation = locked(consultation)
    authorise(policies.may_run, by, consultation)
    if consultation.standard is None:
        raise ValidationError(_("This consultation was not about a standard."), code="no_standard")
    if consultation.state != Consultation.State.CONCLUDED:
        raise ValidationError(
            _("First publish the results and what was done with the comments; then the standard can be adopted."),
            code="not_concluded",
        )
    response = "\n\n".join(consultation.outcomes.values_list("text", flat=True))
    version = adopt_standard(
        consultation.standard,
        in_force_from=in_force_from,
        heard=consultation.answers.count(),
        response=response,
        by=by,
    )
    record(
        "consultation.standard_adopted", consultation, by=by, organisation=consultation.bureau, version=version.version
    )
    return version
