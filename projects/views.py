"""Pages about accounts, projects and members. Canvases' own pages are canvasapp's.

Each change is a form that is posted and answered with a redirect, to the page as it is then; htmx follows it too and
takes the list alone.
"""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView, RedirectURLMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.generic import FormView
from django_htmx.http import HttpResponseClientRedirect

from projects import selectors, services
from projects.access import Access, Action, Role, access_project, access_project_for
from projects.attempts import sign_up_counter
from projects.exceptions import Conflict, Invalid, NotFound, RateLimited
from projects.forms import (
    ROLE_CHOICES,
    ROLE_WORDS,
    AppearanceForm,
    HistoryForm,
    LanguageForm,
    MemberForm,
    NameForm,
    PasswordForm,
    ProfileForm,
    RoleForm,
    SignInForm,
    SignUpForm,
)
from projects.languages import remember_language
from projects.lists import SHOWN, SORTS, Asked, canvas_part, project_part
from projects.models import COLORS
from projects.pages import UNDO, asks_for_part, go_back, signed_in_user


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
            counter.take()
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


# Projects


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def project_list(request: HttpRequest) -> HttpResponse:
    user = signed_in_user(request)
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = services.project_create(name=form.cleaned_data["name"], created_by=user)
        return redirect("project", project.id)
    asked = Asked.read(request.GET)
    part = project_part(user, asked)
    context = {
        "asked": asked,
        "part": part,
        "more": asked.query(part.next or 1),
        "here": request.path + asked.query(),
        "sorts": SORTS.items(),
        "shown": SHOWN.items(),
        "form": form,
    }
    page = "projects/list_part.html" if asks_for_part(request) else "projects/list.html"
    return render(request, page, context, status=400 if form.errors else 200)


def project_page(
    request: HttpRequest, access: Access, *, new_canvas: NameForm | None = None, rename: NameForm | None = None
) -> HttpResponse:
    """Also what a refused form of this page answers, opened; canvasapp's included."""
    project_id, asked = access.project_id, Asked.read(request.GET)
    project = selectors.project_get(project_id=project_id)
    may_arrange = access.may(Action.ARRANGE_CANVASES)
    deleted = asked.show == "deleted" and may_arrange
    read = partial(selectors.canvases_of, project_id=project_id, deleted=deleted)
    members = selectors.members_of(project_id=project_id, limit=6)
    part = canvas_part(selectors.everything(lambda cursor: read(cursor=cursor)), asked)
    address = reverse("project", args=[project_id])
    context = {
        "project": project,
        "archived": access.standing.archived,
        "role": access.standing.role.value,
        "asked": asked,
        "deleted": deleted,
        "part": part,
        "more": asked.query(part.next or 1),
        "here": address + asked.query(),
        "sorts": SORTS.items(),
        "faces": [member.user for member in members.results],
        "more_faces": members.next is not None,
        "may_arrange": may_arrange,
        "may_manage": access.may(Action.MANAGE_MEMBERS),
        "may_rename": access.may(Action.RENAME_PROJECT),
        "may_archive": access.may(Action.ARCHIVE_PROJECT),
        "may_delete": access.may(Action.DELETE_PROJECT),
        "canvas_form": new_canvas or NameForm(),
        "rename_form": rename or NameForm(initial={"name": project.name}),
    }
    page = "projects/detail_part.html" if asks_for_part(request) else "projects/detail.html"
    return render(request, page, context, status=400 if new_canvas or rename else 200)


@never_cache
@login_required
@require_GET
def project(request: HttpRequest, project_id: str) -> HttpResponse:
    return project_page(request, access_project(str(signed_in_user(request).id), project_id, Role.VIEWER))


@login_required
@require_POST
def project_rename(request: HttpRequest, project_id: str) -> HttpResponse:
    user = signed_in_user(request)
    access = access_project_for(str(user.id), project_id, Action.RENAME_PROJECT)
    form = NameForm(request.POST)
    if form.is_valid():
        services.project_rename(project_id=project_id, name=form.cleaned_data["name"], renamed_by=user)
    elif "next" not in request.POST:
        return project_page(request, access, rename=form)
    else:
        messages.error(request, gettext("A project needs a name of at most 120 characters."))
    return go_back(request, "project", project_id)


@login_required
@require_POST
def project_archive(request: HttpRequest, project_id: str) -> HttpResponse:
    user = signed_in_user(request)
    access_project_for(str(user.id), project_id, Action.ARCHIVE_PROJECT)
    name = selectors.project_get(project_id=project_id).name
    services.project_archive(project_id=project_id, archived_by=user)
    said = gettext("Archived “{name}”. It is read only now.").format(name=name)
    messages.success(request, said, extra_tags=UNDO + reverse("project-unarchive", args=[project_id]))
    return go_back(request, "project", project_id)


@login_required
@require_POST
def project_unarchive(request: HttpRequest, project_id: str) -> HttpResponse:
    access_project_for(str(signed_in_user(request).id), project_id, Action.ARCHIVE_PROJECT)
    services.project_unarchive(project_id=project_id)
    name = selectors.project_get(project_id=project_id).name
    messages.success(request, gettext("“{name}” is in use again.").format(name=name))
    address = reverse("project", args=[project_id])
    if asks_for_part(request) and request.POST.get("next", "").startswith(address):
        return HttpResponseClientRedirect(address)  # more than the list changes there
    return go_back(request, "project", project_id)


