"""Pages of canvases: the editor, and the forms that arrange canvases in their project."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from canvasapp import services
from canvasapp.excalidraw import NotExcalidraw, drawing_read
from canvasapp.exchange_api import MAX_FILE_BYTES
from canvasapp.imports import drawing_import
from canvasapp.problems import over_http
from canvasapp.selectors import access_canvas, access_deleted_canvas
from projects.access import LEAST_ROLE, Action, Role, access_project_for
from projects.forms import NameForm
from projects.pages import UNDO, go_back, signed_in_user
from projects.selectors import project_get
from projects.views import project_page

EXAMPLE = Path(__file__).parent / "demo" / "how-this-canvas-works.excalidraw"


@never_cache
@ensure_csrf_cookie  # the editor calls the API, whose writes need it
@login_required
@over_http()
@require_GET
def editor(request: HttpRequest, canvas_id: str) -> HttpResponse:
    access = access_canvas(signed_in_user(request), canvas_id, Role.VIEWER)
    project = project_get(project_id=access.project_id)
    facts = {"canvas": access, "project": project, "max_picture_bytes": settings.ASSET_MAX_BYTES}
    return render(request, "canvasapp/editor.html", facts)


@login_required
@over_http()
@require_POST
def canvas_create(request: HttpRequest, project_id: str) -> HttpResponse:
    user = signed_in_user(request)
    access = access_project_for(str(user.id), project_id, Action.ARRANGE_CANVASES)
    form = NameForm(request.POST)
    if not form.is_valid():
        return project_page(request, access, new_canvas=form)
    canvas_id = services.canvas_create(project_id=project_id, name=form.cleaned_data["name"], created_by=user)
    return redirect("editor", canvas_id)


@login_required
@over_http()
@require_POST
def canvas_import(request: HttpRequest, project_id: str) -> HttpResponse:
    """An .excalidraw file, or our own export; each becomes a new canvas of the file's name."""
    user = signed_in_user(request)
    access = access_project_for(str(user.id), project_id, Action.ARRANGE_CANVASES)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or (file.size or 0) > MAX_FILE_BYTES:
        messages.error(request, gettext("Choose a file of at most {size} MB.").format(size=MAX_FILE_BYTES >> 20))
        return redirect("project", access.project_id)
    try:
        drawing = drawing_read(file.read())
    except NotExcalidraw:
        messages.error(request, gettext("This is neither an Excalidraw file nor one of ours."))
        return redirect("project", access.project_id)
    name = Path(file.name or "").name.partition(".")[0].strip()[:120] or gettext("Imported canvas")
    imported = drawing_import(project_id=project_id, name=name, drawing=drawing, author=user)
    if imported.skipped:
        left_out = ngettext("{count} element was left out.", "{count} elements were left out.", len(imported.skipped))
        messages.warning(request, left_out.format(count=len(imported.skipped)))
    return redirect("editor", imported.canvas_id)


@login_required
@over_http()
@require_POST
def canvas_example(request: HttpRequest, project_id: str) -> HttpResponse:
    """A drawing that ships with the product, to look at and to try things on."""
    user = signed_in_user(request)
    access_project_for(str(user.id), project_id, Action.ARRANGE_CANVASES)
    drawing = drawing_read(EXAMPLE.read_bytes())
    imported = drawing_import(project_id=project_id, name=gettext("Example"), drawing=drawing, author=user)
    return redirect("editor", imported.canvas_id)


@login_required
@over_http()
@require_POST
def canvas_rename(request: HttpRequest, canvas_id: str) -> HttpResponse:
    user = signed_in_user(request)
    canvas = access_canvas(user, canvas_id, LEAST_ROLE[Action.ARRANGE_CANVASES])
    form = NameForm(request.POST)
    if form.is_valid():
        services.canvas_rename(canvas_id=canvas_id, name=form.cleaned_data["name"], renamed_by=user)
    else:
        messages.error(request, gettext("A canvas needs a name of at most 120 characters."))
    return go_back(request, "project", canvas.project_id)


@login_required
@over_http()
@require_POST
def canvas_duplicate(request: HttpRequest, canvas_id: str) -> HttpResponse:
    user = signed_in_user(request)
    canvas = access_canvas(user, canvas_id, LEAST_ROLE[Action.ARRANGE_CANVASES])
    name = gettext("{name} (copy)").format(name=canvas.name[:100])
    copy_id = services.canvas_duplicate(canvas_id=canvas_id, name=name, created_by=user)
    said = gettext("Duplicated “{name}”.").format(name=canvas.name)
    messages.success(request, said, extra_tags=UNDO + reverse("canvas-delete", args=[copy_id]))
    return go_back(request, "project", canvas.project_id)


@login_required
@over_http()
@require_POST
def canvas_delete(request: HttpRequest, canvas_id: str) -> HttpResponse:
    user = signed_in_user(request)
    canvas = access_canvas(user, canvas_id, LEAST_ROLE[Action.ARRANGE_CANVASES])
    services.canvas_delete(canvas_id=canvas_id, deleted_by=user)
    said = gettext("Deleted “{name}”.").format(name=canvas.name)
    messages.success(request, said, extra_tags=UNDO + reverse("canvas-restore-deleted", args=[canvas_id]))
    return go_back(request, "project", canvas.project_id)


@login_required
@over_http()
@require_POST
def canvas_restore(request: HttpRequest, canvas_id: str) -> HttpResponse:
    canvas = access_deleted_canvas(signed_in_user(request), canvas_id)
    services.canvas_restore(canvas_id=canvas_id)
    messages.success(request, gettext("“{name}” is back.").format(name=canvas.name))
    return go_back(request, "project", canvas.project_id)
