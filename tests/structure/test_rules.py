"""Every rule in scope is cited by a test as ``# RULES C5``; where one isn't, it stands here why."""

import re

from tests.structure.source import files, text

IN_SCOPE = [f"C{n}" for n in (1, 2, 3, 4, 5, 9, 10, 11, 12)]
IN_SCOPE += [f"Across {n}" for n in range(1, 8)]
IN_SCOPE += [f"P{n}" for n in (2, 6, 8, 12, 13, 17, 19, 20)]

NOT_YET: dict[str, str] = {}  # rule → why no test cites it yet
_CITATION = re.compile(r"RULES ((?:(?:Across |[A-EP])\d+(?:[–-](?:[A-EP])?\d+)?(?:, | and )?)+)")
_ONE = re.compile(r"(Across |[A-EP])(\d+)(?:[–-][A-EP]?(\d+))?")


def cited() -> dict[str, set[str]]:
    """Rule → test files that cite it."""
    found: dict[str, set[str]] = {}
    for path in files(".py", under=("tests",)):
        if path.name == "test_rules.py":
            continue
        for citation in _CITATION.findall(text(path)):
            for part, first, last in _ONE.findall(citation):
                for number in range(int(first), int(last or first) + 1):
                    found.setdefault(f"{part}{number}", set()).add(path.name)
    return found


def test_every_rule_in_scope_is_cited_by_a_test() -> None:
    assert [rule for rule in IN_SCOPE if rule not in cited() and rule not in NOT_YET] == []


def test_no_exception_outlives_its_reason() -> None:
    assert [rule for rule in NOT_YET if rule in cited()] == []


def test_citations_are_read_as_they_are_written() -> None:
    assert _ONE.findall(_CITATION.findall("# RULES C1–C3, Across 2, P19")[0]) == [
        ("C", "1", "3"),
        ("Across ", "2", ""),
        ("P", "19", ""),
    ]
