"""The scorer's sheet in Chromium: the line is cut, the browser is killed, two devices differ, photos wait.

Screenshots go to `var/screenshots`, for eyes.
"""

import contextlib
import os
import re
import signal
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from evaluations.models import Engagement, Evidence, Mark, Scorecard, SheetEntry
from evaluations.queries import heads_of, scored_leaves
from evaluations.sheets import values_of
from marketplace.pages import clock
from tests.given.chromium import IN_CHROMIUM, LAUNCH, PHONE, look, sign_in
from tests.given.evaluations import a_scoring_engagement, again, the_day_care_framework
from tests.given.pictures import a_photo

TABLET = {"width": 820, "height": 1180}

# What still lies on the device: rows of its three stores, and kept copies of the sheet's page.
LEFT = """async (path) => {
    const database = await new Promise((done) => {
        const asked = indexedDB.open("minfu-sheets");
        asked.onsuccess = () => done(asked.result);
    });
    const counted = (name) => new Promise((done) => {
        const asked = database.transaction([name]).objectStore(name).count();
        asked.onsuccess = () => done(asked.result);
    });
    const found = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).match(path)));
    return [...await Promise.all(["sheets", "entries", "files"].map(counted)), found.filter(Boolean).length];
}"""

pytestmark = IN_CHROMIUM


@pytest.fixture
def sheet():
    """A day-care evaluation with one scorer."""
    engagement = a_scoring_engagement(scorers=1, framework=the_day_care_framework())
    found = engagement.scorecards.get()
    found.case = engagement
    found.leaves = list(scored_leaves(engagement.framework))
    return found


def state(page: Page):
    return page.locator("[data-state]")


def becomes(page: Page, kind: str) -> None:
    expect(state(page)).to_have_attribute("data-kind", kind)


def tick(page: Page, leaf, points: int) -> None:
    page.locator(f"[name=points_{leaf.pk}][value='{points}']").check(force=True)


def note(page: Page, leaf, words: str) -> None:
    page.locator(f"[name=note_{leaf.pk}]").fill(words)


def ticked(page: Page, leaf) -> str | None:
    found = page.locator(f"[name=points_{leaf.pk}]:checked")
    return found.get_attribute("value") if found.count() else None


def open_kept(page: Page, address: str) -> None:
    """Open the sheet and wait until it lies on the device."""
    page.goto(address)
    becomes(page, "synced")
    expect(page.locator("[data-kept='1']")).to_have_count(1)


def a_profile(playwright, folder: Path) -> BrowserContext:
    return playwright.chromium.launch_persistent_context(folder, **LAUNCH, viewport=TABLET, locale="zh-CN")


