"""The public site in both languages, from an empty database on."""

import pytest

from cms.actions import open_site, publish_article
from cms.models import HomePage, SectionPage
from marketplace.audit.models import Entry
from tests.given.site import a_site, an_operator

pytestmark = pytest.mark.django_db

BODY = [
    {"type": "heading", "value": "怎样领取"},
    {"type": "text", "value": "<p>每月一日自动发放，不用申请。</p>"},
    {"type": "notice", "value": {"tone": "warning", "text": "<p>不要把密码告诉别人。</p>"}},
    {"type": "steps", "value": {"steps": [{"title": "带上卡", "text": "<p>到服务机构。</p>"}]}},
    {
        "type": "table",
        "value": {
            "columns": [{"type": "text", "heading": "年龄"}, {"type": "number", "heading": "金额"}],
            "rows": [{"values": ["80岁以上", "80元"]}],
            "caption": "标准",
        },
    },
    {"type": "question", "value": {"question": "可以给别人用吗？", "answer": "<p>不可以。</p>"}},
    {"type": "link", "value": {"label": "查看服务机构", "address": "/providers/"}},
]


@pytest.mark.parametrize(("path", "words"), [("/", "我要投标"), ("/en/", "I want to bid")])
def test_the_home_page_of_an_empty_city_says_what_it_is(client, path, words):
    a_site()
    response = client.get(path)
    assert response.status_code == 200
    assert words in response.content.decode()


def test_opening_the_site_twice_makes_nothing_twice():
    open_site(by=None)
    open_site(by=None)
    assert HomePage.objects.count() == 2
    assert SectionPage.objects.count() == 8


def test_a_page_is_read_in_both_languages_at_one_address(client):
    home, by = a_site(), an_operator()
    chinese = SectionPage.objects.child_of(home).get(slug="guides")
    english = chinese.get_translations().get()
    first = publish_article(chinese, slug="voucher", title="怎样用服务券", body=BODY, by=by, audience="resident")
    publish_article(english, slug="voucher", title="How to use a voucher", body=[], by=by, translation_of=first)

    page = client.get("/guides/voucher/").content.decode()
    for words in (
        "怎样领取",
        "每月一日自动发放",
        "不要把密码告诉别人",
        "带上卡",
        "80岁以上",
        "可以给别人用吗",
        "查看服务机构",
    ):
        assert words in page
    assert 'href="/en/guides/voucher/"' in page

    page = client.get("/en/guides/voucher/").content.decode()
    assert "How to use a voucher" in page
    assert 'href="/guides/voucher/"' in page
    assert "怎样用服务券" in client.get("/guides/").content.decode()
    assert Entry.objects.filter(event="page.published").count() == 2


def test_an_empty_section_says_so(client):
    a_site()
    assert client.get("/news/").status_code == 200
    assert client.get("/en/policy/").status_code == 200


def test_editors_sign_in_at_the_one_door(client):
    response = client.get("/cms/")
    assert response.status_code == 302
    assert "/cms/login" not in response["Location"]


def test_editors_screens_are_let_off_the_strict_policy_and_no_other_page_is(client):
    a_site()
    client.force_login(an_operator(), backend="marketplace.parties.backends.PhoneOrEmailBackend")
    assert "'unsafe-inline'" in client.get("/cms/")["Content-Security-Policy"]
    for path in ("/", "/en/", "/guides/", "/desk/"):
        policy = client.get(path)["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
