"""What is written once for the public record is written in Chinese, whatever language the officer's screen has."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.utils import translation


def in_chinese(function: Callable[..., Any]) -> Callable[..., Any]:
    """Run with Chinese as the active language. A fresh override each time: one that is shared is not thread-safe."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with translation.override("zh-hans"):
            return function(*args, **kwargs)

    return wrapper
