"""Who complained is kept no longer than it is needed (rule `privacy.erase_after`; 个人信息保护法 art. 19 and 47)."""

from django.db import transaction
from django.db.models import Q

from evaluations.models import Feedback, Grievance, GrievanceStep, Hearing
from marketplace.messages.actions import forget_told
from marketplace.pages import clock
from marketplace.rules.calendar import add_months
from marketplace.rules.queries import resolve

BATCH = 500
Kind = GrievanceStep.Kind
OF_THE_COMPLAINANT = (Kind.LODGED, Kind.CONTENT, Kind.DISCONTENT, Kind.REOPENED, Kind.WITHDRAWN)
"""Steps that whoever complained takes: `by` is the person, or who wrote it down for them."""


def forget_complainants() -> int:
    """By the clock: of cases that ended long ago, and of residents made unrecognisable, name, telephone and the words
    go, with the words of every step, of the hearing, and with what was sent to somebody about it; what kind it was,
    where, how it ended and when stays; and of what somebody thought of a visit the face stays, without the sentence.
    How many were forgotten now.

    Not audited one by one: the rule does it, and the entry would keep what is to be forgotten.
    """
    months = int(resolve("privacy.erase_after").number)
    before = clock.at_hour(add_months(clock.today(), -months), 0)
    ended = Grievance.objects.exclude(state__in=Grievance.OPEN).exclude(words="")
    is_old = Q(closed_at__lt=before) | Q(lodged_at__lt=before, closed_at=None)
    rows = ended.filter(is_old | Q(resident__erased_at__isnull=False))
    keys = list(rows.values_list("pk", flat=True)[:BATCH])
    with transaction.atomic():
        steps = GrievanceStep.objects.filter(grievance__in=keys)
        steps.exclude(words="").update(words="")
        steps.filter(kind__in=OF_THE_COMPLAINANT).exclude(by=None).update(by=None)
        Hearing.objects.filter(grievance__in=keys).update(question="", statement="")
        forget_told(Grievance, keys)
        count = Grievance.objects.filter(pk__in=keys).update(
            complainant="", phone="", words="", wish="", answer="", redemption_id=None, resident=None, lodged_by=None
        )
    sentences = Feedback.objects.filter(resident__erased_at__isnull=False).exclude(sentence="")
    return count + sentences.update(sentence="")
