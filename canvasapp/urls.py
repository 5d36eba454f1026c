"""Addresses of the pages about canvases."""

from django.urls import path, re_path

from canvasapp import embed_views, thumbnails, views

EMBED = r"^embed/(?P<token>[0-9A-Za-z_.-]{1,100})/"

urlpatterns = [
    re_path(EMBED + "$", embed_views.embed_page, name="embed"),
    re_path(EMBED + r"canvas\.svg$", embed_views.embed_picture, name="embed-picture"),
    re_path(EMBED + r"assets/(?P<asset_id>[0-9a-f]{64})/$", embed_views.embed_asset, name="embed-asset"),
    path("p/<key:project_id>/canvases/", views.canvas_create, name="canvas-create"),
    path("c/<key:canvas_id>/", views.editor, name="editor"),
    path("c/<key:canvas_id>/rename/", views.canvas_rename, name="canvas-rename"),
    path("p/<key:project_id>/import/", views.canvas_import, name="canvas-import"),
    path("p/<key:project_id>/example/", views.canvas_example, name="canvas-example"),
    path("c/<key:canvas_id>/duplicate/", views.canvas_duplicate, name="canvas-duplicate"),
    path("c/<key:canvas_id>/restore-deleted/", views.canvas_restore, name="canvas-restore-deleted"),
    path("c/<key:canvas_id>/delete/", views.canvas_delete, name="canvas-delete"),
    path("c/<key:canvas_id>/thumbnail.svg", thumbnails.thumbnail, name="canvas-thumbnail"),
]
