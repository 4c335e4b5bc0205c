"""A certificate that fits: what it must be like, so that a pack takes it along a certain path. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from renewals.programmes import Condition, Operator
from renewals.programmes.schema import RulePack

USUAL_DAYS = 30  # left, where nothing else is asked for


@dataclass(frozen=True)
class Fitting:
    """Values for demo.holdings.Holding."""

    days_left: int = USUAL_DAYS
    medium_number: str = "8800000000009999"
    certificate_number: str = ""
    key_model: str = ""
    algorithm: str = "sm2"
    storage: str = "hardware"
    holder_kind: str = "organisation"
    has_seal: bool = False


def fitting(pack: RulePack, path: str, business: str) -> Fitting:
    """What satisfies every condition of that path and of the eligibility that its business is asked.

    A pack whose conditions contradict each other gives something that the pack then refuses in its own words.
    """
    rules = [rule for rule in pack.eligibility if business in (rule.businesses or (business,))]
    always = [condition for rule in rules if not rule.when for condition in rule.require]
    values = _values((*always, *pack.path(path).when), {})
    held = Fitting(**values)  # type: ignore[arg-type]  # typed by the conditions' own validation
    also = [c for rule in rules if rule.when and _is(rule.when, held) for c in rule.require]
    values = _values(also, values)
    found = Fitting(**values)  # type: ignore[arg-type]  # typed by the conditions' own validation
    return found if found.storage == "hardware" else _in_a_file(found, values)


def _values(conditions: Iterable[Condition], values: dict[str, object]) -> dict[str, object]:
    for condition in conditions:
        if condition.field in Fitting.__dataclass_fields__ and _says_what(condition):
            values[condition.field] = _value(condition, values.get(condition.field))
    return values


def _is(when: Iterable[Condition], held: Fitting) -> bool:
    """Whether a rule that is asked only then is asked of this one."""
    return all(getattr(held, c.field, None) == c.value for c in when if c.operator is Operator.EQUALS)


def _in_a_file(found: Fitting, values: dict[str, object]) -> Fitting:
    number = str(values.get("certificate_number", "F009999Y0001#0"))
    return Fitting(**{**found.__dict__, "medium_number": "", "certificate_number": number})


def _says_what(condition: Condition) -> bool:
    """False for what only says what it mustn't be: the usual value isn't that."""
    return not condition.operator.startswith("no")


def _value(condition: Condition, before: object) -> object:
    value = condition.value
    match condition.operator:
        case Operator.EQUALS:
            return value
        case Operator.ONE_OF:
            return _first(value)
        case Operator.STARTS_WITH:
            return f"{value}000000009999"
        case Operator.ENDS_WITH:
            return f"F009999Y0001{value}"
    start = before if isinstance(before, int) else USUAL_DAYS
    low, high = _range(condition)
    return max(low, min(high, start))


def _range(condition: Condition) -> tuple[int, int]:
    """The whole numbers that a comparison allows; "less than" stays 12 days away from its edge."""
    value, far = condition.value, 36_600
    match condition.operator:
        case Operator.BETWEEN if isinstance(value, tuple):
            return int(value[0]), int(value[1])
        case Operator.LESS_THAN if isinstance(value, int):
            return -far, value - 12
        case Operator.AT_MOST if isinstance(value, int):
            return -far, value
        case Operator.MORE_THAN if isinstance(value, int):
            return value + 1, far
        case Operator.AT_LEAST if isinstance(value, int):
            return value, far
    raise ValueError(f"no range in {condition}")


def _first(values: object) -> object:
    return next(iter(values)) if isinstance(values, Iterable) and not isinstance(values, str) else values
