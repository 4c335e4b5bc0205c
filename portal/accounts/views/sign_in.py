"""/sign-in/, /sign-in/code/, /sign-out/: customers, by mobile and SMS code."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts import sign_in, sms_codes, visits
from portal.accounts.access import access, safe_next, tenant_of
from portal.accounts.actor import actor_of
from portal.accounts.addresses import client_address
from portal.accounts.errors import AccountDisabled, CodeExpired, CodeNotAsked, CodeRefused, CodeSpent
from portal.accounts.forms import CodeForm, PhoneForm, without_code
from portal.errors import NotFound, RateLimited
from portal.ui.words import say
from portal.vault.masks import mask_phone

_PENDING = "sign_in"  # session: {binding, shown, again_at, next}


@access("public", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Ask for the number, and for the challenge before anything is sent."""
    if tenant_of(request).is_platform:  # the platform has staff only
        raise NotFound
    target = safe_next(request, request.POST.get("next") or request.GET.get("next"))
    if request.user.is_authenticated and request.user.is_customer:
        return HttpResponseRedirect(target)
    in_words = request.POST.get("in_words", "") == "yes"
    form: PhoneForm
    if request.method != "POST":
        form = PhoneForm(initial={"phone": _phone_asked_before(request)})
    elif "redraw" in request.POST:  # another picture, or the sum in words: nothing is checked, the number stays
        in_words = request.POST["redraw"] == "words"
        form = PhoneForm(initial={"phone": request.POST.get("phone", "")}, in_words=in_words)
    else:
        form = PhoneForm(request.POST, in_words=in_words)
        if form.is_valid():
            try:
                return _send(request, form.cleaned_data["phone"], target)
            except RateLimited as refusal:
                form.add_error("phone", say(refusal))
                return _phone_page(request, form, target, in_words=in_words, status=refusal.status, wait=refusal)
    return _phone_page(request, form, target, in_words=in_words, status=422 if form.errors else 200)


@access("public", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the six digits; the right ones sign in."""
    pending: dict[str, Any] | None = request.session.get(_PENDING)
    if pending is None:
        return HttpResponseRedirect(reverse("sign-in"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    spent = False
    if request.method == "POST" and form.is_valid():
        try:
            return _enter(request, form.cleaned_data["code"], pending)
        except (CodeRefused, AccountDisabled) as refusal:
            form.add_error("code", say(refusal))
            without_code(form)
            spent = isinstance(refusal, CodeSpent | CodeExpired | CodeNotAsked)
    again_at = datetime.fromisoformat(pending["again_at"])
    context = {
        "form": form,
        "shown": pending["shown"],
        "spent": spent,
        "wait": max(0, int((again_at - timezone.now()).total_seconds() + 0.999)),
        "resend_url": reverse("sign-in"),
    }
    return TemplateResponse(request, "accounts/code.html", context, status=422 if form.errors else 200)


@access("public", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """GET asks, POST does it."""
    if request.method != "POST":
        return TemplateResponse(request, "accounts/sign_out.html")
    was_staff = request.user.is_authenticated and request.user.is_staff
    visits.end(request)
    messages.success(request, _("您已安全退出。在公用电脑上，请同时关闭浏览器窗口。"))
    return HttpResponseRedirect(reverse("staff-sign-in" if was_staff or tenant_of(request).is_platform else "sign-in"))


def front_of_staff() -> str:
    """Where staff start: the workbench that the business app provides, else the accounts page."""
    for name in ("staff-home", "staff-accounts"):
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return get_script_prefix()


def _send(request: HttpRequest, number: str, target: str) -> HttpResponse:
    binding = sms_codes.new_binding()
    again_at = sign_in.request_code(tenant_of(request), phone=number, binding=binding, address=client_address(request))
    request.session[_PENDING] = {
        "binding": binding,
        "shown": mask_phone(number),
        "again_at": again_at.isoformat(),
        "next": target,
    }
    return HttpResponseRedirect(reverse("sign-in-code"))


def _enter(request: HttpRequest, digits: str, pending: dict[str, Any]) -> HttpResponse:
    signed_in = sign_in.verify_code(tenant_of(request), code=digits, binding=pending["binding"], by=actor_of(request))
    visits.begin(request, signed_in.user)
    if signed_in.user.is_restricted:
        messages.warning(
            request,
            _("您已超过 180 天未登录。为防止号码易主，请先用证书签名或核验身份，再查看以往的业务。"),
        )
    return HttpResponseRedirect(pending["next"])


def _phone_asked_before(request: HttpRequest) -> str:
    """Coming back for a new code: the number needn't be typed again."""
    pending = request.session.get(_PENDING)
    return sms_codes.phone_asked(tenant_of(request), sms_codes.SIGN_IN, pending["binding"]) if pending else ""


def _phone_page(
    request: HttpRequest, form: PhoneForm, target: str, *, in_words: bool, status: int, wait: RateLimited | None = None
) -> TemplateResponse:
    context = {"form": form, "next": target, "in_words": in_words}
    response = TemplateResponse(request, "accounts/sign_in.html", context, status=status)
    if wait is not None:
        response["Retry-After"] = str(wait.retry_after)
    return response
