"""Before all sheets are in, nobody learns anything of another's sheet: not a mark, not a word, not that one changed.

Whoever looks sees, at every address that can be reached, exactly the same before and after the scorer has written.
"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from evaluations import actions
from evaluations.models import Evidence, Mark, Scorecard
from evaluations.queries import heads_of, scored_leaves
from evaluations.sheets import Change, values_of
from marketplace.audit.actions import seal
from marketplace.audit.models import Entry
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role
from tests.given.evaluations import a_handed_in_sheet, a_scoring_engagement, again
from tests.given.looks import Look, the_same
from tests.given.people import a_person, an_organisation
from tests.given.pictures import a_photo

pytestmark = pytest.mark.django_db

CANARY, FILE_CANARY = "金丝雀在此", "金丝雀照片.jpg"
POINTS_CANARY = "73"  # on the scale of 100; occurs in no address or number of the situation, see `words_of`
OF_A_SHEET = ("scorecard", "sheet_state", "sheet_sync", "sheet_files")
OF_AN_EVALUATION = ("engagement", "work", "report", "settle", "conclude", "add_scorer")
ROLES = (
    "second scorer", "third scorer", "lead", "manager", "officer", "approver", "provider", "provider's finance",
    "another evaluator", "auditor", "operator", "stranger",
)  # fmt: skip


class Situation:
    """Three scorers; the first writes, the third may have handed in."""

    def __init__(self) -> None:
        self.engagement = a_scoring_engagement(scorers=3)
        cast = self.engagement.cast
        a_handed_in_sheet(self.engagement, cast.scorers[2], 3, 6, 60)
        self.writer = cast.scorers[0]
        self.sheet = self.engagement.scorecards.get(scorer=self.writer)
        self.leaves = list(scored_leaves(self.engagement.framework))
        self.evidence = self.lay_a_photo()
        operator = a_person(of=an_organisation())
        operator.is_superuser = operator.is_staff = True
        operator.save()
        self.people = dict(
            zip(
                ROLES,
                (
                    cast.scorers[1],
                    cast.scorers[2],
                    cast.evaluator_owner,
                    a_person(Role.MANAGER, of=cast.evaluator),
                    cast.officer,
                    a_person(Role.APPROVER, of=cast.buyer),
                    cast.owner,
                    a_person(Role.FINANCE, of=cast.provider),
                    a_person(Role.OWNER, Role.EVALUATOR, of=an_organisation(Organisation.Kind.EVALUATOR)),
                    a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT)),
                    operator,
                    None,
                ),
                strict=True,
            )
        )

    def lay_a_photo(self, colour: int = 7) -> Evidence:
        file = SimpleUploadedFile(FILE_CANARY, a_photo(colour), "image/jpeg")
        return actions.add_evidence(self.sheet, self.leaves[0], file, by=self.writer)

    @property
    def addresses(self) -> list[str]:
        """Everything that is named after the sheet, its evaluation or its evidence."""
        sheet, engagement = [self.sheet.pk], [self.engagement.pk]
        return [
            reverse("evaluations:evidence", args=[self.evidence.pk]),
            reverse("evaluations:my_sheets"),
            *(reverse(f"evaluations:{name}", args=sheet) for name in OF_A_SHEET),
            *(reverse(f"evaluations:{name}", args=engagement) for name in OF_AN_EVALUATION),
            reverse("evaluations:moderate", args=[self.engagement.pk, self.sheet.pk]),
            "/evaluations/?format=csv", "/evaluations/desk/?format=csv", "/evaluations/desk/?format=xlsx",
            "/audit/trail/?format=csv", f"/audit/trail/?subject={self.sheet.pk}", "/audit/trail/?event=scorecard",
            f"/search/?q={CANARY}", "/api/v1/me", "/api/v1/openapi.json", "/admin/jsi18n/",
            f"/media/evidence/{self.evidence.pk}", f"/{self.evidence.file.name}",
            "/en/evaluations/desk/", "/metrics",
        ]  # fmt: skip


names = st.sampled_from(
    ["points 0", "points 1", "points 2", "note 0", "note 1", "remark", "visited_on", "photo", "take back"]
)
histories = st.lists(st.tuples(names, st.integers(0, 5)), min_size=1, max_size=5)


def write(situation: Situation, what: str, number: int) -> None:
    """One act of the scorer, with a canary in it."""
    sheet, by = situation.sheet, situation.writer
    if what == "photo":
        situation.lay_a_photo(number)
        return
    if what == "take back":
        for laid in list(sheet.evidence.exclude(pk=situation.evidence.pk)):
            actions.remove_evidence(laid, by=by)
        return
    kind, _space, place = what.partition(" ")
    leaf = situation.leaves[int(place or 0)]
    name, value = {
        "points": (f"points_{leaf.pk}", POINTS_CANARY if leaf.top == 100 else str(number)),
        "note": (f"note_{leaf.pk}", f"{CANARY}{number}"),
        "remark": ("remark", f"{CANARY}{number}"),
        "visited_on": ("visited_on", clock.today().isoformat() if number % 2 else ""),
    }[kind]
    actions.write_sheet(sheet, [Change(name, value)], by=by)


def test_nobody_sees_a_thing_of_another_s_sheet_before_all_are_in():
    with clock.pretend(clock.at_hour(clock.today(), 9)):
        situation = Situation()
        seal(sweep=True)
        looks = {role: Look(situation, role) for role in ROLES}
        own = Client()
        own.force_login(situation.writer)
        before = {role: look.see() for role, look in looks.items()}
        for role in ("lead", "operator"):
            the_same(before[role], looks[role].see(), f"the instrument is still when nothing happens: {role}")
        assert sum(status == 200 for status, _words in before["lead"].values()) > 12
        assert sum(status == 200 for status, _words in before["operator"].values()) > 12

        @settings(
            max_examples=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            phases=[Phase.generate],  # a history is short enough to read as it is; shrinking takes minutes
        )
        @given(history=histories, role=st.sampled_from(ROLES))
        def law(history, role):
            entries = Entry.objects.count()
            for what, number in history:
                write(situation, what, number)
            assert Entry.objects.count() == entries, "the audit trail tells that something was written"
            seal(sweep=True)
            now = looks[role].see()
            the_same(before[role], now, role)
            for address, (_status, words) in now.items():
                asked = CANARY if CANARY in address else "\0"  # what one asked for oneself stands in the box again
                assert CANARY not in words.replace(asked, "") and FILE_CANARY not in words, f"{role}: {address}"

        law()
        write(situation, "remark", 4)
        seal(sweep=True)
        for role, look in looks.items():  # and every one of them once at the end
            the_same(before[role], look.see(), role)
        mine = own.get(situation.sheet.get_absolute_url()).content.decode()
        assert f"{CANARY}4" in mine and FILE_CANARY in mine, "the instrument can see: the scorer does"


def test_nobody_writes_on_another_s_sheet_by_any_address():
    situation = Situation()
    stood = values_of(heads_of(situation.sheet))
    change = {
        "id": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
        "name": "remark",
        "value": "外人",
        "seen": [],
        "at": "2026-01-01T00:00:00Z",
    }
    for role, person in situation.people.items():
        client = Client()
        if person is not None:
            client.force_login(person)
        pk = situation.sheet.pk
        answers = {
            client.post(
                reverse("evaluations:sheet_sync", args=[pk]), {"device": "x", "changes": [change]}, "application/json"
            ).status_code,
            client.post(
                reverse("evaluations:sheet_files", args=[pk]), {"leaf": str(situation.leaves[0].pk)}
            ).status_code,
            client.post(reverse("evaluations:sheet_remove", args=[pk, situation.evidence.pk])).status_code,
            client.post(situation.sheet.get_absolute_url(), {"remark": "外人"}).status_code,
        }
        assert answers <= ({404} if person else {401, 302}), role
    assert values_of(heads_of(situation.sheet)) == stood and situation.sheet.evidence.count() == 1


def test_what_lies_in_the_database_and_on_the_disk_is_unreadable(settings):
    situation = Situation()
    for what in ("note 0", "remark", "points 2"):
        write(situation, what, 3)
    assert not Mark.objects.exists(), "no mark is made before all sheets are in"
    with connection.cursor() as cursor:
        cursor.execute("select name, value from evaluations_sheetentry")
        rows = cursor.fetchall()
    assert len(rows) == 3 + 4 and not any(CANARY in value or value == POINTS_CANARY for _name, value in rows)
    stored = (settings.MEDIA_ROOT / situation.evidence.file.name).read_bytes()
    assert stored.startswith(b"MINFUENC") and b"JFIF" not in stored
    sheet = Scorecard.objects.get(pk=situation.sheet.pk)
    assert (sheet.visited_on, sheet.remark) == (None, "")


def test_once_all_are_in_who_may_see_it_sees_all_of_it():
    situation = Situation()
    cast = situation.engagement.cast
    write(situation, "note 0", 1)
    a_handed_in_sheet(situation.engagement, situation.writer, 3, 6, 61)
    a_handed_in_sheet(situation.engagement, cast.scorers[1], 3, 6, 62)
    assert again(situation.engagement).is_locked
    for role, status in (
        ("lead", 200),
        ("officer", 200),
        ("provider", 200),
        ("auditor", 200),
        ("another evaluator", 404),
    ):
        client = Client()
        client.force_login(situation.people[role])
        page = client.get(situation.sheet.get_absolute_url())
        assert page.status_code == status, role
        assert client.get(situation.evidence.get_absolute_url()).status_code == status, role
        if status == 200:
            assert f"{CANARY}1" in page.content.decode() and FILE_CANARY in page.content.decode()
    operator = Client()
    operator.force_login(situation.people["operator"])
    assert operator.get(situation.evidence.get_absolute_url()).status_code == 404, "photos are not the operator's"
