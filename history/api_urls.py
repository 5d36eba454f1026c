"""Addresses below /api/v1/ about the past."""

from django.urls import path

from history import api

urlpatterns = [
    path("projects/<key:project_id>/history/", api.History.as_view(), name="api-history"),
    path("projects/<key:project_id>/history/counts/", api.Counts.as_view(), name="api-history-counts"),
    path("projects/<key:project_id>/history/export/", api.Export.as_view(), name="api-history-export"),
    path("canvases/<key:canvas_id>/at/", api.At.as_view(), name="api-canvas-at"),
    path("canvases/<key:canvas_id>/restore/", api.Restore.as_view(), name="api-canvas-restore"),
    path("canvases/<key:canvas_id>/revert/", api.Revert.as_view(), name="api-canvas-revert"),
]
