"""The library of experts: who keeps it, what an entry does to a draw, and that its history stays."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse

from marketplace.directory.models import Category
from marketplace.parties.models import Organisation, Role, User
from marketplace.tenders import actions
from marketplace.tenders.actions.experts import describe_expert
from marketplace.tenders.drawing import library
from marketplace.tenders.models import ExpertChange
from tests.given.people import a_person, a_region, an_organisation
from tests.given.refusals import refused
from tests.given.tenders import a_category, a_draft, after_deadline, an_opened_tender

pytestmark = pytest.mark.django_db


def a_library(size: int = 1) -> tuple[Organisation, User, list[User]]:
    finance = an_organisation(Organisation.Kind.FINANCE)
    return finance, a_person(Role.OFFICER, of=finance), [a_person(Role.EXPERT, of=finance) for _ in range(size)]


def another_kind() -> Category:
    return Category.objects.get_or_create(code="legal", defaults={"name": "法律援助", "name_en": "Legal aid"})[0]


def test_an_entry_decides_for_what_one_is_drawn_and_where():
    _finance, keeper, (other, same, anything) = a_library(3)
    tender = a_draft()
    city = a_region()  # the town; the draw asks for the prefecture
    describe_expert(other, specialities=[another_kind()], region=None, reason="律师执业证", by=keeper)
    describe_expert(same, specialities=[a_category()], region=city, reason="护理高级职称", by=keeper)
    assert set(library(tender)) >= {other, same, anything}
    drawn = set(library(tender, by_speciality=True, by_region=True))
    assert other not in drawn
    assert {same, anything} <= drawn


def test_a_draw_by_speciality_seats_nobody_else():
    _finance, keeper, experts = a_library(7)
    for expert in experts[:4]:
        describe_expert(expert, specialities=[another_kind()], region=None, reason="律师执业证", by=keeper)
    tender = an_opened_tender()
    with after_deadline(tender, minutes=30):
        panel = actions.draw_panel(tender, by_speciality=True, by=tender.cast.officer)
    assert set(panel.members.values_list("user", flat=True)) == {one.pk for one in experts[4:]}


def test_every_change_stays_with_its_reason():
    _finance, keeper, [expert] = a_library()
    describe_expert(expert, specialities=[a_category()], region=None, reason="职称证书", by=keeper)
    with refused("unchanged"):
        describe_expert(expert, specialities=[a_category()], region=None, reason="再写一次", by=keeper)
    with refused("reason_missing"):
        describe_expert(expert, specialities=[], region=None, reason=" ", by=keeper)
    describe_expert(expert, specialities=[], region=a_region(), reason="调任", by=keeper)
    newest, oldest = ExpertChange.objects.order_by("-changed_at")
    assert (oldest.specialities_before, oldest.specialities_after) == ([], ["日间照料"])
    assert (newest.specialities_before, newest.region_after) == (["日间照料"], "城厢镇")
    with pytest.raises(DatabaseError), transaction.atomic():
        ExpertChange.objects.filter(pk=newest.pk).update(reason="改写")


def test_who_may_write():
    _finance, keeper, [expert] = a_library()
    _other, stranger, _experts = a_library()
    for person in (stranger, expert, a_draft().cast.officer):
        with pytest.raises(PermissionDenied):
            describe_expert(expert, specialities=[], region=a_region(), reason="x", by=person)
    assert not ExpertChange.objects.exists()
    assert describe_expert(expert, specialities=[], region=a_region(), reason="住址", by=keeper).region == a_region()


def test_the_pages(client):
    _finance, keeper, [expert] = a_library()
    page = reverse("tenders:expert", args=[expert.pk])
    client.force_login(keeper)
    assert page in client.get(reverse("tenders:experts")).content.decode()
    kind = a_category()
    assert client.post(page, {"specialities": [kind.pk], "region": "", "reason": ""}).status_code == 422
    assert client.post(page, {"specialities": [kind.pk], "region": "", "reason": "职称证书"}).status_code == 302
    read = client.get(page).content.decode()
    assert "职称证书" in read
    assert keeper.name in read
    buyer = a_draft().cast.officer
    client.force_login(buyer)
    assert "职称证书" in client.get(page).content.decode(), "who draws panels reads the entry"
    assert client.post(page, {"specialities": [], "reason": "x"}).status_code == 403
    client.force_login(expert)
    assert client.get(page).status_code == 403
    assert client.get(reverse("tenders:experts")).status_code == 403
    client.force_login(keeper)
    assert client.get(reverse("tenders:expert", args=[buyer.pk])).status_code == 404, "not an expert"


def test_the_list_is_one_number_of_statements(client, django_assert_max_num_queries):
    _finance, keeper, _experts = a_library(2)
    client.force_login(keeper)
    address = reverse("tenders:experts")
    client.get(address)
    with django_assert_max_num_queries(60) as few:
        client.get(address)
    for _more in range(6):
        expert = a_person(Role.EXPERT, of=_finance)
        describe_expert(expert, specialities=[a_category(), another_kind()], region=a_region(), reason="x", by=keeper)
    with django_assert_max_num_queries(len(few.captured_queries) + 1):  # the specialities, once for all
        client.get(address)
