"""Pages about accounts, projects and members. Canvases' own pages are canvasapp's."""

from dataclasses import dataclass
from functools import partial
from typing import cast

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView, RedirectURLMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.generic import FormView

from projects import selectors, services
from projects.access import Access, Action, Role, access_project, access_project_for
from projects.attempts import sign_up_counter
from projects.exceptions import Conflict, Invalid, NotFound, RateLimited
from projects.forms import ROLE_CHOICES, LanguageForm, MemberForm, NameForm, RoleForm, SignInForm, SignUpForm
from projects.languages import remember_language
from projects.models import User


def signed_in_user(request: HttpRequest) -> User:
    """For views behind `login_required`."""
    return cast(User, request.user)


class SignIn(LoginView):
    authentication_form = SignInForm
    template_name = "projects/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    pass


class SignUp(RedirectURLMixin, FormView):  # type: ignore[type-arg]  # not generic at run time
    form_class = SignUpForm
    template_name = "projects/sign_up.html"
    next_page = "project-list"

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        counter = sign_up_counter(self.request)
        try:
            counter.check()
            counter.count()
            user = services.user_sign_up(**form.cleaned_data)
        except RateLimited as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        login(self.request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect(self.get_success_url())


@require_POST
def language_choose(request: HttpRequest) -> HttpResponse:
    """`language`, or empty for what the browser asks; then on to `next`. Also for those who are not signed in."""
    form = LanguageForm(request.POST)
    next_url = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(next_url, {request.get_host()}, require_https=request.is_secure()):
        next_url = resolve_url("project-list")
    if not form.is_valid():
        raise Invalid(gettext("There is no such language here."))
    language = form.cleaned_data["language"]
    if request.user.is_authenticated:
        services.user_set_language(user=signed_in_user(request), language=language)
    response = redirect(next_url)
    remember_language(response, language)
    return response


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def project_list(request: HttpRequest) -> HttpResponse:
    user = signed_in_user(request)
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = services.project_create(name=form.cleaned_data["name"], created_by=user)
        return redirect("project", project.id)
    read = partial(selectors.projects_of, user_id=str(user.id))
    projects = list(selectors.everything(lambda cursor: read(cursor=cursor)))
    projects.sort(key=lambda row: row.project.created_at, reverse=True)
    return render(
        request,
        "projects/list.html",
        {"projects": projects, "form": form},
        status=400 if form.errors else 200,
    )


@dataclass(frozen=True, slots=True)
class ProjectForms:
    """The forms on a project's page; the one that was refused comes back with its errors, and opened."""

    canvas: NameForm | None = None
    rename: NameForm | None = None
    member: MemberForm | None = None


def project_page(request: HttpRequest, access: Access, forms: ProjectForms | None = None) -> HttpResponse:
    """Also what a refused form of this page answers, canvasapp's included."""
    project_id, refused = access.project_id, forms or ProjectForms()
    project = selectors.project_get(project_id=project_id)
    read_canvases = partial(selectors.canvases_of, project_id=project_id)
    read_members = partial(selectors.members_of, project_id=project_id)
    canvases = list(selectors.everything(lambda cursor: read_canvases(cursor=cursor)))
    canvases.sort(key=lambda canvas: canvas.updated_at, reverse=True)
    members = list(selectors.everything(lambda cursor: read_members(cursor=cursor)))
    members.sort(key=lambda member: (-Role(member.membership.role).rank, member.user.display_name.lower()))
    return render(
        request,
        "projects/detail.html",
        {
            "project": project,
            "role": access.role.value,
            "canvases": canvases,
            "members": members,
            "role_choices": ROLE_CHOICES,
            "may_arrange": access.may(Action.ARRANGE_CANVASES),
            "may_manage": access.may(Action.MANAGE_MEMBERS),
            "may_rename": access.may(Action.RENAME_PROJECT),
            "may_delete": access.may(Action.DELETE_PROJECT),
            "canvas_form": refused.canvas or NameForm(),
            "rename_form": refused.rename or NameForm(initial={"name": project.name}),
            "member_form": refused.member or MemberForm(),
        },
        status=200 if forms is None else 400,
    )


@never_cache
@login_required
@require_GET
def project(request: HttpRequest, project_id: str) -> HttpResponse:
    return project_page(request, access_project(str(signed_in_user(request).id), project_id, Role.VIEWER))


@login_required
@require_POST
def project_rename(request: HttpRequest, project_id: str) -> HttpResponse:
    access = access_project_for(str(signed_in_user(request).id), project_id, Action.RENAME_PROJECT)
    form = NameForm(request.POST)
    if not form.is_valid():
        return project_page(request, access, ProjectForms(rename=form))
    services.project_rename(project_id=project_id, name=form.cleaned_data["name"], renamed_by=signed_in_user(request))
    return redirect("project", project_id)


@login_required
@require_POST
def project_delete(request: HttpRequest, project_id: str) -> HttpResponse:
    access_project_for(str(signed_in_user(request).id), project_id, Action.DELETE_PROJECT)
    name = selectors.project_get(project_id=project_id).name
    services.project_delete(project_id=project_id, deleted_by=signed_in_user(request))
    messages.success(request, f"Deleted “{name}” and its canvases.")
    return redirect("project-list")


@login_required
@require_POST
def member_add(request: HttpRequest, project_id: str) -> HttpResponse:
    user = signed_in_user(request)
    access = access_project_for(str(user.id), project_id, Action.MANAGE_MEMBERS)
    form = MemberForm(request.POST)
    if form.is_valid():
        try:
            added = selectors.user_find(username_or_id=form.cleaned_data["user"])
            services.member_add(project_id=project_id, user=added, role=form.cleaned_data["role"], added_by=user)
        except (NotFound, Conflict) as error:
            form.add_error("user", error.message)
        else:
            messages.success(request, f"Added {added.display_name}.")
            return redirect("project", project_id)
    return project_page(request, access, ProjectForms(member=form))


@login_required
@require_POST
def member_change(request: HttpRequest, project_id: str, user_id: str) -> HttpResponse:
    access_project_for(str(signed_in_user(request).id), project_id, Action.MANAGE_MEMBERS)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            services.member_change(project_id=project_id, user_id=user_id, role=form.cleaned_data["role"])
        except (NotFound, Conflict) as error:
            messages.error(request, error.message)
    return redirect("project", project_id)


@login_required
@require_POST
def member_remove(request: HttpRequest, project_id: str, user_id: str) -> HttpResponse:
    """Owners remove anyone; everyone may leave."""
    own_id = str(signed_in_user(request).id)
    leaving = user_id == own_id
    if leaving:
        access_project(own_id, project_id, Role.VIEWER)
    else:
        access_project_for(own_id, project_id, Action.MANAGE_MEMBERS)
    try:
        services.member_remove(project_id=project_id, user_id=user_id)
    except (NotFound, Conflict) as error:
        messages.error(request, error.message)
        leaving = False
    return redirect("project-list") if leaving else redirect("project", project_id)
