"""A grievance goes up until it is answered well, both sides are heard, and one side never learns who the other is."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from evaluations.actions import (
    acknowledge_grievance,
    answer_grievance,
    ask_provider,
    assign_grievance,
    forget_complainants,
    lodge_grievance,
    merge_grievance,
    reopen_grievance,
    run_due_grievances,
    say_content,
    state_side,
    withdraw_grievance,
)
from evaluations.models import Grievance, Hearing
from evaluations.voices.hotline import upheld_complaints
from marketplace.messages.models import Letter, Message, TextMessage
from marketplace.pages import clock
from marketplace.parties.actions import grant_role
from marketplace.parties.models import Role
from marketplace.residents.models import Delegation
from tests.given.people import a_bureau, a_person, a_region, an_organisation
from tests.given.refusals import refused
from tests.given.residents import a_resident
from tests.given.voices import STORY, a_grievance, heard, three_offices

A_MINUTE = datetime.timedelta(minutes=1)

pytestmark = pytest.mark.django_db
State = Grievance.State
ANSWER = "核实属实：当天护理员生病未改约。已退回当次服务券，机构已补排护理员并道歉。"


def again(grievance):
    return Grievance.objects.get(pk=grievance.pk)


@pytest.fixture
def offices():
    return three_offices()


@pytest.fixture
def provider():
    return an_organisation()


@pytest.fixture
def owner(provider):
    return a_person(Role.OWNER, of=provider)


def answered(grievance, officer, owner, outcome="upheld", **more):
    return answer_grievance(heard(grievance, officer, owner), outcome=outcome, answer=ANSWER, by=officer, **more)


def test_told_at_the_community_with_number_code_and_the_rules_times(offices, provider):
    grievance, code = a_grievance(offices, provider=provider)
    assert grievance.handler == offices.bureaus[0]
    assert grievance.number.startswith("SQ320585100003-")
    assert grievance.number.endswith("-00001")
    assert len(code) == 8
    assert code not in str(Grievance.objects.values().get())
    assert STORY not in str(Grievance.objects.values_list().query) + grievance.code_hash
    texts = [one.text for one in TextMessage.objects.all()]
    assert texts == []  # she prefers to be rung: the desk tells her, nothing is sent
    assert grievance.acknowledge_by < grievance.due_at


def test_who_left_a_telephone_gets_number_and_code_by_text_message(offices):
    grievance, code = a_grievance(offices, phone="13900002222")
    text = TextMessage.objects.get().text
    assert grievance.number in text
    assert code in text


def test_a_grievance_about_safety_is_urgent(offices):
    grievance, _code = a_grievance(offices, category="safety")
    assert grievance.urgency == "urgent"
    assert grievance.acknowledge_by - clock.now() < datetime.timedelta(hours=2, minutes=1)


def test_up_two_levels_and_well_ended(offices, provider, owner):
    grievance, code = a_grievance(offices, provider=provider)
    for level, officer in enumerate(offices.officers[:2]):
        grievance = answered(grievance, officer, owner, outcome="not_upheld")
        say_content(grievance, face="not_satisfied", words="他们没有来看过", by=None, code=code)
        grievance = again(grievance)
        assert (grievance.state, grievance.level) == (State.LODGED, level + 1)
        assert grievance.handler == offices.bureaus[level + 1]
    grievance = answered(grievance, offices.officers[2], owner)
    say_content(grievance, face="satisfied", by=None, code=code)
    grievance = again(grievance)
    assert (grievance.state, grievance.content, grievance.level) == (State.CLOSED, "satisfied", 2)
    assert [step.kind for step in grievance.steps.all()].count("discontent") == 2
    today = clock.today()
    assert upheld_complaints(provider, today, today) == 1
    assert upheld_complaints(provider, today - datetime.timedelta(days=9), today - datetime.timedelta(days=1)) == 0
    assert upheld_complaints(an_organisation(), today, today) == 0


def test_at_the_top_it_is_closed_and_the_review_is_told(offices, provider, owner):
    grievance, code = a_grievance(offices, provider=provider, phone="13900002222")
    for officer in offices.officers:
        grievance = answered(again(grievance), officer, owner, outcome="not_upheld")
        say_content(grievance, face="not_satisfied", by=None, code=code)
    grievance = again(grievance)
    assert (grievance.state, grievance.level, grievance.content) == (State.CLOSED, 2, "not_satisfied")


def test_late_goes_up_by_itself_once_a_run(offices, provider):
    grievance, _code = a_grievance(offices, provider=provider)
    with clock.pretend(grievance.due_at + A_MINUTE):
        assert run_due_grievances() == 1
        assert run_due_grievances() == 0
        assert again(grievance).handler == offices.bureaus[1]
        assert again(grievance).is_late
    with clock.pretend(again(grievance).due_at + A_MINUTE):
        assert run_due_grievances() == 1
    with clock.pretend(again(grievance).due_at + A_MINUTE):
        assert run_due_grievances() == 0  # the county is the top: it stays there, marked as late
    assert again(grievance).handler == offices.bureaus[2]


def test_in_hand_but_not_answered_goes_up_too(offices):
    grievance, _code = a_grievance(offices)
    grievance = acknowledge_grievance(grievance, by=offices.officers[0])
    with clock.pretend(grievance.due_at + A_MINUTE):
        assert run_due_grievances() == 1
    assert again(grievance).handler == offices.bureaus[1]


def test_nobody_is_judged_unheard(offices, provider, owner):
    grievance, _code = a_grievance(offices, provider=provider)
    with refused("state"):
        ask_provider(grievance, question="请说明", by=offices.officers[0])
    grievance = acknowledge_grievance(grievance, by=offices.officers[0])
    with refused("state"):
        acknowledge_grievance(grievance, by=offices.officers[0])
    with refused("unheard"):
        answer_grievance(grievance, outcome="upheld", answer=ANSWER, by=offices.officers[0])
    hearing = ask_provider(grievance, question="请说明本月排班", by=offices.officers[0])
    with refused("asked"):
        ask_provider(grievance, question="请说明本月排班", by=offices.officers[0])
    with refused("unheard"):
        answer_grievance(grievance, outcome="upheld", answer=ANSWER, by=offices.officers[0])
    with clock.pretend(hearing.due_at + A_MINUTE):
        run_due_grievances()
    assert Hearing.objects.get().state == "lapsed"
    state_side(hearing, statement="晚了，说明如下", by=owner)  # late rather than never
    with refused("state"):
        state_side(hearing, statement="再说一次", by=owner)
    answer_grievance(again(grievance), outcome="upheld", answer=ANSWER, by=offices.officers[0])
    with refused("no_provider"):
        other, _code = a_grievance(offices, resident=a_resident(region=offices.place))
        ask_provider(acknowledge_grievance(other, by=offices.officers[0]), question="请说明", by=offices.officers[0])


@pytest.mark.parametrize(
    "question",
    [
        "钱阿凤老人反映护理员没来",
        "府东街18号的老人反映护理员没来",
        "302室的老人反映护理员没来",
        "电话 138 1234 5678 的老人反映护理员没来",
        "老人反映11月3日护理员没来",
        "老人反映14:30护理员没来",
        "工单 SQ320585100003-2026-00001 反映护理员没来",
    ],
)
def test_a_question_that_tells_who_is_not_sent(offices, provider, question):
    grievance, _code = a_grievance(offices, provider=provider)
    grievance = acknowledge_grievance(grievance, by=offices.officers[0])
    with refused("recognisable"):
        ask_provider(grievance, question=question, by=offices.officers[0])
    assert not Hearing.objects.exists()


def test_who_may_see_and_who_may_not(offices, provider, owner):
    resident = a_resident(region=offices.place)
    grievance, _code = a_grievance(offices, provider=provider, resident=resident)

    def delegate(scope):
        person = a_person()
        Delegation.objects.create(
            resident=resident,
            delegate=person,
            kind="relative",
            scope=scope,
            consent_on=clock.today(),
            consent_note="口头",
        )
        return person

    seeing = [*offices.officers, delegate("act")]
    elsewhere = a_region().parent.children.create(code="320585101000", name="沙溪镇", level="town")
    blind = [owner, a_person(Role.COUNTER, of=provider), a_person(), delegate("view")]
    blind += [
        a_person(Role.OFFICER, of=a_bureau(region=elsewhere)),
        a_person(Role.AUDITOR, of=an_organisation("audit")),
    ]
    two_hats = delegate("act")
    grant_role(two_hats, provider, Role.FINANCE, by=None)
    officer_of_provider = a_person(Role.OFFICER, of=offices.bureaus[0])
    grant_role(officer_of_provider, provider, Role.BIDDER, by=None)
    for person in seeing:
        assert Grievance.objects.visible_to(person).exists()
    for person in [*blind, two_hats, officer_of_provider]:
        assert not Grievance.objects.visible_to(person).exists()
    with pytest.raises(PermissionDenied):
        acknowledge_grievance(grievance, by=officer_of_provider)
    with pytest.raises(PermissionDenied):
        acknowledge_grievance(grievance, by=offices.officers[1])  # not yet theirs
    with pytest.raises(PermissionDenied):
        withdraw_grievance(grievance, by=two_hats)


def test_without_a_name_nothing_of_who_is_kept(offices, provider):
    grievance, code = lodge_grievance(
        channel="web", category="manner", words="护理员说话很凶", place=offices.place, relation="unnamed",
        complainant="王某", phone="13900002222", provider=provider, by=None,
    )  # fmt: skip
    row = Grievance.objects.get()
    assert (row.complainant, row.phone, row.resident, row.lodged_by, row.channel) == ("", "", None, None, "web")
    assert not TextMessage.objects.exists()
    withdraw_grievance(grievance, by=None, code=code)
    assert again(grievance).state == State.WITHDRAWN


def test_withdrawn_is_over_and_counts_for_nobody(offices, provider, owner):
    grievance, code = a_grievance(offices, provider=provider)
    with pytest.raises(PermissionDenied):
        withdraw_grievance(grievance, by=None, code="00000000" if code != "00000000" else "1")
    with pytest.raises(PermissionDenied):
        withdraw_grievance(grievance, by=None)
    withdraw_grievance(grievance, reason="已经好了", by=None, code=code)
    with refused("state"):
        withdraw_grievance(grievance, by=None, code=code)
    with refused("state"):
        acknowledge_grievance(grievance, by=offices.officers[0])


def test_opened_again_once_and_in_time(offices, provider, owner):
    grievance, code = a_grievance(offices, provider=provider)
    with refused("state"):
        reopen_grievance(grievance, reason="又来了", by=None, code=code)
    answered(grievance, offices.officers[0], owner)
    say_content(grievance, face="so_so", by=None, code=code)
    with clock.pretend(clock.now() + datetime.timedelta(days=31)), refused("over", "30 days"):
        reopen_grievance(grievance, reason="又没来", by=None, code=code)
    with refused("empty"):
        reopen_grievance(grievance, reason=" ", by=None, code=code)
    reopen_grievance(grievance, reason="又没来", by=None, code=code)
    assert again(grievance).state == State.LODGED
    answered(again(grievance), offices.officers[0], owner)
    say_content(grievance, face="satisfied", by=None, code=code)
    with refused("once"):
        reopen_grievance(grievance, reason="又没来", by=None, code=code)


def test_silence_closes(offices):
    grievance, code = a_grievance(offices)
    answer_grievance(
        acknowledge_grievance(grievance, by=offices.officers[0]),
        outcome="advised",
        answer="已说明",
        by=offices.officers[0],
    )
    with clock.pretend(clock.now() + datetime.timedelta(days=30)):
        assert run_due_grievances() == 0
    with clock.pretend(clock.now() + datetime.timedelta(days=31)):
        assert run_due_grievances() == 1
    assert (again(grievance).state, again(grievance).content) == (State.CLOSED, "")
    with refused("state"):
        say_content(grievance, face="satisfied", by=None, code=code)


def test_the_same_told_twice_is_answered_once_and_counts_once(offices, provider, owner):
    first, _code = a_grievance(offices, provider=provider)
    second, code = a_grievance(offices, provider=provider, resident=a_resident(region=offices.place, name="孙阿大"))
    other, _code = a_grievance(offices, resident=a_resident(region=offices.place))
    officer = offices.officers[0]
    with refused("other"):
        merge_grievance(second, other, by=officer)
    with refused("other"):
        merge_grievance(second, second, by=officer)
    merge_grievance(second, first, by=officer)
    with refused("state"):
        merge_grievance(second, first, by=officer)
    with refused("state"):
        reopen_grievance(second, reason="不是一回事", by=None, code=code)
    grievance = heard(first, officer, owner)
    with refused("recognisable"):  # two people read the one answer
        answer_grievance(grievance, outcome="upheld", answer="钱阿凤老人您好，已退款", by=officer)
    with refused("recognisable"):
        answer_grievance(grievance, outcome="upheld", answer=ANSWER, measures="已向钱阿凤道歉", by=officer)
    answer_grievance(grievance, outcome="upheld", answer=ANSWER, by=officer)
    assert upheld_complaints(provider, clock.today(), clock.today()) == 1
    reopen_grievance(second, reason="不是一回事", by=None, code=code)
    assert (again(second).state, again(second).merged_into) == (State.LODGED, None)


def test_given_to_a_colleague_who_may(offices, provider):
    grievance, _code = a_grievance(offices, provider=provider)
    grievance = acknowledge_grievance(grievance, urgency="complex", by=offices.officers[0])
    assert grievance.urgency == "complex"
    colleague = a_person(Role.OFFICER, of=offices.bureaus[0])
    assert assign_grievance(grievance, official=colleague, by=offices.officers[0]).assignee == colleague
    with refused("official"):
        assign_grievance(grievance, official=offices.officers[1], by=offices.officers[0])


def test_what_is_missing_is_said(offices):
    with refused("empty"):
        a_grievance(offices, words="  ")
    with refused("category"):
        a_grievance(offices, category="weather")
    with refused("no_bureau"):
        lodge_grievance(
            channel="web", category="other", words="有事", place=a_region().parent.parent, relation="unnamed", by=None
        )
    with pytest.raises(PermissionDenied):
        a_grievance(offices, by=a_person())
    assert not Grievance.objects.exists()


def test_who_complained_long_ago_is_forgotten_and_how_it_ended_is_not(offices, provider, owner):
    grievance, code = a_grievance(offices, provider=provider)
    open_one, _code = a_grievance(offices, provider=provider, resident=a_resident(region=offices.place))
    answered(grievance, offices.officers[0], owner)
    say_content(grievance, face="satisfied", by=None, code=code)
    with clock.pretend(clock.now() + datetime.timedelta(days=360)):
        assert forget_complainants() == 0
    with clock.pretend(clock.now() + datetime.timedelta(days=370)):
        assert forget_complainants() == 1
        assert forget_complainants() == 0
    row = again(grievance)
    assert (row.words, row.answer, row.resident, row.lodged_by, row.outcome) == ("", "", None, None, "upheld")
    assert again(open_one).words == STORY
    assert upheld_complaints(provider, clock.today(), clock.today()) == 1


def test_what_was_said_in_its_steps_and_sent_about_it_is_forgotten_with_it(offices, provider, owner):
    """The steps repeat the answer and what the resident said; texts and letters hold the number and the name."""
    resident = a_resident(region=offices.place)
    grievance, code = a_grievance(offices, provider=provider, resident=resident, phone="13800000055")
    other, _code = a_grievance(offices, provider=provider, phone="13800000066")
    answered(grievance, offices.officers[0], owner)
    say_content(grievance, face="satisfied", by=None, code=code)
    heard_of = Hearing.objects.get(grievance=grievance)
    assert heard_of.statement and any(step.words for step in grievance.steps.all())
    assert TextMessage.objects.filter(about_id=str(grievance.pk)).exists()
    kinds = [step.kind for step in grievance.steps.all()]
    kept = TextMessage.objects.filter(about_id=str(other.pk)).count()

    with clock.pretend(clock.now() + datetime.timedelta(days=370)):
        assert forget_complainants() == 1

    steps = list(grievance.steps.all())
    assert [step.kind for step in steps] == kinds and not any(step.words for step in steps)
    assert [step.by for step in steps if step.kind in ("lodged", "content")] == [None, None]
    assert any(step.by for step in steps), "which official it was stays"
    heard_of = Hearing.objects.get(grievance=grievance)
    assert (heard_of.question, heard_of.statement) == ("", "")
    for model in (TextMessage, Message, Letter):
        assert not model.objects.filter(about_id=str(grievance.pk)).exists()
    assert kept and TextMessage.objects.filter(about_id=str(other.pk)).count() == kept


def test_a_step_can_be_made_blank_and_nothing_else(offices):
    """The database itself holds it: other words, another day, another kind are refused as before."""
    grievance, _code = a_grievance(offices)
    step = grievance.steps.first()
    for change in ({"words": "别的话"}, {"kind": "closed"}, {"words": "", "kind": "closed"}, {"at": clock.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            type(step).objects.filter(pk=step.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        type(step).objects.filter(pk=step.pk)._raw_delete(step._state.db)
    assert type(step).objects.filter(pk=step.pk).update(words="", by=None) == 1
