"""Further addresses of finance's pages: refund files, invoices, bundles, the dashboard and exports."""

from django.urls import path

from payments.views import staff_invoices, staff_overview
from payments.views import staff_refund_files as refund_files

_FILE = "staff/payments/refund-files/<str:file>/"

urlpatterns = [
    path("staff/payments/overview/", staff_overview.overview, name="staff-overview"),
    path("staff/payments/export/", staff_overview.export, name="staff-export"),
    path("staff/payments/invoices/", staff_invoices.index, name="staff-invoices"),
    path("staff/payments/invoices/<str:charge>/", staff_invoices.one, name="staff-invoice"),
    path("staff/payments/refund-files/", refund_files.index, name="staff-refund-files"),
    path(_FILE, refund_files.one, name="staff-refund-file"),
    path(f"{_FILE}answer/", refund_files.answer, name="staff-refund-file-answer"),
    path(f"{_FILE}download/", refund_files.download, name="staff-refund-file-download"),
    path(f"{_FILE}withdraw/", refund_files.withdraw, name="staff-refund-file-withdraw"),
    path(f"{_FILE}write/", refund_files.write, name="staff-refund-file-write"),
]
