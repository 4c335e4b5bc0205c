"""The registry's staff pages, under staff/certificates/."""

from django.urls import path

from renewals.staff_views import certificates, forecast, imports

urlpatterns = [
    path("imports/", imports.index, name="staff-certificate-imports"),
    path("imports/template.csv", imports.template, name="staff-certificate-import-template"),
    path("imports/<str:public_id>/", imports.detail, name="staff-certificate-import"),
    path("imports/<str:public_id>/refused.csv", imports.refused, name="staff-certificate-import-refused"),
    path("forecast/", forecast.index, name="staff-certificate-forecast"),
    path("<str:public_id>/unwanted/", certificates.mark_unwanted, name="staff-certificate-unwanted"),
    path("<str:public_id>/wanted/", certificates.wanted_again, name="staff-certificate-wanted"),
]
