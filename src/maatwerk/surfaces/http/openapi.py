"""`/openapi.json` and `/docs`: the HTTP contract described from the routes that are really served."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes

VERSION = "3.1.0"

_SECURITY: dict[Access, list[dict[str, list[str]]]] = {
    Access.OPEN: [],
    Access.WRITE: [{"key": []}, {"bearer": []}],
    Access.BODY: [{"key": []}, {"bearer": []}, {}],
    Access.SECRET: [{"key": []}, {"bearer": []}],
}
_KEY_WORDS = {
    Access.OPEN: "no key",
    Access.WRITE: "write key or secret key",
    Access.BODY: "write key or secret key, in a header or as `writeKey` in the body",
    Access.SECRET: "secret key",
}


class Operation(msgspec.Struct, frozen=True):
    """What is said of one operation: a line, and the records of its body and of its answer, where typed."""

    summary: str
    body: type | None = None
    media: str = "application/json"
    query: tuple[str, ...] = ()


def describe(
    routes: Routes, operations: Mapping[tuple[str, str], Operation], documents: Collection[type] = ()
) -> dict[str, Any]:
    """The OpenAPI document of what ``routes`` serves; ``operations`` by method and pattern, and
    further ``documents`` (those of rules) whose schemas are published with it."""
    kinds = {each.body for each in operations.values() if each.body} | set(documents)
    bodies = sorted(kinds, key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    reference = dict(zip(bodies, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for method, pattern, access in routes.paths():
        operation = operations.get((method, pattern), Operation(""))
        described: dict[str, Any] = {
            "summary": operation.summary,
            "description": f"Needs: {_KEY_WORDS[access]}.",
            "security": _SECURITY[access],
            "parameters": _parameters(pattern, operation.query),
            "responses": {
                "2XX": {"description": "Done; the manual has the fields.", "content": {operation.media: {}}},
                "4XX": {
                    "description": "Refused: the problem's code, detail and field.",
                    "content": {"application/problem+json": {"schema": _PROBLEM_SCHEMA}},
                },
            },
        }
        if operation.body is not None:
            schema = reference[operation.body]
            described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
        elif method in ("POST", "PUT", "PATCH"):
            described["requestBody"] = {"content": {"application/json": {"schema": {}}}}
        paths.setdefault(pattern, {})[method.lower()] = described
    return {
        "openapi": VERSION,
        "info": {"title": "Maatwerk", "version": "1", "description": "Personalization for web shops."},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**components, "Problem": _PROBLEM},
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The key as user name, no password.",
                },
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def add_description(
    routes: Routes, operations: Mapping[tuple[str, str], Operation], documents: Collection[type] = ()
) -> None:
    """Serve it; call when all other routes are in."""
    made: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not made:
            made.update(describe(routes, operations, documents))
        return made

    async def openapi(request: Request) -> Response:
        return json_response(document())

    async def docs(request: Request) -> Response:
        headers = [
            (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'")
        ]
        return Response(page(document()).encode(), 200, b"text/html; charset=utf-8", headers)

    routes.add("GET", "/openapi.json", openapi, Access.OPEN)
    routes.add("GET", "/docs", docs, Access.OPEN)


def page(document: Mapping[str, Any]) -> str:
    """The document for people: every operation on one page, nothing fetched from elsewhere."""
    rows = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("schema", {})
            kind = str(body.get("$ref", "")).rpartition("/")[2]
            link = f'<a href="#{html.escape(kind)}">{html.escape(kind)}</a>' if kind else ""
            rows.append(
                f"<tr><td><code>{method.upper()}</code></td><td><code>{html.escape(path)}</code></td>"
                f"<td>{html.escape(operation['summary'])}<br>"
                f"<small>{html.escape(operation['description'])}</small></td><td>{link}</td></tr>"
            )
    schemas = "".join(
        f'<h3 id="{html.escape(name)}">{html.escape(name)}</h3><pre>{html.escape(_pretty(schema))}</pre>'
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    return _PAGE.format(rows="\n".join(rows), schemas=schemas)


def _parameters(pattern: str, query: tuple[str, ...]) -> list[dict[str, Any]]:
    named = [part[1:-1] for part in pattern.split("/") if part.startswith("{")]
    text = {"type": "string"}
    parameters = [{"name": name, "in": "path", "required": True, "schema": text} for name in named]
    return parameters + [{"name": name, "in": "query", "required": False, "schema": text} for name in query]


def _pretty(schema: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode()


_PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
_PROBLEM = {
    "type": "object",
    "required": ["status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "For programs."},
        "detail": {"type": "string", "description": "For people, with the remedy."},
        "field": {"type": "string", "description": "The field at fault."},
    },
}

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Maatwerk: the HTTP contract</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 1100px; margin: 32px auto; padding: 0 16px; }}
table {{ width: 100%; border-collapse: collapse; }}
td {{ vertical-align: top; padding: 8px; border-top: 1px solid light-dark(#e5e1da, #3a3733); }}
small {{ color: light-dark(#6b665e, #a8a299); }}
pre {{ overflow: auto; padding: 12px; border-radius: 8px; font-size: 14px; }}
pre {{ background: light-dark(#f4f1ec, #262421); }}
a {{ color: light-dark(#0f766e, #5eead4); }}
</style>
<h1>The HTTP contract</h1>
<p>As this server serves it; for programs as <a href="/openapi.json">openapi.json</a>.</p>
<table>{rows}</table>
<h2>Records</h2>
{schemas}
</html>"""
