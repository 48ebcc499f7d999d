"""From a user agent to a device, cached."""

from __future__ import annotations

import re
from collections import OrderedDict

import ua_parser
from ua_parser import Result

from maatwerk.events.circumstances import NO_DEVICE, Device

_TABLET = re.compile(r"(?i)ipad|tablet|kindle|silk/|playbook|galaxy tab|\bsm-t\d")
# A headless Chromium is not among them: it is what shops test their pages with.
_BOT = re.compile(
    r"(?i)bot\b|bot/|crawl|spider|slurp|phantomjs|lighthouse|scrap|monitor|pingdom|"
    r"curl/|wget/|python-requests|python-urllib|aiohttp|httpx|go-http-client|okhttp/|java/|libwww"
)
_MOBILE_SYSTEMS = frozenset(
    {"iOS", "Android", "Windows Phone", "KaiOS", "BlackBerry OS", "HarmonyOS", "Tizen"}
)
_DESKTOP_SYSTEMS = frozenset(
    {"Windows", "Mac OS X", "Linux", "Ubuntu", "Chrome OS", "Fedora", "Debian", "FreeBSD"}
)


class Devices:
    """Looks devices up; keeps the last ``size`` agents. Not for use from several threads at once."""

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._seen: OrderedDict[str, Device] = OrderedDict()

    def __call__(self, agent: str) -> Device:
        """The device of a user agent; nothing is known of an empty one."""
        known = self._seen.get(agent)
        if known is not None:
            self._seen.move_to_end(agent)
            return known
        if not agent:
            return NO_DEVICE
        device = self._seen[agent] = _device(agent)
        if len(self._seen) > self._size:
            self._seen.popitem(last=False)
        return device


def _device(agent: str) -> Device:
    found = ua_parser.parse(agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    return Device(_kind(agent, found, system), browser, system)


def _kind(agent: str, found: Result, system: str) -> str:
    family = found.device.family if found.device else ""
    if family == "Spider" or _BOT.search(agent):
        return "bot"
    if _TABLET.search(agent) or (system == "Android" and "Mobile" not in agent):
        return "tablet"
    if system in _MOBILE_SYSTEMS or "Mobi" in agent:
        return "mobile"
    return "desktop" if system in _DESKTOP_SYSTEMS or "X11" in agent else ""
