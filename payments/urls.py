"""The addresses of the ledger's pages, under a tenant's host or prefix."""

from django.urls import path

from payments.views import callbacks, pay, staff, staff_refunds

app_name = "payments"

urlpatterns = [
    path("pay/callback/wechat/", callbacks.wechat, name="callback-wechat"),
    path("pay/callback/alipay/", callbacks.alipay, name="callback-alipay"),
    path("pay/<str:charge>/", pay.page, name="pay"),
    path("pay/<str:charge>/start/", pay.start, name="pay-start"),
    path("pay/<str:charge>/status/", pay.status, name="pay-status"),
    path("pay/<str:charge>/qr/<str:order>.svg", pay.qr, name="qr"),
    path("pay/<str:charge>/receipt/", pay.receipt, name="receipt"),
    path("staff/payments/", staff.charges, name="staff-charges"),
    path("staff/payments/received/", staff.received, name="staff-received"),
    path("staff/payments/refunds/", staff.refunds, name="staff-refunds"),
    path("staff/payments/charges/<str:charge>/", staff.charge, name="staff-charge"),
    path("staff/payments/refunds/<str:refund>/", staff_refunds.decide, name="staff-refund-decide"),
    path("staff/payments/received/<str:payment>/refund/", staff_refunds.refund_surplus, name="staff-refund-surplus"),
]
