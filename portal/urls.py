"""The site's addresses, app by app."""

from django.urls import include, path

urlpatterns = [
    path("", include("portal.accounts.urls")),
    path("", include("portal.ui.urls")),
    path("", include("portal.jobs.urls")),
    path("", include("portal.files.urls")),
    path("", include("portal.notices.urls")),
    path("", include("payments.urls")),
    path("", include("renewals.urls")),
]

handler400 = "portal.ui.errors.bad_request"
handler403 = "portal.ui.errors.permission_denied"
handler404 = "portal.ui.errors.not_found"
handler500 = "portal.ui.errors.server_error"
