"""Who is asked when not everyone may bid: the qualified list and its draw; the one supplier and its public notice."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation

from .award import Bid
from .tender import Tender


class QualifiedSupplier(Row):
    """On the list of those who meet the qualifications, before the draw."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="qualified")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["tender", "supplier"], name="qualified_once")]


class InvitationDraw(Row):
    """The draw of an invited tender: seed and pool are published so that anyone can run it again."""

    tender = models.OneToOneField(Tender, on_delete=models.CASCADE, related_name="invitation_draw")
    wanted = models.PositiveSmallIntegerField(_("suppliers to invite"))
    seed = models.CharField(max_length=64)
    pool = models.JSONField(default=list)  # unified social credit codes, sorted: what the seed was applied to
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class Invitation(Row):
    """A supplier that may bid: drawn from the list, or the only one there is."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="invitations")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tender_invitations")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["tender", "supplier"], name="invited_once")]


class SingleSourceNotice(Row):
    """The public notice that only one supplier is to be asked (REG 38): five working days in which anyone objects."""

    tender = models.OneToOneField(Tender, on_delete=models.CASCADE, related_name="single_source_notice")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("why only this supplier"))
    opinions = models.TextField(_("the experts' opinions"))  # names, posts and words, as REG 38 has them published
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ends_on = models.DateField(_("last day for objections"))
    replies_due_at = models.DateTimeField()  # rule tender.objection_reply_period

    class Meta:
        ordering = ["-published_at"]


class Objection(Row):
    """Against a single-source notice: any supplier, body or person, in writing (Order 74, Article 39)."""

    notice = models.ForeignKey(SingleSourceNotice, on_delete=models.CASCADE, related_name="objections")
    name = EncryptedTextField()
    contact = EncryptedTextField()
    text = models.TextField(_("objection"))
    submitted_at = models.DateTimeField()
    reply = models.TextField(_("reply"), blank=True)
    is_upheld = models.BooleanField(_("the objection holds"), null=True)
    replied_at = models.DateTimeField(null=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["submitted_at"]


class PriceAgreement(Row):
    """The minutes of the talks with a single supplier (Order 74, Article 42)."""

    bid = models.OneToOneField(Bid, on_delete=models.PROTECT, related_name="price_agreement")
    asked = models.PositiveBigIntegerField(_("price asked"))  # fen, as it was sealed
    amount = models.PositiveBigIntegerField(_("price agreed"))  # fen
    people = models.TextField(_("who took part"))
    minutes = models.TextField(_("minutes of the talks"))
    agreed_on = models.DateField(_("agreed on"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
