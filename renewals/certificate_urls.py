"""The addresses of the customer's list of certificates and of the reminders."""

from django.urls import path

from renewals.views import certificate_list, reminders

urlpatterns = [
    path("certificates/", certificate_list.index, name="certificates"),
    path("certificates/expiring/", certificate_list.expiring, name="expiring"),
    path("certificates/<str:public_id>/unwanted/", certificate_list.unwanted_page, name="certificate-unwanted"),
    path("certificates/<str:public_id>/wanted/", certificate_list.wanted_again, name="certificate-wanted"),
    path("reminders/<str:token>/", reminders.email, name="reminders-email"),
]
