"""The custodians: each sets a passphrase once; after the deadline two of three unlock."""

import base64
import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import notices, policies, sealing
from ..models import BidBond, Custodian, CustodianKey, Tender
from ..queries.opening import awaits_bodies
from ..rulebook import opening_window, rule_for
from .closing import close_locked
from .opening import open_all

SHORTEST_PASSPHRASE = 12


@transaction.atomic
def set_passphrase(passphrase: str, *, by: User) -> CustodianKey:
    """Make the custodian's own key pair, its private half behind the passphrase. There is no way round it later.

    An older pair is retired; the shares that were sealed to it still need the older passphrase.
    """
    authorise(policies.may_hold_key, by)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ValidationError(
            {
                "passphrase": ValidationError(
                    _("A passphrase has at least %(length)s characters: a sentence that only you know."),
                    code="short_passphrase",
                    params={"length": SHORTEST_PASSPHRASE},
                )
            }
        )
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    now = clock.now()
    CustodianKey.objects.filter(user=by, retired_at=None).update(retired_at=now)
    made = sealing.make_custodian_key(passphrase)
    key = CustodianKey.objects.create(user=by, **made.__dict__)
    record("custodian.passphrase_set", key, by=by)
    return key


def unlock_bids(tender: Tender, passphrase: str, *, by: User) -> Tender:
    """Give one's share of the key. The first share waits as long as the rule says; the second opens every envelope.

    One share says nothing about the key (Shamir), so the waiting one, encrypted under FIELD_KEYS as it is, opens
    nothing. The joined key lives in this call only. Raises ValidationError `too_early`, `bodies_awaited`,
    `bonds_undecided`, `wrong_passphrase`, `locked`. A wrong passphrase is counted and stays on record.
    """
    tender, refusal = _give_share(tender, passphrase, by=by)
    if refusal is not None:  # raised outside: the count of wrong passphrases must not be rolled back
        raise refusal
    return tender


@transaction.atomic
def _give_share(tender: Tender, passphrase: str, *, by: User) -> tuple[Tender, ValidationError | None]:
    tender = Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=tender.pk)
    authorise(policies.may_unlock, by, tender)
    now = clock.now()
    if tender.state == Tender.State.PUBLISHED and tender.bids_due_at <= now:
        close_locked(tender, at=now, by=by)
    if tender.state == Tender.State.FAILED:
        return tender, None
    if tender.state != Tender.State.CLOSED:
        raise ValidationError(
            _(
                "The envelopes can't be opened now: they are opened in public after the deadline "
                "(Order 87, Article 39)."
            ),
            code="too_early",
        )
    _refuse_unready(tender, now)

    key, openers, refusal = give_share(tender, passphrase, at=now, by=by)
    if key:
        open_all(tender, key, openers, now)
    return tender, refusal


def give_share(
    tender: Tender, passphrase: str, *, at: datetime.datetime, by: User
) -> tuple[bytes, list[User], ValidationError | None]:
    """One custodian's share. With a second one in time: the tender's private key and who gave it; else an empty key.

    A wrong passphrase is counted and given back as a refusal, to be raised once the count is committed. The caller
    holds the tender's lock and keeps the key in its own call only. Raises ValidationError `locked`.
    """
    custodians = list(tender.custodians.select_for_update(of=("self",)).select_related("key").order_by("position"))
    mine = next(custodian for custodian in custodians if custodian.user_id == by.pk)
    _refuse_locked(tender, mine, at)
    try:
        share = _share_of(mine, passphrase)
    except sealing.WrongPassphrase:
        return b"", [], _count_wrong(tender, mine, at, by)
    other = next(
        (c for c in custodians if c.pk != mine.pk and c.waiting_share and c.waits_until and c.waits_until > at), None
    )
    mine.failed_attempts, mine.locked_until = 0, None
    if tender.state in (Tender.State.PUBLISHED, Tender.State.CLOSED):
        mine.unlocked_at = at  # of the envelopes; final quotes, later, have a record of their own
    if other is None:
        mine.waiting_share, mine.waits_until = base64.b64encode(share).decode(), at + opening_window(tender)
        mine.save(update_fields=["unlocked_at", "failed_attempts", "locked_until", "waiting_share", "waits_until"])
        record("tender.first_share_given", tender, by=by, organisation=tender.bureau)
        transaction.on_commit(partial(notices.tell_second_custodian.enqueue, str(tender.pk)))
        return b"", [], None

    mine.save(update_fields=["unlocked_at", "failed_attempts", "locked_until"])
    private_key = sealing.join_shares(
        bytes(tender.public_key),
        (other.position, base64.b64decode(other.waiting_share)),
        (mine.position, share),
    )
    for custodian in custodians:
        if custodian.waiting_share:
            custodian.waiting_share, custodian.waits_until = "", None
            custodian.save(update_fields=["waiting_share", "waits_until"])
    return private_key, [other.user, by], None


def _refuse_unready(tender: Tender, now: datetime.datetime) -> None:
    """Promised files may still come; a declared bond is held or refused before anyone's price is known."""
    if awaits_bodies(tender, now):
        raise ValidationError(
            _(
                "Files promised by their fingerprint may follow until %(until)s (%(source)s): "
                "the opening waits for them."
            ),
            code="bodies_awaited",
            params={
                "until": tender.bodies_due_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M"),
                "source": rule_for(tender, "tender.body_period").citation,
            },
        )
    bidders = tender.envelopes.standing().values("supplier")
    if BidBond.objects.filter(tender=tender, state=BidBond.State.DECLARED, supplier__in=bidders).exists():
        raise ValidationError(
            _("First the buyer's finance says which bid bonds have arrived (%(source)s)."),
            code="bonds_undecided",
            params={"source": rule_for(tender, "tender.bid_bond_max").citation},
        )


def _refuse_locked(tender: Tender, mine: Custodian, now: datetime.datetime) -> None:
    if mine.locked_until and mine.locked_until > now:
        raise ValidationError(
            {
                "passphrase": ValidationError(
                    _("Too many wrong passphrases: try again after %(until)s (%(source)s)."),
                    code="locked",
                    params={
                        "until": mine.locked_until.astimezone(clock.SHANGHAI).strftime("%H:%M"),
                        "source": rule_for(tender, "tender.passphrase_attempts").citation,
                    },
                )
            }
        )


def _count_wrong(tender: Tender, mine: Custodian, now: datetime.datetime, by: User) -> ValidationError:
    most, lock = rule_for(tender, "tender.passphrase_attempts"), rule_for(tender, "tender.passphrase_lock")
    mine.failed_attempts += 1
    left = int(most.value or 0) - mine.failed_attempts
    if left <= 0:
        mine.failed_attempts, mine.locked_until = 0, now + datetime.timedelta(minutes=int(lock.value or 0))
    mine.save(update_fields=["failed_attempts", "locked_until"])
    record(
        "custodian.passphrase_wrong", mine, by=by, organisation=tender.bureau, tender=tender.number, left=max(left, 0)
    )
    return ValidationError(
        {
            "passphrase": ValidationError(
                _("This passphrase does not open your share. Attempts left: %(left)s."),
                code="wrong_passphrase",
                params={"left": max(left, 0)},
            )
        }
    )


def _share_of(custodian: Custodian, passphrase: str) -> bytes:
    """Raises WrongPassphrase."""
    key = custodian.key
    wrapped = sealing.WrappedKey(
        bytes(key.public_key), bytes(key.wrapped_private_key), bytes(key.salt), key.opslimit, key.memlimit
    )
    return sealing.unseal(sealing.open_custodian_key(wrapped, passphrase), bytes(custodian.sealed_share))
