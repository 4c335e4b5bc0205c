"""What the header's bell shows (RULES A3)."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.notices import in_page
from portal.ui.context import Bell


def bell(request: HttpRequest) -> Bell | None:
    if not isinstance(request.user, User):
        return None
    return Bell(count=in_page.unread_count(request.user), url=reverse("notices"), label=_("消息"))
