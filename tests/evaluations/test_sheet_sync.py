"""Values from several devices: each arrives once, none replaces what it has not seen, what is wrong is said."""

import json
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from evaluations import actions
from evaluations.models import Engagement, Scorecard, SheetEntry
from evaluations.queries import heads_of, scored_leaves
from evaluations.sheets import Change, values_of
from marketplace.audit.models import Entry
from marketplace.pages import clock
from marketplace.parties.actions import grant_role
from marketplace.parties.models import Role
from tests.given.evaluations import a_handed_in_sheet, a_planned_engagement, a_scoring_engagement, again
from tests.given.people import a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet():
    engagement = a_scoring_engagement(scorers=2)
    found = engagement.scorecards.get(scorer=engagement.cast.scorers[0])
    found.case, found.by = engagement, engagement.cast.scorers[0]
    found.leaves = list(scored_leaves(engagement.framework))
    found.points = f"points_{found.leaves[0].pk}"
    return found


def a_change(sheet, value, *, name="", seen=(), key=None) -> dict:
    return {
        "id": str(key or uuid.uuid4()),
        "name": name or sheet.points,
        "value": value,
        "seen": [str(one) for one in seen],
        "at": clock.now().isoformat(),
    }


class Device:
    def __init__(self, client, sheet, name="平板") -> None:
        self.client, self.sheet, self.name = client, sheet, name
        client.force_login(sheet.by)

    def send(self, *changes, **more):
        return self.client.post(
            reverse("evaluations:sheet_sync", args=[self.sheet.pk]),
            json.dumps({"device": self.name, "changes": changes} | more),
            "application/json",
        )


def heads(answer, name) -> list[str]:
    return [head["value"] for head in answer.json()["heads"].get(name, [])]


def test_a_change_arrives_once_however_often_it_is_sent(sheet, client):
    device, change = Device(client, sheet), a_change(sheet, "4")
    for _ in range(3):
        assert heads(device.send(change), sheet.points) == ["4"]
    assert SheetEntry.objects.count() == 1


def test_two_devices_that_did_not_know_of_each_other_both_stand(sheet, client):
    device = Device(client, sheet)
    base = a_change(sheet, "1")
    device.send(base)
    one, other = a_change(sheet, "4", seen=[base["id"]]), a_change(sheet, "2", seen=[base["id"]])
    assert heads(device.send(one), sheet.points) == ["4"]
    assert heads(device.send(other), sheet.points) == ["4", "2"]
    assert device.send(hand_in=True).json()["trouble"]["code"] == "conflict"
    chosen = a_change(sheet, "2", seen=[one["id"], other["id"]])
    assert heads(device.send(chosen), sheet.points) == ["2"]


def test_the_same_value_from_two_devices_is_no_conflict(sheet, client):
    device = Device(client, sheet)
    device.send(a_change(sheet, "4"))
    assert heads(device.send(a_change(sheet, "4")), sheet.points) == ["4"]


def test_a_chain_written_without_a_line_ends_in_its_last_value(sheet, client):
    first = a_change(sheet, "1")
    later = a_change(sheet, "3", seen=[first["id"]])
    assert heads(Device(client, sheet).send(first, later), sheet.points) == ["3"]


def test_what_is_wrong_is_said_and_the_rest_is_kept(sheet, client):
    note = f"note_{sheet.leaves[0].pk}"
    changes = (
        a_change(sheet, "6"),
        a_change(sheet, "看过", name=note),
        a_change(sheet, "x" * 4001, name="remark"),
        a_change(sheet, "9999-99-99", name="visited_on"),
        a_change(sheet, "1", name="points_" + str(uuid.uuid4())),
        a_change(sheet, "٣", name=f"points_{sheet.leaves[1].pk}"),
    )
    answer = Device(client, sheet).send(*changes)
    refused = answer.json()["refused"]
    assert {fault["code"] for fault in refused.values()} == {"out_of_range", "too_long", "not_a_day", "unknown_leaf"}
    assert refused[sheet.points]["words"] == "请打0至5分。"
    assert values_of(heads_of(sheet)) == {note: "看过"}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"device": 1}', b'{"device": "x", "changes": [{"id": "no"}]}', b"\xff"])
def test_what_can_t_be_read_is_refused(sheet, client, body):
    client.force_login(sheet.by)
    answer = client.post(reverse("evaluations:sheet_sync", args=[sheet.pk]), body, "application/json")
    assert answer.status_code == 422 and answer.json()["code"] == "unreadable"


def test_a_device_without_a_sign_in_hears_it_and_one_whose_sheet_is_in(sheet, client):
    assert client.post(reverse("evaluations:sheet_sync", args=[sheet.pk])).status_code == 401
    a_handed_in_sheet(sheet.case, sheet.by, 4, 8, 90)
    answer = Device(client, sheet).send(a_change(sheet, "1"))
    assert (answer.status_code, answer.json()["code"]) == (409, "locked")
    assert values_of(heads_of(sheet))[sheet.points] == "4"


