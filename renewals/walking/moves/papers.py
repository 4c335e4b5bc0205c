"""Form and papers: printed, signed, stamped, scanned, handed in (RULES C7)."""

from portal.tenants import tenant_tx
from renewals.steps.papers import wanted_papers
from renewals.steps.seal import PAPER as IMPRESSION
from renewals.walking import paper
from renewals.walking.turns import Turn
from renewals.walking.walk import Walk

FORM = "request-form.pdf"


def print_form(walk: Walk, turn: Turn) -> None:
    walk.made[FORM] = walk.print_form(turn.order)


def hand_in(walk: Walk, turn: Turn) -> None:
    """Every paper that is wanted of this order; optional ones only where a scenario asks for them."""
    with tenant_tx(walk.tenant):
        order = walk.item(turn).order
        organisation = order.organisation
        wanted = [config for config in wanted_papers(order, turn.config) if config.wanted != "optional"]
    given: dict[str, tuple[str, bytes]] = {}
    kinds: dict[str, str] = {}
    for config in wanted:
        if config.binds == "form":
            scan = paper.signed_and_scanned(walk.made[FORM], organisation=organisation.name, signer=walk.name)
            given[config.name] = ("scan.pdf", scan)
        elif config.name == IMPRESSION:
            given[config.name] = ("impression.jpg", paper.impression(organisation.name))
        else:
            given[config.name] = ("paper.jpg", paper.licence(organisation.name, organisation.credit_code))
        if config.kinds:
            kinds[config.name] = config.kinds[0].name
    if given:
        walk.upload(turn.order, given, kinds=kinds)
    walk.made |= {f"{name}-{file}": content for name, (file, content) in given.items()}
    walk.do(turn, "submit", {})
