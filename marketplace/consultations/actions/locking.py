"""A consultation is held while it is written to or answered: parent before child, and the count is exact."""

from ..models import Consultation


def locked(consultation: Consultation) -> Consultation:
    rows = Consultation.objects.select_for_update(of=("self",)).select_related("bureau__region", "standard__standard")
    return rows.get(pk=consultation.pk)
