"""Many at once on PostgreSQL: one sheet is counted once, one person too."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from marketplace.consultations.actions import answer_by_sheet, answer_signed_in, enter_at_desk, type_in_sheet
from marketplace.residents.actions import link_account
from marketplace.residents.models import Resident
from tests.given.consultations import Asking, a_community, all_replies, an_open_consultation, sheets_of
from tests.given.people import a_person
from tests.given.residents import a_resident

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers are serial"),
]


def at_once(verbs) -> list[str]:
    def alone(verb) -> str:
        try:
            verb()
            return "counted"
        except ValidationError as refusal:
            errors = (
                [one for of in refusal.error_dict.values() for one in of]
                if hasattr(refusal, "error_dict")
                else [refusal]
            )
            return errors[0].code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(alone, verbs))


def test_the_same_sheet_typed_in_and_scanned_at_once():
    asking = Asking()
    consultation = an_open_consultation(asking)
    sheet, other = sheets_of(consultation, asking, 2)
    replies = all_replies(consultation, words="早点")
    told = at_once(
        [lambda: type_in_sheet(consultation, sheet.number, replies, by=asking.worker)] * 8
        + [lambda: answer_by_sheet(sheet, replies)] * 8
        + [lambda: answer_by_sheet(other, replies)] * 2
    )
    assert sorted(told[:16]) == ["counted", *["sheet_used"] * 15]
    assert sorted(told[16:]) == ["counted", "sheet_used"]
    assert consultation.answers.count() == 2 == consultation.sheets.exclude(used_at=None).count()


def test_the_same_resident_by_page_and_desk_at_once():
    asking = Asking()
    consultation = an_open_consultation(asking)
    user, resident = a_person(), a_resident(region=a_community())
    link_account(resident, user, by=asking.officer)
    resident = Resident.objects.select_related("region").get(pk=resident.pk)
    replies = all_replies(consultation)
    told = at_once(
        [lambda: answer_signed_in(consultation, replies, by=user)] * 6
        + [lambda: enter_at_desk(consultation, resident, replies, consent="visit", by=asking.worker)] * 6
    )
    assert sorted(told) == [*["answered_already"] * 11, "counted"]
    assert consultation.answers.count() == 1 == consultation.participations.count()
