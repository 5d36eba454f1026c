"""What makes the site an application: its worker, its manifest, what is there without a network, and the pages that ask
where something from outside (a shared picture, an opened file) shall go."""

from dataclasses import dataclass
from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_safe

from projects import selectors
from projects.access import Action, may
from projects.items import CanvasEntry, Project
from projects.pages import signed_in_user
from projects.pwa import worker

# The same as --paper in static/site/site.css.
PAPER_LIGHT = "#faf9f7"
IMAGE_TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/svg+xml", "image/avif"]
MAX_PROJECTS_SHOWN = 50  # each costs a query


@require_GET
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Never from a cache: the way out of a bad version is the next one."""
    try:
        text = worker.source()
    except FileNotFoundError:
        return HttpResponse("The front end is not built.", status=503, content_type="text/plain")
    return HttpResponse(text, content_type="text/javascript", headers={"Service-Worker-Allowed": "/"})


@require_GET
@cache_control(no_cache=True)
def manifest(request: HttpRequest) -> JsonResponse:
    """In the language of whoever asks; a browser reads it again now and then."""
    language = get_language() or "en"
    return JsonResponse(
        {
            "id": "/",
            "name": _("Canvas"),
            "short_name": _("Canvas"),
            "description": _("Draw together, at once."),
            "lang": language,
            "dir": "rtl" if get_language_bidi() else "ltr",
            "start_url": reverse("project-list"),
            "scope": "/",
            "display": "standalone",
            "display_override": ["standalone", "minimal-ui"],
            "theme_color": PAPER_LIGHT,
            "background_color": PAPER_LIGHT,
            "categories": ["productivity", "graphics"],
            "icons": [
                _icon("icon-192.png", 192, "any"),
                _icon("icon-512.png", 512, "any"),
                _icon("maskable-192.png", 192, "maskable"),
                _icon("maskable-512.png", 512, "maskable"),
                _icon("monochrome-512.png", 512, "monochrome"),
            ],
            "shortcuts": [
                {"name": _("New canvas"), "url": reverse("new"), "icons": [_icon("new-192.png", 192, "any")]},
                {
                    "name": _("My projects"),
                    "url": reverse("project-list"),
                    "icons": [_icon("projects-192.png", 192, "any")],
                },
            ],
            "share_target": {
                "action": reverse("share"),
                "method": "POST",
                "enctype": "multipart/form-data",
                "params": {"title": "title", "text": "text", "files": [{"name": "images", "accept": IMAGE_TYPES}]},
            },
            "file_handlers": [
                {
                    "action": reverse("open"),
                    "accept": {"application/vnd.excalidraw+json": [".excalidraw"]},
                    "icons": [_icon("icon-192.png", 192, "any")],
                    "launch_type": "single-client",
                }
            ],
            "launch_handler": {"client_mode": ["navigate-new", "auto"]},
        },
        content_type="application/manifest+json",
    )


def _icon(name: str, size: int, purpose: str) -> dict[str, str]:
    return {"src": static(f"site/icons/{name}"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the worker. Its script lists the canvases of this device."""
    return render(request, "pwa/offline.html")


@require_safe
@cache_control(no_cache=True)
def offline_editor(request: HttpRequest) -> HttpResponse:
    """Kept by the worker, which takes the names of the editor's files from it: a page seen before has old ones."""
    return render(request, "pwa/offline_editor.html")


@dataclass(frozen=True, slots=True)
class Choice:
    project: Project
    may_arrange: bool
    canvases: list[CanvasEntry]


@never_cache
@login_required
@require_GET
def new(request: HttpRequest) -> HttpResponse:
    return render(request, "pwa/new.html", {"choices": _choices(request, with_canvases=False)})


@never_cache
@ensure_csrf_cookie  # the page's script calls the API
@login_required
@require_GET
def open_file(request: HttpRequest) -> HttpResponse:
    return render(request, "pwa/open.html", {"choices": _choices(request, with_canvases=False)})


@csrf_exempt  # does nothing with what it gets
@never_cache
def share(request: HttpRequest) -> HttpResponseBase:
    """The worker takes a shared picture and keeps it on the device; it reaches the server with the canvas it is put on.

    A POST comes here only where no worker runs (yet): the page then says that nothing was received.
    """
    return redirect("share") if request.method == "POST" else _share(request)


@login_required
@require_GET
def _share(request: HttpRequest) -> HttpResponse:
    return render(request, "pwa/share.html", {"choices": _choices(request, with_canvases=True)})


def _choices(request: HttpRequest, *, with_canvases: bool) -> list[Choice]:
    """The newest projects first, as on the page of projects; canvases that were changed last first."""
    user = signed_in_user(request)
    read = partial(selectors.projects_of, user_id=str(user.id))
    rows = sorted(
        selectors.everything(lambda cursor: read(cursor=cursor)), key=lambda row: row.project.created_at, reverse=True
    )
    return [
        Choice(row.project, may(row.role, Action.ARRANGE_CANVASES), _canvases(row.project.id) if with_canvases else [])
        for row in rows[:MAX_PROJECTS_SHOWN]
    ]


def _canvases(project_id: str) -> list[CanvasEntry]:
    read = partial(selectors.canvases_of, project_id=project_id)
    canvases = selectors.everything(lambda cursor: read(cursor=cursor))
    return sorted(canvases, key=lambda canvas: canvas.updated_at, reverse=True)
