"""A file on its way into the register: kept encrypted, read in pieces, previewed, then applied whole or not at all."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation

from .residents import Resident


class RegisterImport(Row):
    """A file of the civil-affairs register, or of its monthly match for deaths and moves.

    `done` of `total` rows have been read; what the page shows while it waits. `manifest` is the SHA-256 over every
    line's keyed digest and what became of it: the audit trail holds it.
    """

    class Kind(models.TextChoices):
        REGISTER = "register", _("Register of residents")
        MATCH = "match", _("Monthly match: deaths and moves")

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        PREVIEWED = "previewed", _("Waiting for your decision")
        APPLYING = "applying", _("Being brought in")
        APPLIED = "applied", pgettext_lazy("import", "Applied")
        DISCARDED = "discarded", _("Discarded")
        FAILED = "failed", pgettext_lazy("import", "Could not be read")

    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("bureau"))
    kind = models.CharField(_("kind of file"), max_length=10, choices=Kind, default=Kind.REGISTER)
    file_name = models.CharField(_("file"), max_length=200)
    is_complete = models.BooleanField(_("the file is the whole register"), default=False)
    report = models.JSONField(default=dict)
    manifest = models.CharField(max_length=64, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    state = StateField(_("state"), default=State.READING, choices=State.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(_("read"), null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name

    @transition(state, source=[State.READING, State.APPLYING], target=State.PREVIEWED)
    def preview(self) -> None:
        """Every row has been held against the register."""

    @transition(state, source=State.READING, target=State.FAILED)
    def fail(self, problem: str) -> None:
        """It is no table of residents."""
        self.problem = problem[:300]

    @transition(state, source=State.PREVIEWED, target=State.READING)
    def read_again(self) -> None:
        """The register has moved on since."""

    @transition(state, source=State.PREVIEWED, target=State.APPLYING)
    def begin(self) -> None:
        """An officer has decided: it goes in."""

    @transition(state, source=[State.PREVIEWED, State.APPLYING], target=State.APPLIED)
    def apply(self) -> None:
        """Every row is in the register."""

    @transition(state, source=State.PREVIEWED, target=State.DISCARDED)
    def discard(self) -> None:
        """Nothing was changed."""


class ImportPart(Row):
    """A piece of the uploaded file, encrypted; gone when the file has been decided on."""

    register_import = models.ForeignKey(RegisterImport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["number"]


class ImportRow(models.Model):
    """A line of the file as the register would hold it: what is secret is encrypted once, here, and moves on as it is.

    Without the register's indexes, so that a hundred thousand lines are cheap to lay down; gone after the decision.
    `id` becomes the key of the resident's `ResidentChange`, `resident` the key of the resident, new or known.
    """

    class Kind(models.TextChoices):
        ADDED = "added", pgettext_lazy("import", "New")
        CHANGED = "changed", pgettext_lazy("import", "Changed")
        ENDED = "ended", _("Deceased or moved")
        UNCHANGED = "unchanged", _("As before")
        REJECTED = "rejected", pgettext_lazy("import", "Rejected")

    id = models.UUIDField(primary_key=True)
    register_import = models.ForeignKey(RegisterImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    problems = models.CharField(max_length=200, blank=True)
    resident = models.UUIDField()
    name = models.CharField(max_length=60)
    id_number = EncryptedTextField(blank=True)
    id_hash = models.CharField(max_length=64)
    birth_date = models.DateField(null=True)
    sex = models.CharField(max_length=6, blank=True)
    region = models.CharField(max_length=12, blank=True)
    community = models.CharField(max_length=80, blank=True)
    household_number = models.CharField(max_length=30, blank=True)
    household = models.CharField(max_length=12, blank=True)
    phone = EncryptedTextField(blank=True)
    phone_hash = models.CharField(max_length=64, blank=True)
    address = EncryptedTextField(blank=True)
    preferred_way = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=10, choices=Resident.State)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["register_import", "kind", "number"], name="rows_by_kind"),
            models.Index(fields=["register_import", "id_hash"], name="rows_by_person"),
        ]
