"""Finding a profile by what identifies it, its story, and who an event belongs to."""

import pytest
from tests.views.profile.conftest import Bench, skus

from maatwerk.core.identifiers import is_placeholder, known_id, normal_email
from maatwerk.views.profile.find import Owners, Profile, profile, timeline


def known(bench: Bench, namespace: str, value: str) -> Profile:
    found = find(bench, namespace, value)
    assert found is not None
    return found


def find(bench: Bench, namespace: str, value: str) -> Profile | None:
    with bench.store.snapshot() as read:
        return profile(read, bench.log, namespace, value, now=0)


def owner_ids(bench: Bench) -> dict[str, str]:
    with bench.store.snapshot() as read:
        owners = Owners(read, bench.log)
        return {event.id: owners.of(event) for event in bench.log.read(0, 1_000)}


def test_a_visitor_and_a_customer(bench: Bench) -> None:
    assert find(bench, "anonymous_id", "a-1") is None
    bench.view_of("DR01", "a-1", at=1)
    fresh = known(bench, "anonymous_id", "a-1")  # before anything is projected
    bench.project()
    visitor = known(bench, "anonymous_id", "a-1")
    assert visitor.profile_id == fresh.profile_id, "and by the same id afterwards"
    assert visitor.identifiers == {"anonymous_id": ["a-1"]}
    bench.send("Identified", "a-1", "u-1", at=2, traits={"email": " Ada@Ex.test "})
    bench.view_of("SH02", "a-2", "u-1", at=3)
    bench.project()
    whole = {"user_id": ["u-1"], "anonymous_id": ["a-1", "a-2"], "email": ["ada@ex.test"]}
    for namespace, value in (("user_id", "u-1"), ("anonymous_id", "a-2"), ("email", "ADA@ex.test ")):
        found = known(bench, namespace, value)
        assert (found.profile_id, found.identifiers) == (visitor.profile_id, whole)
        assert skus(found.shopper) == ["DR01", "SH02"]
    assert find(bench, "user_id", "U-1") is None, "ids are not case-folded"
    assert find(bench, "unheard-of", "u-1") is None


def test_a_shared_device_is_its_last_owners(bench: Bench) -> None:
    for at, user in enumerate(("u-1", "u-2"), 1):
        bench.send("Identified", "a-1", user, at=at)
    bench.project()
    assert known(bench, "user_id", "u-1").identifiers == {"user_id": ["u-1"]}
    assert known(bench, "anonymous_id", "a-1").identifiers == {"user_id": ["u-2"], "anonymous_id": ["a-1"]}


def test_an_address_of_several_customers_is_nobodys(bench: Bench) -> None:
    for user in ("u-1", "u-2"):
        bench.send("Identified", "", user, at=1, proven=True, traits={"email": "test@test.com"})
    bench.send("Identified", "a-3", at=2, traits={"email": "only@ex.test"})
    bench.project()
    assert find(bench, "email", "test@test.com") is None
    assert known(bench, "user_id", "u-1").identifiers == {"user_id": ["u-1"]}
    assert known(bench, "email", "only@ex.test").identifiers["anonymous_id"] == ["a-3"]
    assert find(bench, "email", "never@ex.test") is None


def test_events_are_named_for_their_owner_at_event_time(bench: Bench) -> None:
    first = bench.send("Identified", "a-1", "u-1", at=10)
    second = bench.send("Identified", "a-1", "u-2", at=100)
    late = bench.view_of("DR01", "a-1", at=50)
    bench.send("Signed Out", "a-1", at=200)
    nobodys = bench.view_of("SH02", "a-1", at=210)
    denied = bench.view_of("BG03", "a-1", at=220, flags=("personalization_denied",))
    none = bench.send("Page Viewed", at=230)
    bench.project()
    ids = owner_ids(bench)
    assert ids[first.id] == ids[late.id] == known(bench, "user_id", "u-1").profile_id
    assert ids[second.id] == known(bench, "user_id", "u-2").profile_id
    assert ids[nobodys.id] not in (ids[first.id], ids[second.id], "")
    assert ids[denied.id] == ids[none.id] == ""


def test_a_timeline_is_hers_alone(bench: Bench) -> None:
    hers = [bench.view_of("DR01", "a-1", at=1), bench.send("Identified", "a-1", "u-1", at=2)]
    bench.send("Identified", "a-1", "u-2", at=3)
    bench.view_of("SH02", "a-1", at=4)
    hers.append(bench.view_of("BG03", "a-2", "u-1", at=5))
    bench.project()
    hers.append(bench.view_of("WT04", "", "u-1", at=6))
    with bench.store.snapshot() as read:
        told = timeline(read, bench.log, "user_id", "u-1")
        assert [event.id for event in told] == [event.id for event in reversed(hers)]
        page = timeline(read, bench.log, "user_id", "u-1", before=told[0].offset, limit=2)
        assert [event.id for event in page] == [event.id for event in told[1:3]]
        assert timeline(read, bench.log, "user_id", "nobody") == []


PLACEHOLDERS = (
    "null undefined 0 -1 00000000-0000-0000-0000-000000000000 anonymous guest None NaN true false"
    " user_id distinct_id test"
).split()


@pytest.mark.parametrize("value", [*PLACEHOLDERS, "", " ", "[object Object]", "0000", "{}", "NULL "])
def test_placeholders_identify_nobody(value: str) -> None:
    assert is_placeholder(value)
    assert known_id(value) == ""


@pytest.mark.parametrize("value", ["a1", "U1", "100", "0f0e", "tester", "guest-7", "null@ex.test"])
def test_identifiers_are_no_placeholders(value: str) -> None:
    assert not is_placeholder(value)
    assert known_id(f" {value} ") == value


def test_one_way_to_write_an_identifier() -> None:
    assert known_id("cafe\u0301") == known_id("caf\u00e9") == "caf\u00e9", (
        "composed and decomposed letters are the same"
    )
    assert known_id("U1") != known_id("u1")
    assert normal_email(" X@Ex.Test ") == "x@ex.test"
    assert normal_email("not an address") == normal_email("@ex.test") == normal_email("x@local") == ""
