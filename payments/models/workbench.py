"""What finance keeps for its workbench."""

from django.db import models
from django.utils import timezone

from portal.tenants.models import TenantModel


class SavedFilter(TenantModel):
    """A filter that a member of staff comes back to. ``query``: of workbench.filters, name → text."""

    owner_id = models.BigIntegerField()  # whose it is
    name = models.CharField(max_length=30)
    query = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "owner_id", "name"], name="payments_saved_filter")]

    def __str__(self) -> str:
        return str(self.name)
