import json

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.audit.models import Entry
from marketplace.pages import clock
from marketplace.parties.actions import accept_invitation, end_membership, invite_colleague, withdraw_invitation
from marketplace.parties.models import Invitation, Membership, Role, User
from marketplace.parties.policies import has_role
from marketplace.parties.tasks import invitation_link
from tests.given.people import a_bureau, a_person, an_organisation

pytestmark = pytest.mark.django_db
SECRET = "three quiet rivers 5"


@pytest.fixture
def provider():
    return an_organisation()


@pytest.fixture
def owner(provider):
    return a_person(Role.OWNER, of=provider)


def path_of(invitation):
    return invitation_link(invitation).removeprefix("http://127.0.0.1:8000")


def test_invited_by_mail_and_joins_with_a_new_account(client, provider, owner, django_capture_on_commit_callbacks):
    client.force_login(owner)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            reverse("parties:invite", args=[provider.pk]), {"contact": "Li@Example.org", "role": "counter"}
        )
    assert answer.status_code == 302
    (letter,) = mail.outbox
    assert letter.to == ["li@example.org"]
    invitation = Invitation.objects.get()
    assert path_of(invitation) in letter.body

    client.logout()
    joined = client.post(path_of(invitation), {"name": "李静", "password": SECRET})
    assert joined.status_code == 302
    person = User.objects.get(email="li@example.org")
    assert has_role(person, provider, Role.COUNTER)
    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.get(path_of(invitation)).status_code == 410
    assert set(Entry.objects.values_list("event", flat=True)) >= {
        "invitation.sent",
        "invitation.accepted",
        "user.joined",
    }


def test_the_link_goes_to_the_invited_alone(
    client, provider, owner, settings, tmp_path, django_capture_on_commit_callbacks
):
    """Who sees the link can become the invited person: an approver would be their own officer. A telephone number is
    texted."""
    settings.VAR_DIR = tmp_path
    client.force_login(owner)
    for contact in ("138 0000 0001", "li@example.org"):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(
                reverse("parties:invite", args=[provider.pk]), {"contact": contact, "role": "counter"}, follow=True
            )
        assert "/invitation/" not in answer.content.decode()
    page = client.get(reverse("parties:members", args=[provider.pk])).content.decode()
    assert "13800000001" in page and "li@example.org" in page and "/invitation/" not in page
    client.force_login(a_person(is_superuser=True, is_staff=True))
    assert "/invitation/" not in client.get(reverse("parties:members", args=[provider.pk])).content.decode()

    (text,) = [json.loads(file.read_text()) for file in (tmp_path / "sms").iterdir()]
    invitation = Invitation.objects.get(phone="13800000001")
    assert text["to"] == "13800000001" and path_of(invitation) in text["text"] and provider.name in text["text"]
    client.logout()
    assert client.post(path_of(invitation), {"name": "李静", "password": SECRET}).status_code == 302
    assert [letter.to for letter in mail.outbox] == [["li@example.org"]]


def test_a_weak_password_keeps_what_was_typed(client, provider, owner):
    invitation = invite_colleague(provider, contact="13800000001", role=Role.COUNTER, by=owner)
    answer = client.post(path_of(invitation), {"name": "李静", "password": "1234567890"})
    assert answer.status_code == 422
    assert "李静" in answer.content.decode()
    assert not User.objects.filter(phone="13800000001").exists()


def test_who_has_an_account_joins_with_it(client, provider, owner):
    colleague = a_person()
    invitation = invite_colleague(provider, contact=colleague.email, role=Role.FINANCE, by=owner)
    assert client.post(path_of(invitation), {"name": "x", "password": SECRET}).status_code == 422
    client.force_login(colleague)
    assert client.post(path_of(invitation)).status_code == 302
    assert has_role(colleague, provider, Role.FINANCE)


def test_a_link_expires_can_be_withdrawn_and_must_be_whole(client, provider, owner):
    invitation = invite_colleague(provider, contact="13800000001", role=Role.COUNTER, by=owner)
    with clock.pretend(invitation.expires_at), pytest.raises(ValidationError) as late:
        accept_invitation(invitation, name="李静", password=SECRET)
    assert late.value.code == "expired"
    assert client.get(path_of(invitation)[:-2] + "/").status_code == 410
    withdraw_invitation(invitation, by=owner)
    assert client.get(path_of(invitation)).status_code == 410
    assert not User.objects.filter(phone="13800000001").exists()


@pytest.mark.parametrize(
    ("contact", "role", "code"),
    [("12", Role.COUNTER, "phone"), ("a@b", Role.COUNTER, "email"), ("13800000001", Role.OFFICER, "role")],
)
def test_refused(provider, owner, contact, role, code):
    with pytest.raises(ValidationError) as refusal:
        invite_colleague(provider, contact=contact, role=role, by=owner)
    assert [error.code for errors in refusal.value.error_dict.values() for error in errors] == [code]
    assert not Invitation.objects.exists()


def test_only_who_manages_the_members_invites(client, provider, owner):
    counter = a_person(Role.COUNTER, of=provider)
    with pytest.raises(PermissionDenied):
        invite_colleague(provider, contact="13800000001", role=Role.COUNTER, by=counter)
    client.force_login(counter)
    assert client.get(reverse("parties:invite", args=[provider.pk])).status_code == 403
    client.force_login(a_person(Role.OWNER, of=an_organisation()))
    assert client.get(reverse("parties:members", args=[provider.pk])).status_code == 404
    assert client.get(reverse("parties:invite", args=[provider.pk])).status_code == 404


def test_a_bureaus_approving_officer_manages_its_members():
    bureau = a_bureau()
    approver = a_person(Role.APPROVER, of=bureau)
    assert invite_colleague(bureau, contact="13800000001", role=Role.OFFICER, by=approver)


def test_a_role_ends_but_not_the_last_that_can_invite(provider, owner):
    counter = a_person(Role.COUNTER, of=provider)
    end_membership(Membership.objects.get(user=counter), by=owner)
    assert not has_role(counter, provider)
    with pytest.raises(ValidationError) as refusal:
        end_membership(Membership.objects.get(user=owner), by=owner)
    assert refusal.value.code == "last_manager"
    assert has_role(owner, provider, Role.OWNER)


def test_nobody_takes_up_their_own_invitation(client):
    """Four eyes: an approver who invited a made-up number would be officer and approver of the same tender."""
    bureau = a_bureau()
    approver = a_person(Role.APPROVER, of=bureau)
    invitation = invite_colleague(bureau, contact="13800000077", role=Role.OFFICER, by=approver)
    with pytest.raises(ValidationError) as refusal:
        accept_invitation(invitation, by=approver)
    assert refusal.value.code == "own_role"
    client.force_login(approver)
    assert client.post(path_of(invitation)).status_code == 422
    assert not has_role(approver, bureau, Role.OFFICER)
    assert Invitation.objects.get().accepted_at is None


def test_a_page_that_another_person_opened_is_sent_by_who_is_signed_in_now(client, provider, owner):
    """Its key belongs to the first: the second is neither handed the first one's answer nor met with an error."""
    path, key = reverse("parties:invite", args=[provider.pk]), "0b6f2a1e-5a43-4d56-9c1e-1d6f0a3c7e11"
    second = a_person(Role.OWNER, of=provider)
    for person, contact in ((owner, "13800000091"), (second, "13800000092")):
        client.force_login(person)
        form = {"contact": contact, "role": "counter", "submission_key": key}
        assert client.post(path, form).status_code == 302
    assert Invitation.objects.count() == 2
