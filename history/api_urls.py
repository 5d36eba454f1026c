"""Addresses below /api/v1/ about the past."""

from django.urls import path

from history import activity_api, api, bundle_api, canvas_api

urlpatterns = [
    path("projects/<key:project_id>/history/", api.History.as_view(), name="api-history"),
    path("projects/<key:project_id>/history/counts/", api.Counts.as_view(), name="api-history-counts"),
    path("projects/<key:project_id>/history/export/", api.Export.as_view(), name="api-history-export"),
    path("canvases/<key:canvas_id>/at/", api.At.as_view(), name="api-canvas-at"),
    path("canvases/<key:canvas_id>/at/thumbnail.svg", canvas_api.Thumbnail.as_view(), name="api-canvas-at-thumbnail"),
    path("canvases/<key:canvas_id>/activity/", activity_api.Activity.as_view(), name="api-canvas-activity"),
    path("canvases/<key:canvas_id>/versions/", canvas_api.Versions.as_view(), name="api-versions"),
    path("canvases/<key:canvas_id>/versions/<key:version_id>/", canvas_api.OneVersion.as_view(), name="api-version"),
    path(
        "canvases/<key:canvas_id>/elements/<key:element_id>/blame/",
        canvas_api.ElementBlame.as_view(),
        name="api-element-blame",
    ),
    path("canvases/<key:canvas_id>/restore/", api.Restore.as_view(), name="api-canvas-restore"),
    path("canvases/<key:canvas_id>/revert/", api.Revert.as_view(), name="api-canvas-revert"),
    path("canvases/<key:canvas_id>/bundle/", bundle_api.Bundle.as_view(), name="api-bundle"),
    path("digest-key/", bundle_api.DigestKeys.as_view(), name="api-digest-key"),
]
