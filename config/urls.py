"""All addresses: pages, the REST API, the admin. Probes are answered before (projects/health.py)."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import projects.converters  # noqa: F401 - registers <key:...>
from projects.rest import UnknownEndpoint

handler400 = "projects.problems.bad_request"
handler403 = "projects.problems.permission_denied"
handler404 = "projects.problems.page_not_found"
handler500 = "projects.problems.server_error"

api: list[URLPattern | URLResolver] = [
    path("", include("projects.api_urls")),
    path("", include("canvasapp.api_urls")),
    path("", include("history.api_urls")),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[], authentication_classes=[]), name="api-schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(
            permission_classes=[], authentication_classes=[], url_name="api-schema", url_self="/api/v1/docs/"
        ),
        name="api-docs",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="project-list"), name="home"),
    path("", include("projects.urls")),
    path("", include("canvasapp.urls")),
    path("", include("projects.pwa.urls")),
    path("api/v1/", include(api)),
    re_path(r"^api/", UnknownEndpoint.as_view()),
    path("admin/", admin.site.urls),
]
