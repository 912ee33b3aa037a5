"""No order of answers by the three channels counts a person or a sheet twice."""

from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from marketplace.consultations.actions import answer_by_sheet, answer_signed_in, enter_at_desk, type_in_sheet
from marketplace.pages import clock
from marketplace.residents.actions import delegate_to, link_account
from marketplace.residents.models import Delegation, Resident
from tests.given.consultations import Asking, a_community, all_replies, an_open_consultation, sheets_of
from tests.given.people import a_person
from tests.given.residents import a_resident

PEOPLE, SHEETS = 3, 2
WHO, WHICH = st.integers(0, PEOPLE - 1), st.integers(0, SHEETS - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("page"), WHO),
        st.tuples(st.just("daughter"), WHO),
        st.tuples(st.just("desk"), WHO),
        st.tuples(st.just("typed"), WHICH),
        st.tuples(st.just("scanned"), WHICH),
        st.tuples(st.just("scanned by"), WHO, WHICH),
    ),
    max_size=14,
)


class AnyOrder(TestCase):
    def setUp(self) -> None:
        self.asking = Asking()
        self.consultation = an_open_consultation(self.asking)
        self.sheets = sheets_of(self.consultation, self.asking, SHEETS)
        self.users = [a_person() for _number in range(PEOPLE)]
        self.daughter = a_person()
        self.residents = [a_resident(region=a_community()) for _number in range(PEOPLE)]
        for user, resident in zip(self.users, self.residents, strict=True):
            link_account(resident, user, by=self.asking.officer)
            delegate_to(
                resident, self.daughter, kind=Delegation.Kind.RELATIVE, scope=Delegation.Scope.ACT,
                consent_on=clock.today(), consent_note="签字", by=self.asking.officer,
            )  # fmt: skip
        self.residents = [Resident.objects.get(pk=resident.pk) for resident in self.residents]

    def take(self, step) -> bool:
        kind, *about = step
        replies = all_replies(self.consultation)
        try:
            if kind == "page":
                answer_signed_in(self.consultation, replies, by=self.users[about[0]])
            elif kind == "daughter":
                answer_signed_in(self.consultation, replies, by=self.daughter, resident=self.residents[about[0]])
            elif kind == "desk":
                enter_at_desk(
                    self.consultation, self.residents[about[0]], replies, consent="visit", by=self.asking.worker
                )
            elif kind == "typed":
                type_in_sheet(self.consultation, self.sheets[about[0]].number, replies, by=self.asking.worker)
            elif kind == "scanned":
                answer_by_sheet(self.sheets[about[0]], replies)
            else:
                answer_by_sheet(self.sheets[about[1]], replies, by=self.users[about[0]])
        except ValidationError:
            return False
        return True

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def test_once_a_person_once_a_sheet(self, steps):
        people, sheets, expected = set(), set(), 0
        for step in steps:
            kind, *about = step
            person = about[0] if kind in ("page", "daughter", "desk", "scanned by") else None
            sheet = about[-1] if kind in ("typed", "scanned", "scanned by") else None
            fresh = person not in people and sheet not in sheets
            assert self.take(step) == fresh, (step, people, sheets)
            if fresh:
                expected += 1
                people |= {person} - {None}
                sheets |= {sheet} - {None}
        assert self.consultation.answers.count() == expected
        assert self.consultation.participations.count() == len(people)
        assert self.consultation.sheets.exclude(used_at=None).count() == len(sheets)
        assert self.consultation.answers.filter(sheet__isnull=False).count() == len(sheets)
