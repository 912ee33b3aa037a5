"""What waits for a finance department: complaints, and changes of method after a failure."""

from django.utils.translation import gettext as _

from marketplace.pages.desk import WaitingItem
from marketplace.parties.models import Organisation

from ...models import Complaint, MethodChange


def under_review(department: Organisation) -> list[WaitingItem]:
    """Two statements."""
    items = []
    complaints = Complaint.objects.filter(
        reviewer=department, state__in=[Complaint.State.FILED, Complaint.State.ACCEPTED]
    )
    for complaint in complaints.select_related("challenge"):
        due = complaint.check_due_at if complaint.state == Complaint.State.FILED else complaint.decision_due_at
        text = _("Complaint on %(number)s") % {"number": complaint.challenge.number}
        items.append(WaitingItem(text, complaint.challenge.get_absolute_url(), due=due))
    changes = MethodChange.objects.filter(reviewer=department, state=MethodChange.State.PROPOSED)
    for change in changes.select_related("tender"):
        text = _("Decide on another method for “%(title)s”") % {"title": change.tender}
        items.append(WaitingItem(text, change.get_absolute_url()))
    return items
