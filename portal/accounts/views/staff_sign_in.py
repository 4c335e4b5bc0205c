"""/staff/sign-in/, /staff/second-factor/, /staff/invitation/…: staff, by password and authenticator."""

import time

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from portal.accounts import second_factor, staff, staff_sign_in, visits
from portal.accounts.access import access, safe_next, tenant_of
from portal.accounts.actor import actor_of
from portal.accounts.errors import AccountLocked, SecondFactorRefused, SecondFactorWait, SignInRefused
from portal.accounts.forms import ChoosePasswordForm, EnrolmentForm, SecondFactorForm, StaffSignInForm, without_code
from portal.accounts.models import StaffTotpDevice, User
from portal.accounts.views.sign_in import front_of_staff
from portal.errors import InvalidInput
from portal.tenants.transaction import tenant_tx
from portal.ui.words import say

_PENDING = "second_factor"  # session: {user, at, next}; the password was right, nobody is signed in yet
_PENDING_SECONDS = 10 * 60


@access("public", transaction=False)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """The first factor."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if request.user.is_authenticated and request.user.is_staff:
        return HttpResponseRedirect(_target(request, target))
    idled_out = visits.take_idled_out(request)
    form = StaffSignInForm(request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            user = staff_sign_in.check_first_factor(
                tenant_of(request),
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                by=actor_of(request),
            )
        except (SignInRefused, AccountLocked) as refusal:
            form.add_error(None, say(refusal))
            status = 429 if isinstance(refusal, AccountLocked) else 422
        else:
            request.session.flush()
            request.session[_PENDING] = {"user": user.pk, "at": int(time.time()), "next": target}
            return HttpResponseRedirect(reverse("staff-second-factor"))
    context = {"form": form, "next": target, "idled_out": idled_out}
    return TemplateResponse(request, "accounts/staff_sign_in.html", context, status=status)


@access("public", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def factor(request: HttpRequest) -> HttpResponse:
    """The second factor; without one yet, on to enrolment."""
    user = _half_signed_in(request)
    if user is None:
        return HttpResponseRedirect(reverse("staff-sign-in"))
    with tenant_tx(tenant_of(request)):
        if not second_factor.is_enrolled(user):
            return HttpResponseRedirect(reverse("staff-enrolment"))
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            device, left = second_factor.verify(
                tenant_of(request), user, form.cleaned_data["token"], by=actor_of(request)
            )
        except (SecondFactorRefused, SecondFactorWait, AccountLocked) as refusal:
            form.add_error("token", say(refusal))
            without_code(form)
            status = 422 if isinstance(refusal, SecondFactorRefused) else 429
        else:
            target = _enter(request, user, device)
            if left is not None:
                warning = _("恢复码还剩 %(left)s 个。用完前，请网厅管理员为您重置动态码。")
                messages.warning(request, warning % {"left": left})
            return HttpResponseRedirect(target)
    return TemplateResponse(
        request, "accounts/second_factor.html", {"form": form, "username": user.username}, status=status
    )


@access("public", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Show the key as QR code; the first right code enrols, signs in and shows the recovery codes once."""
    user = _half_signed_in(request)
    if user is None:
        return HttpResponseRedirect(reverse("staff-sign-in"))
    with tenant_tx(tenant_of(request)):
        if second_factor.is_enrolled(user):
            return HttpResponseRedirect(reverse("staff-second-factor"))
    form = EnrolmentForm(request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            device, codes = second_factor.confirm_enrolment(
                tenant_of(request), user, form.cleaned_data["token"], by=actor_of(request)
            )
        except (SecondFactorRefused, SecondFactorWait, AccountLocked) as refusal:
            form.add_error("token", say(refusal))
            without_code(form)
            status = 422 if isinstance(refusal, SecondFactorRefused) else 429
        else:
            target = _enter(request, user, device)
            return TemplateResponse(request, "accounts/recovery_codes.html", {"codes": codes, "target": target})
    uri = second_factor.begin_enrolment(tenant_of(request), user)
    secret = uri.partition("secret=")[2].partition("&")[0]
    context = {
        "form": form,
        "qr": segno.make(uri, error="m").svg_data_uri(scale=5, border=2, dark="#000", light="#fff"),
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "username": user.username,
    }
    return TemplateResponse(request, "accounts/enrolment.html", context, status=status)


@access("public", transaction=False)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose the password with the one-time link; raises InvitationInvalid for a link that isn't one any more."""
    with tenant_tx(tenant_of(request)):
        username = staff.invited(token).username
    form = ChoosePasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_tx(tenant_of(request), write=True):
                staff.accept_invitation(token, form.cleaned_data["password"], by=actor_of(request))
        except InvalidInput as refusal:
            for name, sentences in refusal.fields.items():
                form.add_error(name, sentences)
        else:
            visits.end(request)
            messages.success(request, _("密码已设置，请登录。首次登录需要绑定验证器应用。"))
            return HttpResponseRedirect(reverse("staff-sign-in"))
    context = {"form": form, "username": username}
    return TemplateResponse(request, "accounts/invitation.html", context, status=422 if form.errors else 200)


def _half_signed_in(request: HttpRequest) -> User | None:
    """Whose password was right in this session, less than ten minutes ago."""
    pending = request.session.get(_PENDING)
    if pending is None or int(time.time()) - pending["at"] >= _PENDING_SECONDS:
        return None
    with tenant_tx(tenant_of(request)):
        user: User | None = User.objects.filter(pk=pending["user"], is_active=True).first()
    return user


def _enter(request: HttpRequest, user: User, device: StaffTotpDevice) -> str:
    """Signs in; returns where to go."""
    target = request.session[_PENDING]["next"]
    with tenant_tx(tenant_of(request), write=True):
        fresh = staff_sign_in.complete(tenant_of(request), user, by=actor_of(request))
    visits.begin(request, fresh, device)
    return _target(request, target)


def _target(request: HttpRequest, wanted: str) -> str:
    target = safe_next(request, wanted)
    return front_of_staff() if target == get_script_prefix() else target
