"""Who holds the key of a tender's envelopes: two of three custodians, each behind a passphrase of their own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation

from .tender import Tender


class CustodianKey(Row):
    """A custodian's own key pair: the private half only inside a box that their passphrase opens.

    A new passphrase makes a new pair. The old one stays for the tenders whose shares were sealed to it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="custodian_keys")
    public_key = models.BinaryField()
    wrapped_private_key = models.BinaryField()
    salt = models.BinaryField()
    opslimit = models.PositiveIntegerField()
    memlimit = models.PositiveBigIntegerField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(retired_at=None), name="one_live_custodian_key")
        ]


class Custodian(Row):
    """A person who holds one share of the tender's private key, sealed to their own public key at publication."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="custodians")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="custodies", verbose_name=_("custodian")
    )
    position = models.PositiveSmallIntegerField()  # the index of the share: 1, 2, 3
    key = models.ForeignKey(CustodianKey, null=True, on_delete=models.PROTECT, related_name="+")
    sealed_share = models.BinaryField(null=True)
    unlocked_at = models.DateTimeField(_("unlocked"), null=True)
    # The first custodian's share, waiting for the second: one share says nothing about the key. Gone at opening.
    waiting_share = EncryptedTextField(blank=True)
    waits_until = models.DateTimeField(null=True)
    # Wrong passphrases in a row, and until when no other is tried.
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "user"], name="one_share_a_custodian"),
            models.UniqueConstraint(fields=["tender", "position"], name="one_custodian_a_share"),
        ]


class Opening(Row):
    """The recorded session in which the envelopes were opened."""

    tender = models.OneToOneField(Tender, on_delete=models.CASCADE, related_name="opening")
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    receipt_code = models.CharField(max_length=40, blank=True)
    paper_code = models.CharField(max_length=40, blank=True)  # the printed and sealed record


class NumberPrefix(Row):
    """The letters that begin a bureau's tender numbers."""

    bureau = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="tender_number_prefix")
    prefix = models.CharField(_("prefix"), max_length=16, unique=True)
