"""Addresses of the bank statements' pages."""

from django.urls import path

from payments.views import staff_statements as statements

_UPLOAD = "staff/payments/statements/uploads/<str:upload>/"

urlpatterns = [
    path("staff/payments/statements/", statements.index, name="staff-statements"),
    path("staff/payments/statements/account/", statements.account, name="staff-bank-account"),
    path(_UPLOAD, statements.upload, name="staff-statement-upload"),
    path(f"{_UPLOAD}start/", statements.start, name="staff-statement-start"),
    path(f"{_UPLOAD}mapping/", statements.mapping, name="staff-statement-mapping"),
    path("staff/payments/statements/<str:statement>/", statements.one, name="staff-statement"),
]
