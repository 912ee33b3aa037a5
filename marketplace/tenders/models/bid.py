"""What a supplier writes and seals: the draft, and the envelope."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.encryptedfiles import encrypted_storage
from marketplace.pages.models import Row, StateField, uuid7
from marketplace.papers.models import Receipt
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation, Role, User

from ..reasons import reason_text
from .tender import Tender

SEALED = "sealed"  # the folder of sealed files, one within it for each tender


def my_suppliers(user: User) -> models.QuerySet[Organisation]:
    """The organisations for which this person writes bids."""
    return Organisation.objects.filter(
        memberships__user=user, memberships__ended_at=None, memberships__role__in=[Role.BIDDER, Role.OWNER]
    )


class BidDraftQuerySet(models.QuerySet["BidDraft"]):
    def visible_to(self, user: User) -> "BidDraftQuerySet":
        """A draft is its bidder's alone: not the buyer's, not the auditor's, not the operator's."""
        return self.filter(supplier__in=my_suppliers(user)) if user.is_authenticated else self.none()


class BidDraft(Row):
    """A bid being written. Its words and prices are encrypted with a key outside the database (docs/decisions)."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="drafts")
    supplier = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="bid_drafts")
    content = EncryptedTextField(default="{}")  # JSON: {"eligible": bool, "prices": {lot: fen}, "plan": str, …}
    saved_at = models.DateTimeField(auto_now=True)

    objects = BidDraftQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tender", "supplier"], name="one_bid_draft")]


def draft_file_path(draft_file: "BidDraftFile", filename: str) -> str:
    return f"drafts/{draft_file.pk}"


class BidDraftFile(Row):
    """A file of the draft, encrypted before it touches the disk; its name too."""

    draft = models.ForeignKey(BidDraft, on_delete=models.CASCADE, related_name="files")
    name = EncryptedTextField()
    content_type = EncryptedTextField()
    size = models.PositiveBigIntegerField()
    file = models.FileField(upload_to=draft_file_path, storage=encrypted_storage, max_length=200)

    class Meta:
        ordering = ["created_at", "id"]


class EnvelopeQuerySet(models.QuerySet["Envelope"]):
    def standing(self) -> "EnvelopeQuerySet":
        """Those that will be opened: the last one of each supplier, not withdrawn."""
        return self.filter(state=Envelope.State.SEALED)

    def visible_to(self, user: User) -> "EnvelopeQuerySet":
        return self.filter(supplier__in=my_suppliers(user)) if user.is_authenticated else self.none()


def envelope_path(envelope: "Envelope", filename: str) -> str:
    return f"{SEALED}/{envelope.tender_id}/{envelope.pk}"


class Envelope(Row):
    """A sealed bid: who and when in the clear, everything else encrypted to the tender's key."""

    class State(models.TextChoices):
        SEALED = "sealed", pgettext_lazy("bid", "Sealed")
        REPLACED = "replaced", pgettext_lazy("bid", "Replaced")
        WITHDRAWN = "withdrawn", pgettext_lazy("bid", "Withdrawn")
        OPENED = "opened", pgettext_lazy("bid", "Opened")
        UNREADABLE = "unreadable", pgettext_lazy("bid", "Can't be opened")

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="envelopes")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="envelopes")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("submitted"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)  # of the ciphertext
    size = models.PositiveBigIntegerField()
    file = models.FileField(upload_to=envelope_path, max_length=200, blank=True)
    receipt_code = models.CharField(max_length=40, blank=True)
    state = StateField(_("state"), default=State.SEALED, choices=State.choices)
    unreadable_cause = models.CharField(max_length=40, blank=True)  # one of reasons.REASONS

    objects = EnvelopeQuerySet.as_manager()

    class Meta:
        ordering = ["submitted_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "supplier"],
                condition=Q(state__in=["sealed", "opened", "unreadable"]),
                name="one_standing_envelope",
            )
        ]

    @cached_property
    def receipt(self) -> Receipt:
        return Receipt.objects.get(code=self.receipt_code)

    @property
    def why_unreadable(self) -> str:
        return reason_text(self.unreadable_cause, {}, self.unreadable_cause)

    @transition(state, source=State.SEALED, target=State.REPLACED)
    def replace(self) -> None:
        """A later envelope of the same supplier takes its place; this one is destroyed unread."""

    @transition(state, source=State.SEALED, target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """Taken back before the deadline; destroyed unread."""

    @transition(state, source=State.SEALED, target=State.OPENED)
    def open(self) -> None:
        """Decrypted in the opening session."""

    @transition(state, source=State.SEALED, target=State.UNREADABLE)
    def mark_unreadable(self) -> None:
        """It would not open; `unreadable_cause` says why."""


def promised_file_path(promised: "PromisedFile", filename: str) -> str:
    """Another one at each try: a body that is refused is destroyed, and must not take the one that is there with it."""
    return f"{SEALED}/{promised.envelope.tender_id}/{uuid7()}"


class PromisedFile(Row):
    """A file of a sealed bid of which only the fingerprint came in time; the body follows within the rule's hours.

    Name and place in the bid stand in the sealed manifest. `sha256` is that of the plain file: the body is taken only
    when it is the same, and sealed to the tender's key like the rest.
    """

    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="promised")
    position = models.PositiveSmallIntegerField()  # among the promised files of the manifest, from 0
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    received_at = models.DateTimeField(_("received"), null=True)
    size = models.PositiveBigIntegerField(default=0)
    sealed_sha256 = models.CharField(max_length=64, blank=True)
    file = models.FileField(upload_to=promised_file_path, max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["envelope", "position"], name="one_promise_a_position")]


def envelope_file_path(envelope_file: "EnvelopeFile", filename: str) -> str:
    return f"bids/{envelope_file.pk}"


class EnvelopeFile(Row):
    """A file that came out of an opened envelope; at rest it is encrypted under FIELD_KEYS."""

    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=envelope_file_path, storage=encrypted_storage, max_length=200)

    class Meta:
        ordering = ["created_at", "id"]
