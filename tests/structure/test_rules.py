"""Every numbered rule is cited by a test as ``# RULES C5``; where one isn't, it stands here why."""

import re

from tests.structure.source import files, text

LAST = {"A": 19, "B": 9, "C": 12, "D": 9, "E": 8, "Across ": 7, "P": 24}  # part → its last rule
ALL = [f"{part}{n}" for part, last in LAST.items() for n in range(part != "B", last + 1)]  # B counts from 0

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


def test_every_rule_is_cited_by_a_test() -> None:
    found = cited()
    assert [rule for rule in ALL if rule not in found and rule not in NOT_YET] == []


def test_no_test_cites_a_rule_that_does_not_exist() -> None:
    assert sorted(rule for rule in cited() if rule not in ALL) == []


def test_no_exception_outlives_its_reason() -> None:
    found = cited()
    assert [rule for rule in NOT_YET if rule in found] == []


def test_citations_are_read_as_they_are_written() -> None:
    assert _ONE.findall(_CITATION.findall("# RULES C1–C3, Across 2, P19")[0]) == [
        ("C", "1", "3"),
        ("Across ", "2", ""),
        ("P", "19", ""),
    ]
