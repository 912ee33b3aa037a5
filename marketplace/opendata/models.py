"""What was published, kept as the bytes that were published; and what others published, imported."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row


class Feed(models.Model):
    """The last position of the public feed. One row; whoever publishes holds it until their transaction ends, so that
    a reader with a cursor never misses a release that was committed later than one with a higher position."""

    name = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)


class Release(models.Model):
    """One OCDS release: append-only, guarded by triggers."""

    position = models.PositiveBigIntegerField(primary_key=True)
    ocid = models.CharField(max_length=120, db_index=True)
    release_id = models.CharField(max_length=160, unique=True)
    tags = models.JSONField()
    date = models.DateTimeField(db_index=True)  # what the release says
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["position"]


class Process(models.Model):
    """The compiled release of one contracting process: rebuilt from its releases whenever one is published."""

    ocid = models.CharField(max_length=120, primary_key=True)
    title = models.CharField(max_length=300, blank=True)
    buyer = models.CharField(max_length=200, blank=True)
    releases = models.PositiveIntegerField(default=0)
    compiled = models.BinaryField()
    first_date = models.DateTimeField()
    last_date = models.DateTimeField(db_index=True)
    position = models.PositiveBigIntegerField(db_index=True)  # of its newest release

    class Meta:
        ordering = ["position"]


class ImportedPackage(Row):
    """One file of open data from elsewhere that was taken in: whose, by whom, and what came of it."""

    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    publisher = models.CharField(_("publisher"), max_length=200)
    uri = models.CharField(_("address"), max_length=500, blank=True)
    license = models.CharField(_("licence"), max_length=500, blank=True)
    published_at = models.DateTimeField(_("published"), null=True)
    frame = models.JSONField(default=dict)  # the package without its releases
    report = models.JSONField(default=dict)
    imported_at = models.DateTimeField(_("imported"))
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-imported_at"]

    def __str__(self) -> str:
        return self.file_name


# ISO 4217: how many digits the minor unit has, where it is not two.
NO_DIGITS = ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0)
THREE_DIGITS = ("BHD IQD JOD KWD LYD OMR TND", 3)
DIGITS = {currency: digits for names, digits in (NO_DIGITS, THREE_DIGITS) for currency in names.split()}


class Amount(models.Model):
    """An amount as it was published: in the minor unit of its own currency (ISO 4217), never converted."""

    amount = models.BigIntegerField(_("amount"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)

    class Meta:
        abstract = True

    @property
    def money(self) -> str:
        """`GBP 1,018,044.14`; nothing without an amount."""
        if self.amount is None:
            return ""
        digits = DIGITS.get(self.currency, 2)
        return f"{self.currency} {Decimal(self.amount).scaleb(-digits):,.{digits}f}"


class ImportedProcess(Amount, Row):
    """A contracting process of another publisher, as its releases tell it. `amount` is the tender's value."""

    class Stage(models.TextChoices):
        PLANNING = "planning", _("Planned")
        TENDER = "tender", _("Tendered")
        AWARD = "award", _("Awarded")
        CONTRACT = "contract", _("Contracted")
        IMPLEMENTATION = "implementation", _("Being paid")

    ocid = models.CharField(max_length=160)
    publisher = models.CharField(_("publisher"), max_length=200)
    package = models.ForeignKey(ImportedPackage, on_delete=models.PROTECT, related_name="processes")
    stage = models.CharField(_("stage"), max_length=16, choices=Stage)
    title = models.CharField(_("title"), max_length=500, blank=True)
    description = models.TextField(_("description"), blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    buyer = models.CharField(_("buyer"), max_length=300, blank=True)
    status = models.CharField(_("status"), max_length=60, blank=True)
    method = models.CharField(_("method"), max_length=60, blank=True)
    method_details = models.CharField(_("method in detail"), max_length=300, blank=True)
    category = models.CharField(_("category"), max_length=300, blank=True)
    released_at = models.DateTimeField(_("released"), null=True)
    bids_due_at = models.DateTimeField(_("bids due"), null=True)
    url = models.CharField(_("notice"), max_length=1000, blank=True)

    class Meta:
        ordering = ["-released_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["publisher", "ocid"], name="one_imported_process")]

    def __str__(self) -> str:
        return self.title or self.ocid

    def get_absolute_url(self) -> str:
        return reverse("opendata:imported_process", args=[self.pk])


class ImportedRelease(Row):
    """The release as it came, every field of it: what has no column is here."""

    process = models.ForeignKey(ImportedProcess, on_delete=models.CASCADE, related_name="releases")
    release_id = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    released_at = models.DateTimeField(null=True)
    original = models.TextField()
    issues = models.JSONField(default=list)  # [[path, reason], …]: what could not be read into a column

    class Meta:
        ordering = ["released_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["process", "release_id"], name="one_imported_release")]


class ImportedAward(Amount, Row):
    process = models.ForeignKey(ImportedProcess, on_delete=models.CASCADE, related_name="awards")
    award_id = models.CharField(max_length=200)
    title = models.CharField(_("title"), max_length=500, blank=True)
    status = models.CharField(_("status"), max_length=60, blank=True)
    suppliers = models.TextField(_("suppliers"), blank=True)
    awarded_at = models.DateTimeField(_("awarded"), null=True)

    class Meta:
        ordering = ["pk"]


class ImportedContract(Amount, Row):
    process = models.ForeignKey(ImportedProcess, on_delete=models.CASCADE, related_name="contracts")
    contract_id = models.CharField(max_length=200)
    award_id = models.CharField(max_length=200, blank=True)
    title = models.CharField(_("title"), max_length=500, blank=True)
    status = models.CharField(_("status"), max_length=60, blank=True)
    signed_at = models.DateTimeField(_("signed"), null=True)
    starts_at = models.DateTimeField(_("from"), null=True)
    ends_at = models.DateTimeField(_("until"), null=True)

    class Meta:
        ordering = ["pk"]


class ImportedTransaction(Amount, Row):
    contract = models.ForeignKey(ImportedContract, on_delete=models.CASCADE, related_name="transactions")
    transaction_id = models.CharField(max_length=200)
    paid_at = models.DateTimeField(_("paid"), null=True)
    payer = models.CharField(_("payer"), max_length=300, blank=True)
    payee = models.CharField(_("payee"), max_length=300, blank=True)

    class Meta:
        ordering = ["paid_at", "pk"]
