"""The review: whose turn it is, what a reviewer has marked so far, what the CA says, what was decided (RULES C10).

Turns, marks and findings are side tables (DESIGN §3): only a decision goes through the one door.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.tenants.models import TenantModel
from renewals.models.orders import Order, OrderItem


class ReviewTurn(TenantModel):
    """One opening of an order's review step: its clock, and the lease of whoever works on it.

    ``is_open`` is what the queue is indexed by. A turn that the customer took back (the handler changed, the order
    was cancelled) stays open here until the next one; the queue looks at the step as well.
    ``round`` counts from 1; from the second on the order was returned or changed before.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="review_turns")
    step = models.CharField(max_length=32)
    round = models.PositiveSmallIntegerField(default=1)
    returned_before = models.BooleanField(default=False)
    is_open = models.BooleanField(default=True)
    opened_at = models.DateTimeField()
    due_on = models.DateField()
    holder = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    held_since = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "order"], condition=models.Q(is_open=True), name="one_open_review_turn"
            ),
            models.CheckConstraint(
                condition=models.Q(holder=None, held_until=None)
                | models.Q(holder__isnull=False, held_until__isnull=False),
                name="review_lease_has_an_end",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "is_open", "due_on", "id"], name="review_queue")]


class ReviewDraft(TenantModel):
    """What is marked so far, kept over lapses and takeovers; gone with the decision.

    ``marks``: subject (a paper's or a step's name) → {"verdict": accept|return, "file", "reason", "words"}.
    ``file`` is the file that was looked at: a newer one needs a mark of its own.
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="review_draft")
    marks = models.JSONField(default=dict)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)


class StatusCheck(TenantModel):
    """What the CA said of a certificate when it was asked for the review (RULES P13).

    ``state`` is ca.base.CertificateState, "" until it answers. ``successor`` a serial, where the CA knows one.
    """

    item = models.ForeignKey(OrderItem, on_delete=models.CASCADE, related_name="status_checks")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, blank=True)
    successor = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "item", "id"])]


class ReviewDecision(TenantModel):
    """What was decided, by whom, and what the screen had shown; never changed.

    ``papers`` and ``steps``: name → {"verdict", "reason", "words", "file"}. ``findings``: what the machine had found
    (CA status and its time, scan bindings, identity, payment): codes, times and ids, nothing personal.
    """

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("通过")
        RETURNED = "returned", _("退回")
        REJECTED = "rejected", _("驳回")
        STOPPED = "stopped", _("终止")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="review_decisions")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_version = models.PositiveSmallIntegerField()
    papers = models.JSONField(default=dict)
    steps = models.JSONField(default=dict)
    reason = models.CharField(max_length=64, blank=True)
    words = models.CharField(max_length=200, blank=True)
    findings = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
