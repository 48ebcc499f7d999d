"""Links between products, and which of them lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path

import msgspec

from maatwerk.surfaces.files.product import RELATED, RELATIONS, Draft
from maatwerk.surfaces.files.rows import Reading, Row, Warned, bounded, refusal
from maatwerk.surfaces.files.table import open_table

LINK_FILES = {"related": "related", "upsell": "up_sell", "crosssell": "cross_sell"}
"""The relation that a link file of Magento's samples holds, by its name without suffix."""

Known = Callable[[str], bool]
"""Whether the shop has a product of this sku: among the files read, or already in its catalog."""


class Link(msgspec.Struct, frozen=True, gc=False):
    """One product that another points to, and where that is written."""

    target: str
    file: str
    line: int


def relation_of(path: Path) -> str:
    """Which relation a link file holds; empty where its name does not say."""
    stem = path.name.lower().split(".")[0].replace("_", "").replace("-", "")
    return LINK_FILES.get(stem, "")


class Links:
    """The links of link files, by product; held whole, since they may come before or after their products."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, list[Link]]] = {}
        self.refused: list[Row] = []
        self._rows: list[tuple[str, int, str]] = []

    def read(self, path: Path, reading: Reading) -> None:
        """Take in a link file: ``sku``, and ``linked_sku`` with one target a line."""
        relation = relation_of(path)
        with open_table(path, reading) as table:
            at_sku, at_linked = table.need("sku", "linked_sku")
            for record in table.records():
                if record.refused is not None:
                    self.refused.append(refusal(record.refused, record.line, table.file))
                    continue
                sku = record.fields[at_sku].strip()
                first = record.line + sum(field.count("\n") for field in record.fields[:at_linked])
                targets = record.fields[at_linked].split("\n")
                links = self.of.setdefault(sku, {}).setdefault(relation, [])
                links += [Link(t.strip(), table.file, first + n) for n, t in enumerate(targets) if t.strip()]
                self._rows.append((sku, record.line, table.file))

    def stray(self, known: Container[str], has: Known) -> Iterator[Row]:
        """Refusals: records that could not be read, or whose own product is not there to hold the links."""
        yield from self.refused
        for sku, line, file in self._rows:
            if sku not in known:
                detail = f"{sku} is not among the products imported, so that it cannot link to others"
                lost = [link for links in self.of[sku].values() for link in links if link.file == file]
                dangling = [dangles(link, "linked_sku") for link in lost if not has(link.target)]
                yield Row(line, file, None, "link_without_product", "sku", detail, bounded(dangling))


def attach(draft: Draft, links: dict[str, list[Link]], has: Known) -> None:
    """Put the links that lead somewhere into ``related``, and warn of each that does not."""
    related: dict[str, list[str]] = {}
    for relation in RELATIONS:
        here = links.get(relation, ())
        draft.warnings += [dangles(link, f"related.{relation}") for link in here if not has(link.target)]
        kept = dict.fromkeys(
            link.target for link in here if has(link.target) and link.target != draft.value["sku"]
        )
        if kept:
            related[relation] = list(kept)[:RELATED]
    draft.put("related", related)


def dangles(link: Link, field: str) -> Warned:
    """The warning about a link that leads nowhere."""
    return (
        "link_dangles",
        field,
        f"{link.file} line {link.line}: there is no product {link.target}; link left out",
    )


def listed(targets: Iterable[str], file: str, line: int) -> list[Link]:
    """Links of a column of the product's own record."""
    return [Link(target.strip(), file, line) for target in targets if target.strip()]
