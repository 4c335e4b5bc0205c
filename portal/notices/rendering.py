"""Filling a notice's text. Tenants edit these texts, so only variables, `if` and `for` are let in."""

from functools import lru_cache

from django.template import Context, Engine, Template, TemplateSyntaxError
from django.template.base import FilterExpression, Node, TextNode, Variable, VariableNode
from django.template.defaulttags import ForNode, IfNode

from portal.notices.registry import Text

# Plain text goes out, so nothing is escaped; no loaders and no libraries, so nothing else can be reached.
_engine = Engine(autoescape=False, libraries={}, loaders=[])
_ALLOWED: tuple[type[Node], ...] = (TextNode, VariableNode, IfNode, ForNode)
_FILTERS = frozenset({"date", "time", "default", "first", "last", "join", "length", "floatformat"})
OURS = frozenset({"tenant_name", "tenant_short_name", "hotline", "service_hours"})


def render(text: Text, context: dict[str, object]) -> Text:
    """The text filled in; the subject on one line. Raises ValueError (names only) if a variable has no value."""
    missing = variables(text) - OURS - context.keys()
    if missing:
        raise ValueError(f"no value for {', '.join(sorted(missing))}")
    subject, body = (_compile(part).render(Context(context, autoescape=False)) for part in (text.subject, text.body))
    return Text(" ".join(subject.split()), body.strip())


@lru_cache(maxsize=512)
def variables(text: Text) -> frozenset[str]:
    """The names a text needs from its context. Raises ValueError for a text that may not be used."""
    return frozenset().union(*(_names(_compile(part)) for part in (text.subject, text.body)))


@lru_cache(maxsize=512)
def _compile(source: str) -> Template:
    try:
        template = _engine.from_string(source)
    except TemplateSyntaxError as error:
        raise ValueError(str(error)) from None
    for node in template.nodelist.get_nodes_by_type(Node):
        if not isinstance(node, _ALLOWED):
            raise ValueError(f"{type(node).__name__}: variables, if and for only")  # noqa: TRY004 (of a text)
        used = {function._filter_name for expression in _expressions(node) for function, _ in expression.filters}
        if used - _FILTERS:
            raise ValueError(f"filter {', '.join(sorted(used - _FILTERS))}: only {', '.join(sorted(_FILTERS))}")
    return template


def _names(template: Template) -> set[str]:
    loop_names = {"forloop", "True", "False", "None"}
    found: set[str] = set()
    for node in template.nodelist.get_nodes_by_type(Node):
        if isinstance(node, ForNode):
            loop_names |= set(node.loopvars)
        for expression in _expressions(node):
            found |= _in_expression(expression)
    return found - loop_names


def _expressions(node: Node) -> list[FilterExpression]:
    if isinstance(node, VariableNode):
        return [node.filter_expression]
    if isinstance(node, ForNode):
        return [node.sequence] if isinstance(node.sequence, FilterExpression) else []
    if isinstance(node, IfNode):
        return [e for condition, _ in node.conditions_nodelists for e in _in_condition(condition)]
    return []


def _in_condition(condition: object) -> list[FilterExpression]:
    if condition is None:
        return []
    value = getattr(condition, "value", None)
    if isinstance(value, FilterExpression):
        return [value]
    return _in_condition(getattr(condition, "first", None)) + _in_condition(getattr(condition, "second", None))


def _in_expression(expression: FilterExpression) -> set[str]:
    named = [expression.var, *(argument for _, given in expression.filters for _, argument in given)]
    return {
        str(variable.var).split(".")[0] for variable in named if isinstance(variable, Variable) and variable.lookups
    }
