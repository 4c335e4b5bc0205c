"""Why something came back, in the pack's words: for the customer's order page and the paper that is handed in anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from renewals.lifecycle import Kind, StepState
from renewals.models import Order, ReviewDecision, StepRecord
from renewals.programmes.schema_steps import DocumentsStep, ReviewStep
from renewals.publishing import pack_of
from renewals.steps.papers import base_of, title_of


@dataclass(frozen=True, slots=True)
class Returned:
    """``step`` names the step to mend, ``paper`` the paper of it or ""; ``title`` of either; ``words``: why, and what
    to do; ``more``: what the reviewer added, or ""."""

    step: str
    paper: str
    title: str
    words: str
    more: str


def returned_words(order: Order) -> Sequence[Returned]:
    """What the last review sent back and the customer hasn't mended yet, in the order of the path. Two queries."""
    open_again = set(StepRecord.objects.filter(order=order, state=StepState.RETURNED).values_list("name", flat=True))
    if not open_again:
        return ()
    last = ReviewDecision.objects.filter(order=order, outcome=ReviewDecision.Outcome.RETURNED).last()
    if last is None:
        return ()
    path = pack_of(order.programme).path(order.path)
    reasons = {one.code: one.words for step in path.steps if isinstance(step, ReviewStep) for one in step.reasons}
    found = []
    for step in path.steps:
        if step.name not in open_again:
            continue
        if mark := last.steps.get(step.name):
            found.append(Returned(step.name, "", step.title, reasons.get(mark["reason"], ""), mark["words"]))
        if step.kind == Kind.DOCUMENTS and isinstance(step, DocumentsStep):
            papers = {paper.name: paper for paper in step.papers}
            for name, mark in last.papers.items():
                if mark["verdict"] == "return" and base_of(name) in papers:
                    title = title_of(papers[base_of(name)], name)
                    words = reasons.get(mark["reason"], "")
                    found.append(Returned(step.name, name, title, words, mark["words"]))
    return found
