"""Files that prove something: of an explanation of a price, a challenge, a complaint."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row

from .challenges import Challenge, Complaint
from .prices import PriceReview


def case_file_path(case_file: "CaseFile", filename: str) -> str:
    return f"cases/{case_file.pk}"


class CaseFile(Row):
    """One file with its fingerprint; it belongs to one of the three."""

    review = models.ForeignKey(PriceReview, null=True, on_delete=models.CASCADE, related_name="files")
    challenge = models.ForeignKey(Challenge, null=True, on_delete=models.CASCADE, related_name="files")
    complaint = models.ForeignKey(Complaint, null=True, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=case_file_path, max_length=200)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(review__isnull=False, challenge=None, complaint=None)
                | Q(review=None, challenge__isnull=False, complaint=None)
                | Q(review=None, challenge=None, complaint__isnull=False),
                name="case_file_of_one_case",
            )
        ]
