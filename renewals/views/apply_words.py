"""The words of the opening pages: what each business is for, what each way takes."""

from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.ui.parts import Badge
from renewals.applying import Candidate
from renewals.models import Certificate, Order
from renewals.programmes.schema import Path
from renewals.views.application_desk import papers_of_path, review_days_of

_B = Order.Business

HINTS: Final[dict[str, Promise]] = {
    _B.RENEWAL: gettext_lazy("快到期或已经过期，延长有效期。"),
    _B.REPLACEMENT: gettext_lazy("Ekey 遗失或损坏，重新办一张。"),
    _B.TOKEN_MODEL_CHANGE: gettext_lazy("换成另一种型号的 Ekey，证书一起换新。"),
    _B.PIN_UNBLOCK: gettext_lazy("忘记 PIN 码，或输错次数过多被锁。"),
    _B.ENROLMENT: gettext_lazy("照已有的证书，再办一张新的。"),
    _B.SUBJECT_CHANGE: gettext_lazy("单位改了名称，换发写有新名称的证书。"),
}
LEADS: Final[dict[str, Promise]] = {
    _B.RENEWAL: gettext_lazy("选择要更新的证书。"),
    _B.REPLACEMENT: gettext_lazy("选择要补办的证书。"),
    _B.TOKEN_MODEL_CHANGE: gettext_lazy("选择要更换介质的证书。"),
    _B.PIN_UNBLOCK: gettext_lazy("选择 Ekey 里的证书，解锁的是这个 Ekey。"),
    _B.ENROLMENT: gettext_lazy("选择一张已有的证书：新证书发给同一个单位、同一个网关，另编证书号。"),
    _B.SUBJECT_CHANGE: gettext_lazy("选择要变更的证书。"),
}
NOTES: Final[dict[str, Promise]] = {
    _B.REPLACEMENT: gettext_lazy("遗失的证书在审核通过后立即吊销。之后即使找到原来的 Ekey，也不能再用。"),
    _B.PIN_UNBLOCK: gettext_lazy("工作人员核对身份后放行，您再用 Ekey 完成解锁，证书和有效期不变。"),
    _B.TOKEN_MODEL_CHANGE: gettext_lazy("办好以后旧证书会吊销。还要用旧证书解密的文件，请先解密。"),
}
REVOKED_FIRST: Final = gettext_lazy(
    "申请办完、费用付清后，原证书随即吊销，不能恢复。用它加密的文件（如标书），请先解密。"
)


def way_in(certificate: Certificate, path: Path | None) -> str:
    """Where a renewal begins: by post with everything like it (A12), on a path of agreements with their introduction
    (C2), else with the choice of ways (A18)."""
    kinds = {step.kind for step in path.steps} if path else set()
    if "mail_in" in kinds:
        return reverse("apply-like", args=[certificate.public_id])
    if path is None or "consent" in kinds:
        return f"{reverse('renew')}?serial={certificate.serial}"
    address = reverse("apply-start", args=[certificate.programme_slug, _B.RENEWAL])
    return f"{address}?certificate={certificate.public_id}"


def title_of(business: str) -> str:
    return _("更新（续期）") if business == _B.RENEWAL else str(_B(business).label)


def state_of(one: Candidate) -> Badge:
    """有效 or 过期, or what the CA says of it (RULES A6)."""
    said = {
        "frozen": Badge(_("已冻结"), "warning"),
        "revoked": Badge(_("已吊销"), "danger"),
        "replaced": Badge(_("已更新")),
    }
    if one.certificate.ca_status in said:
        return said[one.certificate.ca_status]
    return Badge(_("过期"), "danger") if one.days_left < 0 else Badge(_("有效"), "success")


def way_hint(path: Path) -> str:
    """What a way takes, from its steps: a sentence or two."""
    kinds = {step.kind for step in path.steps}
    produced = path.medium == "new"
    parts = []
    if "file_download" in kinds:
        parts.append(_("审核通过后寄出密码信封，凭信封里的两个码在本网厅下载证书。"))
    elif "mail_in" in kinds and not produced:
        parts.append(_("打印信息表，和 Ekey 一起寄来，更新以后寄回或自取。"))
    elif produced:
        parts.append(_("制作新的 Ekey，邮寄或自取。"))
    elif "issuance" in kinds and "review" not in kinds:
        parts.append(_("插入 Ekey，在线办理，当时就能用上新证书。"))
    elif "issuance" in kinds:
        parts.append(_("在线提交资料，审核通过后插入 Ekey 更新。"))
    papers, days = papers_of_path(path), review_days_of(path)
    if papers:
        parts.append(_("要准备：%(papers)s。") % {"papers": "、".join(papers)})
    if days:
        parts.append(_("审核约 %(days)s 个工作日。") % {"days": days})
    return "".join(parts)
