"""Orders that come to a journey already walked: by the same doors as the pages, where their pages aren't the point."""

from tests.journeys.hall import Hall

_WALK = """
from django.conf import settings
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo import certificates, people
from renewals.demo.answers import organisation_answers
from renewals.models import Certificate, Order
from renewals.walking.paper_walker import PaperWalker
from renewals.walking.pay_desk import PayDesk

tenant, mobile = Tenant.objects.get(slug="szca"), "{mobile}"
with tenant_tx(tenant, write=True):
    user = people.customer(mobile, people.CUSTOMERS[mobile])
    certificate = Certificate.objects.get(medium_number="{medium}")
desk = SoftKeyDesk(certificates.desk_folder())
walker = PaperWalker(tenant, user, desk, PayDesk(settings.CERTHALL.pay_sandbox_url))
order, name = walker.open(certificate), people.CUSTOMERS[mobile]
walker.consent(order)
walker.apply(order, organisation_answers(mobile, certificate) | dict(representative_email=mobile + "@example.cn"))
walker.wait_for_identity(order)
walker.check_liveness(order, name)
form = walker.print_form(order)
walker.upload(order, walker.scans(order, form, name), kinds=dict(licence="business_licence"))
walker.hand_in(order)
if "{pay}":
    walker.pay(order, "{pay}")
with tenant_tx(tenant):
    print(Order.objects.get(public_id=order).number)
"""


def handed_in(hall: Hall, mobile: str, medium: str, *, pay: str = "") -> str:
    """The number of an order of the expired path whose papers are in; ``pay``: and paid by this channel."""
    return hall.manage("shell", "--no-imports", "-c", _WALK.format(mobile=mobile, medium=medium, pay=pay)).strip()
