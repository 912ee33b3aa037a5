"""Which of its two names, and of its two addresses, a thing has on the page that is being read."""

from django.conf import settings
from django.urls import translate_url
from django.utils.translation import get_language, get_language_from_path, override


def in_english() -> bool:
    """Whether the reader has chosen English; where nobody reads (a job, the API) the answer is no."""
    return (get_language() or "").startswith("en")


def local(chinese: str, english: str) -> str:
    """The English words for a reader of English, where there are any; else the Chinese ones, which bind."""
    return english if english and in_english() else chinese


def address_here(address: str) -> str:
    """A kept address of ours in the reader's language, whichever it was kept in; any other as it is."""
    if not address.startswith("/"):
        return address
    reader = get_language() or settings.LANGUAGE_CODE
    with override(get_language_from_path(address) or settings.LANGUAGE_CODE):  # Django reads only the active one's
        return translate_url(address, reader)
