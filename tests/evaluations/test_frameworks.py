"""A framework is written in a table: a tree of 99 is refused in plain words and nothing typed is lost."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from evaluations import actions, treerows
from evaluations.management.commands.load_frameworks import SHIPPED
from evaluations.models import Framework, FrameworkDraft
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from tests.given.people import a_bureau, a_person
from tests.given.refusals import refused
from tests.given.rounds import RATING_SPEC

pytestmark = pytest.mark.django_db
SPECS = json.loads(SHIPPED.read_text(encoding="utf-8"))


def row(**cells: str) -> dict[str, str]:
    return dict.fromkeys(treerows.CELLS, "") | {"level": "1"} | cells


TREE_OF_99 = [
    row(code="A", name="产出", dimension="output"),
    row(level="2", code="A1", name="数量", weight="59", top="10", evidence="台账"),
    row(code="B", name="过程", dimension="process"),
    row(level="2", code="B1", name="记录", weight="40", top="5", evidence="抽查"),
]


TWINS = [row(code="A", name="一", weight="50", top="5"), row(code="A", name="二", weight="50", top="5")]


def posted(rows: list[dict[str, str]], **facts: str) -> dict[str, object]:
    given = {
        "title": "新指标",
        "title_en": "",
        "code": "new-one",
        "kind": "contract",
        "source": "",
        "out_of": "100",
        "bands": "",
    }
    return given | facts | {f"row_{name}": [one[name] for one in rows] for name in treerows.CELLS}


@pytest.fixture
def officer(client):
    person = a_person(Role.OFFICER, of=a_bureau())
    client.force_login(person)
    return person


def test_a_tree_of_99_is_refused_and_nothing_typed_is_lost(client, officer):
    client.post(reverse("evaluations:framework_write"))
    draft = FrameworkDraft.objects.get()
    answer = client.post(draft.get_absolute_url(), posted(TREE_OF_99) | {"adopt": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "99" in page and not Framework.objects.exists()
    for typed in ("新指标", "new-one", "数量", "台账", "抽查"):
        assert typed in page
    client.post(draft.get_absolute_url(), posted(TREE_OF_99) | {"keep": "1"})
    assert [one["name"] for one in FrameworkDraft.objects.get().rows] == ["产出", "数量", "过程", "记录"]

    whole = [TREE_OF_99[0], TREE_OF_99[1] | {"weight": "60"}, *TREE_OF_99[2:]]
    assert client.post(draft.get_absolute_url(), posted(whole) | {"adopt": "1"}).status_code == 302
    made = Framework.objects.get()
    assert (made.code, made.version) == ("new-one", 1)
    assert made.indicators.get(code="A").weight == 60 and made.indicators.get(code="A1").parent.code == "A"
    with refused("adopted"):
        actions.adopt_draft(FrameworkDraft.objects.get(), by=officer)


def test_another_version_is_written_from_the_last(client, officer):
    actions.add_framework(RATING_SPEC, by=service_user("tests"))
    client.post(reverse("evaluations:framework_write") + "?code=test-rating&version=1")
    draft = FrameworkDraft.objects.get()
    assert [one["weight"] for one in draft.rows] == ["40", "35", "25"]
    made = actions.adopt_draft(draft, by=officer)
    assert (made.version, made.out_of, made.bands) == (2, 1000, RATING_SPEC["bands"])
    assert list(Framework.objects.current()) == [made]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"rows": [row(code="A", name="过程", dimension="process", weight="100", top="5")]}, "results", "Caiyu"),
        ({"rows": [row(code="A", name="产出", weight="x", top="5")]}, "row", "Row 1"),
        ({"rows": [row(code="A", name="产出", weight="100")]}, "leaf", "A"),
        ({"rows": [row(level="2", code="A", name="产出", weight="100", top="5")]}, "row", "nothing above"),
        ({"rows": TWINS}, "codes", "A"),
        ({"rows": [row(code="A", name="产出", weight="100", top="5", measure="delivered_share")]}, "measure", "A"),
        ({"rows": [row(code="A", name="治理", weight="100", top="5")], "kind": "rating"}, "bands", "level"),
        ({"rows": []}, "empty", ""),
        ({"rows": [row(code="A", name="产出", weight="100", top="5")], "title": ""}, "untitled", ""),
    ],
)  # fmt: skip
def test_what_can_t_be_adopted(officer, change, code, words):
    bureau = officer.memberships.get().organisation
    draft = actions.start_draft(bureau, by=officer)
    facts = {"code": "x", "title": "题", "title_en": "", "source": "", "kind": "contract", "out_of": 100, "bands": []}
    rows = change.pop("rows")
    draft = actions.save_draft(draft, facts=facts | change, rows=rows, by=officer)
    with refused(code, words):
        actions.adopt_draft(draft, by=officer)
    assert not Framework.objects.exists()


def test_a_stranger_s_draft_is_not_found(client, officer):
    other = a_person(Role.OFFICER, of=a_bureau())
    draft = actions.start_draft(other.memberships.get().organisation, by=other)
    assert client.get(draft.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec['code']}-{spec['version']}")
def test_every_shipped_template_stands(client, spec):
    made = actions.add_framework(spec, by=service_user("tests"))
    leaves = made.indicators.filter(top__isnull=False)
    assert sum(leaf.weight for leaf in leaves) == Decimal(100)
    assert treerows.rows_of(list(made.indicators.all()))[0]["code"] == "A"
    assert client.get(made.get_absolute_url()).status_code == 200
