"""What staff hold: roles, second factors, invitations, deputies."""

import time

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from portal.accounts.models.user import User
from portal.accounts.roles import Role
from portal.tenants.models import TenantModel, TenantRow
from portal.vault.fields import SealedField


class StaffRole(TenantRow):
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="staff_roles")
    role = models.CharField(max_length=32, choices=[(role.value, role.label) for role in Role])
    granted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user", "role"], name="staff_role_unique")]


class Deputy(TenantModel):
    """``stand_in`` holds the roles of ``absent`` from ``starts`` to ``ends``, both inclusive, tenant's zone (P21)."""

    absent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences")
    stand_in = models.ForeignKey(User, on_delete=models.PROTECT, related_name="stand_ins")
    starts = models.DateField()
    ends = models.DateField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="deputy_dates", condition=Q(ends__gte=F("starts"))),
            models.CheckConstraint(name="deputy_not_oneself", condition=~Q(absent=F("stand_in"))),
        ]
        indexes = [models.Index(fields=["tenant", "stand_in", "ends"], name="deputy_stand_in")]


class StaffTotpDevice(TenantModel, ThrottlingMixin, Device):
    """An authenticator app (RFC 6238, by django-otp). The key is sealed; ``last_t`` refuses a code's second use."""

    STEP_SECONDS = 30
    DIGITS = 6

    name = models.CharField(max_length=64, default="totp")
    key = SealedField()  # 40 hex digits; opened by second_factor alone
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], condition=Q(confirmed=True), name="totp_one_confirmed"),
        ]

    def vault_scope(self) -> str:
        return self.user.vault_scope()

    def matches(self, token: str, key: bytes) -> bool:
        """Check one code, one step either way, and remember its step. The caller holds the row's lock.

        The row is saved either way: a wrong code counts, and waits grow (1, 2, 4 … s).
        """
        allowed, _reason = self.verify_is_allowed()
        if not allowed:
            return False
        totp = TOTP(key, step=self.STEP_SECONDS, digits=self.DIGITS, drift=self.drift)
        totp.time = time.time()
        well_formed = token.isascii() and token.isdigit() and len(token) == self.DIGITS
        if well_formed and totp.verify(int(token), tolerance=1, min_t=self.last_t + 1):
            self.last_t = totp.t()
            self.drift = totp.drift
            self.throttle_reset(commit=False)
            self.save(update_fields=["last_t", "drift", *self._THROTTLE_FIELDS])
            return True
        self.throttle_increment(commit=False)
        self.save(update_fields=[*self._THROTTLE_FIELDS])
        return False

    _THROTTLE_FIELDS = ("throttling_failure_timestamp", "throttling_failure_count")

    def get_throttle_factor(self) -> int:
        return 1


class RecoveryCode(TenantRow):
    """For the day the phone with the authenticator is lost. Hashed with a key; each opens once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user", "code_hash"], name="recovery_code_unique")]


class StaffInvitation(TenantRow):
    """A one-time link with which a member of staff chooses a password; no administrator ever knows it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "token_hash"], name="invitation_token")]
