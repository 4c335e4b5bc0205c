"""/staff/audit/: the tenant's audit chain for its administrator."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.accounts.access import access
from portal.ui.parts import Badge, Column, Link, Row, Table
from renewals.staff_forms import AuditFilterForm
from renewals.staff_selectors.audit import SCAN, AuditEntry, chain_state, page_of
from renewals.staff_views.common import AUDIT, Turning, address, stamp, two_lines, unbroken, who
from renewals.staff_views.traces import SUBJECTS, audit_title, detail_words

_COLUMNS = (
    Column(gettext_lazy("序号"), "number"),
    Column(gettext_lazy("时间")),
    Column(gettext_lazy("动作")),
    Column(gettext_lazy("对象")),
    Column(gettext_lazy("操作人、地址")),
    Column(gettext_lazy("详情")),
    Column(gettext_lazy("校验")),
)
_PAGES = {"order": "staff-order", "certificate": "staff-certificate"}


@access(f"staff:{AUDIT}")
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET)
    given = request.GET.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None
    page = page_of(form.wanted(), before=before)
    context = {
        "form": form,
        "table": Table(_COLUMNS, [_row(entry) for entry in page.rows], caption=_("审计记录"), hide_caption=True),
        "turning": Turning(
            first=address(request) if before is not None else "",
            newer="",
            older=address(request, before=str(page.older)) if page.older else "",
            count="",
        ),
        "state": chain_state(),
        "broken": any(not entry.sound for entry in page.rows),
        "given_up": page.given_up,
        "scan": SCAN,
    }
    return TemplateResponse(request, "renewals/staff/audit.html", context)


def _row(entry: AuditEntry) -> Row:
    title = audit_title(entry.action)
    return Row(
        [
            entry.seq,
            stamp(entry.at),
            two_lines(title, entry.action) if title != entry.action else title,
            _subject(entry.subject),
            two_lines(who(entry.kind, entry.label, entry.roles), entry.ip),
            detail_words(entry.detail),
            Badge(_("完好"), "success") if entry.sound else Badge(_("不符"), "danger"),
        ]
    )


def _subject(subject: str) -> object:
    """The kind in words and the beginning of the id; the whole of it finds its row by the filter."""
    kind, _colon, public_id = subject.partition(":")
    if not public_id:
        return subject
    words = SUBJECTS.get(kind, kind)
    short = f"{public_id[:8]}…" if len(public_id) > 9 else public_id
    page = _PAGES.get(kind)
    url = reverse(page, args=[public_id]) if page else f"{reverse('staff-audit')}?{urlencode({'subject': subject})}"
    return two_lines(words, Link(unbroken(short), url, subject))
