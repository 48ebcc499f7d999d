"""`maatwerk evaluate …`: quality on files, without a server; one JSON object a result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from maatwerk.cli.evaluate.baskets import baskets
from maatwerk.cli.evaluate.clv import clv
from maatwerk.cli.evaluate.for_you import for_you
from maatwerk.cli.evaluate.next_basket import next_basket
from maatwerk.cli.evaluate.next_item import next_item
from maatwerk.cli.evaluate.next_offer import evaluate_next_offer
from maatwerk.cli.evaluate.offers import offers
from maatwerk.cli.evaluate.search import evaluate_search
from maatwerk.cli.evaluate.statistics import answers
from maatwerk.cli.evaluate.uplift import uplift
from maatwerk.cli.output import give, refusals

app = typer.Typer(help="Measure quality on files, without a server.", no_args_is_help=True)


@app.command("next-item")
def evaluate_next_item(
    train: Annotated[Path, typer.Option("--train", help="Sessions to learn from.")],
    test: Annotated[Path, typer.Option("--test", help="Prefixes with their targets, or sessions.")],
    k: Annotated[int, typer.Option("--k", help="Length of the lists.")] = 20,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Write the lists to this file.")
    ] = None,
) -> None:
    """The next item of a session: HR@k and MRR@k, with timings."""
    with refusals():
        give(next_item(train, test, k, predictions))


@app.command("clv")
def evaluate_clv(
    orders: Annotated[Path, typer.Option("--orders", help="Orders: customer_id, date, amount.")],
    until: Annotated[str, typer.Option("--until", help="The last day to learn from.")],
    horizon_days: Annotated[int, typer.Option("--horizon-days", help="Days to forecast after it.")],
    predictions: Annotated[
        Path | None,
        typer.Option("--predictions", help="Write the forecasts to this csv file."),
    ] = None,
) -> None:
    """Lifetime value: what each customer will order and spend, judged by the orders that came later."""
    with refusals():
        give(clv(orders, until, horizon_days, predictions))


@app.command("search")
def search(
    products: Annotated[Path, typer.Option("--products", help="Products: id, title, description.")],
    queries: Annotated[Path, typer.Option("--queries", help="Queries: id, query.")],
    judgements: Annotated[
        Path | None, typer.Option("--judgements", help="Judgements: query_id, product_id, gain.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Write the results to this file.")
    ] = None,
) -> None:
    """Search as a shop is served it: NDCG@10 where there are judgements, with timings."""
    with refusals():
        give(evaluate_search(products, queries, judgements, predictions))


@app.command("statistics")
def evaluate_statistics() -> None:
    """The statistics of experiments: one JSON request a line on standard input, one answer a line."""
    for answer in answers(sys.stdin):
        give(answer)


@app.command("for-you")
def evaluate_for_you(
    train: Annotated[Path, typer.Option("--train", help="A line a shopper: user item item …, oldest first.")],
    attributes: Annotated[
        Path | None, typer.Option("--attributes", help="JSON: the values said of each item.")
    ] = None,
    holdout: Annotated[
        bool, typer.Option("--holdout/--no-holdout", help="Whether the last item is the target.")
    ] = True,
    k: Annotated[int, typer.Option("--k", help="Length of the lists.")] = 10,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Write the lists to this file.")
    ] = None,
) -> None:
    """What each shopper goes for next, of all she has not had: HR@k and NDCG@k."""
    with refusals():
        give(for_you(train, attributes, predictions, k=k, holdout=holdout))


@app.command("next-basket")
def evaluate_next_basket(
    history: Annotated[Path, typer.Option("--history", help="JSON: each shopper's baskets, oldest first.")],
    future: Annotated[
        Path | None, typer.Option("--future", help="JSON of the same shape: the basket that came next.")
    ] = None,
    k: Annotated[int, typer.Option("--k", help="Length of the lists.")] = 10,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Write the lists to this JSON file.")
    ] = None,
) -> None:
    """What each shopper buys next: recall@k and NDCG@k."""
    with refusals():
        give(next_basket(history, future, predictions, k=k))


@app.command("baskets")
def evaluate_baskets(
    lines: Annotated[Path, typer.Option("--lines", help="Order lines: order, item, quantity.")],
    least: Annotated[int, typer.Option("--least", help="Baskets that a pair must share.")] = 10,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Write every rule to this csv file.")
    ] = None,
) -> None:
    """What is bought together: support, confidence, lift, and whether it is more than chance."""
    with refusals():
        give(baskets(lines, predictions, least=least))


@app.command("uplift")
def evaluate_uplift(
    data: Annotated[Path, typer.Option("--data", help="A trial: one row a case.")],
    treatment: Annotated[str, typer.Option("--treatment", help="The column that says who was treated.")],
    treated: Annotated[str, typer.Option("--treated", help="Its value for those who were.")],
    outcome: Annotated[str, typer.Option("--outcome", help="The column of what came of it.")],
    seed: Annotated[int, typer.Option("--seed", help="Which random half teaches.")] = 0,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Write row and score of the test half to this file.")
    ] = None,
) -> None:
    """Whom a treatment moves: one random half teaches, the other is scored; abstains where none differ."""
    with refusals():
        give(uplift(data, treatment, treated, outcome, seed, predictions))


@app.command("bandit", hidden=True)
@app.command("offers")
def evaluate_offers(
    log: Annotated[Path, typer.Option("--log", help="Choices: timestamp, item_id, click, propensity_score.")],
) -> None:
    """What policies are worth, from a log of choices with their odds: each with its interval."""
    with refusals():
        give(offers(log))


@app.command("next-offer")
def next_offer(
    seeds: Annotated[int, typer.Option("--seeds", min=2, help="Simulated shops.")] = 20,
    visits: Annotated[int, typer.Option("--visits", min=100, help="Visits in each.")] = 5_000,
) -> None:
    """Margin of the learnt next best offer in a simulated shop, against 10 % for all and against nothing."""
    with refusals():
        give(evaluate_next_offer(seeds=seeds, visits=visits))
