"""The contract's JSON Schemas (2020-12), ready to validate with.

Portal, simulator and tests read the same files, so none of them can drift from the contract
unnoticed.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource

from renewals.bridge.protocol import Event, Method

FOLDER: Final = Path(__file__).with_name("schemas")
BASE: Final = "https://certhall.example/bridge/v1/"


def _whole_pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    # Python's `$` also matches before a final newline; the contract's (ECMA-262) does not.
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError(f"does not match {pattern}")


_Validator: Final = extend(Draft202012Validator, {"pattern": _whole_pattern})


@cache
def _registry() -> "Registry[Any]":
    documents = (json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json")))
    return Registry().with_resources((document["$id"], Resource.from_contents(document)) for document in documents)


@cache
def _validator(reference: str) -> Any:  # jsonschema's validators carry no type
    return _Validator({"$ref": BASE + reference}, registry=_registry())


def problem(reference: str, message: object) -> str | None:
    """What is wrong with `message` by the schema `reference` ("auth.sign.json#/$defs/request"),
    in English and without the message's own values; None when it fits."""
    for error in _validator(reference).iter_errors(message):
        place = "/".join(str(part) for part in error.absolute_path) or "message"
        return f"{place}: {error.validator}"
    return None


def request_problem(method: Method, message: object) -> str | None:
    return problem(f"{method}.json#/$defs/request", message)


def response_problem(method: Method, message: object) -> str | None:
    """Of a result, or of an error in answer to `method`."""
    if isinstance(message, dict) and "error" in message:
        return problem("error.json", message)
    return problem(f"{method}.json#/$defs/response", message)


def event_problem(event: Event, message: object) -> str | None:
    return problem(f"event-{event}.json", message)
