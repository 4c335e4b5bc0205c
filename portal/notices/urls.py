from django.conf import settings
from django.urls import URLPattern, path

from portal.notices import views


def patterns(*, production: bool) -> list[URLPattern]:
    """Production doesn't even route the inbox."""
    bell = [path("notices/", views.notices, name="notices")]
    return bell if production else [*bell, path("dev/inbox/", views.dev_inbox, name="dev-inbox")]


urlpatterns = patterns(production=settings.CERTHALL.is_production)
