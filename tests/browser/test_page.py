"""The page in a real browser, in front of a real server with made-up results."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from fakes.ports import kept_port
from fakes.results import result
from fakes.walks import THRESHOLD, Walk, watch
from fakes.web import moving, serving, walker
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from edge_mbv2.events.rules import Limits, Line, Rules, Zone
from edge_mbv2.geometry import Area
from edge_mbv2.imaging.palette import class_colour

PATIENCE_S = 60


def wait(browser: Chrome, condition: Callable[[], Any]) -> Any:
    return WebDriverWait(browser, PATIENCE_S, poll_frequency=0.1).until(lambda _: condition())


def text(browser: Chrome, identity: str) -> str:
    return browser.find_element(By.ID, identity).text


def labels(browser: Chrome, identity: str = "now") -> list[str]:
    return browser.execute_script(
        "return [...document.querySelectorAll('#' + arguments[0] + ' .label')].map(e => e.textContent)",
        identity,
    )


def screen(browser: Chrome) -> np.ndarray:
    """Return the picture as it is on the screen, (height, width, 3) uint8."""
    png = browser.find_element(By.ID, "picture").screenshot_as_png
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


def shows_boxes(browser: Chrome) -> bool:
    return (np.abs(screen(browser).astype(int) - class_colour(0)).max(axis=-1) < 40).sum() > 500


def wait_until_moving(browser: Chrome) -> None:
    """Wait for a picture, and for one that differs from it."""
    wait(browser, lambda: browser.find_element(By.ID, "picture").get_property("naturalWidth") == 320)
    wait(browser, lambda: text(browser, "status") == "Live")
    before = screen(browser)
    wait(browser, lambda: np.abs(screen(browser).astype(int) - before).max() > 100)


def console(browser: Chrome) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser")]


def requested(browser: Chrome) -> set[str]:
    """Return the address of every request, without those inside the browser (its empty first page)."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    return {address for address in sent if not address.startswith(("chrome://", "data:"))}


