"""`replay --rules DIR`: draft rules over the decisions of the last days, before anybody sees them."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.progress import Progress

from maatwerk.cli.output import console, give, refusals, say
from maatwerk.cli.rules import read_rules
from maatwerk.cli.workspace import opened
from maatwerk.core.time import DAY, format_time
from maatwerk.flows.whatif import Effect, what_if

_SHOWN = 3


def try_rules(rules: Path, days: float, most: int, data: Path, json: bool) -> None:
    """Who would have seen what else, and what it would have brought, as far as the log can say."""
    with refusals(), opened(data) as parts:
        wanted = read_rules(rules)
        parts.knowledge.load()
        parts.knowledge.refresh_models()
        until = parts.clock()
        with Progress(console=console, disable=json, transient=True) as progress:
            task = progress.add_task("asking anew", total=None)
            found = what_if(
                parts.deciding,
                parts.log,
                wanted,
                since=until - int(days * DAY),
                until=until,
                most=most,
                progress=lambda done, of: progress.update(task, completed=done, total=of),
            )
    if json:
        give(msgspec.to_builtins(found))
        return
    say(f"{found.read:,} of {found.decisions:,} decisions since {format_time(found.since)} asked anew")
    for why, count in sorted(found.cannot.items()):
        say(f"  {count:,} cannot be: {why}")
    for effect in found.effects:
        _tell(effect)


def _tell(effect: Effect) -> None:
    share = effect.changed / effect.answers if effect.answers else 0.0
    say(f"\n{effect.placement}: {effect.changed:,} of {effect.answers:,} answers change ({share:.1%})")
    for each in effect.examples[:_SHOWN]:
        who = each.user_id or each.anonymous_id or "nobody named"
        was, would = (", ".join(shown[:4]) or "nothing" for shown in (each.before, each.after))
        say(f"  {who}: {was}  ->  {would}")
    found = effect.estimates
    if found is None:
        return
    if found.says == "cannot":
        say(f"  What it would bring the log cannot say: {found.why}")
        return
    best = found.best
    say(
        f"  answers with a click: {found.logged.estimate:.2%} as it is; {best.estimate:.2%} with the draft "
        f"({best.low:.2%} to {best.high:.2%}), from as much as {found.ess:.0f} decisions"
    )
