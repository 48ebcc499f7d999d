"""Stored events of every version are read for ever: these bytes are never changed, only added to."""

import msgspec

from maatwerk.events import event as events
from maatwerk.events import names
from maatwerk.events.event import Campaign

V1 = (
    b'{"name":"Product Viewed","id":"m-1","time":1795348790000,"received":1795348800000,"anonymous_id":"a-1",'
    b'"user_id":"u-1","proven":true,"context":{"store":"b2b","session_id":"s-1","locale":"nl-NL","country":"NL",'
    b'"currency":"EUR","timezone":"Europe/Amsterdam","device":"mobile","browser":"Safari","os":"iOS",'
    b'"url":"https://shop.test/p","path":"/p","title":"P","library":"analytics.js",'
    b'"campaign":{"source":"mail","name":"may"},"consent":{"advertising":false}},'
    b'"properties":{"sku":"WS12","price":"32.50","own":[1]},"traits":{"email":"a@b.test"},'
    b'"said":"productPageView","flags":["bot","advertising_denied"]}'
)
V1_BARE = b'{"name":"Signed Out","id":"m-2","time":1,"received":2}'


def test_version_1() -> None:
    event = events.decode(V1, offset=7)
    assert (event.name, event.id, event.time, event.received) == (
        "Product Viewed",
        "m-1",
        1795348790000,
        1795348800000,
    )
    assert (event.kind, event.anonymous_id, event.user_id, event.proven) == ("track", "a-1", "u-1", True)
    assert (event.origin, event.dialect, event.said, event.version, event.offset) == (
        "collected",
        "segment",
        "productPageView",
        1,
        7,
    )
    assert (event.context.store, event.context.session_id, event.context.device) == ("b2b", "s-1", "mobile")
    assert event.context.campaign == Campaign(source="mail", name="may")
    assert event.context.consent == {"advertising": False}
    assert event.flags == ("bot", "advertising_denied")
    assert names.body(event).price == "32.50"
    assert names.properties(event)["own"] == [1]
    assert names.traits(event) == {"email": "a@b.test"}


def test_what_is_absent_has_its_first_meaning() -> None:
    event = events.decode(V1_BARE)
    assert (event.kind, event.origin, event.context.store, event.flags) == (
        "track",
        "collected",
        "default",
        (),
    )
    assert names.properties(event) == {}


def test_what_is_written_today_says_the_same() -> None:
    again = events.decode(events.encode(events.decode(V1, offset=7)))
    first = events.decode(V1)
    assert msgspec.structs.replace(
        again, properties=events.EMPTY, traits=events.EMPTY
    ) == msgspec.structs.replace(first, properties=events.EMPTY, traits=events.EMPTY)
    assert bytes(again.properties) == bytes(first.properties)
    assert again.offset == 0, "the offset is the log's, not the payload's"
