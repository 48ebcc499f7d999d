"""Access and portability over HTTP: everything planted of a person comes out, and nothing of her neighbor."""

import csv
import io
import json
import zipfile
from typing import Any

from tests.scenarios.server import SECRET, WEB, Server
from typer.testing import CliRunner

from maatwerk.cli.commands import app

HERS = {
    "user": "u-export", "device": "a-export", "phone": "a-export-phone", "email": "ida@export.test",
    "name": "Idaplanted", "query": "planted green coat", "order": "o-export-1", "campaign": "planted-spring",
    "page": "https://shop.test/planted-page", "wish": "w-sh-3", "own": "planted custom value",
    "text": "planted-text-7", "formula": "=planted()", "rejected": "planted-too-odd",
}  # fmt: skip
OTHERS = {
    name: value.replace("planted", "foreign").replace("export", "neighbor") for name, value in HERS.items()
}


def tell(shop: Server, who: dict[str, str]) -> str:
    def one(event: str, properties: dict[str, Any], device: str = "device", **more: Any) -> dict[str, Any]:
        context = {"page": {"url": who["page"]}, "campaign": {"name": who["campaign"]}}
        found = {"type": "track", "event": event, "anonymousId": who[device], "properties": properties}
        return found | {"context": context} | more

    messages = [
        one("Product Viewed", {"sku": "w-dr-1"}),
        {"type": "identify", "anonymousId": who["device"], "userId": who["user"],
         "traits": {"email": who["email"], "firstName": who["name"], "note": who["formula"]}},
        one("Products Searched", {"query": who["query"]}, userId=who["user"]),
        one("Something Else", {"field": who["own"]}, userId=who["user"]),
        one("Back In Stock Requested", {"sku": who["wish"]}, userId=who["user"]),
        one("Product Viewed", {"sku": "w-ba-2"}, "phone", userId=who["user"]),
        one("Order Completed", {"order_id": who["order"], "products": ["w-dr-2"]}, userId=who["user"]),
        one("Product Viewed", {"sku": "w-dr-1", "price": who["rejected"]}, userId=who["user"]),
        one("Message Queued", {}, userId=who["user"]),
    ]  # fmt: skip
    shop.post("/v1/batch", {"batch": messages}, secret=True)
    said = {"userId": who["user"], "purposes": {"email": "granted"}, "objections": {"direct_marketing": True}}
    shop.post("/v1/consent", said | {"textVersion": who["text"], "source": "preferences"}, secret=True)
    answer = shop.post("/v1/decide", {"anonymousId": who["device"], "context": {"page": {"type": "home"}}})
    assert answer["placements"]
    decision: str = answer["decisionId"]
    return decision


def test_everything_of_hers_and_nothing_of_her_neighbors(shop: Server) -> None:
    hers, others = tell(shop, HERS), tell(shop, OTHERS)
    shop.await_folded()
    shop.settled_stats()
    for place in (f"user_id/{HERS['user']}", f"anonymous_id/{HERS['phone']}", f"email/{HERS['email']}"):
        found = shop.call("GET", f"/v1/profiles/{place}/export")
        text = json.dumps(found)
        missing = [name for name, value in HERS.items() if json.dumps(value)[1:-1] not in text]
        assert missing == []
        foreign = [name for name, value in OTHERS.items() if value != HERS[name] and value in text]
        assert foreign == []
        assert hers in text
        assert others not in text
    assert {link["value"] for link in found["links"]} == {
        HERS["user"],
        HERS["device"],
        HERS["phone"],
        HERS["email"],
    }
    [consent] = [each for each in found["consent_ledger"] if each["kind"] == "consent"]
    assert (consent["purpose"], consent["source"]) == ("email", "preferences")
    assert consent["text_version"] == HERS["text"]
    assert found["objections"] == {"profiling": False, "direct_marketing": True}
    reasons = [item["reason"] for slot in found["decisions"][0]["slots"] for item in slot["items"]]
    assert reasons
    assert all(reasons)


def test_the_zip_holds_the_same_as_tables_and_no_formula(shop: Server, tmp_path: Any) -> None:
    answer = WEB.get(
        f"{shop.url}/v1/profiles/user_id/{HERS['user']}/export?format=zip", auth=(SECRET, ""), timeout=20
    )
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        tables = {
            name: list(csv.DictReader(io.StringIO(packed.read(name).decode("utf-8-sig"))))
            for name in packed.namelist()
            if name.endswith(".csv")
        }
        whole = json.loads(packed.read("export.json"))
    assert {row["value"] for row in tables["traits.csv"]} == {
        HERS["email"],
        HERS["name"],
        "'" + HERS["formula"],
    }
    assert [row["order_id"] for row in tables["orders.csv"]] == [HERS["order"]]
    assert len(tables["events.csv"]) == len(whole["events"])
    assert all(row["reason"] for row in tables["decisions.csv"] if row["sku"])
    target = tmp_path / "ida.zip"
    command = ["export", "person", "email", HERS["email"], "--data", str(shop.folder), "--out", str(target)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert str(target) in done.stdout.replace("\n", "")
    with zipfile.ZipFile(target) as packed:
        assert json.loads(packed.read("export.json"))["profile_id"] == whole["profile_id"]


def test_nobody_and_the_public_key_get_nothing(shop: Server) -> None:
    shop.call("GET", "/v1/profiles/user_id/u-nobody-at-all/export", status=404)
    for path in ("export", "consent"):
        assert (
            WEB.get(f"{shop.url}/v1/profiles/user_id/u-export/{path}", auth=("wk_scenario", "")).status_code
            == 403
        )


def test_the_ledger_tells_every_word_in_order(shop: Server) -> None:
    said: list[dict[str, Any]] = [
        {"purposes": {"analytics": "granted", "email": True}, "textVersion": "v1", "source": "banner"},
        {"purposes": {"analytics": "denied"}, "textVersion": "v2", "source": "preferences"},
        {"objections": {"profiling": True}},
        {"objections": {"profiling": False}},
    ]
    for each in said:
        shop.post("/v1/consent", {"anonymousId": "a-ledger"} | each)
    found = shop.call("GET", "/v1/profiles/anonymous_id/a-ledger/consent")
    told = [
        (each.get("purpose") or each["objection"], each["source"], each["text_version"])
        for each in found["items"]
    ]
    assert told == [
        ("analytics", "banner", "v1"), ("email", "banner", "v1"), ("analytics", "preferences", "v2"),
        ("profiling", "api", None), ("profiling", "api", None),
    ]  # fmt: skip
    assert found["consent"] == {"analytics": "denied", "email": "granted"}
    assert found["objections"]["profiling"] is False
    assert all(each["time"].endswith("Z") and each["messageId"] for each in found["items"])


def test_a_page_speaks_for_its_own_device_and_for_nobody_else(shop: Server) -> None:
    def refused(body: dict[str, Any], status: int) -> str:
        code: str = shop.post("/v1/consent", body, status=status)["code"]
        return code

    victim = {"userId": "u-export", "objections": {"profiling": True}}
    assert refused(victim, 403) == "signature_not_valid"
    assert (
        refused(victim | {"anonymousId": "a-mine", "userSignature": "0" * 64}, 403) == "signature_not_valid"
    )
    assert refused({"objections": {"profiling": True}}, 400) == "nobody_named"
    assert refused({"anonymousId": "a-mine"}, 400) == "nothing_said"
    assert refused({"anonymousId": "a-mine", "purposes": {"everything": True}}, 400) == "purpose_not_known"
    assert shop.call("GET", "/v1/profiles/user_id/u-export/consent")["objections"]["profiling"] is False
