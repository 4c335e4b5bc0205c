"""/orders/<id>/environment/: the bridge looks at this computer, item by item (RULES A5, B1, B2, E1)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts.access import access
from renewals import selectors
from renewals.bridge.protocol import FILE_STORE, OLDEST_PROTOCOL, STORE_PROTOCOL
from renewals.bridge.readiness import is_mandatory, question
from renewals.bridge.words import page_words
from renewals.errors import OrderNotFound
from renewals.lifecycle import Kind, NextActor
from renewals.models import EnvironmentReport
from renewals.programmes.schema_steps import EnvironmentCheck
from renewals.selectors import OrderView, Task
from renewals.views.bridge_step import ANY_BRIDGE, BridgeStep, find, next_page
from renewals.views.customer import own_order, stages_of


@access("customer")
@never_cache
@require_safe
def environment(request: HttpRequest, public_id: str) -> HttpResponse:
    """The check whose turn it is; once all passed, the last report and the way on. api/environment.py judges."""
    order = own_order(request, public_id)
    view = selectors.order_view(order)
    task = _task(view)
    assert task.item is not None  # noqa: S101  (item-scoped)
    step = find(request, task.item.public_id, Kind.ENVIRONMENT)
    is_open = task.acting is NextActor.CUSTOMER
    context = {
        "order": order,
        "title": task.title,
        "help": task.help,
        "certificate": step.certificate,
        "in_file": step.certificate.storage == FILE_STORE,
        "checks": _rows(step, passed=not is_open),
        "is_open": is_open,
        "next": "" if is_open else next_page(order),
        "stages": stages_of(view),
        "config": _config(request, step),
        "words": _words(step),
    }
    return TemplateResponse(request, "renewals/environment.html", context)


def _task(view: OrderView) -> Task:
    """Several certificates: one after the other."""
    tasks = [task for task in view.tasks_of(Kind.ENVIRONMENT) if task.step.state not in {"waiting", "skipped"}]
    if not tasks:
        raise OrderNotFound()
    return next((task for task in tasks if task.acting is NextActor.CUSTOMER), tasks[-1])


def _rows(step: BridgeStep, *, passed: bool) -> list[dict[str, Any]]:
    """What is wanted of each, and what the last report found once the step is done."""
    last = EnvironmentReport.objects.filter(item=step.item, passed=True).order_by("-id").first() if passed else None
    found = {one["name"]: one for one in last.findings} if last else {}
    return [
        {
            "name": check.name,
            "title": check.title,
            "wanted": wanted(check),
            "class_id": check.class_id,
            "mandatory": is_mandatory(check),
            "cure": check.cure,
            "state": "waiting" if not found else "done" if found.get(check.name, {}).get("passed") else "failed",
            "found": found.get(check.name, {}).get("found", "") if check.what in _VERSIONED else "",
        }
        for check in step.config.checks
    ]


_VERSIONED = frozenset({"bridge", "driver", "component"})


def wanted(check: EnvironmentCheck) -> str:
    """ "2.0.24.42 及以上", "2.0.4.8", or "" where no version is asked for."""
    if check.exact:
        return check.exact
    return _("%(version)s 及以上") % {"version": check.minimum} if check.minimum else ""


def _config(request: HttpRequest, step: BridgeStep) -> dict[str, Any]:
    certificate, checks = step.certificate, step.config.checks
    in_file = certificate.storage == FILE_STORE
    return {
        "bridge": settings.CERTHALL.bridge_url,
        "protocol": STORE_PROTOCOL if in_file else OLDEST_PROTOCOL,
        "csrf": get_token(request),
        "question": question(
            checks,
            fingerprint=step.fingerprint,
            key_model=certificate.key_model,
            storage=certificate.storage,
            oldest_bridge=ANY_BRIDGE,
        ),
        "checks": [{"name": c.name, "what": c.what, "component": c.component or c.name} for c in checks],
        "optional": not any(is_mandatory(check) for check in checks),  # then it can be done without a bridge (B7)
        "report": reverse("api-environment-report", args=[step.item.public_id]),
    }


def _words(step: BridgeStep) -> dict[str, Any]:
    """What environment.js says by itself; ``why``: why a check failed, by the hall's judgement."""
    return {
        "bridge": page_words(step.pack.key, step.certificate.storage),
        "checking": _("正在检测…"),
        "again": _("重新检测"),
        "passed": _("通过"),
        "failed": _("未通过"),
        "optional": _("未通过（不影响办理）"),
        "found": _("本机：%(found)s"),
        "ready": _("环境检测通过，您可以正常更新证书。"),
        "notReady": _("环境检测未通过。请按每一项的办法处理，再点“重新检测”。"),
        "why": {
            "missing": _("没有找到"),
            "disabled": _("没有启用"),
            "too_old": _("版本过低"),
            "another_version": _("版本不符"),
            "several": _("不止一个"),
            "another": _("不是这张证书"),
            "not_reported": _("没有检测到"),
        },
        "lost": _("网络连接中断。"),
        "lostCure": _("请检查网络，然后重新检测。"),
        "refused": _("现在不能检测。"),
    }
