"""`maatwerk bench …`: speed, each figure beside an empty echo measured in the same run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maatwerk.cli.bench import audiences as asking
from maatwerk.cli.bench import cart as pricing
from maatwerk.cli.bench import collect as collecting
from maatwerk.cli.bench import decide as deciding
from maatwerk.cli.bench import journeys as stepping
from maatwerk.cli.bench import messages as writing
from maatwerk.cli.bench import rebuild as rebuilding
from maatwerk.cli.bench import search as searching
from maatwerk.cli.bench.plan import Sizes
from maatwerk.cli.output import give, refusals, say

app = typer.Typer(help="Measure speed on this machine, beside an empty echo.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="The measured workspace; made where it is missing, then used again."),
]
Products = Annotated[int, typer.Option("--products", min=200, help="Products of the synthetic shop.")]
Events = Annotated[int, typer.Option("--events", min=1_000, help="Events of its history.")]
Shoppers = Annotated[int, typer.Option("--shoppers", min=100, help="Shoppers in it.")]


@app.command()
def collect(
    seconds: Annotated[int, typer.Option("--seconds", min=1, help="How long.")] = 60,
    batch: Annotated[int, typer.Option("--batch", min=1, max=2_500, help="Events in a request.")] = 100,
    connections: Annotated[int, typer.Option("--connections", min=1, help="Requests at a time.")] = 16,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Request workers.")] = 2,
    json: Json = False,
) -> None:
    """Durable events a second, in batches, and proof that all of them are there."""
    with refusals():
        found = collecting.bench_collect(
            seconds=seconds,
            batch=batch,
            connections=connections,
            workers=workers,
            say=lambda text: say(text, json=json),
        )
        if json:
            give(found)
        say(collecting.as_text(found), json=json)


@app.command()
def audiences(
    profiles: Annotated[int, typer.Option("--profiles", min=100, help="People in history.")] = 1_000_000,
    events: Annotated[int, typer.Option("--events", min=1_000, help="Events in history.")] = 10_000_000,
    decisions: Annotated[int, typer.Option("--decisions", min=200, help="Decisions of each kind.")] = 2_000,
    json: Json = False,
) -> None:
    """Fifty audiences: of everybody at once, after one event, and what they cost a decision."""
    with refusals():
        found = asking.bench_audiences(
            profiles=profiles, events=events, decisions=decisions, say=lambda text: say(text, json=json)
        )
        if json:
            give(found)


@app.command()
def decide(
    data: Data = None,
    products: Products = 100_000,
    events: Events = 1_000_000,
    shoppers: Shoppers = 50_000,
    rates: Annotated[str, typer.Option("--rates", help="Decisions a second, one step each.")] = ",".join(
        map(str, deciding.RATES)
    ),
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, help="Of each step.")] = 10.0,
    share: Annotated[
        float,
        typer.Option("--share", min=0.0, max=1.0, help="Requests that bring their page view as an event."),
    ] = 1.0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Request workers.")] = 2,
    erase: Annotated[
        bool, typer.Option("--erase", help="Then each rate again, while a person is erased.")
    ] = False,
    json: Json = False,
) -> None:
    """Decisions a second that keep their time: two slots of a product page, open loop."""
    try:
        steps = [int(rate) for rate in rates.split(",")]
    except ValueError:
        raise typer.BadParameter("whole numbers between commas", param_hint="--rates") from None
    with refusals():
        found = deciding.bench_decide(
            folder=data,
            sizes=Sizes(products, events, shoppers),
            rates=steps,
            seconds=seconds,
            share=share,
            workers=workers,
            erase=erase,
            say=lambda text: say(text, json=json),
        )
        if json:
            give(found)
        say("\n" + deciding.as_text(found), json=json)


@app.command()
def rebuild(
    data: Data = None,
    products: Products = 100_000,
    events: Events = 1_000_000,
    shoppers: Shoppers = 50_000,
    json: Json = False,
) -> None:
    """Events a second folded anew into the views."""
    with refusals():
        found = rebuilding.bench_rebuild(
            folder=data, sizes=Sizes(products, events, shoppers), say=lambda text: say(text, json=json)
        )
        if json:
            give(found)
        say("\n" + rebuilding.as_text(found), json=json)


@app.command()
def search(
    products: Annotated[int, typer.Option("--products", min=200, help="Products of the catalog.")] = 100_000,
    queries: Annotated[int, typer.Option("--queries", min=1, help="How many are asked.")] = 1_000,
    seed: Annotated[int, typer.Option("--seed", help="Of catalog and queries.")] = 1,
    json: Json = False,
) -> None:
    """A personal query with four facets; the index's size, time to build, time until a change is found."""
    with refusals():
        found = searching.bench_search(
            products=products, queries=queries, seed=seed, say=lambda text: say(text, json=json)
        )
        if json:
            give(found)
        say("\n" + searching.as_text(found), json=json)


