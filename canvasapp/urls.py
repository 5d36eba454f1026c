"""Addresses of the pages about canvases."""

from django.urls import path

from canvasapp import thumbnails, views

urlpatterns = [
    path("p/<key:project_id>/canvases/", views.canvas_create, name="canvas-create"),
    path("c/<key:canvas_id>/", views.editor, name="editor"),
    path("c/<key:canvas_id>/rename/", views.canvas_rename, name="canvas-rename"),
    path("c/<key:canvas_id>/delete/", views.canvas_delete, name="canvas-delete"),
    path("c/<key:canvas_id>/thumbnail.svg", thumbnails.thumbnail, name="canvas-thumbnail"),
]
