import pytest
from django.core import mail
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from marketplace.parties.actions import issue_token, revoke_token
from marketplace.parties.models import ApiToken, Role, User
from marketplace.parties.tasks import mail_address_changed
from tests.given.people import PASSWORD, a_person, an_organisation

pytestmark = pytest.mark.django_db


def test_a_person_changes_how_they_are_reached(client):
    user = a_person()
    client.force_login(user)
    answer = client.post(
        reverse("parties:profile"),
        {"name": "王芳", "phone": "138 0000 0001", "email": "", "language": "en", "password": PASSWORD},
    )
    assert answer.status_code == 302
    user = User.objects.get(pk=user.pk)
    assert (user.phone, user.email, user.language) == ("13800000001", None, "en")


@pytest.mark.parametrize("password", ["", "wrong"])
@pytest.mark.parametrize("new", [{"email": "thief@example.org"}, {"phone": "13800000666"}, {"email": ""}])
def test_who_found_a_screen_open_does_not_take_the_account(client, password, new, django_capture_on_commit_callbacks):
    """Links that set passwords go to the address: only the password changes it."""
    user = a_person(phone="13800000001")
    client.force_login(user)
    form = {"name": "王芳", "phone": user.phone, "email": user.email, "language": "en", "password": password}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("parties:profile"), form | new)
    assert answer.status_code == 422 and "当前密码不正确" in answer.content.decode()
    kept = User.objects.get(pk=user.pk)
    assert (kept.email, kept.phone, kept.name, mail.outbox) == (user.email, user.phone, user.name, [])
    assert client.post(reverse("parties:profile"), form).status_code == 302, "name and language need none"


@pytest.mark.parametrize("new", ["new@example.org", ""])
def test_the_old_address_is_told(client, new, django_capture_on_commit_callbacks):
    user = a_person(phone="13800000001")
    client.force_login(user)
    form = {"name": "王芳", "phone": user.phone, "email": new, "language": "zh-hans", "password": PASSWORD}
    for _twice in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(reverse("parties:profile"), form).status_code == 302
    (letter,) = mail.outbox
    assert letter.to == [user.email] and (not new or new not in letter.body)
    assert (User.objects.get(pk=user.pk).email or "") == new


def test_the_old_address_does_not_stay_behind_in_the_queue(client, settings, django_capture_on_commit_callbacks):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
    user = a_person(phone="13800000001")
    client.force_login(user)
    form = {"name": "王芳", "phone": user.phone, "email": "", "language": "zh-hans", "password": PASSWORD}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("parties:profile"), form).status_code == 302
    queued = DBTaskResult.objects.get(task_path="marketplace.parties.tasks.mail_address_changed")
    assert user.email not in str(queued.args_kwargs)
    assert mail_address_changed.func(*queued.args_kwargs["args"])
    assert mail.outbox[0].to == [user.email]


def test_a_number_of_another_and_none_at_all_are_refused(client):
    a_person(phone="13800000001")
    client.force_login(a_person())
    address = reverse("parties:profile")
    taken = client.post(address, {"name": "王", "phone": "13800000001", "email": "", "language": "en"})
    nothing = client.post(address, {"name": "王", "phone": "", "email": "", "language": "en"})
    assert taken.status_code == nothing.status_code == 422


def test_a_password_changes_and_this_session_stays(client):
    user = a_person()
    client.force_login(user)
    address = reverse("parties:change_password")
    assert client.post(address, {"old": "wrong", "password": "three quiet rivers 5"}).status_code == 422
    assert client.post(address, {"old": PASSWORD, "password": "three quiet rivers 5"}).status_code == 302
    assert client.get(reverse("parties:profile")).status_code == 200
    assert User.objects.get(pk=user.pk).check_password("three quiet rivers 5")


def test_a_token_is_shown_once_and_kept_as_its_hash(client):
    provider = an_organisation()
    user = a_person(Role.COUNTER, of=provider)
    client.force_login(user)
    key = "0190a000-0000-7000-8000-000000000001"
    shown = client.post(reverse("parties:issue_token"), {"name": "柜台", "submission_key": key})
    assert shown.status_code == 200
    token = shown.context["token"]
    held = ApiToken.objects.get()
    assert token not in held.digest
    assert held.organisation == provider
    assert token not in client.get(reverse("parties:tokens")).content.decode()
    again = client.post(reverse("parties:issue_token"), {"name": "柜台", "submission_key": key})
    assert again.status_code == 302
    assert ApiToken.objects.count() == 1


def test_another_persons_token_is_not_there(client):
    held, _token = issue_token("柜台", None, by=a_person())
    client.force_login(a_person())
    assert client.post(reverse("parties:revoke_token", args=[held.pk])).status_code == 404
    revoke_token(held, by=held.user)
    assert not ApiToken.objects.live().exists()


def test_acting_for_another_of_ones_organisations(client):
    first, second = an_organisation(), an_organisation()
    user = a_person(Role.OWNER, of=first)
    stranger = an_organisation()
    client.force_login(user)
    address = reverse("parties:switch")
    assert client.post(address, {"organisation": second.pk}).status_code == 404
    assert client.post(address, {"organisation": "nonsense"}).status_code == 404
    assert client.post(address, {"organisation": stranger.pk}).status_code == 404
    user.memberships.create(organisation=second, role=Role.FINANCE)
    assert client.post(address, {"organisation": second.pk, "next": "//elsewhere.example"})["Location"] == reverse(
        "desk"
    )
    assert client.get(reverse("desk")).wsgi_request.organisation == second


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize(
    "path", ["/account/", "/account/password/", "/account/tokens/", "/account/tokens/new/", "/inbox/", "/desk/"]
)
def test_pages_of_the_account_open_in_both_languages_and_ask_strangers_to_sign_in(client, prefix, path):
    assert client.get(prefix + path).status_code == 302
    client.force_login(a_person(Role.OWNER, of=an_organisation()))
    assert client.get(prefix + path).status_code == 200


@pytest.mark.parametrize("path", ["/sign-in/", "/password/", "/password/sent/", "/join/", "/en/sign-in/", "/en/join/"])
def test_open_pages(client, path):
    assert client.get(path).status_code == 200
