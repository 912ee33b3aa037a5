"""The counter in Chromium: a real square code before a (fake) camera, and the line cut while a resident stands there.

Screenshots go to `var/screenshots`, for eyes.
"""

import pytest
import segno
from PIL import Image
from playwright.sync_api import Page, expect

from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.vouchers.actions import limit_offline, revoke_device
from marketplace.vouchers.codes import code_now
from marketplace.vouchers.models import CardLook, CounterDevice, OfflineEntry, Redemption
from tests.given.chromium import IN_CHROMIUM, LAUNCH, PATIENCE, PHONE, follow, look, sign_in
from tests.given.people import a_person
from tests.given.vouchers import PIN, a_counter

FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]

pytestmark = IN_CHROMIUM


def film_of(text: str, path) -> str:
    """A short film in which somebody holds the square code of the text before a camera (Y4M, as Chromium plays it)."""
    code = path / "code.png"
    segno.make(text, error="m", micro=False).save(str(code), scale=8, border=4)
    picture = Image.new("L", (640, 480), 200)
    square = Image.open(code).convert("L").rotate(4, expand=True, fillcolor=200)
    picture.paste(square, ((640 - square.width) // 2, (480 - square.height) // 2))
    film = path / "camera.y4m"
    frame = picture.tobytes() + bytes([128]) * (2 * 320 * 240)
    film.write_bytes(b"YUV4MPEG2 W640 H480 F5:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + frame) * 5)
    return str(film)


@pytest.fixture
def counter():
    return a_counter()


def before_a_camera(playwright, text: str, path) -> Page:
    """A telephone whose camera sees the square code of the text."""
    shown = [*FAKE_CAMERA, f"--use-file-for-fake-video-capture={film_of(text, path)}"]
    browser = playwright.chromium.launch(**LAUNCH | {"args": LAUNCH["args"] + shown})
    return browser.new_context(viewport=PHONE, locale="zh-CN", permissions=["camera"]).new_page()


def test_a_card_before_the_camera(counter, playwright, live_server, tmp_path):
    page = before_a_camera(playwright, counter.card.number, tmp_path)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, live_server.url, counter.staff)
    page.goto(f"{live_server.url}/counter/")
    look(page, "counter-camera-off-360")
    # The code may be read and the next page be there before anybody looks again: the film itself says that it ran.
    page.evaluate(
        "document.querySelector('video').addEventListener('playing', () => sessionStorage.setItem('ran', 'yes'))"
    )
    page.locator("[data-camera-start]").click()
    page.wait_for_url("**/counter/services/", timeout=2 * PATIENCE)
    assert page.evaluate("sessionStorage.getItem('ran')") == "yes"
    assert "陈**婆" in page.inner_text("main") and "80.00" in page.inner_text("main")
    assert CardLook.objects.get().by == counter.staff
    assert not complaints, complaints


def test_the_code_on_the_telephone_pays_without_a_pin(counter, playwright, live_server, tmp_path):
    code, _seconds = code_now(counter.card, clock.now())
    page = before_a_camera(playwright, f"{counter.card.number}.{code}", tmp_path)
    sign_in(page, live_server.url, counter.staff)
    page.goto(f"{live_server.url}/counter/")
    page.locator("[data-camera-start]").click()
    page.wait_for_url("**/counter/services/", timeout=2 * PATIENCE)
    follow(page, page.locator(".terminal-services a").first)
    look(page, "counter-pay-by-code-360")
    assert page.locator("[name=pin]").count() == 0
    follow(page, page.locator("button.terminal-pay"))
    assert "/counter/receipts/" in page.url
    assert Redemption.objects.get().amount == 60_00


def cut_off(browser, base: str, counter) -> tuple[Page, list[str]]:
    """A registered device on the counter whose line has just been cut, and the errors of its page to come."""
    limit_offline(
        counter.programme, resident_cap=80_00, device_cap=300_00, by=a_person(Role.APPROVER, of=counter.bureau)
    )
    page = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page, base, counter.staff)
    page.goto(f"{base}/counter/devices/")
    page.fill("[name=name]", "前台手机")
    follow(page, page.locator("main form.action-form button[type=submit]"))
    look(page, "counter-devices-360")
    page.goto(f"{base}/counter/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert CounterDevice.objects.get().public_key
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("[data-step=card]")).to_be_visible()
    return page, errors


def test_the_line_is_cut_and_comes_back(counter, chromium, live_server):
    page, errors = cut_off(chromium, live_server.url, counter)
    look(page, "counter-offline-card-360")
    page.fill("#offline-card", "8632000000000008")
    page.locator("[data-step=card] button").click()
    expect(page.locator("[data-offline] > [role=alert]")).to_contain_text("卡号")
    for number in (1, 2):
        page.fill("#offline-card", counter.card.spaced_number)
        page.locator("[data-step=card] button").click()
        look(page, "counter-offline-service-360")
        page.locator("[data-step=service] ul button").first.click()
        for digit in PIN:
            page.locator("[data-step=pin] .pin-pad button", has_text=digit).click()
        look(page, f"counter-offline-pin-{number}-360")
        page.locator("[data-step=pin] button[type=submit]").click()
        expect(page.locator("[data-step=done]")).to_be_visible()
        look(page, f"counter-offline-done-{number}-360")
        page.locator("[data-step=done] [data-again]").click()
    page.fill("#offline-card", counter.card.number)
    page.locator("[data-step=card] button").click()
    page.locator("[data-step=service] ul button").first.click()
    expect(page.locator("[data-offline] > [role=alert]")).to_be_visible()  # 80 of 80: the cap of the resident
    look(page, "counter-offline-capped-360")
    assert not OfflineEntry.objects.exists() and not Redemption.objects.exists()

    page.context.set_offline(False)
    page.goto(f"{live_server.url}/counter/")
    expect(page.locator("[data-device] [role=status]")).not_to_be_empty(timeout=20_000)
    look(page, "counter-sent-360")
    entries = list(OfflineEntry.objects.order_by("sequence"))
    assert [(entry.amount, entry.own_part, entry.state) for entry in entries] == [
        (60_00, 0, "paid"),
        (20_00, 40_00, "paid"),
    ]
    assert counter.voucher.balance == 0
    page.goto(f"{live_server.url}/counter/offline/sent/")
    look(page, "counter-offline-sent-360")
    assert not errors, errors


# How many buttons a finger could hit at the moment when "accepted" appears.
UNDER_THE_FINGER = """() => {
    const done = document.querySelector("[data-step=done]");
    window.underTheFinger = [];
    new MutationObserver(() => {
        const buttons = [...done.querySelectorAll("button:not([hidden])")];
        const hit = (button) => {
            const box = button.getBoundingClientRect();
            return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === button;
        };
        window.underTheFinger.push(buttons.filter(hit).length);
    }).observe(done, { attributes: true, attributeFilter: ["hidden"] });
}"""


def test_what_was_taken_offline_is_taken_once_and_a_refusal_of_it_is_said(counter, chromium, live_server):
    """An impatient hand clicks twice; the PIN was wrong, which nobody could know without the line."""
    page, errors = cut_off(chromium, live_server.url, counter)
    page.fill("#offline-card", counter.card.number)
    page.locator("[data-step=card] button").click()
    page.locator("[data-step=service] ul button").first.click()
    page.fill("#offline-pin", "999000")
    page.evaluate(UNDER_THE_FINGER)
    page.locator("[data-step=pin] button[type=submit]").dblclick()
    expect(page.locator("[data-step=done]")).to_be_visible()
    expect(page.locator("[data-offline] > [role=alert]")).to_be_hidden()
    look(page, "counter-offline-twice-360")
    assert page.evaluate("window.underTheFinger") == [0], "what has just appeared takes no click that was meant before"
    page.context.set_offline(False)
    page.goto(f"{live_server.url}/counter/")
    expect(page.locator("[data-device] [role=status]")).to_contain_text("1")
    look(page, "counter-offline-doubted-360")
    entry = OfflineEntry.objects.get()
    assert (entry.state, entry.code) == ("conflict", "wrong_pin") and not Redemption.objects.exists()
    page.locator("[data-device] a").click()
    expect(page.locator("main")).to_contain_text("密码")
    look(page, "counter-offline-doubted-list-360")
    assert not errors, errors


def test_a_device_struck_off_while_it_was_cut_off_hands_in_what_it_accepted(counter, chromium, live_server):
    """It accepts nothing more, and what it promised is not lost: somebody signs in once more, only to send it."""
    page, errors = cut_off(chromium, live_server.url, counter)
    page.fill("#offline-card", counter.card.number)
    page.locator("[data-step=card] button").click()
    page.locator("[data-step=service] ul button").first.click()
    page.fill("#offline-pin", PIN)
    page.locator("[data-step=pin] button[type=submit]").click()
    expect(page.locator("[data-step=done]")).to_be_visible()
    revoke_device(CounterDevice.objects.get(), reason="找不到了", by=counter.staff)
    page.context.set_offline(False)
    page.goto(f"{live_server.url}/counter/")
    expect(page.locator("[data-device] [role=status]")).to_contain_text("没有上传")
    look(page, "counter-struck-off-360")
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    follow(page, page.locator("main a.btn-primary"))
    sign_in(page, live_server.url, counter.staff)
    expect(page.locator("[data-device] [role=status]")).to_contain_text("等待主管部门处理")
    look(page, "counter-handed-in-360")
    entry = OfflineEntry.objects.get()
    assert (entry.state, entry.code) == ("conflict", "revoked") and not Redemption.objects.exists()
    assert not errors, errors


def test_the_answer_to_a_payment_is_lost_on_its_way(counter, chromium, live_server):
    """The server has paid and nobody saw the receipt: the next look at the same service says so."""
    page = chromium.new_context(viewport=PHONE, locale="zh-CN").new_page()
    sign_in(page, live_server.url, counter.staff)

    def to_pay() -> None:
        page.goto(f"{live_server.url}/counter/")
        page.fill("[name=card]", counter.card.number)
        follow(page, page.locator("main form.terminal-card button[type=submit]"))
        follow(page, page.locator(".terminal-services a").first)

    to_pay()
    pages = "**/counter/services/*/"

    def lose(route) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    page.route(pages, lose)
    page.fill("[name=pin]", PIN)
    with page.expect_event("requestfailed"):
        page.locator("button.terminal-pay").click(no_wait_after=True)
    page.unroute(pages)
    assert Redemption.objects.get().amount == 60_00
    to_pay()
    look(page, "counter-paid-already-360")
    follow(page, page.locator("main .alert a"))
    assert "/counter/receipts/" in page.url
    assert Redemption.objects.count() == 1