@app.command()
def cart(
    rules: Annotated[int, typer.Option("--rules", min=1, help="Rules that may match.")] = 100,
    lines: Annotated[int, typer.Option("--lines", min=1, max=500, help="Lines of a cart.")] = 20,
    carts: Annotated[int, typer.Option("--carts", min=10, help="How many are priced.")] = 1_000,
    seed: Annotated[int, typer.Option("--seed", help="Of rules and carts.")] = 1,
    json: Json = False,
) -> None:
    """A cart under a hundred offers, and under ten thousand more that cannot match."""
    with refusals():
        found = pricing.bench_cart(
            rules=rules, lines=lines, carts=carts, seed=seed, say=lambda text: say(text, json=json)
        )
        if json:
            give(found)
        say("\n" + pricing.as_text(found), json=json)


@app.command()
def render(
    mails: Annotated[int, typer.Option("--mails", min=1, help="Letters written.")] = 1_000,
    products: Products = 20_000,
    events: Events = 100_000,
    shoppers: Shoppers = 5_000,
    data: Data = None,
    json: Json = False,
) -> None:
    """Personal mails a second, each with six products decided for her."""
    with refusals():
        sizes = Sizes(products=products, events=events, shoppers=shoppers)
        found = writing.bench_render(mails, sizes, data, lambda text: say(text, json=json))
        if json:
            give(found)
        say(
            f"{found.a_second} mails a second in one process, {found.products} products each: "
            f"{found.decide_ms} ms to decide, {found.write_ms} ms to write, HTML of {found.bytes:,} bytes",
            json=json,
        )


@app.command()
def feed(
    products: Annotated[int, typer.Option("--products", min=1, help="Products in it.")] = 100_000,
    json: Json = False,
) -> None:
    """A product feed for advertising: seconds and memory, in each format."""
    with refusals():
        found = writing.bench_feed(products, lambda text: say(text, json=json))
        if json:
            give(found)
        for each in found:
            say(
                f"{each.format}: {each.products:,} products in {each.seconds} s, {each.mb} MB, "
                f"the process grew by {each.grown_mb} MB",
                json=json,
            )


@app.command()
def journeys(
    timers: Annotated[int, typer.Option("--timers", min=0, help="People who wait meanwhile.")] = 1_000_000,
    people: Annotated[int, typer.Option("--people", min=100, help="People who enter.")] = 100_000,
    steps: Annotated[int, typer.Option("--steps", min=100, help="Steps in a row.")] = 5_000,
    rate: Annotated[int, typer.Option("--rate", min=1, help="Steps a second at a pace.")] = 100,
    seconds: Annotated[int, typer.Option("--seconds", min=1, help="How long at that pace.")] = 15,
    json: Json = False,
) -> None:
    """Journeys: people entering, steps a second and how late, with and without a million others waiting."""
    with refusals():
        found = stepping.bench_journeys(
            timers=timers,
            people=people,
            steps=steps,
            rate=rate,
            seconds=seconds,
            say=lambda text: say(text, json=json),
        )
        if json:
            give(found)
        say(stepping.as_text(found), json=json)
