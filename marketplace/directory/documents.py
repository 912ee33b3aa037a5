"""A standard on paper."""

from django.utils import translation

from marketplace.papers.actions import print_paper
from marketplace.papers.models import Paper
from marketplace.parties.actions import service_user

from .models import StandardVersion

KIND = "standard"


def printed_standard(version: StandardVersion, *, language: str) -> Paper:
    """The PDF of a public version, printed once for each state it is in: anyone may have it."""
    with translation.override(language):
        title = f"{version}"
        state = str(version.get_state_display())
    known = Paper.objects.of(version, KIND).filter(language=language).first()
    if known is not None and known.title == f"{title} · {state}":
        return known
    return print_paper(
        KIND,
        "directory/standard_paper.html",
        {"version": version, "standard": version.standard, "state": state},
        title=f"{title} · {state}",
        about=version,
        language=language,
        organisation=version.standard.bureau,
        by=service_user("directory"),
    )
