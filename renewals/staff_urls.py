"""The addresses of the staff pages, under staff/."""

from django.urls import include, path

from renewals.api import seal as api_seal
from renewals.staff_views import audit, certificates, home, order, orders, review, review_decide, review_order, seals

urlpatterns = [
    path("", home.home, name="staff-home"),
    path("orders/", orders.index, name="staff-orders"),
    path("orders/export.csv", orders.export, name="staff-orders-export"),
    path("orders/<str:public_id>/", order.detail, name="staff-order"),
    path("orders/<str:public_id>/identity/confirm/", order.confirm_identity, name="staff-order-confirm-identity"),
    path(
        "orders/<str:public_id>/identity/not-confirmed/",
        order.identity_not_confirmed,
        name="staff-order-identity-not-confirmed",
    ),
    path("orders/<str:public_id>/code/reissue/", order.reissue_code, name="staff-order-reissue-code"),
    path("orders/<str:public_id>/unblock/release/", order.release_unblock, name="staff-order-release-unblock"),
    path("orders/<str:public_id>/unblock/refuse/", order.refuse_unblock, name="staff-order-refuse-unblock"),
    path("orders/<str:public_id>/revoke/", order.revoke_new, name="staff-order-revoke-new"),
    path("orders/<str:public_id>/refund/", order.decide_refund, name="staff-order-decide-refund"),
    path("orders/<str:public_id>/cancel/", order.cancel, name="staff-order-cancel"),
    path("orders/<str:public_id>/reveal/<int:version>/<slug:name>/", order.reveal, name="staff-order-reveal"),
    path("review/", review.index, name="staff-review"),
    path("review/next/", review.take_next, name="staff-review-next"),
    path("review/<str:public_id>/", review_order.screen, name="staff-review-order"),
    path("review/<str:public_id>/claim/", review.claim, name="staff-review-claim"),
    path("review/<str:public_id>/release/", review.release, name="staff-review-release"),
    path("review/<str:public_id>/heartbeat/", review.heartbeat, name="staff-review-heartbeat"),
    path("review/<str:public_id>/marks/", review_order.save_marks, name="staff-review-marks"),
    path("review/<str:public_id>/recheck/", review_order.recheck, name="staff-review-recheck"),
    path("review/<str:public_id>/status/", review_order.status, name="staff-review-status"),
    path("review/<str:public_id>/decide/", review_decide.decide, name="staff-review-decide"),
    path("review/<str:public_id>/confirm/<slug:outcome>/", review_decide.confirm, name="staff-review-confirm"),
    path("review/<str:public_id>/reveal/<int:version>/<slug:name>/", review_order.reveal, name="staff-review-reveal"),
    path("certificates/", certificates.index, name="staff-certificates"),
    path("certificates/", include("renewals.registry_staff_urls")),
    path("certificates/<str:public_id>/", certificates.detail, name="staff-certificate"),
    path(
        "certificates/<str:public_id>/contacts/<str:contact>/reveal/",
        certificates.reveal,
        name="staff-certificate-reveal",
    ),
    path("seals/", seals.index, name="staff-seals"),
    path("seals/<str:item>/", seals.detail, name="staff-seal"),
    path("seals/<str:item>/state/", api_seal.staff_state, name="api-staff-seal-state"),
    path("seals/<str:item>/challenge/", api_seal.staff_challenge, name="api-staff-seal-challenge"),
    path("seals/<str:item>/verify/", api_seal.staff_verify, name="api-staff-seal-verify"),
    path("audit/", audit.index, name="staff-audit"),
]
