from django.conf import settings
from django.urls import path

from portal.ui import views

urlpatterns = [
    path("ui/accent.css", views.accent_css, name="ui-accent"),
    path("healthz", views.healthz, name="healthz"),
]

if not settings.CERTHALL.is_production:
    from portal.ui import showcase

    urlpatterns += showcase.urlpatterns
