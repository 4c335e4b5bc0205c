"""/help/: the manuals' questions, how a computer is made ready, where the serial stands, what each message means."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from portal.accounts.access import access
from portal.tenants import current_tenant
from portal.tenants.models import ServicePoint
from portal.ui.parts import Column, Row, Table
from renewals.bridge.catalogue import faults_of_tenant
from renewals.bridge.readiness import is_mandatory
from renewals.bridge.words import BRIDGE_WORDS, PAGE_WORDS
from renewals.models import Certificate, ProgrammeVersion
from renewals.programmes.schema_steps import EnvironmentCheck, EnvironmentStep
from renewals.publishing import pack_of
from renewals.views.environment import wanted


@access("public")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    context = {"points": list(ServicePoint.objects.all()[:12])}
    return TemplateResponse(request, "renewals/help.html", context)


@access("public")
@require_safe
def serial(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "renewals/help_serial.html")


@access("public")
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """The catalogue: the hall's manuals in their own words, then everything by the code that the customer sees."""
    catalogue = [*BRIDGE_WORDS.items(), *PAGE_WORDS.items()]
    entries = [(str(code), words.happened, words.cure) for code, words in catalogue]
    context = {"entries": entries, "faults": faults_of_tenant(current_tenant().slug)}
    return TemplateResponse(request, "renewals/help_messages.html", context)


@access("public")
@require_safe
def environment(request: HttpRequest) -> HttpResponse:
    """How a computer is made ready: browser, driver, components and their class IDs, the old file (A1, B1, B2, B9)."""
    needs = [(title, _table(checks)) for title, checks in _needs()]
    kinds = set(Certificate.objects.order_by().values_list("storage", flat=True).distinct())
    context = {
        "needs": needs,
        "repair": any(check.class_id for _title, checks in _needs() for check in checks),
        "files": "file" in kinds,
    }
    return TemplateResponse(request, "renewals/help_environment.html", context)


@access("public")
@require_safe
def downloads(request: HttpRequest) -> HttpResponse:
    """RULES A19: what to install, by programme and version."""
    needs = [(title, _table(checks)) for title, checks in _needs()]
    return TemplateResponse(request, "renewals/downloads.html", {"needs": needs})


def _needs() -> list[tuple[str, list[EnvironmentCheck]]]:
    """Programme by programme, what its newest version wants installed; nothing twice, the strictest path counts."""
    found = []
    versions = ProgrammeVersion.objects.order_by("slug", "-version")
    for version in {row.slug: row for row in reversed(versions)}.values():
        pack, checks = pack_of(version), dict[tuple[str, str | None], EnvironmentCheck]()
        for path in pack.paths:
            for step in path.steps:
                if isinstance(step, EnvironmentStep):
                    for check in step.checks:
                        before = checks.get((check.what, check.component))
                        if check.what in INSTALLED and (before is None or not is_mandatory(before)):
                            checks[check.what, check.component] = check
        if checks:
            found.append((pack.title, list(checks.values())))
    return found


INSTALLED = frozenset({"bridge", "driver", "component"})


def _table(checks: list[EnvironmentCheck]) -> Table:
    return Table(
        columns=[Column(_("名称")), Column(_("要求版本")), Column(_("是否必须")), Column(_("类 ID"), "code")],
        rows=[
            Row(
                [
                    c.component or _NAMES[c.what],
                    wanted(c) or _("最新版本"),
                    _("是") if is_mandatory(c) else _("否"),
                    c.class_id or "—",
                ]
            )
            for c in checks
        ],
        caption=_("要安装的程序"),
        hide_caption=True,
    )


_NAMES = {"bridge": _lazy("证书助手"), "driver": _lazy("Ekey 驱动程序")}
