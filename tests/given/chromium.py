"""Somebody at a screen: the machine's Chromium, with all the time it needs on a busy machine."""

import shutil

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Page, expect

from tests.given.people import PASSWORD

CHROMIUM = shutil.which("chromium")
PHONE = {"width": 360, "height": 780}
PATIENCE = 30_000  # ms until what is expected on a page counts as not coming
IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
LAUNCH = {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--lang=zh-CN"]}

expect.set_options(timeout=PATIENCE)


def follow(page: Page, target: Locator) -> None:
    """Press, and wait for the page that comes; the answer to a form may have the address of the form."""
    with page.expect_navigation(timeout=PATIENCE):
        target.click()


def sign_in(page: Page, base: str, person) -> None:
    if "/sign-in/" not in page.url:
        page.goto(f"{base}/sign-in/")
    page.fill("[name=username]", person.email)
    page.fill("[name=password]", PASSWORD)
    follow(page, page.locator("main button[type=submit]").first)
    assert "/sign-in/" not in page.url, page.inner_text("main")


def look(page: Page, name: str) -> None:
    """Keep a picture in `var/screenshots`, for eyes; nothing sticks out to the right."""
    folder = settings.VAR_DIR / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert beyond <= 0, f"{page.url} is {beyond} px too wide"
