"""What is found: character bigrams narrow it down, the exact text decides."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, Case, F, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length, StrIndex
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from .grams import fold, terms, tokens
from .models import Document

MOST_COUNTED = 1_001  # counting further costs more than anyone reads
BEFORE, AFTER = 24, 96  # letters of a snippet around the first match


@dataclass(frozen=True)
class Hit:
    """One document found. `title` and `snippet` are safe HTML with the match in <mark>."""

    kind: str
    object_id: str
    url: str
    language: str
    plain_title: str
    title: SafeString
    snippet: SafeString


@dataclass(frozen=True)
class Found:
    """A page of hits and how many there are; `total` stops at 1,001."""

    hits: list[Hit]
    total: int

    @property
    def is_capped(self) -> bool:
        """There are more than a thousand."""
        return self.total >= MOST_COUNTED


class HoldsGrams(Func):
    """PostgreSQL: the array of grams holds all of these. The expression is the one that the GIN index is made over."""

    template = "(string_to_array(%(expressions)s, ' '))"
    arg_joiner = ", ' ') @> string_to_array("
    output_field = BooleanField()


def matching(text: str) -> QuerySet[Document]:
    """Documents whose folded title and text contain every term of the query. None for an empty query."""
    wanted = terms(text)
    if not wanted:
        return Document.objects.none()
    found = Document.objects.all()
    runs = [run for term in wanted for run in tokens(term)]
    if runs and connection.vendor == "postgresql":
        found = found.filter(HoldsGrams(F("grams"), Value(" ".join(token for run in runs for token in run))))
    elif runs:
        phrases = " AND ".join('"' + " ".join(run) + '"' for run in runs)
        found = found.filter(pk__in=RawSQL("SELECT rowid FROM search_grams WHERE search_grams MATCH %s", [phrases]))
    return found.filter(*[Q(folded__contains=term) for term in wanted])


def matching_ids(text: str, kind: str) -> QuerySet:
    """The keys of the matching objects of a kind (UUIDs), to filter a list by: `filter(pk__in=matching_ids(…))`."""
    return matching(text).filter(kind=kind, object_uuid__isnull=False).values("object_uuid")


def search(
    text: str,
    *,
    kinds: Iterable[str] | None = None,
    language: str | None = None,
    limit: int = 25,
    offset: int = 0,
    is_public: bool | None = True,
) -> Found:
    """A page of what is found, matches in the title first, then the newest. Two queries.

    `is_public=None` finds what isn't public too: only for those who may see it.
    """
    wanted = terms(text)
    found = matching(text)
    if kinds is not None:
        found = found.filter(kind__in=list(kinds))
    if language:
        found = found.filter(language=language)
    if is_public is not None:
        found = found.filter(is_public=is_public)
    if not wanted:
        return Found(hits=[], total=0)
    total = found.order_by()[:MOST_COUNTED].count()
    in_title = Case(When(place__lte=Length("title"), then=Value(0)), default=Value(1), output_field=IntegerField())
    page = (
        found.annotate(place=StrIndex("folded", Value(wanted[0])))
        .annotate(rank=in_title)
        .order_by("rank", "-updated_at", "pk")
        .defer("grams", "folded")[offset : offset + limit]
    )
    return Found(hits=[_hit(document, wanted) for document in page], total=total)


def _hit(document: Document, wanted: list[str]) -> Hit:
    return Hit(
        kind=document.kind,
        object_id=document.object_id,
        url=document.url,
        language=document.language,
        plain_title=document.title,
        title=highlight(document.title, wanted),
        snippet=snippet(document.text, wanted),
    )


def spans(text: str, wanted: list[str]) -> list[tuple[int, int]]:
    """Where the terms stand in the text as it was written, merged and in order.

    Folding may change the number of characters (㎡ becomes m2), so every written character knows its folded ones.
    """
    folded, origin = "", []
    for position, letter in enumerate(text):
        piece = fold(letter) or " "
        folded += piece
        origin += [position] * len(piece)
    marks = sorted((origin[at], origin[at + len(term) - 1] + 1) for term in wanted for at in _occurrences(folded, term))
    merged: list[tuple[int, int]] = []
    for start, end in marks:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _occurrences(folded: str, term: str) -> Iterable[int]:
    at = folded.find(term)
    while at >= 0:
        yield at
        at = folded.find(term, at + len(term))


def highlight(text: str, wanted: list[str]) -> SafeString:
    """The text, escaped, with every match in <mark>."""
    out, end = [], 0
    for start, stop in spans(text, wanted):
        out.append(format_html("{}<mark>{}</mark>", text[end:start], text[start:stop]))
        end = stop
    out.append(format_html("{}", text[end:]))
    return mark_safe("".join(out))  # noqa: S308 — every part was escaped above


def snippet(text: str, wanted: list[str]) -> SafeString:
    """The neighbourhood of the first match, or the beginning, with matches marked."""
    text = " ".join(text.split())
    found = spans(text, wanted)
    start = max(0, found[0][0] - BEFORE) if found else 0
    end = start + BEFORE + AFTER
    return format_html(
        "{}{}{}",
        "…" if start else "",
        highlight(text[start:end], wanted),
        "…" if end < len(text) else "",
    )
