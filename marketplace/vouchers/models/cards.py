"""The card: paper with a number and a code to scan. It opens the resident's wallets together with a PIN."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition
from stdnum import luhn

from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import keyed_hash
from marketplace.residents.models import Resident

PIN_DIGITS = 6
FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


def id_of_card(number: str) -> uuid.UUID:
    """A card's key follows from its number under the key outside the database: who knows the number needs no query to
    name the card in the audit trail, and who knows the key learns nothing of the number."""
    return uuid.UUID(keyed_hash("voucher.card", number)[:32])


def hash_of_pin(card_number: str, pin: str) -> str:
    """HMAC under the key outside the database, bound to the card: equal PINs of two cards look different."""
    return keyed_hash("voucher.pin", f"{card_number}:{pin}")


def clean_card_number(text: str) -> str:
    """As typed or scanned (spaces, hyphens, full-width digits) to 16 digits. Raises ValidationError(code="card")."""
    number = "".join(text.translate(FULL_WIDTH).replace("-", " ").split())
    if len(number) != 16 or not number.isdecimal() or not luhn.is_valid(number):
        raise ValidationError(
            _("This is not a card number. Check the 16 digits under the square code."), code="card_number"
        )
    return number


class CardQuerySet(models.QuerySet["Card"]):
    def live(self) -> "CardQuerySet":
        return self.filter(state=Card.State.ACTIVE)


class Card(Row):
    """16 digits, the last a check digit (Luhn, ISO/IEC 7812). One live card a resident; a new one kills the old."""

    class State(models.TextChoices):
        ACTIVE = "active", _("In use")
        REPLACED = "replaced", _("Replaced")

    number = models.CharField(_("card number"), max_length=16, unique=True)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="cards", verbose_name=_("resident"))
    pin_hash = models.CharField(max_length=64, blank=True)
    wrong_tries = models.PositiveSmallIntegerField(_("wrong tries"), default=0, db_default=0)
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True)
    code_step = models.BigIntegerField(default=0, db_default=0)  # the last rotating code that paid: each pays once
    state = StateField(_("state"), default=State.ACTIVE, choices=State.choices)
    issued_at = models.DateTimeField(pgettext_lazy("card", "issued"), db_default=Now())

    objects = CardQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["resident"], condition=models.Q(state="active"), name="one_live_card")
        ]

    def __str__(self) -> str:
        return f"…{self.number[-4:]}"

    @property
    def spaced_number(self) -> str:
        """1234 5678 9012 3456, as printed."""
        return " ".join(self.number[i : i + 4] for i in range(0, 16, 4))

    @transition(state, source=State.ACTIVE, target=State.REPLACED)
    def replace(self) -> None:
        """Dead: it opens nothing any more."""
