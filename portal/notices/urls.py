from django.conf import settings
from django.urls import path

from portal.notices import views

urlpatterns = [path("notices/", views.notices, name="notices")]

if not settings.CERTHALL.is_production:
    urlpatterns += [path("dev/inbox/", views.dev_inbox, name="dev-inbox")]
