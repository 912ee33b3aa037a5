"""What a consultation found out: by question, by channel, by place. The public sees no figure about few people.

Nine statements, however many answered: the database counts, this page adds up.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count

from marketplace.parties.models import Region
from marketplace.rules.cells import hide_small, is_small, may_show_total, smallest_shown

from .models import Answer, Consultation, Question, Remark, Reply
from .replying import STEPS


@dataclass(frozen=True)
class Bar:
    """One line of a table and its bar; `count` is None where the reader may not see it. `share` of 100, to draw."""

    label: str
    count: int | None
    share: float = 0.0


@dataclass(frozen=True)
class QuestionResult:
    question: Question
    answered: int | None
    bars: list[Bar] = field(default_factory=list)
    mean: Decimal | None = None
    remarks: list[str] = field(default_factory=list)
    waiting: int = 0  # remarks that nobody has read yet


@dataclass(frozen=True)
class Results:
    """`total` is None when even all together were too few to show."""

    total: int | None
    least: int
    channels: list[Bar]
    places: list[Bar]
    questions: list[QuestionResult]
    sheets_printed: int
    sheets_used: int

    @property
    def hides_something(self) -> bool:
        bars = [*self.channels, *self.places, *(bar for result in self.questions for bar in result.bars)]
        return self.total is None or any(bar.count is None for bar in bars)


def results_of(consultation: Consultation, *, for_public: bool) -> Results:
    least = smallest_shown() if for_public else 0
    counted = consultation.answers.values("channel", "region").annotate(people=Count("pk")).order_by()
    rows = [dict[str, Any](row) for row in counted]
    total = sum(row["people"] for row in rows)
    sheets = consultation.sheets.aggregate(printed=Count("pk"), used=Count("used_at"))
    return Results(
        total=None if is_small(total, least) else total,
        least=least,
        channels=_channels(rows, least),
        places=_places(consultation, rows, least),
        questions=_questions(consultation, least, for_public=for_public),
        sheets_printed=sheets["printed"],
        sheets_used=sheets["used"],
    )


def _bars(cells: list[tuple[str, int]], least: int, *, among: int | None = None) -> list[Bar]:
    """Lines with their counts. Without `among` they add up to their total, and a single hidden one could be worked
    out of it: then another is hidden with it, or all are."""
    rows: list[dict[str, Any]] = [{"label": label, "people": count, "among": among} for label, count in cells]
    marked = hide_small(rows, least=least, among="among" if among is not None else "")
    if among is None and not may_show_total(marked, least=least):
        marked = [row | {"is_hidden": row["people"] > 0} for row in marked]
    most = among or sum(count for _label, count in cells) or 1
    return [
        Bar(
            row["label"],
            None if row["is_hidden"] else row["people"],
            0.0 if row["is_hidden"] else row["people"] / most * 100,
        )
        for row in marked
    ]


def _channels(rows: list[dict[str, Any]], least: int) -> list[Bar]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["channel"]] += row["people"]
    return _bars([(str(channel.label), counts[channel]) for channel in Answer.Channel], least)


def _places(consultation: Consultation, rows: list[dict[str, Any]], least: int) -> list[Bar]:
    """By town where the consultation asks more than one, else by community; the last line is who did not say."""
    asked = list(consultation.regions.all())
    is_wide = len(asked) > 1 or any(region.level not in (Region.Level.TOWN, Region.Level.COMMUNITY) for region in asked)
    digits = 9 if is_wide else 12
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["region"][:digits].ljust(12, "0") if row["region"] else ""] += row["people"]
    regions = {region.code: region for region in Region.objects.filter(code__in=[code for code in counts if code])}
    named = sorted((code, count) for code, count in counts.items() if code)
    cells = [(str(regions[code]), count) for code, count in named if code in regions]
    if counts[""]:
        cells.append(("—", counts[""]))
    return _bars(cells, least)


def _questions(consultation: Consultation, least: int, *, for_public: bool) -> list[QuestionResult]:
    asked = Question.objects.filter(consultation=consultation)
    counts: dict[Any, Counter[int]] = {}
    for row in (
        Reply.objects.filter(question__consultation=consultation).values("question", "value").annotate(n=Count("pk"))
    ):
        counts.setdefault(row["question"], Counter())[row["value"]] = row["n"]
    answered = {
        row["question"]: row["n"]
        for row in Reply.objects.filter(question__consultation=consultation)
        .values("question")
        .annotate(n=Count("answer", distinct=True))
    }
    remarks: dict[Any, list[Remark]] = {}
    for remark in Remark.objects.filter(question__consultation=consultation).defer("text"):
        remarks.setdefault(remark.question_id, []).append(remark)
    return [
        _words(question, remarks.get(question.pk, []), least)
        if question.kind == Question.Kind.WORDS
        else _chosen(question, counts.get(question.pk, Counter()), answered.get(question.pk, 0), least)
        for question in asked
    ]


def _words(question: Question, remarks: list[Remark], least: int) -> QuestionResult:
    return QuestionResult(
        question,
        None if is_small(len(remarks), least) else len(remarks),
        remarks=[remark.shown for remark in remarks if remark.state == Remark.State.SHOWN],
        waiting=sum(remark.state == Remark.State.WAITING for remark in remarks),
    )


def _chosen(question: Question, counts: Counter[int], answered: int, least: int) -> QuestionResult:
    if is_small(answered, least):
        return QuestionResult(question, None, [Bar(label, None) for label, _value in _labels(question)])
    cells = [(label, counts[value]) for label, value in _labels(question)]
    bars = _bars(cells, least, among=answered if question.kind == Question.Kind.MANY else None)
    mean = None
    if question.kind == Question.Kind.SCALE and answered and all(bar.count is not None for bar in bars):
        total = sum(value * count for value, count in counts.items())
        mean = (Decimal(total) / answered).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return QuestionResult(question, answered, bars, mean)


def _labels(question: Question) -> list[tuple[str, int]]:
    if question.kind == Question.Kind.SCALE:
        return [(str(step), step) for step in reversed(STEPS)]
    return [(label, value) for value, label in enumerate(question.local_options)]
