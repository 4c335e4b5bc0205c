"""/help/: the manual's questions, where the driver shows the serial, what each message of the bridge means."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from portal.accounts.access import access
from portal.tenants.models import ServicePoint
from renewals.bridge.words import BRIDGE_WORDS, PAGE_WORDS


@access("public")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    context = {"points": list(ServicePoint.objects.all()[:12])}
    return TemplateResponse(request, "renewals/help.html", context)


@access("public")
@require_safe
def serial(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "renewals/help_serial.html")


@access("public")
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """The catalogue, by the words that the customer has in front of them."""
    catalogue = [*BRIDGE_WORDS.items(), *PAGE_WORDS.items()]
    entries = [(str(code), words.happened, words.cure) for code, words in catalogue]
    return TemplateResponse(request, "renewals/help_messages.html", {"entries": entries})


@access("public")
@require_safe
def downloads(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "renewals/downloads.html")
