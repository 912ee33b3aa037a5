"""What search finds of a consultation: its title, why it is asked, its questions."""

from marketplace.search.actions import index

from .models import Consultation

KIND = "consultation"


def index_consultation(consultation: Consultation) -> None:
    """Bring the search index up to what the public page says, in both languages."""
    questions = list(consultation.questions.all())
    address = f"/consultations/{consultation.number}/"
    words = [consultation.about, consultation.summary, *(question.text for question in questions)]
    index(consultation, kind=KIND, title=consultation.title, text="\n".join(filter(None, words)), url=address)
    if consultation.title_en:
        english = [consultation.about_en, *(question.text_en for question in questions)]
        index(
            consultation,
            kind=KIND,
            title=consultation.title_en,
            text="\n".join(filter(None, english)),
            url=f"/en{address}",
            language="en",
        )
