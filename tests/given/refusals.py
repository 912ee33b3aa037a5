"""A verb said no: with this code, and with the article that it rests on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation


@contextmanager
def refused(code: str, *words: str) -> Iterator[None]:
    """`with refused("linked", "Art. 18"): …` — the one refusal bears the code, and its English message the words."""
    with translation.override("en"), pytest.raises(ValidationError) as refusal:
        yield
    error = refusal.value
    errors = (
        [one for of in error.error_dict.values() for one in of] if hasattr(error, "error_dict") else error.error_list
    )
    assert [one.code for one in errors] == [code]
    with translation.override("en"):
        message = " ".join(errors[0].messages)
    for word in words:
        assert word in message, message


def refusal_of(verb: Callable[..., object], *args: Any, **kwargs: Any) -> ValidationError:
    """What the verb says when it refuses, in Chinese."""
    with pytest.raises(ValidationError) as refusal, translation.override("zh-hans"):
        verb(*args, **kwargs)
    return refusal.value


def code_of(refusal: ValidationError | pytest.ExceptionInfo[ValidationError]) -> str:
    """Its first code, whether it stands on a field or not."""
    error = refusal.value if isinstance(refusal, pytest.ExceptionInfo) else refusal
    groups = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
    return next(one.code for group in groups for one in group)
