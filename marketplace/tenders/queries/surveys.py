"""What a survey found out."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, QuerySet

from ..models import DemandSurvey, SurveyQuestion

# The ground rule of published figures (design.md): a cell under ten could point at a person.
SMALLEST_CELL = 10
SCALE = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Bar:
    """One answer and how many gave it; `count` is None where the public may not see it."""

    label: str
    count: int | None


@dataclass(frozen=True)
class QuestionResult:
    question: SurveyQuestion
    answered: int
    bars: list[Bar] = field(default_factory=list)
    mean: Decimal | None = None
    words: list[str] = field(default_factory=list)


def published_surveys() -> QuerySet[DemandSurvey]:
    """Open ones first, then the newest. One statement."""
    return DemandSurvey.objects.public().select_related("bureau").order_by("-closes_at", "-id")


def surveys_of(surveys: QuerySet[DemandSurvey]) -> QuerySet[DemandSurvey]:
    """With what a row of the desk shows. One statement."""
    return surveys.select_related("bureau").annotate(answer_count=Count("answers")).order_by("-created_at")


def results_of(survey: DemandSurvey, *, for_public: bool) -> tuple[int, list[QuestionResult]]:
    """How many answered, and per question the counts. The public sees no count under ten, and no free words: people
    write names into them. Two statements."""
    answers = list(survey.answers.values_list("replies", flat=True))
    results = []
    for question in survey.questions.all():
        given = [replies[str(question.pk)] for replies in answers if str(question.pk) in replies]
        results.append(_result(question, given, for_public=for_public))
    return len(answers), results


def _result(question: SurveyQuestion, given: list, *, for_public: bool) -> QuestionResult:
    kind = SurveyQuestion.Kind
    if question.kind == kind.WORDS:
        return QuestionResult(question, len(given), words=[] if for_public else given)
    counts = Counter(one for reply in given for one in (reply if isinstance(reply, list) else [reply]))
    labels = SCALE if question.kind == kind.SCALE else question.options
    bars = [Bar(str(label), _shown(counts[label], for_public)) for label in labels]
    mean = None
    if question.kind == kind.SCALE and given and (not for_public or len(given) >= SMALLEST_CELL):
        mean = (Decimal(sum(given)) / len(given)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return QuestionResult(question, len(given), bars, mean)


def _shown(count: int, for_public: bool) -> int | None:
    return None if for_public and 0 < count < SMALLEST_CELL else count
