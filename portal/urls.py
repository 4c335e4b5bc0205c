"""The site's addresses, app by app."""

from django.urls import include, path

urlpatterns = [
    path("", include("portal.accounts.urls")),
    path("", include("portal.ui.urls")),
    path("", include("portal.notices.urls")),
    path("", include("payments.urls")),
    path("", include("renewals.urls")),
]
