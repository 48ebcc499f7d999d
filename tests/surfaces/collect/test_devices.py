"""What is kept of a user agent, and how many are remembered."""

import pytest

from maatwerk.engines.uaparser.device import Devices
from maatwerk.events.circumstances import NO_DEVICE

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/118.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.0 Mobile/15E148 Safari/604.1"
)
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko)"
IPAD = IPHONE.replace("iPhone; CPU iPhone OS", "iPad; CPU OS")
PIXEL = f"Mozilla/5.0 (Linux; Android 13; Pixel 7) {CHROME} Chrome/112.0.0.0 Mobile Safari/537.36"
ANDROID_TABLET = f"Mozilla/5.0 (Linux; Android 13; SM-X200) {CHROME} Chrome/112.0.0.0 Safari/537.36"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
HEADLESS = f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} HeadlessChrome/150.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "kind", "system"),
    [
        (FIREFOX, "desktop", "Windows"),
        (IPHONE, "mobile", "iOS"),
        (IPAD, "tablet", "iOS"),
        (PIXEL, "mobile", "Android"),
        (ANDROID_TABLET, "tablet", "Android"),
        (GOOGLEBOT, "bot", ""),
        ("curl/8.5.0", "bot", ""),
        (HEADLESS, "desktop", "Linux"),
        ("analytics-python/2.4", "", ""),
    ],
)
def test_kinds_of_devices(agent: str, kind: str, system: str) -> None:
    device = Devices()(agent)
    assert (device.kind, device.os) == (kind, system)


def test_nothing_is_known_of_nothing() -> None:
    assert Devices()("") == NO_DEVICE


def test_only_the_agents_seen_last_are_remembered() -> None:
    devices = Devices(size=3)
    for number in range(10):
        devices(f"{FIREFOX} v{number}")
        devices(IPHONE)  # seen all the time, so never forgotten
    assert len(devices._seen) == 3
    assert IPHONE in devices._seen
