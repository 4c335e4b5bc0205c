"""A statement's lines against what is owed: matches where nobody needs to look, suggestions for the rest.

    matcher = Matcher(index, rule, Policy(bank_cuts_names_at=30))
    matcher.add(lines)
    for outcome in matcher.outcomes(): …

Memory grows with the lines of the statement, not with the charges that are open: those are asked for a chunk at a time
(``ChargeIndex``). The result depends neither on the order of lines nor on that of charges or claims. Nothing is stored
or credited here: whoever does it takes the charge's lock and looks again at what is open.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from payments.matching.automatic import decide
from payments.matching.known import Facts, Known, Lines
from payments.matching.model import ChargeIndex, Line, Match, NumberRule, Outcome, Policy
from payments.matching.suggesting import suggest

_STANDARD = Policy()


class Matcher:
    """One statement's worth of work: add all its lines, then ask for the outcomes."""

    def __init__(self, index: ChargeIndex, rule: NumberRule, policy: Policy = _STANDARD) -> None:
        self._index = index
        self._rule = rule
        self._policy = policy
        self._lines = Lines()

    def add(self, lines: Iterable[Line]) -> None:
        """ValueError for two lines with one id."""
        for line in lines:
            if line.id in self._lines.by_id:
                raise ValueError("two lines with one id")
            self._lines.add(Facts.of(line, self._rule))

    def outcomes(self) -> Iterator[Outcome]:
        """One for each line, in the order of adding; all matches are decided before the first comes."""
        matches = self._matches()
        taken = {match.charge_id: match.line_id for match in matches.values()}
        for chunk in self._chunks():
            left = [facts for facts in chunk if facts.line.id not in matches]
            known = self._known(left)
            known.fetch_for_suggesting(left)
            for facts in chunk:
                match = matches.get(facts.line.id)
                if match is not None:
                    yield Outcome(facts.line, match)
                else:
                    yield Outcome(facts.line, None, suggest(facts, known, taken, matches.keys()))

    def matches(self) -> list[Match]:
        """Only what is certain, in the order of adding."""
        return list(self._matches().values())

    def _matches(self) -> dict[str, Match]:
        found = {}
        for chunk in self._chunks():
            known = self._known(chunk)
            for facts in chunk:
                match = decide(facts, known)
                if match is not None:
                    found[match.line_id] = match
        return found

    def _known(self, chunk: Sequence[Facts]) -> Known:
        known = Known(self._index, self._lines, self._rule, self._policy)
        known.fetch_for_matching(chunk)
        return known

    def _chunks(self) -> Iterator[tuple[Facts, ...]]:
        lines = iter(self._lines.by_id.values())
        while chunk := tuple(islice(lines, self._policy.chunk)):
            yield chunk
