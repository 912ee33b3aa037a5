"""Who may bid: one strategy for each `WhoMayBid`, asked by every door that takes a bid."""

import hashlib
from collections.abc import Callable, Iterable

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from marketplace.parties.models import Organisation

from .methods import WhoMayBid, method_of
from .models import Lot, Tender


def _anyone(tender: Tender, supplier: Organisation) -> None:
    """The notice is public: qualifications are judged after the opening."""


def _invited(tender: Tender, supplier: Organisation) -> None:
    if not tender.invitations.filter(supplier=supplier).exists():
        raise ValidationError(
            _(
                "Only the suppliers drawn from the qualified list may bid "
                "(Government Procurement Law, Article 34): you were not invited."
            ),
            code="not_invited",
        )


def _the_one(tender: Tender, supplier: Organisation) -> None:
    if not tender.invitations.filter(supplier=supplier).exists():
        raise ValidationError(
            _("This is bought from one named supplier (Government Procurement Law, Article 31)."), code="not_invited"
        )


WHO_MAY_BID: dict[WhoMayBid, Callable[[Tender, Organisation], None]] = {
    WhoMayBid.ANYONE: _anyone,
    WhoMayBid.INVITED: _invited,
    WhoMayBid.ONE: _the_one,
}


def refuse_bidder(tender: Tender, supplier: Organisation) -> None:
    """By the method, then by what is reserved. Raises ValidationError `not_invited`, `reserved`."""
    WHO_MAY_BID[method_of(tender).who_may_bid](tender, supplier)
    lots = list(tender.lots.all())
    if lots and all(is_reserved_from(lot, supplier) for lot in lots):
        raise ValidationError(
            _(
                "Every lot of this tender is reserved for social organisations "
                "(Ministry of Finance and Ministry of Civil Affairs, 财综〔2016〕54号)."
            ),
            code="reserved",
        )


def refuse_reserved_lots(tender: Tender, members: Iterable[Organisation], lot_ids: Iterable[str]) -> None:
    """Lot by lot, for the bidder and every partner. Raises ValidationError `reserved_lot`."""
    wanted, members = set(lot_ids), list(members)
    for lot in tender.lots.all():
        if str(lot.pk) in wanted and any(is_reserved_from(lot, member) for member in members):
            raise ValidationError(
                _(
                    "“%(lot)s” is reserved for social organisations: leave its price empty "
                    "(Ministry of Finance and Ministry of Civil Affairs, 财综〔2016〕54号)."
                ),
                code="reserved_lot",
                params={"lot": lot.title},
            )


def is_welcome(tender: Tender, supplier: Organisation) -> bool:
    """For a button: the verb itself refuses with the reason."""
    try:
        refuse_bidder(tender, supplier)
    except ValidationError:
        return False
    return True


def is_reserved_from(lot: Lot, supplier: Organisation) -> bool:
    """The lot is kept for social organisations, which this supplier is not."""
    return lot.reserved_for == Lot.ReservedFor.SOCIAL and supplier.kind != Organisation.Kind.SOCIAL_ORGANISATION


def may_be_invited() -> QuerySet[Organisation]:
    """Everyone who may trade, by name."""
    kinds = [Organisation.Kind.SOCIAL_ORGANISATION, Organisation.Kind.ENTERPRISE]
    return Organisation.objects.filter(kind__in=kinds, state=Organisation.State.ACTIVE).order_by("name")


def draw(seed: str, pool: Iterable[str]) -> list[str]:
    """The pool of credit codes in the order of the draw: by SHA-256 of "seed:code" (as experts are drawn, 0005)."""
    return sorted(pool, key=lambda code: hashlib.sha256(f"{seed}:{code}".encode()).hexdigest())


def commitment(seed: str) -> str:
    """What is published before the opening: it fixes the seed without telling it, or the draw's outcome."""
    return hashlib.sha256(seed.encode()).hexdigest()
