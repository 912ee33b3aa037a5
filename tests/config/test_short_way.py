"""A program's call of the counter takes the short way and still has what every answer must have."""

import pytest

pytestmark = pytest.mark.django_db
BALANCE = "/api/v1/vouchers/cards/1234567890123452/balance"


def test_a_program_without_a_known_token_is_told_so_with_every_header(client):
    answer = client.get(BALANCE, headers={"Authorization": "Bearer nobody's"})
    assert answer.status_code == 401
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] and answer["Content-Language"] == "zh-hans"
    assert int(answer["Content-Length"]) == len(answer.content)
    assert not answer.cookies


def test_a_program_is_sent_to_the_encrypted_door(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get(BALANCE, headers={"Authorization": "Bearer nobody's"})
    assert answer.status_code == 301 and answer["Location"].startswith("https://")


def test_a_body_over_the_limit_is_refused_before_it_is_read(client, settings):
    settings.MOST_REQUEST_BYTES = 10
    answer = client.post(
        "/api/v1/vouchers/redemptions",
        {"card": "x" * 100},
        content_type="application/json",
        headers={"Authorization": "Bearer nobody's"},
    )
    assert answer.status_code == 413


def test_a_signed_in_browser_is_nobody_to_the_counter_s_program(client, django_user_model):
    client.force_login(django_user_model.objects.create_user(email="someone@example.org", name="某人", password="x"))
    assert client.get(BALANCE).status_code == 401
    assert client.get(BALANCE, headers={"Authorization": "Bearer nobody's"}).status_code == 401


def test_an_address_that_is_not_there_is_404(client):
    answer = client.get("/api/v1/vouchers/nothing", headers={"Authorization": "Bearer nobody's"})
    assert answer.status_code == 404


def test_programs_are_counted_among_the_figures(client):
    for _time in range(2):
        client.get(BALANCE, headers={"Authorization": "Bearer nobody's"})
    lines = client.get("/metrics").content.decode().splitlines()
    counted = [line for line in lines if line.startswith("django_http_responses_total_by_status_view_method_total")]
    assert any('card_balance"' in line and 'status="401"' in line for line in counted)
