"""What every verb of evaluations begins with."""

from evaluations.models import Engagement


def locked(engagement: Engagement) -> Engagement:
    """The engagement as it is now, held until the transaction ends."""
    return (
        Engagement.objects.select_for_update(of=("self",))
        .select_related("contract__buyer__region", "contract__supplier", "evaluator", "framework", "hired_by")
        .get(pk=engagement.pk)
    )
