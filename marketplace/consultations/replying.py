"""What was chosen or written, as it is stored; whoever sends something else is told in plain words."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .models import Question

STEPS = range(1, 6)
MOST_WORDS = 500  # characters of one remark

type Taken = tuple[Question, list[int], str]


def read_replies(questions: Iterable[Question], given: Mapping[str, Any]) -> list[Taken]:
    """(question, values, words) of what was answered; what was left out is left out.

    `given`: question id → the place of an option from 0, a list of places, a step from 1 to 5, or words.
    Raises ValidationError `reply` for something that can't be chosen, `empty` when nothing was answered.
    """
    taken = []
    for question in questions:
        reply = given.get(str(question.pk))
        if reply in (None, "", []):
            continue
        if question.kind == Question.Kind.WORDS:
            words = str(reply).replace("\0", "").strip()[:MOST_WORDS]
            if words:
                taken.append((question, [], words))
            continue
        taken.append((question, _values(question, reply), ""))
    if not taken:
        raise ValidationError(_("Please answer at least one question."), code="empty")
    return taken


def _values(question: Question, reply: Any) -> list[int]:
    chosen = reply if isinstance(reply, list | tuple) else [reply]
    allowed = STEPS if question.kind == Question.Kind.SCALE else range(len(question.options))
    values = sorted({int(one) if str(one).isdecimal() else -1 for one in chosen})
    if any(value not in allowed for value in values) or (question.kind != Question.Kind.MANY and len(values) > 1):
        raise ValidationError(
            _("“%(question)s” has no such answer."), code="reply", params={"question": question.local_text}
        )
    return values
