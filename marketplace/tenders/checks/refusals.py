"""How a refusal is said: on the field that is wrong, with its article."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError


@dataclass(frozen=True)
class Fault:
    """Something that stands between a draft and its approval; `part` is the task it belongs to."""

    part: str
    code: str
    error: ValidationError


def on_field(field: str, message: str, code: str, /, **params: object) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code, params=params or None)})


def code_of(error: ValidationError) -> str:
    errors = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
    return next((one.code for group in errors for one in group if one.code), "invalid")
