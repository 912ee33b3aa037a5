"""What every test shares: a light password hasher, files in a folder of its own, no waiting."""

import pytest
from django.utils import translation
from playwright.sync_api import sync_playwright

from marketplace.parties.api import KnownBearer
from tests.append_only import let_flush_empty_them
from tests.databases import copy_template, drop_copy
from tests.given.chromium import LAUNCH


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, django_db_modify_db_settings):
    """In place of pytest-django's, which migrates for every worker and every run."""
    with django_db_blocker.unblock():
        copy_template()
    yield
    with django_db_blocker.unblock():
        drop_copy()


@pytest.fixture(autouse=True)
def _light_and_apart(settings, tmp_path):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CUSTODIAN_OPSLIMIT, settings.CUSTODIAN_MEMLIMIT = 1, 8192
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.AUDIT_HEADS_DIR = str(tmp_path / "heads")
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture(scope="session", autouse=True)
def _flush_may_empty_append_only_tables():
    with pytest.MonkeyPatch.context() as monkeypatch:
        let_flush_empty_them(monkeypatch)
        yield


@pytest.fixture(autouse=True)
def _in_chinese(settings):
    """A request to /en/ leaves its language behind in the thread; each test begins with the city's own."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def _nobody_is_known(monkeypatch):
    """What a process remembers of tokens is of the test before."""
    monkeypatch.setattr(KnownBearer, "_known", {})


@pytest.fixture
def playwright(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps a loop in this thread
    with sync_playwright() as started:
        yield started


@pytest.fixture
def chromium(playwright):
    browser = playwright.chromium.launch(**LAUNCH)
    yield browser
    browser.close()
