"""What is printed for residents: the bureau's statement of a month with a code for each service."""

import datetime

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.papers.actions import print_paper
from marketplace.papers.models import Paper
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.vouchers.queries import helpline_of

from .actions import print_statement_codes
from .voicecodes import address, spaced, square_code


def print_voice_statement(resident: Resident, month: datetime.date, *, by: User) -> Paper:
    """Large type, one service a block: what, when, and the code that says how it was. It reaches the resident by the
    bureau's hand or post and never through the provider, which is why no PIN is asked for.

    No organisation issues it, so that nobody but who printed it finds it among papers. Raises ValidationError("none").
    """
    codes = print_statement_codes(resident, month, by=by)
    return print_paper(
        "voice-statement",
        "evaluations/print/voice_statement.html",
        {
            "resident": resident,
            "month": month,
            "lines": [
                {
                    "feedback": feedback,
                    "code": spaced(code),
                    "qr": square_code(address(reverse("evaluations:voice_scan", args=[code]))),
                }
                for feedback, code in codes
            ],
            "page": address(reverse("evaluations:voice_code")),
            "until": max(feedback.expires_on for feedback, _code in codes),
            "helpline": helpline_of(resident),
        },
        title=_("What you had in %(month)s, and how it was") % {"month": f"{month:%Y-%m}"},
        about=resident,
        language=(get_language() or "zh-hans").lower(),
        by=by,
    )
