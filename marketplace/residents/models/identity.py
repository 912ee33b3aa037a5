"""Who a person is: ID numbers that add up, that are found without being readable, and that are shown in part."""

import datetime
import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from marketplace.parties.encryption import keyed_hash


def hash_of_id(number: str) -> str:
    """How a resident is found by an ID number that is not there to read."""
    return keyed_hash("resident.id_number", number.strip().upper())


def hash_of_phone(number: str) -> str:
    return keyed_hash("resident.phone", re.sub(r"\D", "", number))


def mask_name(name: str) -> str:
    """张三 → 张*, 张小三 → 张*三, 欧阳小三 → 欧**三 (the practice of public notices, domain-rules §7)."""
    if len(name) <= 1:
        return name
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_id(number: str) -> str:
    """320585194001011234 → 320585********1234."""
    return f"{number[:6]}{'*' * max(len(number) - 10, 0)}{number[-4:]}" if number else ""


def check_character(body: str) -> str:
    """The 18th character for the first 17 digits (GB 11643-1999, ISO 7064 mod 11-2)."""
    return "10X98765432"[sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body[:17])) % 11]


def validate_id_number(value: str) -> None:
    """GB 11643: 18 characters with a check character. Raises ValidationError(code="id_number")."""
    number = value.strip().upper()
    if not re.fullmatch(r"\d{17}[\dX]", number) or check_character(number) != number[-1] or not born_on(number):
        raise ValidationError(
            _("This ID number doesn't add up: check the 18 characters, the last one above all."), code="id_number"
        )


def born_on(number: str) -> datetime.date | None:
    """The date of birth that an ID number carries; None when it is no date."""
    try:
        return datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
