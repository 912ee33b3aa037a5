"""How a person is reached: one spelling for each telephone number and each address."""

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _


def spell_phone(text: str) -> str:
    """A telephone number as it is kept: `13800000000` for China, `+442071838750` for abroad.

    Takes what people type: spaces, dashes, full-width digits, +86. Raises ValidationError(code="phone").
    """
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise ValidationError(_("%(value)s is not a telephone number."), code="phone", params={"value": text})
    if number.country_code != 86:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    digits = phonenumbers.national_significant_number(number)
    return digits if len(digits) == 11 and digits[0] == "1" else f"0{digits}"


def spell_email(text: str) -> str:
    """An address in lower case, without the spaces around it. Raises ValidationError(code="email")."""
    cleaned = text.strip().lower()
    try:
        validate_email(cleaned)
    except ValidationError:
        raise ValidationError(_("%(value)s is not an e-mail address."), code="email", params={"value": text}) from None
    return cleaned


def spell_contact(text: str) -> tuple[str, str]:
    """`("email", …)` or `("phone", …)`, whichever it is. Raises ValidationError."""
    return ("email", spell_email(text)) if "@" in text else ("phone", spell_phone(text))
