"""What an officer types and has not yet saved: kept as typed, unchecked, until the page is saved."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import policies
from ..models import Tender, TypedPage

MOST_CHARACTERS = 200_000


@transaction.atomic
def keep_typed(tender: Tender, page: str, typed: dict[str, list[str]], *, by: User) -> TypedPage:
    """Keep a page as it is typed. Nothing is checked, nothing changes in the draft; no event is recorded for that."""
    authorise(policies.may_edit, by, tender)
    if sum(len(value) for values in typed.values() for value in values) > MOST_CHARACTERS:
        raise ValidationError(_("Too much to keep: save the page."), code="too_long")
    kept, _is_new = TypedPage.objects.update_or_create(
        tender=tender, page=page, defaults={"typed": typed, "typed_by": by, "typed_at": clock.now()}
    )
    return kept


def typed_on(tender: Tender, page: str) -> dict[str, list[str]]:
    """What was typed on this page before; nothing when it was saved since."""
    kept = TypedPage.objects.filter(tender=tender, page=page).first()
    return kept.typed if kept else {}


def forget_typed(tender: Tender, page: str) -> None:
    """The page is saved: what was kept is in the draft now."""
    TypedPage.objects.filter(tender=tender, page=page).delete()
