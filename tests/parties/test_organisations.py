import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.parties.actions import admit_organisation, check_uscc, edit_organisation, register_organisation
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role
from tests.given.people import a_person, a_region, an_organisation, valid_uscc

pytestmark = pytest.mark.django_db
WRONG = "52320585MADEMA0119"


def operator():
    return a_person(is_staff=True, is_superuser=True)


def facts(**more):
    return {
        "uscc": valid_uscc(77),
        "name": "新芽社区服务社",
        "kind": "social_organisation",
        "legal_form": "service_body",
        "region": "城厢镇",
        **more,
    }


def test_the_operator_enters_an_organisation(client):
    a_region()
    client.force_login(operator())
    answer = client.post(reverse("parties:register"), facts())
    assert answer.status_code == 302
    assert Organisation.objects.get(uscc=valid_uscc(77)).region.code == "320585100000"


def test_a_wrong_code_is_refused_on_its_field_in_both_languages(client):
    a_region()
    client.force_login(operator())
    chinese = client.post(reverse("parties:register"), facts(uscc=WRONG))
    english = client.post("/en/organisations/new/", facts(uscc=WRONG))
    assert chinese.status_code == english.status_code == 422
    assert "不是有效的统一社会信用代码" in chinese.content.decode()
    assert "is not a valid unified social credit code" in english.content.decode()
    assert "新芽社区服务社" in chinese.content.decode()
    assert not Organisation.objects.exists()


def test_a_failing_check_digit_passes_with_a_reason_a_wrong_form_never():
    assert check_uscc(WRONG.lower(), override="证书原件如此") == WRONG
    with pytest.raises(ValidationError):
        check_uscc("52320585", override="证书原件如此")


def test_a_code_that_is_registered_is_refused():
    there = an_organisation()
    with pytest.raises(ValidationError) as refusal:
        register_organisation(**facts(uscc=there.uscc, region=a_region()), by=operator())
    assert refusal.value.error_dict["uscc"][0].code == "taken"


def test_an_owner_edits_what_it_says_of_itself_and_not_the_register():
    provider = an_organisation()
    owner = a_person(Role.OWNER, of=provider)
    assert edit_organisation(provider, about="日间照料", by=owner).about == "日间照料"
    with pytest.raises(PermissionDenied):
        edit_organisation(provider, name="别的名字", by=owner)


def test_a_social_organisation_asks_and_the_operator_admits(client):
    a_region()
    answer = client.post(
        reverse("parties:join"),
        facts(person_name="王芳", person_phone="13800000009", password="three quiet rivers 5"),
    )
    assert answer.status_code == 302
    asking = Organisation.objects.get(uscc=valid_uscc(77))
    person = User.objects.get(phone="13800000009")
    assert asking.state == "pending"
    assert has_role(person, asking, Role.OWNER)
    assert not Organisation.objects.visible_to(a_person()).filter(pk=asking.pk).exists()
    assert "新芽社区服务社" in client.get(reverse("desk")).content.decode()

    with pytest.raises(PermissionDenied):
        admit_organisation(asking, by=person)
    client.force_login(operator())
    assert "新芽社区服务社" in client.get(reverse("desk")).content.decode()
    assert client.post(reverse("parties:admit", args=[asking.pk])).status_code == 302
    assert Organisation.objects.get(pk=asking.pk).state == "active"


def test_a_town_that_is_not_there_is_refused(client):
    a_region()
    client.force_login(operator())
    answer = client.post(reverse("parties:register"), facts(region="无此镇"))
    assert answer.status_code == 422
    assert "无此镇" in answer.content.decode()


def test_the_register_is_the_operators_and_reads_in_a_constant_number_of_statements(client, django_assert_num_queries):
    client.force_login(a_person())
    assert client.get(reverse("parties:organisations")).status_code == 403
    client.force_login(operator())
    an_organisation()
    client.get(reverse("parties:organisations"))
    with django_assert_num_queries(6) as few:
        client.get(reverse("parties:organisations"))
    for _more in range(5):
        an_organisation()
    with django_assert_num_queries(len(few)):
        client.get(reverse("parties:organisations"))
