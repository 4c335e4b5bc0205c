"""What the shape of a pack can't say: names that must exist, gates that must hold, paths that must lead to the end.

Each problem is (where, sentence), where = the keys and indexes from the top of the pack, as in pydantic's `loc`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from payments.fees import FeeError
from renewals import lifecycle
from renewals.lifecycle import Evidence, Kind, PathSpec, Phase, Step, Steps, StepState
from renewals.programmes.schema import Path, RulePack
from renewals.programmes.schema_steps import (
    AnyStep,
    ApplicationStep,
    ConsentStep,
    DocumentsStep,
    FileDownloadStep,
    IdentityStep,
    IssuanceStep,
    ProductionStep,
    ReviewStep,
    RevocationStep,
)

Loc = tuple[str | int, ...]
Problem = tuple[Loc, str]

# Before a certificate is issued or revoked every one of these must be done, whatever reopened meanwhile: by name.
_GUARDS = ("application", "identity", "payment", "review")


def problems(pack: RulePack) -> list[Problem]:
    """Everything that is wrong with a pack of the right shape; empty for a good one."""
    return [*_pack_problems(pack), *(p for i, path in enumerate(pack.paths) for p in _path_problems(pack, path, i))]


def _pack_problems(pack: RulePack) -> Iterator[Problem]:
    yield from _doubles(("texts",), [text.name for text in pack.texts], "name", "协议名")
    yield from _doubles(("terms",), [term.years for term in pack.terms], "years", "年限")
    yield from _doubles(("paths",), [path.name for path in pack.paths], "name", "路径名")
    yield from _doubles(("id_kinds",), [kind.name for kind in pack.id_kinds], "name", "证件种类")
    yield from _doubles(("invoice_kinds",), [kind.name for kind in pack.invoice_kinds], "name", "发票种类")
    try:
        pack.fees()
    except (FeeError, ValueError) as error:
        yield ("tariff",), f"价目有误：同一代码在同一天只能有一个价格，日期应存在（{error}）"
    for index, refusal in enumerate(pack.otherwise[:-1]):
        if not refusal.when and not refusal.businesses:
            yield ("otherwise", index), "没有 when 的一条只能放在最后，后面的永远轮不到"
    if pack.otherwise[-1].when or pack.otherwise[-1].businesses:
        yield ("otherwise", len(pack.otherwise) - 1), "最后一条不能有 when：总要有一句话告诉用户为什么不能办"
    yield from _reachable(pack)
    if pack.clocks.draft_warning >= pack.clocks.draft_expires:
        yield ("clocks", "draft_warning"), "提醒应早于到期：draft_warning 要小于 draft_expires"


def _reachable(pack: RulePack) -> Iterator[Problem]:
    """A path without `when` is always open: one behind it for the same business has to be chosen, and says so."""
    for index, path in enumerate(pack.paths):
        before = {business for other in pack.paths[:index] if not other.when for business in other.serves}
        if set(path.serves) <= before:
            yield ("paths", index), "前面没有 when 的路径已经办理了这些业务，这一条永远轮不到"


def _path_problems(pack: RulePack, path: Path, index: int) -> Iterator[Problem]:
    at: Loc = ("paths", index)
    names = [step.name for step in path.steps]
    found = [
        *_doubles((*at, "steps"), names, "name", "步骤名"),
        *(p for i in range(len(names)) for p in _step_problems(pack, path, i, (*at, "steps", i))),
        *_stage_problems(path, at, names),
        *_consent_problems(pack, path, at),
    ]
    if path.revoke_old == "on_submit" and not _has(path, "revocation", names):
        found.append(((*at, "revoke_old"), "revoke_old 是 on_submit，本路径却没有 revocation 步骤"))
    yield from found
    if not found:  # the walk needs gates that name real steps
        yield from _walk_problems(pack.path_spec(path.name), at)


def _step_problems(pack: RulePack, path: Path, index: int, at: Loc) -> Iterator[Problem]:
    step, earlier = path.steps[index], [before.name for before in path.steps[:index]]
    for i, gate in enumerate(step.opens_when):
        if gate.step not in earlier:
            yield (*at, "opens_when", i, "step"), f"前面没有名为“{gate.step}”的步骤；可以用：{_list(earlier)}"
    for i, name in enumerate(step.accepts):
        if name not in earlier:
            yield (*at, "accepts", i), f"前面没有名为“{name}”的步骤；可以用：{_list(earlier)}"
    offered = {field for other in path.steps if isinstance(other, ApplicationStep) for field in other.all_fields}
    for i, field in enumerate(step.proves):
        if field not in offered:
            yield (*at, "proves", i), f"本路径的申请表没有“{field}”这一栏；可以用：{_list(sorted(offered))}"
    yield from _config_problems(pack, path, step, earlier, at)


def _config_problems(pack: RulePack, path: Path, step: AnyStep, earlier: Sequence[str], at: Loc) -> Iterator[Problem]:
    if isinstance(step, ApplicationStep):
        yield from _fields_problems(pack, path, step, at)
    if isinstance(step, IdentityStep) and (step.method == "liveness") != (step.link_minutes is not None):
        yield (*at, "link_minutes"), "method 是 liveness 时要写 link_minutes，别的方法不写"
    if isinstance(step, DocumentsStep):
        yield from _papers_problems(path, step, at)
    if isinstance(step, ReviewStep):
        yield from _review_problems(path, step, earlier, at)
    if isinstance(step, IssuanceStep | FileDownloadStep) or (isinstance(step, ProductionStep) and step.issues):
        yield from _guard_problems(path, step, earlier, at, "签发")
    if isinstance(step, IssuanceStep) and step.vouched_by == "approval" and not _has(path, "review", earlier):
        yield (*at, "vouched_by"), "vouched_by 是 approval，前面却没有 review 步骤"
    if isinstance(step, RevocationStep):  # it can't be taken back (D7)
        yield from _guard_problems(path, step, earlier, at, "吊销")
    if isinstance(step, ProductionStep) and (step.makes == "download_codes") != (step.code_days is not None):
        yield (*at, "code_days"), "makes 是 download_codes 时要写 code_days，别的不写"


def _fields_problems(pack: RulePack, path: Path, step: ApplicationStep, at: Loc) -> Iterator[Problem]:
    yield from _doubles((*at, "fields"), list(step.fields), None, "栏目")
    for kind in sorted({each.holder_kind for each in step.holder_fields or ()}):
        yield from _doubles((*at, "holder_fields"), list(step.fields_for(kind)), None, "栏目")
    if missing := sorted(pack.price_fields(path) - set(step.fields)):
        yield (*at, "fields"), f"费用按 {_list(missing)} 计算，申请表里却没有这一栏"
    if "term_years" in step.fields and (path.term_years or not pack.terms):
        yield (*at, "fields"), "年限由路径的 term_years 固定，或 terms 是空的，申请表不能再有 term_years"
    if "invoice_kind" in step.fields and not pack.invoice_kinds:
        yield (*at, "fields"), "申请表有 invoice_kind，invoice_kinds 却是空的"


def _guard_problems(path: Path, step: AnyStep, earlier: Sequence[str], at: Loc, what: str) -> Iterator[Problem]:
    done = {gate.step for gate in step.opens_when if gate.state == "done"}
    for other in path.steps:
        if other.name in earlier and other.kind in _GUARDS and other.name not in done:
            yield (*at, "opens_when"), f"{what}前必须完成“{other.name}”：请加上 {{step: {other.name}, state: done}}"


def _has(path: Path, kind: str, names: Sequence[str]) -> bool:
    return any(step.kind == kind and step.name in names for step in path.steps)


def _papers_problems(path: Path, step: DocumentsStep, at: Loc) -> Iterator[Problem]:
    yield from _doubles((*at, "papers"), [paper.name for paper in step.papers], "name", "材料名")
    printed = any(other.kind == "request_form" for other in path.steps)
    steps = {other.name for other in path.steps}
    for i, paper in enumerate(step.papers):
        if paper.binds == "form" and not printed:
            yield (*at, "papers", i, "binds"), "本路径没有 request_form 步骤，材料不能与申请表绑定"
        if paper.name in steps or paper.name == "order":
            yield (*at, "papers", i, "name"), f"“{paper.name}”已经是步骤名，材料请换一个名字"
        yield from _doubles((*at, "papers", i, "kinds"), [kind.name for kind in paper.kinds], "name", "材料种类")


def _review_problems(path: Path, step: ReviewStep, earlier: Sequence[str], at: Loc) -> Iterator[Problem]:
    yield from _doubles((*at, "reasons"), [reason.code for reason in step.reasons], "code", "原因代码")
    papers = [paper.name for other in path.steps if isinstance(other, DocumentsStep) for paper in other.papers]
    known = [*papers, *earlier, "order"]
    for i, reason in enumerate(step.reasons):
        if reason.about not in known:
            yield (*at, "reasons", i, "about"), f"没有名为“{reason.about}”的材料或步骤；可以用：{_list(known)}"
        if reason.outcome == "return" and reason.about == "order":
            yield (*at, "reasons", i, "outcome"), "退回要说明退回哪一份材料或哪一步，about 不能是 order"
    if not any(reason.outcome == "reject" for reason in step.reasons):
        yield (*at, "reasons"), "至少要有一条 outcome: reject 的原因"


def _stage_problems(path: Path, at: Loc, names: Sequence[str]) -> Iterator[Problem]:
    for i, stage in enumerate(path.stages):
        for j, name in enumerate(stage.steps):
            if name not in names:
                yield (*at, "stages", i, "steps", j), f"本路径没有名为“{name}”的步骤；可以用：{_list(names)}"


def _consent_problems(pack: RulePack, path: Path, at: Loc) -> Iterator[Problem]:
    known, asked = {text.name for text in pack.texts}, set()
    for i, step in enumerate(path.steps):
        if isinstance(step, ConsentStep):
            asked |= set(step.texts)
            for j, name in enumerate(step.texts):
                if name not in known:
                    yield (*at, "steps", i, "texts", j), f"texts 里没有“{name}”；可以用：{_list(sorted(known))}"
    if path.application and (unasked := sorted(known - asked)):  # who fills in nothing agrees to nothing
        yield (*at, "steps"), f"协议 {_list(unasked)} 没有任何步骤请用户同意"


def _walk_problems(spec: PathSpec, at: Loc) -> Iterator[Problem]:
    """Walk the path once, always doing the first thing that somebody can do: it must end."""
    steps = lifecycle.start(spec, ["item"])
    for _ in range(8 * len(spec.steps)):
        if all(step.settled for step in steps):
            return
        doable = [step for step in steps if lifecycle.acting(spec, steps, step) is not None]
        if not doable:
            stuck = [step.name for step in steps if not step.settled]
            yield (*at, "steps"), f"走不到终点：{_list(stuck)} 互相等待，请检查 opens_when 和 accepts"
            return
        # a later open step first: a review accepts what was submitted before it
        steps = _go_on(spec, steps, next((s for s in doable if s.state is StepState.OPEN), doable[0]))
    yield (*at, "steps"), "走不到终点，请检查 opens_when 和 accepts"


def _go_on(spec: PathSpec, steps: Steps, step: Step) -> Steps:
    flags, item, evidence = lifecycle.RUNNING, step.item, Evidence(1)
    if step.kind is Kind.PAYMENT:
        if step.state is StepState.OPEN:
            return lifecycle.submit(spec, steps, step.name, flags=flags, phase=Phase.ONLINE, evidence=evidence)
        return lifecycle.settle(spec, steps, step.name, flags=flags)
    if step.state is StepState.OPEN and step.kind is not Kind.REVIEW:
        phase = Phase.SENT if step.kind is Kind.DELIVERY else None
        return lifecycle.submit(spec, steps, step.name, flags=flags, item=item, evidence=evidence, phase=phase)
    if (following := lifecycle.next_phase(spec, step)) is not None:
        return lifecycle.advance(spec, steps, step.name, following, flags=flags, item=item)
    return lifecycle.complete(spec, steps, step.name, flags=flags, item=item)


def _doubles(at: Loc, values: Sequence[str | int], key: str | None, what: str) -> Iterator[Problem]:
    counts = Counter(values)
    for index, value in enumerate(values):
        if counts[value] > 1 and value in values[:index]:
            yield ((*at, index, key) if key else (*at, index)), f"{what} {value} 重复了"


def _list(names: Iterable[str]) -> str:
    return "、".join(names) or "（没有）"
