"""One box for everything public, in both languages."""

import pytest

from cms.actions import publish_article
from cms.models import SectionPage
from tests.given.site import a_site, an_operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def _a_page():
    guides = SectionPage.objects.child_of(a_site()).get(slug="guides")
    body = [{"type": "text", "value": "<p>入户助浴要提前一天预约。</p>"}]
    publish_article(guides, slug="bathing", title="怎样预约", body=body, by=an_operator())


@pytest.mark.usefixtures("_a_page")
def test_a_published_page_is_found_by_two_characters(client):
    page = client.get("/search/", {"q": "助浴"}).content.decode()
    assert "/guides/bathing/" in page
    assert "<mark>助浴</mark>" in page


@pytest.mark.usefixtures("_a_page")
def test_nothing_found_says_what_to_do(client):
    assert "没有找到" in client.get("/search/", {"q": "无此内容"}).content.decode()
    assert "Nothing found" in client.get("/en/search/", {"q": "无此内容"}).content.decode()


@pytest.mark.parametrize("query", ['home"', "a\x00b", "'; DROP TABLE", "%", "*" * 500, ""])
def test_no_query_breaks_it(client, query):
    assert client.get("/search/", {"q": query, "page": "-3", "kind": "?"}).status_code == 200
