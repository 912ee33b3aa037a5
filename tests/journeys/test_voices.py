"""Residents heard, over HTTP: how it was by every door; a grievance that goes up two levels and ends well."""

import datetime
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from evaluations.actions import occasion_of, print_statement_codes
from evaluations.models import Feedback, Grievance, Hearing
from evaluations.voicecodes import link_token
from marketplace.messages.models import Letter, Message, TextMessage
from marketplace.pages import clock
from marketplace.parties.models import Region, Role
from marketplace.residents.models import Delegation
from marketplace.vouchers.actions.devices import register_device
from marketplace.vouchers.views.devices import DEVICE_COOKIE
from tests.given.people import a_bureau, a_person, an_organisation
from tests.given.residents import a_resident
from tests.given.voices import STORY, a_grievance, a_visit_paid, heard, three_offices

pytestmark = pytest.mark.django_db
QUESTION = "本月有老人反映护理员没有按约上门，请说明排班和核销情况。"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def post(client, url, **data):
    return client.post(url, {"submission_key": str(uuid.uuid4())} | data)


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def words(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def delegate_of(resident, scope="act"):
    person = a_person(language="en")
    Delegation.objects.create(
        resident=resident, delegate=person, kind="relative", scope=scope, consent_on=clock.today(), consent_note="口头"
    )
    return person


def test_at_the_counter_the_screen_is_turned_to_the_resident():
    paid = a_visit_paid()
    client = signed_in(paid.counter.staff)
    receipt = client.get(f"/en/counter/receipts/{paid.redemption.id}/")
    url = f"/en/counter/receipts/{paid.redemption.id}/voice/"
    assert url in words(receipt)
    page = words(client.get(url))
    assert paid.resident.name not in page
    assert paid.resident.masked_name not in page
    refused = post(client, url, face="satisfied", sentence="很好", pin="000001")
    assert refused.status_code == 422
    assert "很好" in words(refused)  # nothing typed is lost
    assert "more tries" in words(refused)
    assert not Feedback.objects.given().exists()
    assert paid.counter.card.__class__.objects.get(pk=paid.counter.card.pk).wrong_tries == 1
    assert post(client, url, sentence="很好", pin=paid.counter.pin).status_code == 422  # no face touched
    assert post(client, url, face="satisfied", sentence="很好", pin=paid.counter.pin).status_code == 302
    again = post(client, url, face="not_satisfied", pin=paid.counter.pin)
    assert again.status_code == 422
    assert Feedback.objects.get().face == "satisfied"
    assert url not in words(client.get(f"/en/counter/receipts/{paid.redemption.id}/"))
    assert Client().get(url).status_code == 302
    assert signed_in(a_person()).get(url).status_code == 403
    other = a_person(Role.COUNTER, of=an_organisation())
    assert signed_in(other).get(url).status_code == 404


def test_the_slip_of_the_counter_asks_for_the_pin_at_home():
    paid = a_visit_paid()
    slip = words(signed_in(paid.counter.staff).get(f"/en/counter/receipts/{paid.redemption.id}/slip/"))
    code = re.search(r"slip-code\">([\d ]{14})<", slip).group(1)
    assert paid.resident.name not in slip
    home = Client()
    assert post(home, "/en/voice/", code="1234 5678").status_code == 422
    assert "1234 5678" in words(post(home, "/en/voice/", code="1234 5678"))
    step = post(home, "/en/voice/", code=code)
    assert step.status_code == 302
    assert "PIN" in words(home.get(step.url))
    assert post(home, step.url, face="so_so").status_code == 422
    done = post(home, step.url, face="so_so", pin=paid.counter.pin)
    assert done.status_code == 302
    assert "Thank you" in words(home.get(done.url))
    assert Feedback.objects.get().channel == "paper"


def test_paper_from_the_bureau_and_never_on_the_providers_device():
    paid = a_visit_paid()
    worker = a_person(Role.COMMUNITY_WORKER, of=paid.counter.bureau, language="en")
    desk = signed_in(worker)
    page = words(desk.get(f"/en/voices/of/{paid.resident.pk}/"))
    assert paid.provider.name in page
    [(feedback, code)] = print_statement_codes(paid.resident, clock.today(), by=worker)
    _device, token = register_device(paid.provider, name="平板", by=paid.owner)
    tablet = Client()
    tablet.cookies[DEVICE_COOKIE] = token
    refused = post(tablet, "/en/voice/", code=code)
    assert refused.status_code == 422
    assert "device of the provider" in words(refused)
    for person in (paid.owner, paid.counter.staff):
        refused = signed_in(person).get(f"/en/voice/{code}/", follow=True)
        assert refused.status_code == 422
        assert "the resident speaks, not you" in words(refused)
    scanned = Client().get(f"/en/voice/{code}/")
    assert (scanned.status_code, scanned.url) == (302, "/en/voice/say/")
    home = Client()
    home.get(f"/en/voice/{code}/")
    assert "PIN" not in words(home.get("/en/voice/say/"))
    assert post(home, "/en/voice/say/", face="satisfied", sentence="陪我散步").status_code == 302
    assert Feedback.objects.get(pk=feedback.pk).sentence == "陪我散步"
    assert "陪我散步" not in words(Client().get("/en/voice/say/", follow=True))


def test_by_the_link_of_a_text_message():
    paid = a_visit_paid()
    feedback = occasion_of(paid.redemption)
    url = f"/en/v/{link_token(feedback)}/"
    assert Client().get(url).status_code == 422  # nobody was sent this link
    Feedback.objects.filter(pk=feedback.pk).update(texted_at=clock.now())
    assert Client().get(url).status_code == 200
    assert Client().get(url[:-2] + "x/").status_code == 422
    assert post(Client(), url, face="not_satisfied", sentence="等了一小时").status_code == 302
    assert Feedback.objects.get().face == "not_satisfied"
    with clock.pretend(clock.now() + datetime.timedelta(days=4)):
        late = post(Client(), url, face="satisfied")
    assert late.status_code == 422
    assert "days for changing it are over" in words(late)


def test_by_who_acts_for_her_and_by_the_community_worker():
    paid = a_visit_paid()
    client = signed_in(delegate_of(paid.resident))
    assert "/en/my/voices/" in words(client.get("/en/my/"))
    url = f"/en/my/voices/{paid.redemption.id}/"
    assert url in words(client.get("/en/my/voices/"))
    assert post(client, url, face="").status_code == 422
    assert post(client, url, face="satisfied").status_code == 302
    worker = signed_in(a_person(Role.COMMUNITY_WORKER, of=paid.counter.bureau, language="en"))
    write = f"/en/voices/of/{paid.resident.pk}/{paid.redemption.id}/"
    refused = post(worker, write, face="not_satisfied", sentence="听说不好", channel="worker")
    assert refused.status_code == 422
    assert "听说不好" in words(refused)
    stranger = signed_in(a_person(Role.COMMUNITY_WORKER, of=a_bureau(region=a_region_elsewhere())))
    assert stranger.get(write).status_code == 404
    assert stranger.get(f"/en/voices/of/{paid.resident.pk}/").status_code == 404
    assert signed_in(delegate_of(a_resident())).get(url).status_code == 404
    assert signed_in(delegate_of(paid.resident, scope="view")).get(url).status_code == 403


def a_region_elsewhere():
    return Region.objects.get_or_create(code="320585101000", defaults={"name": "沙溪镇", "level": "town"})[0]


def test_a_grievance_without_an_account_up_two_levels_to_a_good_end(django_capture_on_commit_callbacks):
    offices, provider = three_offices(), an_organisation()
    owner = a_person(Role.OWNER, of=provider, language="en")
    public = Client()
    form = {"category": "missed", "place": offices.place.pk, "provider": str(provider.pk), "relation": "relative",
            "complainant": "钱小妹", "phone": "13900002222", "wish": "请退回服务券"}  # fmt: skip
    refused = post(public, "/en/grievance/", **form | {"words": ""})
    assert refused.status_code == 422
    assert "请退回服务券" in words(refused)
    key = str(uuid.uuid4())
    told = public.post("/en/grievance/", form | {"words": STORY, "submission_key": key})
    assert public.post("/en/grievance/", form | {"words": STORY, "submission_key": key}).url == told.url
    grievance = Grievance.objects.get()  # the second click made no second case
    page = words(public.get(told.url))
    code = re.search(r"slip-code\">(\d{8})<", page).group(1)
    assert grievance.number in page
    assert code in TextMessage.objects.get().text
    public.post("/en/grievance/leave/")
    assert public.get("/en/grievance/told/").status_code == 404
    assert public.get("/en/grievance/case/").status_code == 404

    for level, officer in enumerate(offices.officers):
        desk = signed_in(officer)
        home = f"/en/grievances/{grievance.pk}/"
        assert STORY in words(desk.get(home))
        assert post(desk, home + "answer/", outcome="upheld", answer="好的").status_code == 422  # not in hand
        assert post(desk, home + "acknowledge/", urgency="ordinary").status_code == 302
        if level == 0:  # heard once is heard; a higher office may ask again
            unheard = post(desk, home + "answer/", outcome="upheld", answer="已经核实")
            assert unheard.status_code == 422
            assert "both sides are heard" in words(unheard)
            assert "已经核实" in words(unheard)
        named = post(desk, home + "ask/", question="钱小妹反映护理员没有上门")
        assert named.status_code == 422
        assert "could recognise" in words(named)
        assert "钱小妹反映护理员没有上门" in words(named)
        with django_capture_on_commit_callbacks(execute=True):
            assert post(desk, home + "ask/", question=QUESTION).status_code == 302
        hearing = Hearing.objects.waiting().get()
        provider_desk = signed_in(owner)
        assert f"/hearings/{hearing.pk}/" in words(provider_desk.get("/en/voices/inbox/"))
        assert post(provider_desk, f"/en/hearings/{hearing.pk}/", statement="").status_code == 422
        assert post(provider_desk, f"/en/hearings/{hearing.pk}/", statement="当天漏排了班").status_code == 302
        outcome = "upheld" if level == 2 else "not_upheld"
        assert post(desk, home + "answer/", outcome=outcome, answer=f"第{level}级答复").status_code == 302

        home_page = Client()
        wrong = post(home_page, "/en/grievance/track/", number=grievance.number, code="00000000")
        assert wrong.status_code == 422
        assert grievance.number in words(wrong)
        opened = post(home_page, "/en/grievance/track/", number=grievance.number.lower(), code=code)
        assert f"第{level}级答复" in words(home_page.get(opened.url))
        face = "satisfied" if level == 2 else "not_satisfied"
        assert post(home_page, "/en/grievance/case/content/", face="", words="没人来看过").status_code == 422
        assert post(home_page, "/en/grievance/case/content/", face=face, words="没人来看过").status_code == 302
    grievance = Grievance.objects.get()
    assert (grievance.state, grievance.level, grievance.outcome, grievance.content) == (
        "closed", 2, "upheld", "satisfied",
    )  # fmt: skip
    assert grievance.handler == offices.bureaus[2]


def test_the_providers_pages_never_tell_who(django_capture_on_commit_callbacks):
    """Canaries in everything that names the resident; every page, message and file of the provider is searched."""
    offices = three_offices()
    paid = a_visit_paid()
    resident = a_resident(region=offices.place, name="金丝雀阿婆", phone="13877776666", address="金丝雀弄7号")
    grievance, code = a_grievance(
        offices, provider=paid.provider, resident=resident, words="金丝雀说：护理员没有来", redemption=paid.redemption
    )
    with django_capture_on_commit_callbacks(execute=True):
        heard(grievance, offices.officers[0], paid.owner)
    hearing = Hearing.objects.get()
    canaries = ["金丝雀", "13877776666", grievance.number, code, str(grievance.pk), str(resident.pk),
                resident.id_number, str(paid.redemption.id)]  # fmt: skip
    client = signed_in(paid.owner)
    pages = ["/en/voices/inbox/", f"/en/hearings/{hearing.pk}/", "/en/desk/", "/en/inbox/", "/en/voices/",
             f"/en/providers/{paid.provider.uscc}/"]  # fmt: skip
    seen = "".join(client.get(page).content.decode() for page in pages)
    seen += "".join(
        f"{one.subject}{one.body}{one.url}{one.about_id}{one.key}" for one in Message.objects.filter(to=paid.owner)
    )
    assert "护理员没有按约上门" in seen
    for canary in canaries:
        assert canary not in seen, canary
    assert not Message.objects.filter(to=paid.counter.staff).exists()
    assert not Letter.objects.exists()
    for path in ("", "acknowledge/", "ask/", "answer/", "withdraw/", "content/", "merge/", "assign/", "reopen/"):
        assert client.get(f"/en/grievances/{grievance.pk}/{path}").status_code == 404
    assert client.get("/en/grievances/").status_code == 403
    track = post(client, "/en/grievance/track/", number=grievance.number, code=code)
    assert track.status_code == 422  # even with number and code in hand


def test_what_is_not_yours_is_not_there():
    offices = three_offices()
    grievance, _code = a_grievance(offices, provider=an_organisation())
    stranger = signed_in(a_person(Role.OFFICER, of=a_bureau(region=a_region_elsewhere())))
    assert stranger.get(f"/en/grievances/{grievance.pk}/").status_code == 404
    assert grievance.number not in words(stranger.get("/en/grievances/"))
    above = signed_in(offices.officers[2])
    assert above.get(f"/en/grievances/{grievance.pk}/").status_code == 200
    assert above.get(f"/en/grievances/{grievance.pk}/answer/").status_code == 403
    other = signed_in(delegate_of(a_resident()))
    assert other.get(f"/en/my/grievances/{grievance.pk}/").status_code == 404
    mine = signed_in(delegate_of(grievance.resident))
    assert mine.get(f"/en/my/grievances/{grievance.pk}/").status_code == 200
    assert post(mine, f"/en/my/grievances/{grievance.pk}/withdraw/", reason="").status_code == 302
    assert Grievance.objects.get().state == "withdrawn"


def test_on_her_own_page_and_at_the_desk():
    offices = three_offices()
    resident = a_resident(region=offices.place)
    client = signed_in(delegate_of(resident))
    assert post(client, "/en/my/grievances/new/", words="冷饭").status_code == 422
    told = post(client, "/en/my/grievances/new/", words="饭是冷的", category="place")
    assert told.status_code == 302
    assert Grievance.objects.get().relation == "relative"
    viewer = signed_in(delegate_of(resident, scope="view"))
    assert viewer.get("/en/my/grievances/new/").status_code == 403
    desk = signed_in(offices.officers[0])
    told = post(desk, f"/en/grievances/for/{resident.pk}/", words="又是冷的", category="place", channel="hotline",
                hotline_number="A2026-77", relation="self")  # fmt: skip
    assert told.status_code == 302
    told = post(desk, "/en/grievances/new/", words="路灯坏了", category="other", channel="desk", relation="unnamed",
                place=offices.place.pk)  # fmt: skip
    assert told.status_code == 302
    assert Grievance.objects.count() == 3


def test_lists_cost_the_same_for_one_and_for_many():
    offices, provider = three_offices(), an_organisation()
    a_grievance(offices, provider=provider)
    desk = signed_in(offices.officers[0])

    def cost(url):
        desk.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(url).status_code == 200
        return len(captured)

    urls = ("/en/grievances/", "/en/voices/desk/", "/en/voices/")
    before = {url: cost(url) for url in urls}
    for _more in range(4):
        a_grievance(offices, provider=an_organisation(), resident=a_resident(region=offices.place))
    assert {url: cost(url) for url in urls} == before
