"""Rules in the console: tried before they count, published with a reason, taken back."""

from tests.surfaces.console.shop import Shop, dress

EDIT = "/console/rules/unit/for-you"
CHANGED = 'recommender = "for-you"\ntitle = "Picked for you"\nfallback = ["newest"]\n'


def title(shop: Shop) -> str:
    shop.parts.knowledge.refresh(shop.parts.clock())
    rule = shop.parts.knowledge.rules.get("unit", "for-you")
    assert rule
    assert rule.document
    return str(rule.document["title"])


def test_checking_shows_the_difference_and_changes_nothing(shop: Shop) -> None:
    text = shop.post(EDIT, EDIT, text=CHANGED, action="check").text
    assert '<span class="minus">- title = &#34;For you&#34;</span>' in text
    assert '<span class="plus">+ title = &#34;Picked for you&#34;</span>' in text
    assert "will change" in text
    assert title(shop) == "For you"


def test_publishing_counts_at_once_and_can_be_taken_back(shop: Shop) -> None:
    shop.products(dress("D1"))
    before = shop.parts.knowledge.rules.offset
    answer = shop.post(EDIT, EDIT, text=CHANGED, action="publish", reason="spring")
    assert answer.headers["location"] == f"{EDIT}?done=publish"
    assert title(shop) == "Picked for you"
    shop.fold()
    history = shop.get("/console/rules/history").text
    assert "spring" in history
    asked = shop.post("/console/rules/rollback", "/console/rules/history", version=str(before))
    assert f"Going back to version {before} changes 1 rule</h2>" in asked.text
    assert title(shop) == "Picked for you"
    shop.post("/console/rules/rollback", "/console/rules/history", version=str(before), action="publish")
    assert title(shop) == "For you"


def test_a_refused_rule_loses_nothing_that_was_typed(shop: Shop) -> None:
    for text, why in (
        ('recommender = "for-you"\nfallback = ["no-such-unit"]\n', "no-such-unit"),
        ('recommender = "nobody-knows"\n', "there is no recommender"),
        ('recommender = "for-you"\ncolour = "blue"\n', "colour"),
        ("recommender = ", "this is not TOML"),
        ("", "the rule is empty"),
    ):
        answer = shop.post(EDIT, EDIT, text=text, action="publish")
        assert answer.status_code == 422, text
        assert why in answer.text
        assert "Nothing was changed" in answer.text
        assert text.partition("\n")[0].replace('"', "&#34;") in answer.text
        assert title(shop) == "For you"


def test_a_unit_in_use_is_not_withdrawn(shop: Shop) -> None:
    answer = shop.post(EDIT, EDIT, action="ask", text="")
    assert answer.status_code == 422
    assert "does not exist" in answer.text


def test_withdrawing_asks_first(shop: Shop) -> None:
    page = "/console/rules/placement/home.trending"
    asked = shop.post(page, page, action="ask", text="x = 1")
    assert "will be withdrawn" in asked.text
    assert shop.parts.knowledge.rules.get("placement", "home.trending")
    shop.post(page, page, action="withdraw", text="x = 1")
    shop.parts.knowledge.refresh(shop.parts.clock())
    assert shop.parts.knowledge.rules.get("placement", "home.trending") is None


def test_a_new_placement_is_made(shop: Shop) -> None:
    page = "/console/rules/placement/home.extra"
    assert "Not published yet" in shop.get(page).text
    shop.post(page, page, text='page = "home"\nunit = "newest"\nlimit = 4\n', action="publish")
    assert "home.extra" in shop.get("/console/placements").text


def test_versions_that_never_were(shop: Shop) -> None:
    for version in ("999999", "0", "x", "-1", "9" * 30):
        answer = shop.post("/console/rules/rollback", "/console/rules/history", version=version)
        assert answer.status_code == 400, version
    assert shop.get("/console/rules/nonsense/x").status_code == 404


def test_readiness_is_said_in_words(shop: Shop) -> None:
    shop.products(*(dress(f"D{number}") for number in range(1, 9)))
    text = shop.get("/console/placements").text
    assert "too little is known yet" in text
    shop.tell(*(shop.seen("a-1", f"D{number}") for number in range(1, 5)))
    preview = shop.get("/console/placements/preview?page=home&who=a-1").text
    assert "as a-1 would see it" in preview
    assert "Nobody goes by that" in shop.get("/console/placements/preview?page=home&who=zzz").text


def test_a_draft_is_seen_before_and_after_with_its_conflicts_and_then_goes_live_as_seen(shop: Shop) -> None:
    shop.products(*(dress(f"D{number}") for number in range(1, 9)))
    rule = "/console/rules/merchandising/hand"
    text = 'on = ["recommendations"]\npin = [{sku = "D5", position = 1}, {sku = "GONE", position = 2}]\n'
    page = shop.post(rule, rule, text=text, action="preview").text
    assert "hand pins GONE, which the catalog does not have" in page
    assert "With this rule" in page
    assert "hand: pinned to 1" in page
    assert not shop.get("/console/placements/preview?page=home").text.count("chosen by the shop")
    shop.post(rule, rule, text=text, action="publish")
    live = shop.get("/console/placements/preview?page=home").text
    assert live.count("chosen by the shop") == page.count("chosen by the shop") > 0