def kill(profile: Path) -> None:
    """SIGKILL to the browser that runs on this profile, and to all its processes."""
    mine = [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and f"--user-data-dir={profile}\0" in _command(process)
    ]
    groups = {os.getpgid(pid) for pid in mine}
    assert mine and os.getpgid(0) not in groups
    for group in groups:
        os.killpg(group, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(_command(Path("/proc") / str(pid)) for pid in mine):
        assert time.monotonic() < deadline, "the browser outlived SIGKILL"
        time.sleep(0.05)


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace")
    except OSError:
        return ""


def test_the_line_is_cut_and_the_browser_killed(sheet, playwright, live_server, tmp_path):
    scorer, leaves = sheet.case.cast.scorers[0], sheet.leaves
    address, profile = f"{live_server.url}{sheet.get_absolute_url()}", tmp_path / "profile"
    before, after = leaves[:2], leaves[2:6]

    tablet = a_profile(playwright, profile)
    page = tablet.pages[0]
    sign_in(page, live_server.url, scorer)
    open_kept(page, address)
    page.fill("[name=visited_on]", clock.today().isoformat())
    for leaf in before:
        tick(page, leaf, 4)
    becomes(page, "synced")
    sent = SheetEntry.objects.count()
    assert sent == 3

    tablet.set_offline(True)
    for number, leaf in enumerate(after):
        tick(page, leaf, 3)
        note(page, leaf, f"断网时所记第{number + 1}条：档案齐全")
    tick(page, before[0], 2)  # and a change of mind about what was sent
    becomes(page, "here")
    expect(state(page)).to_contain_text("已保存在本机")
    look(page, "sheet-offline-820")
    kill(profile)
    with contextlib.suppress(Exception):
        tablet.close()
    assert SheetEntry.objects.count() == sent, "nothing can have come without a line"

    tablet = a_profile(playwright, profile)
    tablet.set_offline(True)
    page = tablet.pages[0]
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    becomes(page, "here")
    assert [ticked(page, leaf) for leaf in after] == ["3"] * 4
    assert [ticked(page, leaf) for leaf in before] == ["2", "4"]
    assert "第4条" in page.input_value(f"[name=note_{after[3].pk}]")
    assert page.input_value("[name=visited_on]") == clock.today().isoformat()
    page.locator("button[name=hand_in]").click()
    expect(page.locator("[data-sheet-alert]")).to_contain_text("没有网络")
    look(page, "sheet-after-kill-820")

    tablet.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(state(page)).to_have_attribute("data-kind", re.compile("synced|signIn"))
    if state(page).get_attribute("data-kind") == "signIn":  # the killed browser had not written its cookies down
        state(page).locator("a").click()
        page.wait_for_url("**/sign-in/**")
        sign_in(page, live_server.url, scorer)
        page.wait_for_url(address)
        becomes(page, "synced")
    for leaf in leaves[6:]:
        tick(page, leaf, 5)
    becomes(page, "synced")
    page.locator("button[name=hand_in]").click()
    page.wait_for_url("**/work/")
    assert page.evaluate(LEFT, sheet.get_absolute_url()) == [0, 0, 0, 0], "nothing of it stays on the device"
    tablet.close()

    marks = {mark.indicator_id: mark for mark in Mark.objects.filter(scorecard=sheet)}
    assert [marks[leaf.pk].points for leaf in leaves] == [2, 4, 3, 3, 3, 3, 5, 5, 5, 5, 5]
    assert [marks[leaf.pk].note for leaf in after] == [f"断网时所记第{n}条：档案齐全" for n in (1, 2, 3, 4)]
    assert Scorecard.objects.get().state == "submitted"
    assert again(sheet.case).state == Engagement.State.SCORED
    assert not errors, errors


def test_two_devices_differ_and_the_scorer_chooses(sheet, chromium, live_server):
    scorer, leaf = sheet.case.cast.scorers[0], sheet.leaves[0]
    address = f"{live_server.url}{sheet.get_absolute_url()}"
    tablet = chromium.new_context(viewport=TABLET, locale="zh-CN")
    phone = chromium.new_context(viewport=PHONE, locale="zh-CN")
    pages = []
    for context in (tablet, phone):
        page = context.new_page()
        sign_in(page, live_server.url, scorer)
        open_kept(page, address)
        pages.append(page)
    on_tablet, on_phone = pages
    tablet.set_offline(True)
    tick(on_tablet, leaf, 2)
    note(on_tablet, leaf, "平板所记")
    becomes(on_tablet, "here")
    tick(on_phone, leaf, 5)
    becomes(on_phone, "synced")

    tablet.set_offline(False)
    on_tablet.evaluate("window.dispatchEvent(new Event('online'))")
    becomes(on_tablet, "differing")
    box = on_tablet.locator(f"[data-differs='points_{leaf.pk}']")
    expect(box).to_contain_text("另一台设备")
    expect(box).to_contain_text("本机")
    look(on_tablet, "sheet-differs-820")
    assert sorted(entry.value for entry in heads_of(sheet)[f"points_{leaf.pk}"]) == ["2", "5"]
    on_tablet.locator("button[name=hand_in]").click()
    expect(on_tablet.locator("[data-sheet-alert]")).to_contain_text(leaf.code)

    on_phone.reload()
    becomes(on_phone, "differing")
    look(on_phone, "sheet-differs-360")
    on_phone.locator(f"[name=choose_points_{leaf.pk}][value='2']").click()  # the box goes once it is chosen
    becomes(on_phone, "synced")
    assert ticked(on_phone, leaf) == "2"
    assert values_of(heads_of(sheet)) == {f"points_{leaf.pk}": "2", f"note_{leaf.pk}": "平板所记"}


def test_photos_wait_for_the_line(sheet, chromium, live_server):
    scorer, leaf = sheet.case.cast.scorers[0], sheet.leaves[3]
    context = chromium.new_context(
        viewport=PHONE,
        locale="zh-CN",
        geolocation={"latitude": 31.45512, "longitude": 121.10034},
        permissions=["geolocation"],
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page, live_server.url, scorer)
    open_kept(page, f"{live_server.url}{sheet.get_absolute_url()}")
    context.set_offline(True)
    page.locator("[data-place]").check()
    note(page, leaf, "签到表照片")
    files, field = page.locator(f"[data-files='{leaf.pk}'] li"), page.locator(f"[name=file_{leaf.pk}]")
    field.set_input_files([{"name": "签到表.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}])
    expect(files).to_have_count(1)
    expect(files).to_contain_text("已保存在本机")
    field.set_input_files([{"name": "假照片.jpg", "mimeType": "image/jpeg", "buffer": b"MZ not a picture"}])
    expect(page.locator(f"[data-fault='file_{leaf.pk}']")).to_contain_text("假照片.jpg")
    assert page.input_value(f"[name=note_{leaf.pk}]") == "签到表照片"
    look(page, "sheet-photo-waits-360")
    assert not Evidence.objects.exists()

    page.close()  # and the page opened anew, still alone
    page = context.new_page()
    page.goto(f"{live_server.url}{sheet.get_absolute_url()}")
    expect(page.locator(f"[data-files='{leaf.pk}'] li")).to_have_count(1)
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    becomes(page, "synced")
    expect(page.locator(f"[data-files='{leaf.pk}'] li")).to_contain_text("已上传")
    kept = Evidence.objects.get()
    assert (kept.indicator, kept.place_from, f"{kept.lat:.4f}") == (leaf, "device", "31.4551")
    page.locator(f"[data-files='{leaf.pk}'] button").click()
    expect(page.locator(f"[data-files='{leaf.pk}'] li")).to_have_count(0)
    assert not Evidence.objects.exists()
    assert not errors, errors


@pytest.mark.parametrize(("language", "width", "large"), [("", 820, False), ("", 360, True), ("/en", 360, False)])
def test_the_sheet_fits_and_is_whole(sheet, chromium, live_server, language, width, large):
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    if large:
        context.add_cookies([{"name": "large_print", "value": "1", "url": live_server.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, live_server.url, sheet.case.cast.scorers[0])
    open_kept(page, f"{live_server.url}{language}{sheet.get_absolute_url()}")
    tick(page, sheet.leaves[0], 4)
    becomes(page, "synced")
    look(page, f"sheet{language.replace('/', '-')}-{width}{'-large' if large else ''}")
    found = Axe().run(page).response["violations"]
    assert not [v["id"] for v in found if v["impact"] in ("serious", "critical")], found
    assert not complaints, complaints
