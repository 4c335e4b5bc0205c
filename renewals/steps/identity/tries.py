"""How often the liveness check may fail. A new handler starts anew (RULES P3, P4)."""

from django.db.models import QuerySet

from renewals.models import LivenessCheck, Order


def checks(order: Order, *, since: int) -> "QuerySet[LivenessCheck]":
    """The checks that count: those of the handler as the application names them now."""
    return LivenessCheck.objects.filter(order=order, application__version__gte=since).order_by("id")


def failed(order: Order, *, since: int) -> int:
    return checks(order, since=since).filter(outcome=LivenessCheck.Outcome.FAILED).count()


def left(order: Order, allowed: int, *, since: int) -> int:
    """Never below 0. A check that is under way is a try that was taken."""
    taken = (LivenessCheck.Outcome.FAILED, LivenessCheck.Outcome.PENDING)
    return max(0, allowed - checks(order, since=since).filter(outcome__in=taken).count())
