"""Accounts: who signs in, what each role may do on every route, and what is written of it."""

from typing import Any

import pytest
from starlette.routing import Route
from tests.surfaces.console.shop import Made, Shop

from maatwerk.core.errors import Refused
from maatwerk.flows.accounts import ROLES, Accounts
from maatwerk.surfaces.console.roles import LEAST, Need, Role, may, need_of
from maatwerk.surfaces.console.sessions import TRIES

PASSWORD = "four quiet herons wade"


@pytest.fixture
def team(made: Made) -> Shop:
    """A shop with an account of each role."""
    shop = made()
    accounts = shop.accounts
    for role in ROLES:
        accounts.add(f"{role}@shop.example", role, PASSWORD)
    return shop


def enter(shop: Shop, role: str, password: str = PASSWORD, **more: Any) -> Any:
    shop.cookies.clear()
    said = {"email": f"{role}@shop.example", "password": password}
    return shop.ask("POST", "/console/sign-in", data=said, **more)


def test_a_password_opens_and_a_wrong_one_does_not(team: Shop) -> None:
    assert "Address and password" in enter(team, "viewer", "four quiet herons swim").text
    assert team.get("/console").status_code == 303
    assert "Address and password" in enter(team, "nobody").text
    assert enter(team, "viewer").status_code == 303
    assert team.get("/console").status_code == 200
    kept = team.parts.records.get("account", "viewer@shop.example") or b""
    assert b"$argon2id$" in kept
    assert b"herons" not in kept
    lines = team.get("/console/audit").text
    assert "was not let in" in lines
    assert "signed in" in lines


def test_guessing_a_password_meets_patience(team: Shop) -> None:
    answers = [enter(team, "viewer", "wrong", client=f"203.0.113.{n}").status_code for n in range(TRIES + 1)]
    assert answers == [401] * TRIES + [429], "from many addresses, too"


def test_signing_out_ends_the_session_wherever_its_cookie_went(team: Shop) -> None:
    enter(team, "viewer")
    stolen = dict(team.cookies)
    assert team.post("/console/sign-out", "/console/rejected").status_code == 303
    team.cookies = stolen
    assert team.get("/console").status_code == 303


@pytest.mark.parametrize(
    "change", [{"password": "six loud herons swim"}, {"role": "analyst"}, {"disabled": True}]
)
def test_a_changed_account_ends_its_sessions(team: Shop, change: dict[str, Any]) -> None:
    enter(team, "viewer")
    team.accounts.change("viewer@shop.example", **change)
    assert team.get("/console").status_code == 303


def test_accounts_are_checked_and_the_last_administrator_stays(team: Shop) -> None:
    accounts: Accounts = team.accounts
    for email, role, password, code in (
        ("no address", "viewer", PASSWORD, "email_not_valid"),
        ("VIEWER@shop.example", "viewer", PASSWORD, "account_exists"),
        ("a@b.example", "owner", PASSWORD, "role_not_known"),
        ("a@b.example", "viewer", "short", "password_length"),
        ("a@b.example", "viewer", "aaaaaaaaaaaaaa", "password_guessable"),
    ):
        with pytest.raises(Refused) as refused:
            accounts.add(email, role, password)
        assert refused.value.code == code
    with pytest.raises(Refused, match="administrator"):
        accounts.change("administrator@shop.example", disabled=True)


def routes(shop: Shop) -> list[Route]:
    return [each for each in shop.app._app.routes if isinstance(each, Route)]  # type: ignore[attr-defined]


def filled(path: str) -> str:
    for name in ("{id:path}", "{sku:path}"):
        path = path.replace(name, "x")
    while "{" in path:
        path = path[: path.index("{")] + "x" + path[path.index("}") + 1 :]
    return f"/console{path}".rstrip("/")


def test_a_viewer_can_do_nothing_but_look_on_any_route(team: Shop) -> None:
    enter(team, "viewer")
    page = team.get("/console/rejected")
    assert page.status_code == 200
    token = page.text.split('name="token" value="')[1].split('"')[0]
    offset = team.parts.log.last_offset()
    looked = refused = 0
    for route in routes(team):
        if route.path in ("/sign-in", "/sign-out") or route.path.endswith("/stream"):
            continue
        for method in sorted(set(route.methods or ()) - {"HEAD"}):
            more: dict[str, Any] = {"data": {"token": token}} if method == "POST" else {}
            status = team.ask(method, filled(route.path), **more).status_code
            assert status != 500, (method, route.path)
            refused += status == 403
            looked += status == 200
    assert team.parts.log.last_offset() == offset, "a viewer changed something"
    assert refused >= 8
    assert looked >= 20


def test_each_need_has_its_least_role_and_no_page_is_open_by_forgetting() -> None:
    assert set(LEAST) == set(Need)
    for need, role in LEAST.items():
        assert may(role, need)
        assert may(Role.ADMINISTRATOR, need)
    assert not may("", Need.SEE)
    assert not may("owner", Need.SEE)
    assert need_of(("GET",)) is Need.SEE
    assert need_of(("GET", "POST")) is Need.ADMINISTER
    assert not may(Role.VIEWER, Need.EDIT)
    assert not may(Role.MERCHANDISER, Need.PRIVACY)


def test_who_did_what_names_no_shopper(team: Shop) -> None:
    enter(team, "administrator")
    said = {"action": "add", "email": "new@shop.example", "role": "viewer", "password": PASSWORD}
    assert team.post("/console/accounts", "/console/accounts", **said).status_code == 303
    enter(team, "privacy_officer")
    assert team.get("/console/privacy/email/ada@secret.example/export").status_code in (200, 404)
    assert enter(team, "viewer").status_code == 303
    assert team.get("/console/privacy/email/ada@secret.example/export").status_code == 403
    text = team.get("/console/audit").text
    assert "/accounts" in text
    assert "ada@secret" not in text
