"""The addresses of the ledger's pages, under a tenant's host or prefix."""

from django.urls import path

from payments import finance_urls, statement_urls
from payments.views import callbacks, pay, staff, staff_days, staff_refunds, staff_transfers, staff_workbench

app_name = "payments"

urlpatterns = [
    path("pay/callback/wechat/", callbacks.wechat, name="callback-wechat"),
    path("pay/callback/alipay/", callbacks.alipay, name="callback-alipay"),
    path("pay/callback/unionpay/", callbacks.unionpay, name="callback-unionpay"),
    path("pay/<str:charge>/", pay.page, name="pay"),
    path("pay/<str:charge>/back/", pay.back, name="pay-back"),
    path("pay/<str:charge>/status/", pay.status, name="pay-status"),
    path("pay/<str:charge>/qr/<str:order>.svg", pay.qr, name="qr"),
    path("pay/<str:charge>/receipt/", pay.receipt, name="receipt"),
    path("staff/payments/", staff.charges, name="staff-charges"),
    path("staff/payments/received/", staff.received, name="staff-received"),
    path("staff/payments/days/", staff_days.index, name="staff-days"),
    path("staff/payments/days/<str:day>/", staff_days.one, name="staff-day"),
    path("staff/payments/refunds/", staff.refunds, name="staff-refunds"),
    path("staff/payments/transfers/", staff_transfers.index, name="staff-transfers"),
    path("staff/payments/transfers/held/", staff_transfers.held, name="staff-held"),
    path("staff/payments/transfers/held/<str:payment>/", staff_transfers.held_one, name="staff-held-one"),
    path("staff/payments/transfers/<str:claim>/", staff_transfers.one, name="staff-transfer"),
    path("staff/payments/transfers/<str:claim>/account/", staff_transfers.reveal, name="staff-transfer-account"),
    path("staff/payments/refunds/<str:refund>/bank/", staff_refunds.bank, name="staff-refund-bank"),
    path("staff/payments/charges/<str:charge>/", staff.charge, name="staff-charge"),
    path("staff/payments/refunds/<str:refund>/", staff_refunds.decide, name="staff-refund-decide"),
    path("staff/payments/received/<str:payment>/refund/", staff_refunds.refund_surplus, name="staff-refund-surplus"),
    path("staff/payments/workbench/", staff_workbench.index, name="staff-workbench"),
    path("staff/payments/workbench/decide/", staff_workbench.decide, name="staff-workbench-decide"),
    path("staff/payments/workbench/undo/", staff_workbench.undo, name="staff-workbench-undo"),
    path("staff/payments/workbench/filters/", staff_workbench.keep_filter, name="staff-workbench-filters"),
    *finance_urls.urlpatterns,
    *statement_urls.urlpatterns,
]
