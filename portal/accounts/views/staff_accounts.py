"""/staff/accounts/…: the tenant administrator's pages about colleagues."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import notices, tenants
from portal.accounts import selectors, staff
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.accounts.models import Deputy, User
from portal.accounts.roles import Role
from portal.accounts.staff_forms import DeputyForm, DisableForm, RolesForm, StaffForm
from portal.errors import GuardRefused, InvalidInput, NotFound
from portal.tenants.transaction import tenant_tx
from portal.ui.parts import Badge, Column, Link, Row, Table
from portal.ui.words import say

MANAGE = "accounts.manage"


@access(f"staff:{MANAGE}")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    rows = [
        Row(
            [
                Link(user.username or "", reverse("staff-account", args=[user.public_id])),
                str(user.display_name or ""),
                "、".join(str(Role(held.role).label) for held in user.staff_roles.all()) or "—",
                _state(user),
                date_format(localtime(user.last_sign_in_at), "Y-m-d H:i") if user.last_sign_in_at else "—",
            ],
            url=reverse("staff-account", args=[user.public_id]),
        )
        for user in selectors.staff()
    ]
    columns = [
        Column(gettext_lazy("用户名")),
        Column(gettext_lazy("姓名")),
        Column(gettext_lazy("角色")),
        Column(gettext_lazy("状态")),
        Column(gettext_lazy("上次登录")),
    ]
    table = Table(columns, rows, caption=_("工作人员账号"), hide_caption=True)
    return TemplateResponse(request, "accounts/staff_list.html", {"table": table})


@access(f"staff:{MANAGE}")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = StaffForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with tenant_tx(tenant_of(request), write=True):
                invited = staff.create(
                    username=data["username"],
                    display_name=data["display_name"],
                    email=data["email"],
                    roles=data["roles"],
                    by=actor_of(request),
                )
                link = _hand_over(request, invited, email=data["email"])
        except InvalidInput as refusal:
            for name, sentences in refusal.fields.items():
                form.add_error(name, sentences)
        else:
            return _invitation_page(request, invited, link, emailed=bool(data["email"]))
    status = 422 if form.errors else 200
    return TemplateResponse(request, "accounts/staff_create.html", {"form": form}, status=status)


@access(f"staff:{MANAGE}")
@require_GET
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    user = staff.by_public_id(public_id)
    return _detail_page(request, user)


@access(f"staff:{MANAGE}")
@require_POST
def roles(request: HttpRequest, public_id: str) -> HttpResponse:
    form = RolesForm(request.POST)
    if not form.is_valid():
        return _again(request, public_id, roles_form=form)
    wanted = form.cleaned_data["roles"]
    return _act(request, public_id, lambda user: staff.set_roles(user, wanted, by=actor_of(request)), _("角色已更新。"))


@access(f"staff:{MANAGE}")
@require_POST
def disable(request: HttpRequest, public_id: str) -> HttpResponse:
    form = DisableForm(request.POST)
    if not form.is_valid():
        return _again(request, public_id, disable_form=form)
    reason = form.cleaned_data["reason"]
    return _act(
        request,
        public_id,
        lambda user: staff.disable(user, by=actor_of(request), reason=reason),
        _("账号已停用，对方的登录随即失效。"),
    )


@access(f"staff:{MANAGE}")
@require_POST
def enable(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, lambda user: staff.enable(user, by=actor_of(request)), _("账号已恢复使用。"))


@access(f"staff:{MANAGE}")
@require_POST
def unlock(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(
        request, public_id, lambda user: staff.unlock(user, by=actor_of(request)), _("已解锁，对方可以重新登录。")
    )


@access(f"staff:{MANAGE}")
@require_POST
def reset_second_factor(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(
        request,
        public_id,
        lambda user: staff.reset_second_factor(user, by=actor_of(request)),
        _("动态码已重置，对方下次登录时重新绑定验证器应用。"),
    )


@access(f"staff:{MANAGE}")
@never_cache
@require_POST
def invite(request: HttpRequest, public_id: str) -> HttpResponse:
    """A new one-time link, for a colleague who never came or forgot the password."""
    with tenant_tx(tenant_of(request), write=True):
        user = staff.by_public_id(public_id)
        invited = staff.invite(user, by=actor_of(request))
        link = _hand_over(request, invited, email="")
    return _invitation_page(request, invited, link, emailed=False)


@access(f"staff:{MANAGE}")
@require_POST
def add_deputy(request: HttpRequest, public_id: str) -> HttpResponse:
    with tenant_tx(tenant_of(request)):
        absent = staff.by_public_id(public_id)
        form = DeputyForm(request.POST, absent=absent)
        valid = form.is_valid()
    if not valid:
        return _again(request, public_id, deputy_form=form)
    data = form.cleaned_data

    def add(user: User) -> None:
        stand_in = staff.by_public_id(data["stand_in"])
        staff.add_deputy(user, stand_in, starts=data["starts"], ends=data["ends"], by=actor_of(request))

    return _act(request, public_id, add, _("代班已设置。"))


@access(f"staff:{MANAGE}")
@require_POST
def withdraw_deputy(request: HttpRequest, public_id: str, deputy_id: str) -> HttpResponse:
    def withdraw(user: User) -> None:
        deputy = Deputy.objects.select_related("absent", "stand_in").filter(absent=user, public_id=deputy_id).first()
        if deputy is None:
            raise NotFound
        staff.withdraw_deputy(deputy, by=actor_of(request))

    return _act(request, public_id, withdraw, _("代班已取消。"))


def _act(request: HttpRequest, public_id: str, change: Callable[[User], object], done: str) -> HttpResponse:
    """One change to one colleague; then the page again, saying what happened or why not."""
    try:
        with tenant_tx(tenant_of(request), write=True):
            change(staff.by_public_id(public_id))
    except GuardRefused as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, done)
    return HttpResponseRedirect(reverse("staff-account", args=[public_id]))


def _again(
    request: HttpRequest,
    public_id: str,
    *,
    roles_form: RolesForm | None = None,
    disable_form: DisableForm | None = None,
    deputy_form: DeputyForm | None = None,
) -> HttpResponse:
    with tenant_tx(tenant_of(request)):
        user = staff.by_public_id(public_id)
        page = _detail_page(
            request, user, roles_form=roles_form, disable_form=disable_form, deputy_form=deputy_form, status=422
        )
        return page.render()


def _detail_page(
    request: HttpRequest,
    user: User,
    *,
    roles_form: RolesForm | None = None,
    disable_form: DisableForm | None = None,
    deputy_form: DeputyForm | None = None,
    status: int = 200,
) -> TemplateResponse:
    held = selectors.roles_of(user)
    duties = selectors.duties_of(user)
    context = {
        "account": user,
        "state": _state(user),
        "is_oneself": actor_of(request).user_id == user.pk,
        "roles_form": roles_form or RolesForm(initial={"roles": [role.value for role in held]}),
        "disable_form": disable_form or DisableForm(),
        "deputy_form": deputy_form or DeputyForm(absent=user),
        "deputies": selectors.deputies_of(user),
        "deputy_for": duties.deputy_for,
        "enrolled": user.stafftotpdevice_set.filter(confirmed=True).exists(),
    }
    return TemplateResponse(request, "accounts/staff_detail.html", context, status=status)


def _state(user: User) -> Badge:
    if not user.is_active:
        return Badge(gettext_lazy("已停用"), "neutral")
    if not user.has_usable_password():
        return Badge(gettext_lazy("待设置密码"), "warning")
    return Badge(gettext_lazy("使用中"), "success")


def _hand_over(request: HttpRequest, invited: staff.Invited, *, email: str) -> str:
    """The link; also mailed where there is an address. Inside the write tenant_tx of the invitation."""
    link = tenants.url(tenant_of(request), "staff-invitation", invited.token)
    if email:
        notices.send(
            "accounts.staff_invitation",
            to=notices.Recipient(email=email),
            context={"link": link, "username": invited.user.username},
        )
    return link


def _invitation_page(request: HttpRequest, invited: staff.Invited, link: str, *, emailed: bool) -> TemplateResponse:
    context = {"account": invited.user, "link": link, "emailed": emailed}
    return TemplateResponse(request, "accounts/staff_invited.html", context)
