"""What a scorer has written on a sheet so far, and the evidence laid to it. Nobody else's before the lock."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.encryptedfiles import encrypted_storage
from marketplace.pages.models import Row
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Role, User

from .engagement import Engagement
from .framework import Indicator
from .scorecard import Scorecard


class SheetEntry(Row):
    """One value written into one field of a sheet, on one device. The device gives the id, so that it arrives once.

    What replaces a value names it (`superseded_by`); what nothing replaces is the field's head. Two heads are two
    devices that did not know of each other: both stand until the scorer chooses. `name` is the field's name on the
    page: points_<leaf>, note_<leaf>, visited_on, remark.
    """

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="entries")
    name = models.CharField(max_length=60)
    value = EncryptedTextField(blank=True)
    device = models.CharField(_("device"), max_length=40, blank=True)
    written_at = models.DateTimeField(_("written on the device"))
    superseded_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="superseded"
    )

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["scorecard", "name"], name="sheet_entries_by_name")]


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: User) -> "EvidenceQuerySet":
        """One's own; the lead's once all are in; then the parties, who decides an appeal, and audit. Never the public:
        people may be seen on a photo."""
        if not user.is_authenticated:
            return self.none()
        own = Q(scorecard__scorer=user)
        leads = user.memberships.filter(ended_at=None, role__in=[Role.OWNER, Role.MANAGER]).values("organisation")
        moderating = Q(
            scorecard__engagement__evaluator__in=leads, scorecard__engagement__state=Engagement.State.MODERATING
        )
        mine = user.memberships.filter(ended_at=None).values("organisation")
        audit = user.memberships.filter(ended_at=None, role=Role.AUDITOR)
        of_parties = (
            Q(scorecard__engagement__contract__buyer__in=mine)
            | Q(scorecard__engagement__evaluator__in=mine)
            | Q(scorecard__engagement__contract__supplier__in=mine)
            | Q(scorecard__engagement__appeal__reviewer__in=mine)
        )
        locked = Q(scorecard__engagement__state__in=Engagement.LOCKED_STATES)
        return self.filter(own | moderating | (locked if audit.exists() else locked & of_parties))


class Evidence(Row):
    """A photo or paper that a scorer saw, laid to a leaf before the sheet was handed in.

    `sent_sha256` is of the file as it came from the device, `sha256` of what is kept: a photo loses what the camera
    wrote into it (EXIF), all but the place.
    """

    class PlaceFrom(models.TextChoices):
        DEVICE = "device", pgettext_lazy("place of a photo", "said by the device")
        PHOTO = "photo", pgettext_lazy("place of a photo", "written in the photo")

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="evidence")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    file = models.FileField(upload_to="evidence/", storage=encrypted_storage, max_length=200)
    name = EncryptedTextField()
    kind = models.CharField(max_length=10)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    sent_sha256 = models.CharField(max_length=64)
    taken_at = models.DateTimeField(_("taken at"))
    received_at = models.DateTimeField(_("received"))
    lat = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    lng = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    place_from = models.CharField(max_length=10, choices=PlaceFrom, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "indicator", "sent_sha256"], name="one_evidence_of_a_leaf"),
            models.CheckConstraint(
                name="evidence_place_whole",
                condition=Q(lat=None, lng=None, place_from="")
                | Q(lat__gte=-90, lat__lte=90, lng__gte=-180, lng__lte=180) & ~Q(place_from=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("evaluations:evidence", args=[self.pk])

    @property
    def is_photo(self) -> bool:
        return self.kind in ("jpeg", "png")
