"""A verb said no: with this code, and with the article that it rests on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation


@contextmanager
def refused(code: str, *words: str) -> Iterator[None]:
    """`with refused("linked", "第十八条"): …` — the one refusal bears the code, and its English message the words."""
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
