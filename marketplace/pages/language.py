"""Which of its two names a thing has on the page that is being read."""

from django.utils.translation import get_language


def in_english() -> bool:
    """Whether the reader has chosen English; where nobody reads (a job, the API) the answer is no."""
    return (get_language() or "").startswith("en")


def local(chinese: str, english: str) -> str:
    """The English words for a reader of English, where there are any; else the Chinese ones, which bind."""
    return english if english and in_english() else chinese