def test_an_old_page_replaces_nothing_that_it_did_not_show(sheet, client):
    """Without scripts: the page was opened, then the tablet wrote; the page is saved."""
    device = Device(client, sheet)
    page = client.get(sheet.get_absolute_url()).context["form"]
    device.send(a_change(sheet, "5"))
    seen = {"seen": page["seen"].value()}
    client.post(sheet.get_absolute_url(), seen | {"remark": "好", sheet.points: "", "save": "1"})
    assert values_of(heads_of(sheet)) == {sheet.points: "5", "remark": "好"}, "what was left alone stays as it is"
    client.post(sheet.get_absolute_url(), seen | {"remark": "好", sheet.points: "2", "save": "1"})
    assert [entry.value for entry in heads_of(sheet)[sheet.points]] == ["5", "2"]
    shown = client.get(sheet.get_absolute_url())
    assert f"choose_{sheet.points}" in shown.content.decode()
    chosen = {
        "seen": shown.context["form"]["seen"].value(),
        f"choose_{sheet.points}": "5",
        sheet.points: "2",
        "remark": "好",
    }
    client.post(sheet.get_absolute_url(), chosen | {"save": "1"})
    assert values_of(heads_of(sheet))[sheet.points] == "5" and len(heads_of(sheet)[sheet.points]) == 1


def test_a_refused_page_can_be_put_right_and_sent_again(sheet, client):
    client.force_login(sheet.by)
    page = client.get(sheet.get_absolute_url()).context["form"]
    typed = {"seen": page["seen"].value() or "", sheet.points: "4", "remark": "一", "save": "1"}
    wrong = client.post(sheet.get_absolute_url(), typed | {"visited_on": "9999-01-01"})
    assert wrong.status_code == 422 and "这一天还没有到" in wrong.content.decode()
    again_typed = typed | {"seen": wrong.context["form"]["seen"].value(), sheet.points: "3", "visited_on": ""}
    assert client.post(sheet.get_absolute_url(), again_typed).status_code == 302
    assert values_of(heads_of(sheet)) == {sheet.points: "3", "remark": "一"}


def test_the_trail_says_nothing_of_a_sheet_before_it_is_opened(sheet):
    before = Entry.objects.count()
    actions.write_sheet(sheet, [Change(sheet.points, "4"), Change("remark", "一")], by=sheet.by)
    assert Entry.objects.count() == before
    first, second = sheet.case.cast.scorers
    a_handed_in_sheet(sheet.case, first, 4, 8, 90)
    assert "sha256" not in str(list(Entry.objects.filter(event="scorecard.submitted").values_list("detail", flat=True)))
    a_handed_in_sheet(sheet.case, second, 4, 8, 90)
    opened = Entry.objects.filter(event="scorecard.opened")
    sheets = {one.sha256 for one in Scorecard.objects.all()}
    assert {entry.detail["sha256"] for entry in opened} == sheets and len(opened) == 2
    assert not SheetEntry.objects.exists()


def test_a_person_has_one_sheet(sheet, client):
    cast = sheet.case.cast
    with pytest.raises(ValidationError) as refusal:
        actions.add_scorer(sheet.case, cast.scorers[0], is_independent=True, by=cast.evaluator_owner)
    assert refusal.value.error_dict["scorer"][0].code == "second_sheet"
    client.force_login(cast.evaluator_owner)
    for language, words in (("zh-hans", "一人只评一份"), ("en", "each person scores once")):
        with translation.override(language):
            answer = client.post(
                reverse("evaluations:add_scorer", args=[sheet.case.pk]),
                {"scorer": str(cast.scorers[0].pk), "is_independent": "on"},
            )
        assert answer.status_code == 422 and words in answer.content.decode()
    assert Scorecard.objects.count() == 2
    planned = a_planned_engagement()
    twice = [planned.cast.scorers[0]] * 2
    with pytest.raises(ValidationError) as refusal:
        actions.start_scoring(planned, scorers=twice, is_independent=True, by=planned.cast.evaluator_owner)
    assert refusal.value.error_dict["scorers"][0].code == "second_sheet"
    assert again(planned).state == Engagement.State.PLANNED


def test_one_more_scorer_gets_a_sheet_unless_tied(sheet):
    cast = sheet.case.cast
    tied, free = (a_person(Role.EVALUATOR, of=cast.evaluator) for _ in range(2))
    grant_role(tied, cast.provider, Role.COUNTER, by=None)
    for person, declared, code in (
        (tied, True, "tied"),
        (cast.officer, True, "not_ours"),
        (free, False, "not_declared"),
    ):
        with pytest.raises(ValidationError) as refusal:
            actions.add_scorer(sheet.case, person, is_independent=declared, by=cast.evaluator_owner)
        assert next(iter(refusal.value.error_dict.values()))[0].code == code
    added = actions.add_scorer(sheet.case, free, is_independent=True, by=cast.evaluator_owner)
    a_handed_in_sheet(sheet.case, cast.scorers[0], 4, 8, 90)
    a_handed_in_sheet(sheet.case, cast.scorers[1], 4, 8, 90)
    assert again(sheet.case).state == Engagement.State.SCORING, "the third sheet is awaited"
    a_handed_in_sheet(sheet.case, free, 4, 8, 90)
    assert again(sheet.case).is_locked
    assert added.get_absolute_url()
