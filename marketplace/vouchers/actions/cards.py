"""Cards and PINs, given out at the desk."""

import re
import secrets
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from stdnum import luhn

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.vouchers import policies
from marketplace.vouchers.models import Card
from marketplace.vouchers.models.cards import PIN_DIGITS, hash_of_pin, id_of_card

ISSUER = "8632"  # the first digits of every card: ISO/IEC 7812 leaves 8 to telecommunications and other uses


def _new_number() -> str:
    body = ISSUER + f"{secrets.randbelow(10**11):011d}"
    return body + luhn.calc_check_digit(body)


def check_pin(pin: str) -> str:
    """Six digits, not all the same and not in a row. Raises ValidationError on `pin`, code "pin"."""
    pin = pin.strip()
    if not re.fullmatch(rf"[0-9]{{{PIN_DIGITS}}}", pin):
        raise ValidationError({"pin": ValidationError(_("A PIN has six digits."), code="pin")})
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise ValidationError({"pin": ValidationError(_("This PIN is too easy to guess: choose another."), code="pin")})
    return pin


@transaction.atomic
def issue_card(resident: Resident, *, by: User, pin: str = "", reason: str = "") -> Card:
    """Give the resident a card; the one before opens nothing from this moment.

    Without a PIN the card can't pay until one is set. Raises ValidationError: `state` (not in the register any more),
    `pin`.
    """
    resident = Resident.objects.select_for_update().get(pk=resident.pk)
    authorise(policies.may_handle_card, by, resident)
    if resident.state in (Resident.State.DECEASED, Resident.State.MOVED):
        raise ValidationError(
            _("This can't be done: the resident is recorded as “%(state)s”."),
            code="state",
            params={"state": resident.get_state_display()},
        )
    if pin:
        pin = check_pin(pin)
    old = resident.cards.live().select_for_update().first()
    if old is not None:
        old.replace()
        old.save(update_fields=["state"])
        record("card.replaced", old, by=by, reason=reason)
    number = _new_number()
    card = Card.objects.create(
        id=id_of_card(number),
        number=number,
        resident=resident,
        pin_hash=hash_of_pin(number, pin) if pin else "",
        issued_at=clock.now(),
    )
    record("card.issued", card, by=by)
    return card


def _live(card: Card) -> Card:
    card = Card.objects.select_for_update(of=("self",)).select_related("resident").get(pk=card.pk)
    if card.state != Card.State.ACTIVE:
        raise ValidationError(_("This card was replaced by a newer one."), code="replaced")
    return card


@transaction.atomic
def set_pin(card: Card, pin: str, *, by: User) -> Card:
    """The resident chooses a PIN at the desk; wrong tries are forgotten. Raises ValidationError: `pin`, `replaced`."""
    card = _live(card)
    authorise(policies.may_handle_card, by, card.resident)
    card.pin_hash = hash_of_pin(card.number, check_pin(pin))
    card.wrong_tries, card.locked_at = 0, None
    card.save(update_fields=["pin_hash", "wrong_tries", "locked_at"])
    record("card.pin_set", card, by=by)
    return card


@transaction.atomic
def unlock_card(card: Card, *, by: User) -> Card:
    """The desk has seen who it is: five more tries. Raises ValidationError: `unlocked`, `replaced`."""
    card = _live(card)
    authorise(policies.may_handle_card, by, card.resident)
    if card.locked_at is None:
        raise ValidationError(_("This card is not locked."), code="unlocked")
    card.wrong_tries, card.locked_at = 0, None
    card.save(update_fields=["wrong_tries", "locked_at"])
    record("card.unlocked", card, by=by)
    return card
