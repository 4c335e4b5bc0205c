"""/dev/components/: every component in every state, and model pages with invented data. Refuses production."""

from portal.ui.showcase.views import urlpatterns

__all__ = ["urlpatterns"]
