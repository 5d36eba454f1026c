"""Pages of canvases: the editor, and the forms that arrange canvases in their project."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from canvasapp import services
from canvasapp.problems import over_http
from canvasapp.selectors import access_canvas
from projects.access import LEAST_ROLE, Action, Role, access_project_for
from projects.forms import NameForm
from projects.selectors import project_get
from projects.views import ProjectForms, project_page, signed_in_user


@never_cache
@ensure_csrf_cookie  # the editor calls the API, whose writes need it
@login_required
@over_http()
@require_GET
def editor(request: HttpRequest, canvas_id: str) -> HttpResponse:
    access = access_canvas(signed_in_user(request), canvas_id, Role.VIEWER)
    project = project_get(project_id=access.project_id)
    return render(request, "canvasapp/editor.html", {"canvas": access, "project": project})


@login_required
@over_http()
@require_POST
def canvas_create(request: HttpRequest, project_id: str) -> HttpResponse:
    user = signed_in_user(request)
    access = access_project_for(str(user.id), project_id, Action.ARRANGE_CANVASES)
    form = NameForm(request.POST)
    if not form.is_valid():
        return project_page(request, access, ProjectForms(canvas=form))
    canvas_id = services.canvas_create(project_id=project_id, name=form.cleaned_data["name"], created_by=user)
    return redirect("editor", canvas_id)


@login_required
@over_http()
@require_POST
def canvas_rename(request: HttpRequest, canvas_id: str) -> HttpResponse:
    canvas = access_canvas(signed_in_user(request), canvas_id, LEAST_ROLE[Action.ARRANGE_CANVASES])
    form = NameForm(request.POST)
    if form.is_valid():
        services.canvas_rename(canvas_id=canvas_id, name=form.cleaned_data["name"], renamed_by=signed_in_user(request))
    else:
        messages.error(request, "A canvas needs a name of at most 120 characters.")
    return redirect("project", canvas.project_id)


@login_required
@over_http()
@require_POST
def canvas_delete(request: HttpRequest, canvas_id: str) -> HttpResponse:
    canvas = access_canvas(signed_in_user(request), canvas_id, LEAST_ROLE[Action.ARRANGE_CANVASES])
    services.canvas_delete(canvas_id=canvas_id, deleted_by=signed_in_user(request))
    messages.success(request, f"Deleted “{canvas.name}”.")
    return redirect("project", canvas.project_id)
