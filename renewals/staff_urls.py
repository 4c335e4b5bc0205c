"""The addresses of the staff pages, under staff/."""

from django.urls import path

from renewals.staff_views import audit, certificates, home, order, orders

urlpatterns = [
    path("", home.home, name="staff-home"),
    path("orders/", orders.index, name="staff-orders"),
    path("orders/export.csv", orders.export, name="staff-orders-export"),
    path("orders/<str:public_id>/", order.detail, name="staff-order"),
    path("orders/<str:public_id>/identity/confirm/", order.confirm_identity, name="staff-order-confirm-identity"),
    path("orders/<str:public_id>/code/reissue/", order.reissue_code, name="staff-order-reissue-code"),
    path("orders/<str:public_id>/revoke/", order.revoke_new, name="staff-order-revoke-new"),
    path("orders/<str:public_id>/refund/", order.decide_refund, name="staff-order-decide-refund"),
    path("orders/<str:public_id>/cancel/", order.cancel, name="staff-order-cancel"),
    path("orders/<str:public_id>/reveal/<int:version>/<slug:name>/", order.reveal, name="staff-order-reveal"),
    path("certificates/", certificates.index, name="staff-certificates"),
    path("certificates/<str:public_id>/", certificates.detail, name="staff-certificate"),
    path(
        "certificates/<str:public_id>/contacts/<str:contact>/reveal/",
        certificates.reveal,
        name="staff-certificate-reveal",
    ),
    path("audit/", audit.index, name="staff-audit"),
]
