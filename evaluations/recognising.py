"""Would a text that the provider reads tell it who complained? Refused before it is sent: there is no taking back."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from evaluations.models import Grievance
from marketplace.vouchers.models import Card

DAY = re.compile(r"\d{1,2}\s*月\s*\d{1,2}\s*[日号]|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[:：]\d{2}")
NUMBER = re.compile(r"(?:\d[\s-]?){7,}")
SHORTEST = 2


def refuse_recognisable(text: str, grievance: Grievance, field: str) -> None:
    """No name, telephone, address, card or ID number, no case number, no exact day or time, no redemption.

    Raises ValidationError on the field, code "recognisable", and says what was found.
    """
    found = _found(text, grievance)
    if found:
        raise ValidationError(
            {
                field: ValidationError(
                    _("The provider could recognise who complained. Leave out: %(what)s."),
                    code="recognisable",
                    params={"what": "、".join(found)},
                )
            }
        )


def _found(text: str, grievance: Grievance) -> list[str]:
    squeezed = re.sub(r"[\s-]", "", text)
    said: list[str] = []
    names, addresses, numbers = _secrets(grievance)
    if any(name in squeezed for name in names):
        said.append(_("the name"))
    if any(one in squeezed for one in addresses):
        said.append(_("the address"))
    if any(number in squeezed for number in numbers) or NUMBER.search(text):
        said.append(_("a number (telephone, card, ID or case)"))
    if DAY.search(text):
        said.append(_("the exact day or time"))
    return said


def _secrets(grievance: Grievance) -> tuple[set[str], set[str], set[str]]:
    names, addresses = {grievance.complainant}, set()
    numbers = {grievance.phone, grievance.number, str(grievance.redemption_id or "").replace("-", "")}
    if (resident := grievance.resident) is not None:
        names |= {resident.name, resident.masked_name}
        addresses |= {resident.address, *re.findall(r"\d+\s*(?:号|室|幢|栋|单元|组)", resident.address)}
        numbers |= {resident.phone, resident.id_number, resident.household_number}
        numbers |= set(Card.objects.filter(resident=resident).values_list("number", flat=True))
    return tuple(
        {re.sub(r"[\s-]", "", one) for one in group if len(one or "") >= SHORTEST}
        for group in (names, addresses, numbers)
    )  # type: ignore[return-value]
