import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.given.people import PASSWORD, a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def after_commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def sign_in(client, name, password=PASSWORD, **more):
    return client.post(reverse("parties:sign_in"), {"username": name, "password": password, **more})


@pytest.mark.parametrize("typed", ["13812345678", "+86 138 1234 5678", "138-1234-5678", " WANG@Example.org "])
def test_in_by_telephone_or_e_mail_however_it_is_typed(client, typed):
    user = a_person(phone="13812345678")
    user.email = "wang@example.org"
    user.save()

    answer = sign_in(client, typed)

    assert answer.status_code == 302
    assert answer["Location"] == reverse("desk")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_refusal_does_not_say_what_was_wrong(client):
    user = a_person()
    unknown = sign_in(client, "nobody@example.org")
    wrong = sign_in(client, user.email, "not the password")
    assert unknown.status_code == wrong.status_code == 422
    for answer in (unknown, wrong):
        assert "手机号或邮箱与密码不匹配" in answer.content.decode()
        assert "_auth_user_id" not in client.session


def test_who_has_left_stays_out(client):
    user = a_person(is_active=False)
    assert sign_in(client, user.email).status_code == 422


def test_a_way_back_leads_only_to_this_site(client):
    user = a_person()
    assert sign_in(client, user.email, next="https://elsewhere.example/")["Location"] == reverse("desk")
    client.logout()
    assert sign_in(client, user.email, next="/inbox/")["Location"] == "/inbox/"


@pytest.mark.parametrize(("address", "word"), [("/sign-in/", "一刻钟"), ("/en/sign-in/", "Too many tries")])
def test_too_many_tries_close_the_door(client, settings, address, word):
    user = a_person()
    for _again in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post(address, {"username": user.email, "password": "wrong"})
    assert answer.status_code == 429
    assert word in answer.content.decode()
    assert client.post(address, {"username": user.email, "password": PASSWORD}).status_code == 429


@pytest.mark.parametrize("door", ["/cms/login/", "/admin/login/", "/sign-in/"])
def test_another_spelling_is_no_new_try(client, settings, door):
    """Every door that takes a password counts the same name, however it is typed."""
    a_person(phone="13812345678", is_staff=True, is_superuser=True)
    digits = "13812345678"
    for cut in range(1, settings.AXES_FAILURE_LIMIT + 1):
        typed = f"{digits[:cut]} {digits[cut:]}"
        answer = client.post(door, {"username": typed, "password": "wrong"})
    assert answer.status_code == 429
    assert client.post(door, {"username": "+8613812345678", "password": PASSWORD}).status_code == 429


def test_passwords_are_reset_by_our_own_door_only(client, after_commit):
    """Wagtail's second door wrote nothing into the trail and sent as many letters as were asked for."""
    user = a_person()
    with after_commit():
        assert client.post("/cms/password_reset/", {"email": user.email}).status_code == 404
    assert mail.outbox == []


def test_a_mailbox_is_not_filled_from_here(client, after_commit):
    user = a_person()
    with after_commit():
        for _again in range(5):
            assert client.post(reverse("parties:ask_reset"), {"contact": user.email}).status_code == 302
    assert len(mail.outbox) == 1


def test_out_by_post_only(client):
    client.force_login(a_person())
    assert client.get(reverse("parties:sign_out")).status_code == 405
    assert client.post(reverse("parties:sign_out")).status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_mailed_link_sets_a_new_password_once(client, after_commit):
    user = a_person()
    with after_commit():
        answer = client.post(reverse("parties:ask_reset"), {"contact": user.email})
    assert answer.status_code == 302
    (letter,) = mail.outbox
    link = next(line for line in letter.body.splitlines() if "/password/" in line)
    path = link.removeprefix("http://127.0.0.1:8000")

    assert client.get(path).status_code == 200
    weak = client.post(path, {"password": "12345"})
    assert weak.status_code == 422
    assert client.post(path, {"password": "three quiet rivers 5"}).status_code == 302
    assert client.get(path).status_code == 410
    assert sign_in(client, user.email, "three quiet rivers 5").status_code == 302


def test_asking_for_a_link_says_nothing_about_who_exists(client, after_commit):
    with after_commit():
        unknown = client.post(reverse("parties:ask_reset"), {"contact": "nobody@example.org"})
    assert unknown.status_code == 302
    assert unknown["Location"] == reverse("parties:reset_sent")
    assert not mail.outbox


def test_one_name_tried_from_many_addresses_is_closed_to_strangers_only(client, settings):
    """A hundred machines with nine tries each are still one guesser; the owner's own browser is no stranger."""
    settings.SIGN_IN_FAILURES_ANYWHERE = 20
    user, neighbour = a_person(), a_person()
    home = Client()
    assert sign_in(home, user.email).status_code == 302
    assert user.email not in home.cookies["been_here"].value
    home.post(reverse("parties:sign_out"))

    def tries(address: str, name: str, password: str = "wrong", browser: Client = client) -> int:
        given = {"username": name, "password": password}
        return browser.post(reverse("parties:sign_in"), given, REMOTE_ADDR=address).status_code

    answers = [tries(f"198.51.100.{number}", user.email) for number in range(20)]
    assert answers == [422] * 19 + [429]
    assert tries("198.51.100.99", user.email, PASSWORD) == 429, "the right guess came too late"
    assert tries("198.51.100.99", neighbour.email, PASSWORD) == 302, "another name is another door"
    assert tries("203.0.113.5", user.email, PASSWORD, home) == 302
    home.post(reverse("parties:sign_out"))
    answers = [tries("203.0.113.5", user.email, browser=home) for _again in range(settings.AXES_FAILURE_LIMIT)]
    assert answers[-1] == 429, "and it has no more tries than any"


def test_one_address_that_tries_many_names_is_closed_to_strangers_only(client, settings):
    """One password tried on everybody: no name has many failures, the address has."""
    settings.SIGN_IN_FAILURES_OF_AN_ADDRESS = 20
    colleague, victim = a_person(), a_person()
    own = Client()
    assert sign_in(own, colleague.email).status_code == 302
    own.post(reverse("parties:sign_out"))
    answers = [sign_in(client, f"person{number}@example.org", "Summer2026!").status_code for number in range(20)]
    assert answers == [422] * 19 + [429]
    assert sign_in(client, victim.email).status_code == 429
    assert sign_in(own, colleague.email).status_code == 302, "who has come in from here before is no stranger"
    elsewhere = {"username": victim.email, "password": PASSWORD}
    assert client.post(reverse("parties:sign_in"), elsewhere, REMOTE_ADDR="203.0.113.9").status_code == 302
