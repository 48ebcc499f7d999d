"""Offers in the console: listed, tried on a cart, and codes minted as a file shown once."""

from tests.surfaces.console.shop import Elements, Shop, dress

from maatwerk.app.claiming import offering_of


def test_offers_are_listed_tried_and_their_codes_minted(shop: Shop) -> None:
    shop.products(dress("D-1"), dress("D-2"))
    offer = 'give = "percent"\npercent = 20\ntitle = "Dresses"\ncategories = ["women/dresses"]\n'
    page = "/console/rules/offer/dresses"
    assert shop.post(page, page, text=offer, action="publish").status_code == 303
    coded = 'give = "amount"\namount = 5\npools = ["welcome"]\nuses = 3\n'
    page = "/console/rules/code_pool/welcome"
    shop.post(page, page, text='title = "Welcome"\nbudget = 50\n', action="publish")
    shop.post("/console/rules/offer/welcome", "/console/rules/offer/welcome", text=coded, action="publish")
    listed = shop.get("/console/offers").text
    assert "2 offers in force" in listed
    assert "20 % off" in listed
    assert "0 of 3 uses" in listed
    minted = shop.post("/console/offers/codes", "/console/offers/codes", n="2", pool="welcome")
    heading, code, _ = minted.text.splitlines()
    assert heading == "code"
    priced = shop.get(f"/console/offers/try?lines=D-1+2&codes={code}+NOPE&shipping=4.95").text
    assert not Elements(priced).harmful()
    assert "Dresses: 20 % off" in priced
    assert "this code is not known, or was used" in priced
    assert f"with the code {code}" in priced
    assert offering_of(shop.parts).minting.claims.pools(0)[0].used == 0  # trying claims nothing
    codes = shop.get("/console/offers/codes").text
    assert "0.00 of 50.00" in codes
    wrong = shop.get("/console/offers/try?lines=D-1+none")
    assert wrong.status_code == 422
    assert "cart.items[0].quantity" in wrong.text
