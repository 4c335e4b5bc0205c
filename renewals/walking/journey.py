"""The whole journey of `manage.py walk`: a world is made, one order walks its path, what came out is checked."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings

from payments import demo as payments_demo
from portal import gm
from portal.tenants import tenant_tx
from renewals.bridge.simulator import SoftKeyDesk
from renewals.ca_of_tenant import ca_of
from renewals.demo import certificates, halls, people
from renewals.demo.answers import answers, organisation_answers
from renewals.issuing.requests import split_chain
from renewals.lifecycle import Status
from renewals.models import Certificate, IdentityCheck, Issuance, LivenessCheck, Order
from renewals.programmes import RulePack, shipped_packs
from renewals.publishing import publish
from renewals.walking.paper_walker import PaperWalker
from renewals.walking.pay_desk import PayDesk
from renewals.walking.walker import Stride, WalkFailed

DAYS_LEFT = {"unexpired": 30, "expired": -12}  # of the certificate that walks a path of that name


class JourneyFailed(Exception):
    """Exit 1: what didn't come about, in words."""


@dataclass(frozen=True)
class Report:
    """``files``: name → content of what was made (PEM)."""

    serial: str
    not_after: datetime
    files: dict[str, bytes] = field(default_factory=dict)


def walk(programme: str, path: str, *, pay: str = "wechat", tell: Callable[[Stride], None]) -> Report:
    """Walk ``tenant/programme`` along ``path`` ("" → the pack's first). JourneyFailed.

    ``pay``: wechat, alipay or, on the expired path, bank_transfer.
    """
    pack = _pack(programme)
    wanted = path or pack.paths[0].name
    if wanted not in {known.name for known in pack.paths} or wanted not in DAYS_LEFT:
        known = "、".join(known.name for known in pack.paths)
        raise JourneyFailed(f"{programme} 没有路径 {wanted}；有：{known}")
    tenant = halls.load()[pack.tenant]
    with tenant_tx(tenant, write=True):
        publish(pack)
        user = people.customer(people.MAIN_CUSTOMER, people.CUSTOMERS[people.MAIN_CUSTOMER])
    people.load_staff(tenant)
    payments_demo.load(tenant)
    desk = SoftKeyDesk(certificates.desk_folder())
    holding = certificates.Holding(
        pack.tenant,
        "深圳市测试精密制造有限公司",
        "91440300MA5DEM001",
        "3888000000009999",
        DAYS_LEFT[wanted],
        people.MAIN_CUSTOMER,
    )
    old = certificates.add(tenant, holding, desk)
    walker = PaperWalker(tenant, user, desk, PayDesk(settings.CERTHALL.pay_sandbox_url), tell=tell)
    try:
        order = walker.open(old)
        made = _WALKS[wanted](walker, order, old, pay)
    except WalkFailed as failed:
        raise JourneyFailed(str(failed)) from failed
    report = _checked(walker, order, old, wanted)
    return replace(report, files=report.files | made)


def _pack(programme: str) -> RulePack:
    for pack in shipped_packs():
        if pack.key == programme:
            return pack
    known = "、".join(pack.key for pack in shipped_packs())
    raise JourneyFailed(f"没有项目 {programme}；有：{known}")


def _unexpired(walker: PaperWalker, order: str, certificate: Certificate, pay: str) -> dict[str, bytes]:
    _apply(walker, order, answers(people.MAIN_CUSTOMER, certificate))
    walker.pay(order, pay)
    _install(walker, order)
    return {}


def _expired(walker: PaperWalker, order: str, certificate: Certificate, pay: str) -> dict[str, bytes]:
    """Application, both identity checks, form, scan, money, review, installation. What was printed and scanned."""
    name = people.CUSTOMERS[people.MAIN_CUSTOMER]
    _apply(walker, order, organisation_answers(people.MAIN_CUSTOMER, certificate))
    outcome = walker.check_liveness(order, name)
    if outcome is not LivenessCheck.Outcome.PASSED:
        raise WalkFailed(f"活体核验结果是 {outcome.label}")
    form = walker.print_form(order)
    scans = walker.scans(order, form, name)
    walker.upload(order, scans, kinds={"licence": "business_licence"})
    walker.hand_in(order)
    if pay == "bank_transfer":
        walker.claim_transfer(order)
        walker.confirm_transfer(order)
    else:
        walker.pay(order, pay)
    walker.approve(order)
    _install(walker, order)
    return {"request-form.pdf": form, "scan.pdf": scans["stamped_form"][1], "licence.jpg": scans["licence"][1]}


def _apply(walker: PaperWalker, order: str, filled: dict[str, str]) -> None:
    walker.consent(order)
    walker.apply(order, filled)
    outcome = walker.wait_for_identity(order)
    if outcome is not IdentityCheck.Outcome.MATCH:
        raise WalkFailed(f"身份核验结果是 {outcome.label}")


def _install(walker: PaperWalker, order: str) -> None:
    walker.show_code(order)
    walker.install(order, certificates.PIN)
    walker.settle_down()


_WALKS = {"unexpired": _unexpired, "expired": _expired}


_OLD_ONE = {"unexpired": "replaced", "expired": "expired"}  # a lapsed certificate isn't revoked any more


def _checked(walker: PaperWalker, order: str, old: Certificate, path: str) -> Report:
    """The proof: order completed on that path, chain valid, the old certificate revoked at the CA."""
    with tenant_tx(walker.tenant):
        row = Order.objects.get(public_id=order)
        issuance = Issuance.objects.get(item__order=row, state=Issuance.State.VERIFIED)
    if (row.status, row.path) != (Status.COMPLETED, path):
        raise JourneyFailed(f"订单停在 {row.status}（路径 {row.path}），没有办完")
    signing = gm.Certificate.from_der(bytes(issuance.signing_certificate or b""))
    encryption = gm.Certificate.from_der(bytes(issuance.encryption_certificate or b""))
    chain = [gm.Certificate.from_der(der) for der in split_chain(bytes(issuance.chain or b""))]
    for leaf in (signing, encryption):
        gm.validate_chain(leaf, chain[:-1], chain[-1:], max(leaf.not_before, issuance.issued_at or leaf.not_before))
    standing = ca_of(walker.tenant).status(old.serial)
    if (standing.state, standing.successor_serial) != (_OLD_ONE[path], signing.serial_hex):
        raise JourneyFailed(f"旧证书在 CA 的状态是 {standing.state}，应为 {_OLD_ONE[path]}，并有后继证书")
    files = {
        "signing.pem": signing.pem.encode(),
        "encryption.pem": encryption.pem.encode(),
        "ca.pem": "".join(certificate.pem for certificate in chain).encode(),
    }
    return Report(signing.serial_hex, signing.not_after, files)
