"""The shell every page wears: language, large print, policy, robots."""

import pytest

from tests.given.site import a_site

pytestmark = pytest.mark.django_db


def test_large_print_persists_and_is_taken_back(client):
    a_site()
    assert 'class="large-print"' not in client.get("/").content.decode()

    response = client.post("/large-print/", {"on": "1", "next": "/guides/?page=2"})
    assert response.status_code == 302
    assert response["Location"] == "/guides/?page=2"
    assert client.cookies["large_print"]["max-age"] == 365 * 24 * 3600
    for path in ("/", "/en/", "/nichts/"):
        assert 'class="large-print"' in client.get(path).content.decode()

    client.post("/large-print/", {"on": "0", "next": "/"})
    assert 'class="large-print"' not in client.get("/").content.decode()


def test_large_print_never_leads_to_another_site(client):
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert client.post("/large-print/", {"on": "1", "next": target})["Location"] == "/"


def test_the_language_switch_leads_to_the_same_page(client):
    a_site()
    assert 'href="/en/guides/"' in client.get("/guides/").content.decode()
    assert 'href="/guides/"' in client.get("/en/guides/").content.decode()


def test_every_page_carries_a_strict_policy(client):
    a_site()
    for path in ("/", "/nichts/", "/en/guides/"):
        policy = client.get(path)["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_pages_hold_no_inline_style_or_script(client):
    a_site()
    for path in ("/", "/en/", "/guides/", "/nichts/"):
        page = client.get(path).content.decode()
        assert " style=" not in page
        assert "<style" not in page
        assert "<script>" not in page
        assert " onclick=" not in page


def test_the_mark_is_found_where_browsers_look_for_it(client):
    assert client.get("/favicon.ico", follow=True).request["PATH_INFO"].endswith("mark.svg")


def test_robots_and_site_map(client):
    a_site()
    assert "Sitemap:" in client.get("/robots.txt").content.decode()
    site_map = client.get("/sitemap.xml").content.decode()
    for address in ("/</loc>", "/en/</loc>", "/guides/</loc>", "/en/guides/</loc>", "/tenders/</loc>"):
        assert address in site_map


def test_public_pages_set_no_cookie_for_a_stranger(client):
    a_site()
    assert not client.get("/").cookies
