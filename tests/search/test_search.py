import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.search.actions import index, unindex
from marketplace.search.grams import fold, terms
from marketplace.search.models import Document
from marketplace.search.queries import MOST_COUNTED, matching, matching_ids, search
from tests.given.people import a_bureau, a_person

pytestmark = pytest.mark.django_db
TITLES = [
    "城厢镇居家养老服务采购",
    "沙溪镇适老化改造项目",
    "助浴服务进社区",
    "Home care, “home” visits and daycare",
    "100%_满意 'quoted' \"double\"",
    "长者食堂🍚 A座㎡",
    "邻里䶮之家",
]


def given_documents() -> list:
    people = [a_person(name=f"读者{number}") for number in range(len(TITLES))]
    for person, title in zip(people, TITLES, strict=True):
        index(person, kind="thing", title=title, text=f"{title}。说明 text", url="/x/")
    return people


def titles(query: str, **options) -> list[str]:
    return sorted(hit.plain_title for hit in search(query, **options).hits)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("养老", [0]),
        ("助浴", [2]),
        ("适老化改造", [1]),
        ("适老化  改造", [1]),
        ("HOME", [3]),
        ('home"', []),
        ('"home"', []),
        ("“home”", [3]),
        ("ｄａｙｃａｒｅ", [3]),
        ("care home", [3]),
        ("100%", [4]),
        ("%", [4]),
        ("_", [4]),
        ('"double"', [4]),
        ("'", [4]),
        ("🍚", [5]),
        ("m2", [5]),
        ("䶮之", [6]),
        ("镇", [0, 1]),
        ("居家\x00养老", [0]),
        ("\x00", []),
        ("", []),
        ("   ", []),
        ("AND OR NOT NEAR(", []),
        ("养老 OR 助浴", []),
        ("* - : ^ ( )", []),
        ("\ud800", []),
        ("养" * 500, []),
    ],
)
def test_what_a_query_finds(query, found):
    given_documents()
    assert titles(query) == sorted(TITLES[number] for number in found)


def test_a_match_is_marked_and_everything_else_escaped():
    index(a_person(), kind="thing", title="<b>助浴</b> & ㎡", text="前言" * 40 + "<i>助浴</i>服务", url="/x/")
    hit = search("助浴").hits[0]
    assert hit.title == "&lt;b&gt;<mark>助浴</mark>&lt;/b&gt; &amp; ㎡"
    assert hit.snippet.startswith("…") and "&lt;i&gt;<mark>助浴</mark>&lt;/i&gt;" in hit.snippet
    assert search("m2").hits[0].title.endswith("<mark>㎡</mark>")


def test_indexing_again_replaces_and_unindexing_removes():
    bureau = a_bureau()
    index(bureau, kind="bureau", title="旧名", text="", url="/old/")
    index(bureau, kind="bureau", title="新名", text="", url="/new/")
    index(bureau, kind="bureau", title="New name", text="", url="/en/new/", language="en")

    assert not search("旧名").hits
    assert [hit.url for hit in search("新名").hits] == ["/new/"]
    assert not search("新名", language="en").hits

    unindex(bureau)
    assert not Document.objects.exists()
    assert not search("新名").hits


def test_what_is_not_public_is_found_only_when_asked_for():
    bureau = a_bureau()
    index(bureau, kind="bureau", title="草稿采购", text="", url="/x/", is_public=False)
    assert not search("草稿").hits
    assert search("草稿", is_public=None).total == 1
    assert not search("草稿", kinds=["tender"], is_public=None).hits


def test_a_list_is_filtered_by_the_matching_ids():
    bureau, other = a_bureau(name="甲街道民政"), a_bureau(name="乙街道")
    for each in (bureau, other):
        index(each, kind="bureau", title=each.name, text="", url="/x/")
    assert list(type(bureau).objects.filter(pk__in=matching_ids("民政", "bureau"))) == [bureau]


def test_matches_in_the_title_come_first():
    late, early = a_bureau(), a_bureau()
    index(early, kind="bureau", title="助餐服务", text="", url="/title/")
    index(late, kind="bureau", title="其他", text="也有助餐", url="/text/")
    assert [hit.url for hit in search("助餐").hits] == ["/title/", "/text/"]


def test_counting_stops_after_a_thousand():
    person = a_person()
    index(person, kind="thing", title="助浴", text="", url="/x/")
    first = Document.objects.get()
    Document.objects.bulk_create(
        Document(
            kind="thing",
            object_id=str(n),
            language="zh-hans",
            title="助浴",
            url="/x/",
            folded=first.folded,
            grams=first.grams,
            updated_at=first.updated_at,
        )
        for n in range(1_200)
    )
    found = search("助浴", limit=10, offset=20)
    assert (found.total, found.is_capped, len(found.hits)) == (MOST_COUNTED, True, 10)


def test_a_page_takes_two_queries(django_assert_num_queries):
    given_documents()
    with django_assert_num_queries(2):
        search("养老")


def test_postgresql_uses_the_index():
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's planner")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "search_by_grams" in matching("适老化改造").explain()


LETTERS = st.sampled_from(list("养老助浴适化改造居家aAbeh1 0.㎡\"'%_🍚é") + ["home", "　", "İ", "ﬁ", "ß", "\u0301"])
TEXTS = st.lists(LETTERS, max_size=14).map("".join)


@given(documents=st.lists(TEXTS, min_size=1, max_size=5), query=st.one_of(st.lists(LETTERS, max_size=4).map("".join)))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_index_finds_what_a_sequential_scan_finds(documents, query):
    Document.objects.all().delete()
    person = a_person()
    for number, text in enumerate(documents):
        index(person, kind=f"k{number}", title="", text=text, url="/x/")

    wanted = terms(query)
    scanned = {
        f"k{number}" for number, text in enumerate(documents) if wanted and all(term in fold(text) for term in wanted)
    }
    assert {document.kind for document in matching(query)} == scanned
    assert search(query).total == len(scanned)
