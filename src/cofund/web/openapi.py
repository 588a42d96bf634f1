"""The OpenAPI 3.1 description of ``/api/v1``, made from the same tables that answer there."""

from typing import Any, Final

from cofund.web.row_tables import TABLES, Table

AMOUNT: Final = {"type": "string", "pattern": "^-?[0-9]+$", "description": "base units of the token"}
TIME: Final = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"}
ADDRESS: Final = {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"}
TEXT: Final = {"type": "string"}
WHOLE: Final = {"type": "integer", "minimum": 0}
COUNTS: Final = ("owners", "books", "offers", "revealed", "rounds", "rounds_done")
MONEY: Final = ("deposited", "paid_out", "held", "round_cost")


def document() -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cofund web",
            "version": "1",
            "description": "What is known of campaigns. Reading only: nothing here changes anything.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": _paths(),
        "components": {
            "schemas": {
                "Summary": _summary(),
                "Campaign": _campaign(),
                "Next": _next(),
                "Error": _object({"error": TEXT}),
            }
            | {name.capitalize(): _rows(table) for name, table in TABLES.items()}
        },
    }


def _paths() -> dict[str, Any]:
    one = "/api/v1/campaigns/{address}"
    paths = {
        "/api/v1/openapi.json": _get("This description.", _json({"type": "object"})),
        "/api/v1/campaigns": _get(
            "All campaigns, and those that some contract logged but that cannot be shown.",
            _json(
                _object(
                    {
                        "trouble": TEXT,
                        "campaigns": _list({"$ref": _ref("Summary")}),
                        "left_out": _list(_object({"address": ADDRESS, "reason": TEXT})),
                    }
                )
            ),
        ),
        one: _get("One campaign with its terms.", _json({"$ref": _ref("Campaign")}), "address"),
        f"{one}/why/{{party}}": _get(
            "Why an owner or a client pays or earns what it does, once the campaign is settled.",
            _json(_object({"id": TEXT, "lines": _list(TEXT)})),
            "address",
            "party",
        ),
    }
    paths[f"{one}/next/{{account}}"] = _get(
        "What an account can do now, most urgent first, in the words of the commands.",
        _json({"$ref": _ref("Next")}),
        "address",
        "account",
    )
    for name, table in TABLES.items():
        paths[f"{one}/{name}"] = _get(f"{table.title}.", _json({"$ref": _ref(name.capitalize())}), "address")
        comma = {"text/csv": {"schema": TEXT}}
        paths[f"{one}/{name}.csv"] = _get(f"{table.title}, as CSV.", comma, "address")
    return paths


def _get(what: str, content: dict[str, Any], *parameters: str) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": what, "content": content}}
    if parameters:
        answers["404"] = {"description": "Not there.", "content": _json({"$ref": _ref("Error")})}
    schemas = {"address": ADDRESS, "party": TEXT, "account": ADDRESS}
    return {
        "get": {
            "summary": what,
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": schemas[name]} for name in parameters
            ],
            "responses": answers,
        }
    }


def _summary() -> dict[str, Any]:
    token = {"address": ADDRESS, "unit": TEXT, "decimals": WHOLE, "tick": AMOUNT}
    return _object(
        {
            "address": ADDRESS,
            "chain_id": WHOLE,
            "name": TEXT,
            "source": {"enum": ["chain", "record"]},
            "status": {"enum": ["open", "unfunded", "cancelled", "training", "closed"]},
            "phase": TEXT,
            "phase_ends": {"anyOf": [TIME, {"type": "null"}]},
            "time": TIME,
            "block": WHOLE,
            "token": _object(token),
            "counts": _object(dict.fromkeys(COUNTS, WHOLE)),
            "money": _object(dict.fromkeys(MONEY, AMOUNT)),
            "checks_failing": _list(TEXT),
        }
    )


def _next() -> dict[str, Any]:
    texts = dict.fromkeys(("role", "action", "purpose", "command", "lost"), TEXT)
    step = _object(texts | {"deadline": {"anyOf": [TIME, {"type": "null"}]}, "lost_amount": AMOUNT})
    commitment = {"type": "string", "pattern": "^0x[0-9a-f]{64}$"}
    sealed = {"anyOf": [_object({"commitment": commitment, "opened": {"type": "boolean"}}), {"type": "null"}]}
    return _object(
        {
            "account": ADDRESS,
            "phase": TEXT,
            "block": WHOLE,
            "steps": _list(step),
            "waiting_for": TEXT,
            "closed": _list(TEXT),
            "sealed": _object({"owner": sealed}),
        }
    )


def _campaign() -> dict[str, Any]:
    summary = _summary()
    terms = {"terms": {"type": "object", "description": "cofund.terms/2"}}
    return _object(summary["properties"] | terms)


def _rows(table: Table) -> dict[str, Any]:
    row = _object({name: _column(kind) for name, kind in table.columns.items()})
    return _object({"table": TEXT, "rows": _list(row)})


def _column(kind: str) -> dict[str, Any]:
    plain = kind.removesuffix("?")
    schema = dict(AMOUNT) if plain == "amount" else {"type": plain}
    return schema | {"type": [schema["type"], "null"]} if kind.endswith("?") else schema


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> str:
    return f"#/components/schemas/{name}"
