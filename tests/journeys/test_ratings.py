"""Forty organisations are rated 1A to 5A: from the call to the sealed certificate, every step by pages."""

import datetime
import hashlib

import pytest
from django.core.management import call_command
from django.test import Client

from evaluations.assignment import assign
from evaluations.models import Certificate, ConductEntry, Framework, RatingApplication, RatingRound, RatingSheet
from evaluations.ranking import level_of
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role, User
from marketplace.tenders.models import ExpertTie
from tests.given.people import a_bureau, a_person, an_organisation

from .visitor import Visitor

pytestmark = pytest.mark.django_db
FORTY = 40
HAND_IN = "正式提交"


def browser(user: User) -> Visitor:
    visitor = Visitor()
    visitor.client = Client(enforce_csrf_checks=True)
    visitor.client.force_login(user)
    return visitor


def marks(page, share: int, offset: int) -> dict[str, str]:
    """A mark of every leaf on the page, about so many percent of the highest."""
    form = page.form("points_")
    names = sorted({name for name in form.fields if name.startswith("points_")})
    return {
        name: str(max(0, min(10, round(share / 10 + (number + offset) % 3 / 2 - 0.5))))
        for number, name in enumerate(names)
    }


def test_forty_organisations_are_rated(settings):
    call_command("load_frameworks", verbosity=0)
    bureau = a_bureau(name="太仓市民政局")
    officer = browser(a_person(Role.OFFICER, of=bureau))
    signatory = browser(a_person(Role.SIGNATORY, Role.OFFICER, of=bureau))
    evaluators = [an_organisation(Organisation.Kind.EVALUATOR) for _number in range(2)]
    scorers = [a_person(Role.EVALUATOR, of=evaluators[number % 2]) for number in range(8)]
    applicants = [an_organisation(registered_on=datetime.date(2019, 3, 1)) for _number in range(FORTY)]
    owners = [a_person(Role.OWNER, of=one) for one in applicants]
    young = an_organisation(registered_on=clock.today() - datetime.timedelta(days=300))
    failed = an_organisation(registered_on=datetime.date(2019, 3, 1))
    kin = ExpertTie.objects.create(user=scorers[0], organisation=applicants[0], kind="spouse", declared_by=scorers[0])

    # The call, with the digest of the seed.
    framework = Framework.objects.get(code="rating-service-body")
    page = officer.open("/ratings/call/")
    page = page.fill({
        "title": "2026年度社会组织等级评估", "text": "凡登记满两年的社会组织均可申报。", "framework": str(framework.pk),
        "evaluators": [str(one.pk) for one in evaluators], "scorers_each": "2",
        "closes_on": (clock.today() + datetime.timedelta(days=20)).isoformat(),
        "scoring_due_on": (clock.today() + datetime.timedelta(days=60)).isoformat(),
    })  # fmt: skip
    round = RatingRound.objects.get()
    assert round.seed_digest in page.text and round.seed not in page.text
    officer.open("/ratings/conduct/note/").fill({
        "organisation": str(failed.pk), "kind": "failed", "year": str(round.closes_on.year - 1),
        "began_on": clock.today().isoformat(), "document": "太民年检〔2025〕8号",
    })  # fmt: skip
    assert ConductEntry.objects.get().kind == "failed"

    # Forty apply; a young one and one that failed its inspection are refused in plain words, and keep what they wrote.
    for number, owner in enumerate([*owners, a_person(Role.OWNER, of=young), a_person(Role.OWNER, of=failed)]):
        person = browser(owner)
        page = person.open(f"/ratings/{round.number}/apply/").fill({})
        typed = {"statement": f"第{number}家机构，服务本地老人。", "is_declared": "on"} | marks(
            page, 70 + number % 30, number
        )
        page = page.fill(typed, press=HAND_IN)
        if number < FORTY:
            assert page.status == 200, page.words[:400]
        else:
            assert page.status == 422 and "第39号" in page.words and typed["statement"] in page.text
    assert RatingApplication.objects.filter(state="submitted").count() == FORTY

    # Before the last day the round can't be closed.
    assert officer.open(f"/ratings/{round.number}/close/").fill({}).status == 422
    with clock.pretend(clock.at_hour(round.closes_on + datetime.timedelta(days=1), 9)):
        officer.open(f"/ratings/{round.number}/close/").fill({})
        assert officer.open(f"/ratings/{round.number}/draw/").fill({}).status == 422  # none is checked yet
        officer.open(f"/ratings/{round.number}/admit/").fill({})
        page = officer.open(f"/ratings/{round.number}/draw/").fill({})
    round = RatingRound.objects.get()
    admitted = {one.number: one for one in round.applications.filter(state="admitted")}
    assert len(admitted) == FORTY and RatingSheet.objects.count() == 2 * FORTY

    # Anyone can draw again: the seed fits its digest and gives the same scorers; a declared tie was kept out.
    public = Visitor().open(f"/ratings/{round.number}/")
    assert round.seed in public.text and hashlib.sha256(round.seed.encode()).hexdigest() == round.seed_digest
    drawn = assign(round.seed, list(admitted), round.pool, {n: one.excluded for n, one in admitted.items()}, each=2)
    for number, chosen in drawn.items():
        assert {str(pk) for pk in admitted[number].sheets.values_list("scorer", flat=True)} == set(chosen)
    tied = next(one for one in admitted.values() if one.organisation_id == applicants[0].pk)
    assert tied.excluded == {str(kin.user_id): "kinship"}
    loads = [RatingSheet.objects.filter(scorer=one).count() for one in scorers]
    assert sum(loads) == 80 and max(loads) - min(loads) <= 1

    # Each scorer fills in ten sheets; nobody opens another's; the sheets are added up when the last is in.
    with clock.pretend(clock.at_hour(round.closes_on + datetime.timedelta(days=10), 9)):
        assert officer.open(f"/ratings/{round.number}/rank/").fill({}).status == 422
        for scorer in scorers:
            person = browser(scorer)
            for sheet in RatingSheet.objects.filter(scorer=scorer).select_related("application"):
                page = person.open(f"/ratings/sheets/{sheet.pk}/")
                own = int(sheet.application.number[-3:])
                typed = marks(page, 62 + own, own) | {"visited_on": clock.today().isoformat()}
                assert page.fill(typed, press=HAND_IN).status == 200
        other = RatingSheet.objects.exclude(scorer=scorers[0]).first()
        browser(scorers[0]).open(f"/ratings/sheets/{other.pk}/", expect=404)
        officer.open(f"/ratings/{round.number}/rank/").fill({})
    scored = list(round.applications.filter(state="scored").order_by("rank"))
    assert len(scored) == FORTY
    assert [one.points for one in scored] == sorted((one.points for one in scored), reverse=True)
    assert all(one.level == level_of(one.points, framework) for one in scored)
    assert len({one.level for one in scored}) >= 4

    # Nobody outside sees a point before the notice.
    assert str(scored[0].points) not in Visitor().open(f"/ratings/{round.number}/").words
    with clock.pretend(clock.at_hour(round.closes_on + datetime.timedelta(days=12), 9)):
        officer.open(f"/ratings/{round.number}/notice/").fill({})
        assert str(scored[0].points) in Visitor().open(f"/ratings/{round.number}/").words
        loser = scored[-1]
        person = browser(owners[applicants.index(next(o for o in applicants if o.pk == loser.organisation_id))])
        page = person.open(f"/ratings/applications/{loser.pk}/object/")
        page.fill({"text": "党建材料漏计，见附件目录。"})
        assert officer.open(f"/ratings/{round.number}/conclude/").fill({}).status == 422
        leaf = framework.indicators.get(code="B3")
        page = officer.open(f"/ratings/applications/{loser.pk}/decide/")
        page.fill({"answer": "经核，补计党建一项。", f"points_{leaf.pk}": "10"})
    changed = RatingApplication.objects.get(pk=loser.pk)
    before = sum(sheet.marks.get(indicator=leaf).points for sheet in loser.sheets.all()) / 2
    assert changed.points - loser.points == 10 * (10 - int(before * 2) / 2)  # ten points a mark on 100 of 1,000

    # After the notice the levels are given, sealed, and shown in the directory.
    with clock.pretend(clock.at_hour(round.closes_on + datetime.timedelta(days=21), 9)):
        officer.open(f"/ratings/{round.number}/conclude/").fill({})
        assert signatory.open(f"/ratings/{round.number}/seal/").fill({}).status == 200
        given = Certificate.objects.filter(application__round=round)
        assert given.count() == round.applications.exclude(level="").filter(state="rated").count() > 20
        assert given.exclude(paper=None).count() == 10
        best = given.exclude(paper=None).select_related("paper", "organisation").first()
        assert best.paper.signatures.get().organisation == bureau
        assert (best.valid_until.year, best.valid_until.month) == (best.awarded_on.year + 5, best.awarded_on.month)
        page = Visitor().open(f"/ratings/certificates/{best.number}/")
        assert best.level in page.words and str(best.valid_until) in page.words
        assert best.organisation.level_ratings.get().level == best.level
        Visitor().open(f"/verify/{best.paper.code}")
        assert (
            Visitor().client.get(f"/ratings/certificates/{best.number}/certificate.pdf")["Content-Type"]
            == "application/pdf"
        )
