"""python -m tests.portal.jobs.worker.put: enqueue one `test.held` as the web process would."""

import django

django.setup()

from portal import jobs  # noqa: E402
from portal.tenants import tenant_tx  # noqa: E402
from portal.tenants.models import Tenant  # noqa: E402
from tests.canaries import CANARIES  # noqa: E402

tenant, _ = Tenant.objects.get_or_create(slug="jobs-one", defaults={"name": "测试网厅", "short_name": "测试"})
with tenant_tx(tenant, write=True):
    jobs.enqueue("test.held", {}, secret=dict(CANARIES))
