import pytest
from django.urls import reverse

from marketplace.parties.actions import issue_token, revoke_token
from marketplace.parties.models import ApiToken, Role, User
from tests.given.people import PASSWORD, a_person, an_organisation

pytestmark = pytest.mark.django_db


def test_a_person_changes_how_they_are_reached(client):
    user = a_person()
    client.force_login(user)
    answer = client.post(
        reverse("parties:profile"), {"name": "王芳", "phone": "138 0000 0001", "email": "", "language": "en"}
    )
    assert answer.status_code == 302
    user = User.objects.get(pk=user.pk)
    assert (user.phone, user.email, user.language) == ("13800000001", None, "en")


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
