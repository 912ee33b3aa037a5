"""The certificate of a level on paper."""

from marketplace.papers.actions import print_paper
from marketplace.papers.models import Paper
from marketplace.parties.models import User

from .models import Certificate


def print_certificate(certificate: Certificate, *, by: User) -> Paper:
    """One page with the place of the bureau's seal; the verification code stands on it."""
    round = certificate.application.round
    return print_paper(
        "level_certificate",
        "evaluations/certificate_paper.html",
        {
            "certificate": certificate,
            "organisation": certificate.organisation,
            "round": round,
            "application": certificate.application,
        },
        title=f"社会组织评估等级证书（{certificate.level}）",
        about=certificate,
        organisation=round.bureau,
        by=by,
    )
