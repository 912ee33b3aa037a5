"""Errors help, in the reader's language, and with a program in its own form."""

import pytest
from django.template.loader import get_template
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("path", "words"), [("/nichts/", "没有这个页面"), ("/en/nichts/", "There is no such page")])
def test_a_missing_page_says_so_in_both_languages(client, path, words):
    response = client.get(path)
    assert response.status_code == 404
    assert words in response.content.decode()


def test_a_program_gets_problem_json(client):
    response = client.get("/api/nothing/")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"


def test_a_body_over_the_limit_is_413_and_nothing_is_read(client, settings):
    settings.MOST_REQUEST_BYTES = 1000
    response = client.post("/nichts/", {"text": "字" * 2000})
    assert response.status_code == 413
    assert "太大" in response.content.decode()


def test_more_form_data_than_django_holds_is_413(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1
    response = client.post("/large-print/", {"on": "1", "next": "/guides/"})
    assert response.status_code == 413


def test_a_form_without_its_token_explains_itself():
    response = Client(enforce_csrf_checks=True).post("/en/sign-in/", {"username": "x"})
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


def test_a_broken_server_answers_without_a_database():
    page = get_template("500.html").render()
    assert "系统出错了" in page
    assert "Something broke" in page