@login_required
@require_POST
def project_delete(request: HttpRequest, project_id: str) -> HttpResponse:
    user = signed_in_user(request)
    access_project_for(str(user.id), project_id, Action.DELETE_PROJECT)
    name = selectors.project_get(project_id=project_id).name
    services.project_delete(project_id=project_id, deleted_by=user)
    said = gettext("Deleted “{name}” and its canvases.").format(name=name)
    messages.success(request, said, extra_tags=UNDO + reverse("project-restore", args=[project_id]))
    return go_back(request, "project-list")


@login_required
@require_POST
def project_restore(request: HttpRequest, project_id: str) -> HttpResponse:
    access_project_for(str(signed_in_user(request).id), project_id, Action.RESTORE_PROJECT)
    services.project_restore(project_id=project_id)
    name = selectors.project_get(project_id=project_id).name
    messages.success(request, gettext("“{name}” is back.").format(name=name))
    return go_back(request, "project-list")


# Members


def share_page(request: HttpRequest, access: Access, **refused: Any) -> HttpResponse:
    project = selectors.project_get(project_id=access.project_id)
    read = partial(selectors.members_of, project_id=access.project_id)
    members = list(selectors.everything(lambda cursor: read(cursor=cursor)))
    members.sort(key=lambda member: (-Role(member.membership.role).rank, member.user.display_name.lower()))
    context = {
        "project": project,
        "members": members,
        "role_choices": ROLE_CHOICES,
        "role_words": ROLE_WORDS,
        "may_manage": access.may(Action.MANAGE_MEMBERS),
        "may_limit_history": access.may(Action.LIMIT_HISTORY),
        "form": MemberForm(),
        "history_form": HistoryForm(initial={"days": access.standing.history_days}),
        **refused,
    }
    page = "projects/share_part.html" if asks_for_part(request) else "projects/share.html"
    return render(request, page, context, status=400 if refused else 200)


@never_cache
@login_required
@require_GET
def share(request: HttpRequest, project_id: str) -> HttpResponse:
    return share_page(request, access_project(str(signed_in_user(request).id), project_id, Role.VIEWER))


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
            said = gettext("Added {name} (@{username}).").format(name=added.display_name, username=added.username)
            messages.success(request, said)
            return redirect("share", project_id)
    return share_page(request, access, form=form)


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
    return redirect("share", project_id)


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
    name = selectors.project_get(project_id=project_id).name
    try:
        services.member_remove(project_id=project_id, user_id=user_id)
    except (NotFound, Conflict) as error:
        messages.error(request, error.message)
        leaving = False
    if leaving:
        messages.success(request, gettext("You left “{name}”.").format(name=name))
        return redirect("project-list")
    return redirect("share", project_id)


@login_required
@require_POST
def project_limit_history(request: HttpRequest, project_id: str) -> HttpResponse:
    access = access_project_for(str(signed_in_user(request).id), project_id, Action.LIMIT_HISTORY)
    form = HistoryForm(request.POST)
    if not form.is_valid():
        return share_page(request, access, history_form=form)
    days = form.cleaned_data["days"]
    services.project_limit_history(project_id=project_id, days=days)
    said = gettext("The history is kept for ever.")
    if days:
        said = ngettext("The history is kept for {count} day.", "The history is kept for {count} days.", days)
    messages.success(request, said.format(count=days))
    return redirect("share", project_id)


# The own account


def settings_page(request: HttpRequest, **refused: Any) -> HttpResponse:
    user = signed_in_user(request)
    profile = {"name": user.name, "email": user.email, "chosen_color": user.chosen_color}
    forms = {
        "profile_form": ProfileForm(initial=profile),
        "appearance_form": AppearanceForm(initial={"theme": user.theme}),
        "language_form": LanguageForm(initial={"language": user.language}),
        "password_form": PasswordForm(request, user),
    }
    context = {**forms, **refused, "colors": COLORS}
    return render(request, "projects/settings.html", context, status=400 if refused else 200)


@never_cache
@login_required
@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    return settings_page(request)


@login_required
@require_POST
def settings_profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST)
    if form.is_valid():
        try:
            services.user_update(user=signed_in_user(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
    if form.errors:
        return settings_page(request, profile_form=form)
    messages.success(request, gettext("Your profile is saved."))
    return redirect("settings")


@login_required
@require_POST
def settings_appearance(request: HttpRequest) -> HttpResponse:
    form = AppearanceForm(request.POST)
    if not form.is_valid():
        return settings_page(request, appearance_form=form)
    services.user_update(user=signed_in_user(request), theme=form.cleaned_data["theme"])
    return redirect("settings")


@login_required
@require_POST
def settings_password(request: HttpRequest) -> HttpResponse:
    """A new password ends every other session, and the tokens made under the old one."""
    user = signed_in_user(request)
    form = PasswordForm(request, user, request.POST)
    if not form.is_valid():
        return settings_page(request, password_form=form)
    form.save()
    update_session_auth_hash(request, user)
    messages.success(request, gettext("Your password is changed. Other browsers were signed out."))
    return redirect("settings")


@login_required
@require_POST
def settings_sign_out(request: HttpRequest) -> HttpResponse:
    """Everywhere but here."""
    user = signed_in_user(request)
    services.user_sign_out_everywhere(user=user)
    update_session_auth_hash(request, user)
    messages.success(request, gettext("Signed out everywhere else."))
    return redirect("settings")
