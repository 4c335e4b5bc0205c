"""The whole journey of `manage.py walk`: a world is made, one order walks its path, what came out is checked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from payments import demo as payments_demo
from portal import gm
from portal.tenants import tenant_tx
from renewals.bridge.simulator import SoftKeyDesk
from renewals.ca_of_tenant import ca_of
from renewals.demo import certificates, halls, people
from renewals.demo.orders import answers
from renewals.issuing.requests import split_chain
from renewals.lifecycle import Status
from renewals.models import Certificate, IdentityCheck, Issuance, Order
from renewals.programmes import RulePack, shipped_packs
from renewals.publishing import publish
from renewals.walking.pay_desk import PayDesk
from renewals.walking.walker import Stride, Walker, WalkFailed

DAYS_LEFT = {"unexpired": 30}  # of the certificate that walks a path of that name


class JourneyFailed(Exception):
    """Exit 1: what didn't come about, in words."""


@dataclass(frozen=True)
class Report:
    """``files``: name → content of what was made (PEM)."""

    serial: str
    not_after: datetime
    files: dict[str, bytes] = field(default_factory=dict)


def walk(programme: str, path: str, *, tell: Callable[[Stride], None]) -> Report:
    """Walk ``tenant/programme`` along ``path`` ("" → the pack's first). JourneyFailed."""
    pack = _pack(programme)
    wanted = path or pack.paths[0].name
    if wanted not in {known.name for known in pack.paths} or wanted not in DAYS_LEFT:
        known = "、".join(known.name for known in pack.paths)
        raise JourneyFailed(f"{programme} 没有路径 {wanted}；有：{known}")
    tenant = halls.load()[pack.tenant]
    with tenant_tx(tenant, write=True):
        publish(pack)
        user = people.customer(people.MAIN_CUSTOMER, people.CUSTOMERS[people.MAIN_CUSTOMER])
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
    walker = Walker(tenant, user, desk, PayDesk(settings.CERTHALL.pay_sandbox_url), tell=tell)
    try:
        order = walker.open(old)
        _unexpired(walker, order, old)
    except WalkFailed as failed:
        raise JourneyFailed(str(failed)) from failed
    return _checked(walker, order, old, wanted)


def _pack(programme: str) -> RulePack:
    for pack in shipped_packs():
        if pack.key == programme:
            return pack
    known = "、".join(pack.key for pack in shipped_packs())
    raise JourneyFailed(f"没有项目 {programme}；有：{known}")


def _unexpired(walker: Walker, order: str, certificate: Certificate) -> None:
    walker.consent(order)
    walker.apply(order, answers(people.MAIN_CUSTOMER, certificate))
    outcome = walker.wait_for_identity(order)
    if outcome is not IdentityCheck.Outcome.MATCH:
        raise WalkFailed(f"身份核验结果是 {outcome.label}")
    walker.pay(order, "wechat")
    walker.show_code(order)
    walker.install(order, certificates.PIN)
    walker.settle_down()


def _checked(walker: Walker, order: str, old: Certificate, path: str) -> Report:
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
    state = ca_of(walker.tenant).status(old.serial).state
    if state != "replaced":
        raise JourneyFailed(f"旧证书在 CA 的状态是 {state}，应为已更新")
    files = {
        "signing.pem": signing.pem.encode(),
        "encryption.pem": encryption.pem.encode(),
        "ca.pem": "".join(certificate.pem for certificate in chain).encode(),
    }
    return Report(signing.serial_hex, signing.not_after, files)
