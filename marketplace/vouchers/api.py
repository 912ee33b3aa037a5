"""The counter by program. interfaces.md promises these addresses, fields and codes.

The redemption is idempotent by its own key, in the row it makes, so it is not wrapped again: a wrong PIN is counted
although the request is refused.
"""

import datetime
import uuid
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from ninja.errors import AuthenticationError
from pydantic import BaseModel

from marketplace.pages import clock
from marketplace.parties.api import Problem, bearer, known_bearer
from marketplace.parties.models import Organisation

from . import actions, policies, queries
from .models import Redemption

router = Router(tags=["Vouchers"], auth=bearer)
KEY_MISSING = "idempotency_key_missing"
JSON = "application/json; charset=utf-8"
NOBODY = uuid.UUID(int=0)


class RedemptionRequest(BaseModel):
    """`amount` is the price in fen; the voucher pays `amount - own_part`. It comes as JSON: what a `Schema` does for
    objects of Django is not needed."""

    card: str = Field(max_length=40)
    pin: str = Field(max_length=12)
    service: uuid.UUID
    units: int = Field(1, ge=1, le=999)
    amount: int = Field(gt=0)
    own_part: int = Field(0, ge=0)
    device: str = Field("", max_length=60)
    performed_at: datetime.datetime | None = None


class RedemptionAnswer(Schema):
    id: uuid.UUID
    state: str
    voucher_part: int
    resident_part: int
    balance_left: int
    receipt_url: str


class ReversalRequest(Schema):
    reason: str = Field(min_length=1, max_length=200)


class BalanceAnswer(Schema):
    balance: int
    held: int
    expires_on: datetime.date | None


def _key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        raise Problem(KEY_MISSING, _("A write needs an Idempotency-Key header."), status=400)
    if len(key) > 200:
        raise Problem("idempotency_key_invalid", _("The Idempotency-Key is longer than 200 characters."), status=400)
    return key


def _provider(request: HttpRequest) -> Organisation:
    organisation = request.organisation
    if organisation is None or not policies.may_redeem(request.user, organisation):
        raise Problem("forbidden", _("The counter is for counter staff of a provider."), status=403)
    return organisation


def _answer(redemption: Redemption, *, state: str = Redemption.State.REDEEMED) -> dict[str, Any]:
    return {
        "id": redemption.id,
        "state": str(state),
        "voucher_part": redemption.amount,
        "resident_part": redemption.own_part,
        "balance_left": redemption.balance_left,
        "receipt_url": settings.BASE_URL + _receipts(get_language()).replace(str(NOBODY), str(redemption.id)),
    }


@cache
def _receipts(language: str) -> str:
    """A receipt's address in one language, of nobody's: looking through all addresses costs more than the answer."""
    with override(language):
        return reverse("vouchers:receipt", args=[NOBODY])


@router.post("/redemptions", auth=known_bearer, response={201: RedemptionAnswer}, summary="Pay with a voucher")
def redeem(request: HttpRequest, body: RedemptionRequest):
    key, provider = _key(request), request.organisation
    if provider is None:
        raise Problem("forbidden", _("The counter is for counter staff of a provider."), status=403)
    if body.performed_at is not None and body.performed_at.tzinfo is None:
        raise Problem("performed_at", _("Give the time with its offset."))
    try:
        redemption = actions.redeem(
            provider,
            card=body.card,
            pin=body.pin,
            service=body.service,
            units=body.units,
            amount=body.amount,
            own_part=body.own_part,
            device=body.device,
            performed_at=body.performed_at,
            key=key,
            by=request.user,
            token=request.token.pk,
        )
    except PermissionDenied as refusal:
        if known_bearer.stranger(request):
            raise AuthenticationError from refusal
        raise Problem("forbidden", _("The counter is for counter staff of a provider."), status=403) from refusal
    except ValidationError as refusal:
        if getattr(refusal, "code", "") == "key_conflict":
            raise Problem("idempotency_conflict", refusal.messages[0], status=409) from refusal
        if getattr(refusal, "code", "") == "too_many_misses":
            raise Problem("too_many_misses", refusal.messages[0], status=429) from refusal
        if getattr(refusal, "code", "") == "overdrawn":
            raise Problem("overdrawn", refusal.messages[0], balance=refusal.params["balance_fen"]) from refusal
        raise
    # RedemptionAnswer as it stands: reading it back into its schema would take as long as Python's part of the verb.
    return HttpResponse(orjson.dumps(_answer(redemption)), status=201, content_type=JSON)


@router.post("/redemptions/{uuid:pk}/reverse", response=RedemptionAnswer, summary="Take a redemption back")
def reverse_redemption(request: HttpRequest, pk: uuid.UUID, body: ReversalRequest):
    _key(request)
    redemption = queries.find_redemption(request.user, pk)
    reversal = actions.reverse_redemption(redemption, reason=body.reason, by=request.user)
    state = Redemption.State.REVERSED if reversal.after_settlement else Redemption.State.VOIDED
    return _answer(redemption, state=state) | {"balance_left": queries.balance_of(redemption.resident).balance}


@router.get("/cards/{card}/balance", response=BalanceAnswer, summary="What a card has left this month")
def card_balance(request: HttpRequest, card: str):
    provider = _provider(request)
    try:
        view = actions.look_at_card(provider, card, by=request.user)
    except ValidationError as refusal:
        status = {"not_accredited": 403, "too_many_misses": 429, "too_many_looks": 429}.get(refusal.code, 404)
        code = "unknown_card" if status == 404 else refusal.code
        raise Problem(code, refusal.messages[0], status=status) from refusal
    return {"balance": view.balance, "held": view.held, "expires_on": view.expires_on or clock.today()}
