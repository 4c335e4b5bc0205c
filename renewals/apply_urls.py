"""The addresses of the opening pages: what for, which certificates, which way (RULES A12, A13, A18)."""

from django.urls import path

from renewals.views import apply

urlpatterns = [
    path("", apply.index, name="apply"),
    path("like/<str:public_id>/", apply.like, name="apply-like"),
    path("<slug:programme>/<slug:business>/", apply.choose, name="apply-choose"),
    path("<slug:programme>/<slug:business>/start/", apply.start, name="apply-start"),
]
