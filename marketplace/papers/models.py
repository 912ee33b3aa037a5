"""What was printed, who sealed it, and the receipts that were given."""

import secrets

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.models import Row
from marketplace.parties.models import Organisation, User

from .storage import PRIVATE, PUBLIC, paper_storage

# Crockford's base 32: no I, L, O, U, so that a code read aloud or typed from paper is not mistaken.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code() -> str:
    """A verification code such as MF-8K3Q-Z1V9-7TXC: 60 random bits, so that nobody finds one by trying."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return f"MF-{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def tidy_code(text: str) -> str:
    """What a person typed, as the code it means: case, spaces and look-alike letters are forgiven."""
    bare = "".join(c for c in text.upper().removeprefix("MF") if c.isalnum())
    bare = bare.translate(str.maketrans("OILU", "011V"))
    if len(bare) != 12:
        return text.strip().upper()[:20]
    return f"MF-{bare[:4]}-{bare[4:8]}-{bare[8:]}"


# What receipts are called; the word of the app that issues one stands in its `kind`.
KINDS_OF_RECEIPT = {
    "bid": _("Receipt for a bid"),
    "withdrawal": _("Receipt for a withdrawn bid"),
    "opening": _("Record of a bid opening"),
    "panel_signature": _("Signature of a member of an evaluation panel"),
    "redemption": _("Receipt for a service paid by voucher"),
    "payment": _("Receipt for a payment"),
    "filing": _("Receipt for a filed contract"),
}


class About(models.Model):
    """A row that is about some other row, of any table."""

    about_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    about_id = models.CharField(max_length=64)
    about = GenericForeignKey("about_type", "about_id")

    class Meta:
        abstract = True


# Kinds that show what opens or names a person's affairs: who keeps watch over all papers has no business with these.
PERSONAL_KINDS = ("voucher-card", "letters", "consultation-sheets", "voice-statement")


class PaperQuerySet(models.QuerySet["Paper"]):
    def of(self, about: models.Model, kind: str = "") -> "PaperQuerySet":
        """The papers about a row, newest version first."""
        papers = self.filter(about_type=ContentType.objects.get_for_model(about), about_id=str(about.pk))
        return (papers.filter(kind=kind) if kind else papers).order_by("kind", "-version")

    def visible_to(self, user: User) -> "PaperQuerySet":
        """Papers the person made, or that an organisation they belong to issued or sealed; for an auditor and the
        operator everything that is not personal. An app whose papers others may read (the parties to a contract)
        offers its own download."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        memberships = user.memberships.filter(ended_at=None)
        if user.is_superuser or memberships.filter(role="auditor").exists():
            return self.filter(~models.Q(kind__in=PERSONAL_KINDS) | models.Q(created_by=user))
        organisations = memberships.values("organisation")
        sealed = Signature.objects.filter(organisation__in=organisations).values("paper")
        return self.filter(
            models.Q(created_by=user) | models.Q(organisation__in=organisations) | models.Q(pk__in=sealed)
        )


class Paper(About, Row):
    """One printed version of one document: a PDF whose QR code leads to /verify/<code>.

    `title` is shown to whoever holds the code, so it names no person.
    """

    code = models.CharField(_("verification code"), max_length=20, unique=True, default=new_code, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    version = models.PositiveSmallIntegerField(_("version"))
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="papers", verbose_name=_("issued by")
    )
    file = models.FileField(_("file"), storage=paper_storage, max_length=200)
    # The page it was printed from: printed again it is the same file, byte for byte, whatever changed meanwhile.
    source = models.FileField(storage=paper_storage, max_length=200, blank=True)
    pages = models.PositiveSmallIntegerField(pgettext_lazy("paper", "pages"))
    printed_sha256 = models.CharField(max_length=64, db_index=True)  # before any seal
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)  # of `file`, with the seals so far
    # Where seals go: [[name, page index, x, y], …] in points from the lower left, in the order of the page.
    seal_places = models.JSONField(default=list)
    issued_at = models.DateTimeField(_("issued"))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = PaperQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["about_type", "about_id", "kind", "language", "version"], name="one_paper_version"
            )
        ]
        indexes = [models.Index(fields=["about_type", "about_id"], name="paper_about")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("papers:verify", args=[self.code])

    @property
    def stem(self) -> str:
        """Where its files lie, without their endings."""
        return f"{PRIVATE if self.kind in PERSONAL_KINDS else PUBLIC}{self.issued_at:%Y/%m}/{self.code}"

    @property
    def verify_url(self) -> str:
        """The address in the QR code: without a language prefix, it must outlive every redesign."""
        return f"{settings.BASE_URL}/verify/{self.code}"

    @property
    def file_name(self) -> str:
        return f"{self.title}-{self.code}.pdf"


class Signature(Row):
    """An organisation's electronic seal on a paper, set by a named person. The PDF holds the signature itself."""

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="signatures")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="signatures")
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=40)
    reason = models.CharField(pgettext_lazy("signature", "reason"), max_length=200)
    certificate_serial = models.CharField(_("certificate"), max_length=64)
    sha256 = models.CharField(max_length=64, db_index=True)  # of the file as it stood after this seal
    signed_at = models.DateTimeField(_("signed"))

    class Meta:
        ordering = ["signed_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["paper", "organisation"], name="one_seal_an_organisation")]


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def of(self, about: models.Model) -> "ReceiptQuerySet":
        return self.filter(about_type=ContentType.objects.get_for_model(about), about_id=str(about.pk))

    def visible_to(self, user: User) -> "ReceiptQuerySet":
        """Receipts of the person, or given to an organisation they belong to. Not even the operator sees others':
        a receipt may tell who bids."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        organisations = user.memberships.filter(ended_at=None).values("organisation")
        return self.filter(models.Q(created_by=user) | models.Q(organisation__in=organisations))


class Receipt(About, Row):
    """A statement of this installation, signed with Ed25519: it can be checked anywhere, without us."""

    code = models.CharField(_("verification code"), max_length=20, unique=True, default=new_code, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("given to")
    )
    body = models.TextField()  # the canonical JSON, exactly as signed
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=100)  # base64
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    issued_at = models.DateTimeField(_("issued"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at"]
        indexes = [models.Index(fields=["about_type", "about_id"], name="receipt_about")]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("papers:verify", args=[self.code])

    @property
    def verify_url(self) -> str:
        return f"{settings.BASE_URL}/verify/{self.code}"

    @property
    def title(self) -> str:
        """What the receipt is called; a kind that this room doesn't know is a receipt."""
        return str(KINDS_OF_RECEIPT.get(self.kind, _("Receipt")))
