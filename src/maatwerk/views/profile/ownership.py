"""Who owned a device when: a fold of its sign-ins and sign-outs.

- What came before the first sign-in belongs to who signed in first.
- Sign-ins of one user in a row are one stretch, proven if any of them is.
- Another user's sign-in begins a stretch of hers: the last sign-in owns the device.
- After a sign-out the device is nobody's; what happens then joins whoever signs in next.
- A sign-in or sign-out that arrives late gives the same stretches as if it had come in time.

- An un-merge makes a user's stretches nobody's. Of her, only a later explicit sign-in counts again, and
  what was nobody's before it stays so.

Where personalization was denied an event neither signs in nor counts; a sign-out always does.
"""

from __future__ import annotations

from collections.abc import Iterable

from maatwerk.events.event import Event
from maatwerk.views.profile.words import BEGINNING, RUNS, Cut, Moment, Ownership, Run

SIGNED_OUT = "Signed Out"
DENIED = "personalization_denied"
TOO_LATE = "too_late"
MERGED = "Profiles Merged"
UNMERGED = "Profile Unmerged"
RECORDS = frozenset({MERGED, UNMERGED})
"""What Maatwerk itself notes of identity: not something that a shopper did."""
EXPLICIT = frozenset({"Identified", "Signed In", "Signed Up", "Account Updated"})
"""Events that say who she is; another with both her ids merely repeats it."""

_CUTS = 50

_UNNUMBERED = 2**60  # events that are not in the log yet come after all that are


def moment_of(event: Event) -> Moment:
    """When, in the total order of moments."""
    return event.time, event.offset or _UNNUMBERED


def run_at(ownership: Ownership, moment: Moment) -> Run | None:
    """The stretch that holds a moment; None before the oldest that is kept."""
    for run in reversed(ownership.runs):
        if run.start <= moment:
            return run
    return None


def follow(ownership: Ownership, event: Event) -> bool:
    """Take one event of this anonymous id into account, in place.

    False where it changes the past in a way only reading its events again can mend (`replayed`);
    the ownership is then as it was.
    """
    moment = moment_of(event)
    late = moment < ownership.latest
    denied = DENIED in event.flags
    signs_out = event.name == SIGNED_OUT
    run = run_at(ownership, moment)
    if run is None:
        return True  # older than what is kept: it belongs to nobody any more
    if event.name in RECORDS:
        return _noted(ownership, event, moment, late)
    user = "" if denied else event.user_id
    if ownership.cuts and (user or signs_out):
        if late:
            return False
        if user and not _links(ownership, user, event.name):
            user = ""
    if late and (signs_out or (user and run.owner and run.owner != user)):
        return False
    if user:
        run = _sign_in(ownership, run, user, moment, event)
    if signs_out:
        run.signed_out = True
        _begin(ownership, Run(start=(moment[0], moment[1] + 1)))
    if signs_out or not denied:
        ownership.latest = max(ownership.latest, moment)
    return True


def follow_from_now(ownership: Ownership, event: Event) -> None:
    """The same for a late event whose place in the past cannot be mended: it counts from now on."""
    ownership.cut = True
    now = (ownership.latest[0], ownership.latest[1] + 1)
    run = ownership.runs[-1]
    if event.name in RECORDS:
        _noted(ownership, event, now, False)
        return
    if event.user_id in ownership.cuts and not _links(ownership, event.user_id, event.name):
        return
    if event.user_id and DENIED not in event.flags and run.owner != event.user_id:
        _sign_in(ownership, run, event.user_id, now, event)
    if event.name == SIGNED_OUT:
        ownership.runs[-1].signed_out = True
        _begin(ownership, Run(start=(now[0], now[1] + 1)))
    ownership.latest = now


def replayed(events: Iterable[Event]) -> Ownership:
    """Ownership from all events of an anonymous id, in whatever order they are given."""
    ownership = Ownership()
    for event in sorted(events, key=moment_of):
        follow(ownership, event)
    return ownership


def _noted(ownership: Ownership, event: Event, moment: Moment, late: bool) -> bool:
    """A merge needs no doing; an un-merge makes this user's stretches nobody's."""
    if event.name == MERGED or not event.user_id or not event.anonymous_id:
        return True
    if late:
        return False
    for run in ownership.runs:
        if run.owner == event.user_id:
            run.owner, run.proven, run.evidence = "", False, ""
            run.first = run.last = run.evident = BEGINNING
    ownership.cuts[event.user_id] = Cut(moment)
    while len(ownership.cuts) > _CUTS:
        del ownership.cuts[min(ownership.cuts, key=lambda user: ownership.cuts[user].at)]
    ownership.latest = max(ownership.latest, moment)
    return True


def _links(ownership: Ownership, user: str, name: str) -> bool:
    """Whether a sign-in after an un-merge counts."""
    cut = ownership.cuts.get(user)
    return cut is None or cut.lifted != BEGINNING or name in EXPLICIT


def _sign_in(ownership: Ownership, run: Run, user: str, moment: Moment, event: Event) -> Run:
    cut = ownership.cuts.get(user)
    if cut is not None and cut.lifted == BEGINNING:
        cut.lifted = moment
        run = Run(start=moment, owner=user, first=moment, last=moment)
        _begin(ownership, run)
    elif not run.owner:
        run.owner, run.first, run.last = user, moment, moment
    elif run.owner != user:
        run = Run(start=moment, owner=user, first=moment, last=moment)
        _begin(ownership, run)
    else:
        run.first, run.last = min(run.first, moment), max(run.last, moment)
    better = event.proven > run.proven or (event.proven == run.proven and moment < run.evident)
    if better or not run.evidence:
        run.proven, run.evidence, run.evident = event.proven, event.id, moment
    return run


def _begin(ownership: Ownership, run: Run) -> None:
    ownership.runs.append(run)
    if len(ownership.runs) > RUNS:
        del ownership.runs[0]
        ownership.dropped += 1