def test_what_happens_is_told(browser: Chrome) -> None:
    zone = Zone("yard", Area([(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]))
    rules = Rules(Limits(THRESHOLD), zones=(zone,), lines=(Line("gate", (0.5, 1.0), (0.5, 0.0)),))
    walk = Walk([(0, 100, 300), (4, 560, 300), (6, 900, 300)])
    glimpse = Walk([(12, 800, 300), (12.4, 800, 300)])
    told = watch([walk, glimpse], 10, 20, rules)
    with serving("camera", "back") as product:
        for camera in ("camera", "back"):
            product.publish(result(camera=camera))
        browser.get(f"{product.url}#camera")
        wait(browser, lambda: text(browser, "camera") == "camera" and product.events.clients == 1)
        for event in told:
            product.events.tell(event.type, product.records.event_text(event))
        wait(browser, lambda: len(labels(browser, "happened")) == 7)
        lines = browser.execute_script(
            "return [...document.querySelectorAll('#happened .where')].map(e => e.textContent)"
        )
        first = ["left after 6 s", "left yard", "crossed gate to the right", "entered yard", "came"]
        assert lines == ["left at once", "came", *first]
        assert labels(browser, "happened") == ["2 person"] * 2 + ["1 person"] * 5
        browser.execute_script("location.hash = 'back'")
        wait(browser, lambda: text(browser, "camera") == "back")
        wait(browser, lambda: labels(browser, "happened") == [])


def test_the_picture_moves_and_the_list_follows(browser: Chrome) -> None:
    with serving() as product, moving(product):
        browser.get(product.url)
        wait_until_moving(browser)
        wait(browser, lambda: labels(browser) == ["person"])
        assert text(browser, "count") == "1"
        value = browser.find_element(By.CSS_SELECTOR, "#now .value").text
        assert value.endswith("%")
        wait(browser, lambda: browser.find_element(By.CSS_SELECTOR, "#now .value").text != value)
        analysed = text(browser, "analysed")
        wait(browser, lambda: text(browser, "analysed") != analysed)
        assert text(browser, "rate") == "9.5"
        assert text(browser, "description") == "made up for a test"
        assert console(browser) == []
        addresses = requested(browser)
        assert f"{product.url}/api/v1/events/stream" in addresses
        assert {address for address in addresses if not address.startswith(product.url)} == set()


def test_what_has_gone_is_remembered(browser: Chrome) -> None:
    with serving() as product:
        product.publish(walker(0))
        browser.get(product.url)
        wait(browser, lambda: labels(browser) == ["person"])
        product.publish(result(1, detections=()))
        wait(browser, lambda: labels(browser, "lately") == ["person"])
        assert labels(browser) == []
        assert text(browser, "nothing") == "Nothing at the moment"
        assert text(browser, "lately").endswith("ago")


def test_labels_are_text_and_never_markup(browser: Chrome) -> None:
    label = "<img src=x onerror=document.title='owned'> Fußgänger 人"
    person = walker(0).detections[0]
    with serving() as product:
        item = result(0, detections=(type(person)(label, 5, 0.5, person.box),))
        product.publish(item)
        browser.get(product.url)
        wait(browser, lambda: labels(browser) == [label])
        assert browser.title == "edge-mbv2"


def test_boxes_can_be_switched_off_and_stay_off(browser: Chrome) -> None:
    with serving() as product, moving(product):
        browser.get(product.url)
        wait_until_moving(browser)
        wait(browser, lambda: shows_boxes(browser))
        browser.find_element(By.CSS_SELECTOR, ".switch").click()
        wait(browser, lambda: not shows_boxes(browser))
        wait(browser, lambda: product.live.viewers == 1)  # the stream with boxes was let go
        assert "overlay=0" in browser.find_element(By.ID, "snapshot").get_property("href")
        browser.refresh()
        wait_until_moving(browser)
        assert not shows_boxes(browser)
        assert console(browser) == []


def test_the_page_comes_back_by_itself_after_a_restart(browser: Chrome) -> None:
    with serving() as product, moving(product):
        browser.get(product.url)
        wait_until_moving(browser)
    with kept_port(product.server.port):
        wait(browser, lambda: text(browser, "status") == "Reconnecting" and labels(browser) == [])
        assert "lost" in text(browser, "notice")
        assert text(browser, "nothing") == "Not known without a connection"
        assert text(browser, "analysed") == text(browser, "dropped") == "\u2013"
        with serving(port=product.server.port) as again, moving(again):
            wait_until_moving(browser)
            wait(browser, lambda: again.live.viewers == 1)
            wait(browser, lambda: labels(browser) == ["person"])
            wait(browser, lambda: text(browser, "analysed") != "\u2013")


def test_streams_that_died_without_a_word_are_opened_again(browser: Chrome) -> None:
    """As after a laptop's sleep: its connections look open, and nothing comes."""
    with serving() as product, moving(product):
        browser.get(product.url)
        wait_until_moving(browser)
        with product.events._lock, product.live._work:
            product.events._clients.clear()
            for channel in product.live._channels:
                channel.viewers.clear()
        wait_until_moving(browser)
        wait(browser, lambda: product.live.viewers == product.events.clients == 1)
        assert console(browser) == []


def test_a_hidden_page_costs_nothing(browser: Chrome) -> None:
    with serving() as product, moving(product):
        browser.get(product.url)
        wait_until_moving(browser)
        page = browser.current_window_handle
        browser.switch_to.new_window("tab")
        wait(browser, lambda: product.live.viewers == 0 and product.events.clients == 0)
        browser.switch_to.window(page)
        wait_until_moving(browser)
        wait(browser, lambda: product.live.viewers == 1)
        assert console(browser) == []


def test_a_camera_that_stalls_is_told(browser: Chrome) -> None:
    with serving() as product:
        product.publish(walker(0))
        browser.get(product.url)
        wait(browser, lambda: text(browser, "status") == "Live")
        product.source.cameras["yard"] |= {"state": "waiting", "reason": "it was unplugged"}
        wait(browser, lambda: text(browser, "status") == "Waiting for the camera")
        assert text(browser, "notice") == "Waiting for the camera: it was unplugged"
        product.source.cameras["yard"] |= {"state": "stalled", "reason": None}
        wait(browser, lambda: text(browser, "notice") == "No picture comes")


def test_a_recording_is_told(browser: Chrome) -> None:
    with serving() as product:
        product.publish(walker(0))
        browser.get(product.url)
        wait(browser, lambda: text(browser, "status") == "Live")
        assert text(browser, "recording") == ""
        product.source.recording = {"frames": 90, "missing": 0, "bytes": 1_234_000_000}
        wait(browser, lambda: text(browser, "recording") == "recording 1,234 MB")
        product.source.recording["missing"] = 2
        wait(browser, lambda: text(browser, "recording") == "recording 1,234 MB, 2 missed")


def test_before_the_first_frame(browser: Chrome) -> None:
    with serving() as product:
        browser.get(product.url)
        wait(browser, lambda: text(browser, "camera") == "yard")
        assert text(browser, "notice") == "Waiting for the first picture"
        product.source.cameras["yard"] = {"state": "opening", "analysed": 0, "frame_age_s": None}
        wait(browser, lambda: text(browser, "analysed") == "0")
        assert text(browser, "age") == "\u2013"
        product.publish(walker(0))
        wait(browser, lambda: text(browser, "status") == "Live")


def tiles(browser: Chrome) -> dict[str, tuple[str, int]]:
    """Return what each tile tells beside its camera's name, and the width of its picture."""
    return browser.execute_script(
        "return Object.fromEntries([...document.querySelectorAll('.tile')].map(tile => ["
        "tile.querySelector('.name').textContent, "
        "[tile.querySelector('.told').textContent, tile.querySelector('img').naturalWidth]]))"
    )


def reasons(browser: Chrome) -> list[str]:
    """Return what the tiles tell of their cameras' trouble, as far as it is to be seen."""
    notices = browser.find_elements(By.CSS_SELECTOR, ".tile .notice")
    return [notice.text for notice in notices if notice.is_displayed()]


def test_several_cameras_side_by_side_and_one_alone(browser: Chrome) -> None:
    with (
        serving("door", "yard", "shed", "street", "roof", "gate", "lawn") as product,
        moving(product, camera="yard"),
        moving(product, camera="street"),
    ):
        product.publish(walker(0, "door"))
        browser.get(product.url)
        moved = [["9.5 fps", 320]] * 3
        wait(browser, lambda: [tiles(browser)[name] for name in ("door", "yard", "street")] == moved)
        assert tiles(browser)["shed"] == ["Starting", 0]
        assert text(browser, "status") == "3 of 7 live"
        assert text(browser, "rate") == "28.5"
        wait(browser, lambda: labels(browser) == ["person"] * 3)
        places = browser.find_elements(By.CSS_SELECTOR, "#now .where")
        assert [place.text for place in places] == ["door", "yard", "street"]
        product.source.cameras["door"]["state"] = "stalled"
        wait(browser, lambda: tiles(browser)["door"][0] == "No picture comes")
        assert not reasons(browser)
        product.source.cameras["door"]["reason"] = "its driver hangs"
        wait(browser, lambda: reasons(browser) == ["its driver hangs"])

        yard = browser.find_elements(By.CSS_SELECTOR, ".tile")[1]
        before = cv2.imdecode(np.frombuffer(yard.screenshot_as_png, np.uint8), cv2.IMREAD_COLOR)

        def has_moved() -> bool:
            now = cv2.imdecode(np.frombuffer(yard.screenshot_as_png, np.uint8), cv2.IMREAD_COLOR)
            return np.abs(now.astype(int) - before).max() > 100

        wait(browser, has_moved)
        yard.click()
        wait_until_moving(browser)
        assert browser.current_url == f"{product.url}/#yard"
        wait(browser, lambda: labels(browser) == ["person"])
        wait(browser, lambda: product.live.viewers == 1)  # nobody fetches pictures of the others
        tabs = browser.find_elements(By.CSS_SELECTOR, "#tabs button")
        assert [tab.text for tab in tabs][:3] == ["All", "door", "yard"]
        assert [tab.get_attribute("aria-selected") for tab in tabs][:3] == ["false", "false", "true"]
        browser.back()
        wait(browser, lambda: text(browser, "camera") == "All cameras")
        wait(browser, lambda: labels(browser) == ["person"] * 3)
        assert not browser.find_element(By.ID, "frame").is_displayed()
        wait(browser, lambda: product.live.viewers <= 2)  # the stream of the one was let go
        assert console(browser) == []


def test_a_tile_costs_one_encode_a_picture_and_nothing_when_none_comes(browser: Chrome) -> None:
    with serving("door", "yard") as product:
        for name in ("door", "yard"):
            product.publish(walker(0, name))
        browser.get(product.url)
        wait(browser, lambda: [width for _, width in tiles(browser).values()] == [320, 320])
        page = browser.current_window_handle
        browser.switch_to.new_window("window")
        browser.get(product.url)
        wait(browser, lambda: [width for _, width in tiles(browser).values()] == [320, 320])
        analysed = product.source.cameras["door"]["analysed"] = 77
        wait(browser, lambda: text(browser, "analysed") == str(analysed + 1))  # it goes on asking the state
        assert product.live.encodes == 2
        assert product.live.viewers == 0
        browser.close()
        browser.switch_to.window(page)


def test_the_address_with_the_token_opens_the_page_and_drops_it(browser: Chrome) -> None:
    token = "a-token-that-nobody-guesses-42"
    with serving(token=token) as product, moving(product):
        browser.get(product.url)
        assert "needs its token" in browser.find_element(By.TAG_NAME, "body").text
        browser.find_element(By.NAME, "token").send_keys(token)
        browser.find_element(By.TAG_NAME, "button").click()
        wait_until_moving(browser)
        assert browser.current_url == f"{product.url}/"
        browser.delete_all_cookies()
        browser.get(f"{product.url}/?token={token}")
        wait_until_moving(browser)
        assert browser.current_url == f"{product.url}/"
        assert browser.execute_script("return document.cookie") == ""  # not for scripts


def test_several_cameras_fit_on_a_phone(browser: Chrome) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 360, "height": 640, "deviceScaleFactor": 2, "mobile": True},
    )
    with serving("door", "yard", "shed", "a-name-as-long-as-they-may-be-32") as product:
        for name in product.live.cameras:
            product.publish(walker(0, name))
        browser.get(product.url)
        wait(browser, lambda: [width for _, width in tiles(browser).values()] == [320] * 4)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
        sizes = [tile.size for tile in browser.find_elements(By.CSS_SELECTOR, ".tile")]
        assert all(size["width"] == pytest.approx(179, abs=1) for size in sizes)


def test_on_a_phone_nothing_is_cut_off_and_everything_can_be_touched(browser: Chrome) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 360, "height": 640, "deviceScaleFactor": 2, "mobile": True},
    )
    with serving() as product, moving(product):
        browser.get(product.url)
        wait_until_moving(browser)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
        assert screen(browser).shape[1] == 720  # from edge to edge
        for control in browser.find_elements(By.CSS_SELECTOR, ".button, .switch"):
            assert control.size["height"] >= 40
            assert control.accessible_name or control.text
