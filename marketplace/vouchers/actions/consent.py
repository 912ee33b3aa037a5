"""The resident agrees, at the counter, to something that is no redemption by itself."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.residents.models import Resident
from marketplace.vouchers import policies
from marketplace.vouchers.codes import claim_consent
from marketplace.vouchers.guessing import count_miss, refuse_guesser, tries_of_a_card
from marketplace.vouchers.models import Card


def ask_consent(provider: Organisation, resident: Resident, pin: str, *, by: User) -> Card:
    """PIN or code of the resident's live card, with the same count of wrong tries as a redemption.

    Opens and ends its own transaction, so that a wrong try stays counted. Raises ValidationError: `no_card`, `locked`,
    `no_pin`, `too_many_misses`, and on `pin`: `wrong_pin`.
    """
    refuse_guesser(provider, by)
    authorise(policies.may_redeem, by, provider)
    card, left = _compare(resident, pin.strip(), by, provider)
    if left is None:
        return card
    count_miss(provider, by)
    raise _wrong(left)


def prove_presence(resident: Resident, pin: str, *, by: User) -> Card:
    """The same away from any counter: whoever types it has the resident's PIN or telephone. `by` is the page's service.

    Opens and ends its own transaction. Raises ValidationError: `no_card`, `locked`, `no_pin`, on `pin`: `wrong_pin`.
    """
    authorise(policies.is_service, by)
    card, left = _compare(resident, pin.strip(), by, None)
    if left is None:
        return card
    raise _wrong(left)


def _wrong(left: int) -> ValidationError:
    words = (
        _("The PIN is wrong. %(left)s more tries, then the card locks.")
        if left > 0
        else _("The PIN is wrong. The card is locked now: the community desk can unlock it.")
    )
    return ValidationError({"pin": ValidationError(words, code="wrong_pin", params={"left": left})})


@transaction.atomic
def _compare(resident: Resident, pin: str, by: User, provider: Organisation | None) -> tuple[Card, int | None]:
    """The card, and how many tries are left when it was wrong."""
    card = resident.cards.live().select_for_update().first()
    if card is None:
        raise ValidationError(_("There is no card yet. The community desk gives one."), code="no_card")
    if card.locked_at is not None:
        raise ValidationError(
            _("This card is locked after too many wrong PINs. The community desk can unlock it."), code="locked"
        )
    if not card.pin_hash:
        raise ValidationError(_("No PIN has been set for this card. The community desk can set one."), code="no_pin")
    if claim_consent(card.number, pin, clock.now()).pin_hash == card.pin_hash:
        if card.wrong_tries:
            Card.objects.filter(pk=card.pk).update(wrong_tries=0)
        return card, None
    most, tries = tries_of_a_card(), card.wrong_tries + 1
    Card.objects.filter(pk=card.pk).update(wrong_tries=tries, locked_at=clock.now() if tries >= most else None)
    record("card.wrong_pin", card, by=by, organisation=provider, tries=tries)
    if tries >= most:
        record("card.locked", card, by=by, organisation=provider)
    return card, most - tries
