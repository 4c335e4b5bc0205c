"""Two addresses to lead to."""

from typing import Any

from django.http import HttpResponse
from django.template import engines
from django.urls import path


def home(request: Any, public_id: str = "") -> HttpResponse:
    source = "{% load static %}{{ slug }} {% url 'order' 'abc' %} {% static 'certhall.css' %} {{ path }} {{ absolute }}"
    content = {
        "slug": request.tenant.slug,
        "path": request.get_full_path(),
        "absolute": request.build_absolute_uri(),
    }
    return HttpResponse(engines["django"].from_string(source).render(content))


urlpatterns = [path("", home, name="home"), path("orders/<str:public_id>/", home, name="order")]
