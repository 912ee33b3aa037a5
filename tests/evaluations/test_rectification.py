"""What must be put right after an evaluation, followed to its end over HTTP."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from evaluations import actions
from evaluations.models import Rectification
from marketplace.pages import clock
from tests.given.evaluations import a_published_engagement, a_replied_engagement
from tests.given.people import a_person
from tests.given.pictures import PNG

pytestmark = pytest.mark.django_db


def tomorrow():
    return clock.today() + datetime.timedelta(days=1)


def a_demand():
    engagement = a_published_engagement()
    made = actions.demand_rectification(
        engagement, problem="夜间没有人值守", due_on=tomorrow(), by=engagement.cast.officer
    )
    made.cast = engagement.cast
    return made


def test_from_demand_to_confirmation_with_one_return(client):
    engagement = a_published_engagement()
    cast = engagement.cast
    client.force_login(cast.officer)
    demand = f"/evaluations/{engagement.pk}/rectify/"
    assert client.post(demand, {"problem": "夜间没有人值守", "due_on": clock.today().isoformat()}).status_code == 422
    assert client.post(demand, {"problem": "夜间没有人值守", "due_on": tomorrow().isoformat()}).status_code == 302
    made = Rectification.objects.get()
    page = made.get_absolute_url()

    client.force_login(cast.owner)
    assert "夜间没有人值守" in client.get("/desk/").text or client.get(page).status_code == 200
    assert client.post(f"{page}plan/", {"plan": " "}).status_code == 422
    assert client.post(f"{page}plan/", {"plan": "两人轮值"}).status_code == 302
    photo = SimpleUploadedFile("值守.png", PNG, content_type="image/png")
    assert client.post(f"{page}report/", {"proof": "已排班", "file": photo}).status_code == 302

    client.force_login(cast.officer)
    assert client.post(f"{page}return/", {"reason": "周末还空着"}).status_code == 302
    client.force_login(cast.owner)
    assert "周末还空着" in client.get(page).text
    assert client.post(f"{page}report/", {"proof": "周末也排了"}).status_code == 302
    client.force_login(cast.officer)
    assert client.post(f"{page}confirm/").status_code == 302
    assert b"".join(client.get(f"{page}file/").streaming_content) == PNG

    client.logout()
    assert "已整改到位" in client.get(page).text
    assert client.get(f"{page}file/").status_code == 404
    assert client.get(f"/en{page}").status_code == client.get(engagement.get_absolute_url()).status_code == 200


def test_a_photo_that_is_none_is_refused_and_the_words_stay(client):
    made = a_demand()
    actions.plan_rectification(made, plan="轮值", by=made.cast.owner)
    client.force_login(made.cast.owner)
    fake = SimpleUploadedFile("值守.png", b"MZ not a picture", content_type="image/png")

    answer = client.post(f"{made.get_absolute_url()}report/", {"proof": "已经排好了班", "file": fake})

    assert answer.status_code == 422 and "已经排好了班" in answer.text
    assert Rectification.objects.get().state == Rectification.State.PLANNED


def test_each_step_belongs_to_its_side_and_its_time(client):
    made = a_demand()
    cast = made.cast
    for act, wrong in [
        (lambda by: actions.plan_rectification(made, plan="x", by=by), cast.officer),
        (lambda by: actions.confirm_rectification(made, by=by), cast.owner),
    ]:
        with pytest.raises(PermissionDenied):
            act(wrong)
    for act in (
        lambda: actions.report_rectification(made, proof="x", by=cast.owner),
        lambda: actions.confirm_rectification(made, by=cast.officer),
        lambda: actions.return_rectification(made, reason="x", by=cast.officer),
    ):
        with pytest.raises(ValidationError) as refused:
            act()
        assert refused.value.code == "state"
    client.force_login(a_person())
    assert client.post(f"{made.get_absolute_url()}plan/", {"plan": "我来"}).status_code == 403


def test_nothing_is_demanded_before_the_publication():
    engagement = a_replied_engagement()
    with pytest.raises(ValidationError) as refused:
        actions.demand_rectification(engagement, problem="x", due_on=tomorrow(), by=engagement.cast.officer)
    assert refused.value.code == "state"
