"""The same law for the sheets of a rating round: before all are in nobody learns anything of another's.

See test_sheet_privacy; the instrument is the same.
"""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from evaluations import actions
from evaluations.models import RatingMark, RatingSheet
from evaluations.queries import scored_leaves
from marketplace.audit.actions import seal
from marketplace.audit.models import Entry
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role
from tests.given.looks import Look, the_same
from tests.given.people import a_person, an_organisation
from tests.given.rounds import a_drawn_round, after, again

pytestmark = pytest.mark.django_db

CANARY = "金丝雀在此"
ROLES = ("second scorer", "officer", "approver", "applicant", "other evaluator", "auditor", "operator", "stranger")


class Situation:
    """One organisation, two scorers: the first writes, the second has handed in."""

    def __init__(self) -> None:
        self.round = a_drawn_round(1)
        cast = self.round.cast
        self.application = self.round.applications.get()
        self.sheet, other = self.application.sheets.order_by("created_at", "id")
        self.leaves = list(scored_leaves(self.round.framework))
        with after(self.round, 3):
            self.fill(other)
            actions.submit_rating_sheet(other, by=other.scorer)
        operator = a_person(of=an_organisation())
        operator.is_superuser = operator.is_staff = True
        operator.save()
        self.people = {
            "second scorer": other.scorer,
            "officer": cast.officer,
            "approver": a_person(Role.APPROVER, of=self.round.bureau),
            "applicant": cast.owners[self.application.number],
            "other evaluator": a_person(Role.OWNER, Role.EVALUATOR, of=an_organisation(Organisation.Kind.EVALUATOR)),
            "auditor": a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT)),
            "operator": operator,
            "stranger": None,
        }

    def fill(self, sheet: RatingSheet, number: int = 0) -> None:
        actions.save_rating_sheet(
            sheet,
            points={leaf.pk: max(leaf.top - number, 0) for leaf in self.leaves},
            notes={self.leaves[0].pk: f"{CANARY}{number}"},
            visited_on=clock.today() if number % 2 == 0 else None,
            remark=f"{CANARY}话{number}",
            by=sheet.scorer,
        )

    @property
    def addresses(self) -> list[str]:
        desk = reverse("evaluations:round_desk", args=[self.round.number])
        return [
            self.sheet.get_absolute_url(), reverse("evaluations:rating_sheets"), self.application.get_absolute_url(),
            self.round.get_absolute_url(), self.round.public_path, desk, f"{desk}?format=csv",
            reverse("evaluations:rounds"), f"/search/?q={CANARY}", f"/audit/trail/?subject={self.sheet.pk}",
            "/audit/trail/?event=rating_sheet", "/api/v1/me",
        ]  # fmt: skip


def test_nobody_sees_a_thing_of_another_s_rating_sheet_before_all_are_in():
    situation = Situation()
    with after(situation.round, 5):
        seal(sweep=True)
        looks = {role: Look(situation, role) for role in ROLES}
        before = {role: look.see() for role, look in looks.items()}
        the_same(before["officer"], looks["officer"].see(), "the instrument is still when nothing happens")
        assert sum(status == 200 for status, _words in before["officer"].values()) > 8

        @settings(
            max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
            phases=[Phase.generate],
        )  # fmt: skip
        @given(numbers=st.lists(st.integers(0, 5), min_size=1, max_size=3), role=st.sampled_from(ROLES))
        def law(numbers, role):
            entries = Entry.objects.count()
            for number in numbers:
                situation.fill(situation.sheet, number)
            assert Entry.objects.count() == entries, "the audit trail tells that something was written"
            seal(sweep=True)
            now = looks[role].see()
            the_same(before[role], now, role)
            for address, (_status, words) in now.items():
                asked = CANARY if CANARY in address else "\0"
                assert CANARY not in words.replace(asked, ""), f"{role}: {address}"

        law()
        situation.fill(situation.sheet, 4)
        seal(sweep=True)
        for role, look in looks.items():
            the_same(before[role], look.see(), role)
        own = Client()
        own.force_login(situation.sheet.scorer)
        assert f"{CANARY}4" in own.get(situation.sheet.get_absolute_url()).content.decode()


def test_before_the_ranking_the_database_has_nothing_to_read():
    situation = Situation()
    with after(situation.round, 5):
        situation.fill(situation.sheet, 4)
        assert not RatingMark.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute("select draft, remark, visited_on from evaluations_ratingsheet")
            rows = cursor.fetchall()
        assert len(rows) == 2
        for draft, remark, visited_on in rows:
            assert draft.startswith("gAAAA") and CANARY not in draft and (remark, visited_on) == ("", None)

        actions.submit_rating_sheet(situation.sheet, by=situation.sheet.scorer)
        assert not RatingMark.objects.exists(), "handed in is not yet opened"
        actions.rank_round(again(situation.round), by=situation.round.cast.officer)
    opened = RatingSheet.objects.get(pk=situation.sheet.pk)
    assert (opened.draft, opened.remark, opened.visited_on is not None) == ("", f"{CANARY}话4", True)
    marks = {mark.indicator_id: mark for mark in opened.marks.all()}
    assert {pk: mark.points for pk, mark in marks.items()} == {
        leaf.pk: max(leaf.top - 4, 0) for leaf in situation.leaves
    }
    assert marks[situation.leaves[0].pk].note == f"{CANARY}4"
