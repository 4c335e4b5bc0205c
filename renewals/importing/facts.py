"""A row of a certificate file → the facts that a rule pack judges by, without registering anything. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from renewals.importing.entries import CHOICES, RowProblem, RowRefused, day_of
from renewals.programmes.facts import Algorithm, CaStatus, Facts, HolderKind, Storage

#: columns without which nothing can be said of a certificate
WANTED: Final = ("not_after", "algorithm")

_ASSUMED: Final = {"holder_kind": "organisation", "storage": "hardware", "ca_status": "valid", "has_seal": "no"}


def facts_of_row(cells: Mapping[str, str], *, on: date) -> Facts:
    """The facts on that day. What no cell says is assumed: valid, an organisation's, on a key, no seal. RowRefused."""
    problems = [RowProblem(name, "missing") for name in WANTED if name not in cells]
    chosen = {name: _chosen(cells, name, problems) for name in ("algorithm", *_ASSUMED)}
    last = day_of(cells.get("not_after", ""))
    if last is None and "not_after" in cells:
        problems.append(RowProblem("not_after", "not_a_day"))
    if problems or last is None:
        raise RowRefused(problems)
    return Facts(
        on=on,
        days_left=(last - on).days,
        certificate_number=cells.get("number") or cells.get("serial", ""),
        medium_number=cells.get("medium_number", ""),
        key_model=cells.get("key_model", ""),
        algorithm=Algorithm(chosen["algorithm"]),
        storage=Storage(chosen["storage"]),
        holder_kind=HolderKind(chosen["holder_kind"]),
        ca_status=CaStatus(chosen["ca_status"]),
        has_seal=chosen["has_seal"] == "yes",
    )


def _chosen(cells: Mapping[str, str], column: str, problems: list[RowProblem]) -> str:
    """The registry's word for a cell; what isn't told is assumed."""
    text, known = cells.get(column, "").lower(), CHOICES[column]
    if not text:
        return _ASSUMED.get(column, "")
    if text not in known and text not in known.values():
        problems.append(RowProblem(column, "unknown_choice", {"choices": "、".join(known)}))
        return ""
    return str(known.get(text, text))
