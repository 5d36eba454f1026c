"""Addresses below /api/v1/ about canvases."""

from django.urls import path

from canvasapp import api, assets_api, embed_api, exchange_api

urlpatterns = [
    path("projects/<key:project_id>/canvases/", api.Canvases.as_view(), name="api-canvases"),
    path("projects/<key:project_id>/canvases/import/", exchange_api.ImportNew.as_view(), name="api-canvases-import"),
    path("canvases/<key:canvas_id>/export/", exchange_api.Export.as_view(), name="api-canvas-export"),
    path("canvases/<key:canvas_id>/embed/", embed_api.EmbedLink.as_view(), name="api-canvas-embed"),
    path("canvases/<key:canvas_id>/import/", exchange_api.ImportInto.as_view(), name="api-canvas-import"),
    path("canvases/<key:canvas_id>/", api.OneCanvas.as_view(), name="api-canvas"),
    path("canvases/<key:canvas_id>/restore-deleted/", api.RestoreDeleted.as_view(), name="api-canvas-restore-deleted"),
    path("canvases/<key:canvas_id>/duplicate/", api.Duplicate.as_view(), name="api-canvas-duplicate"),
    path("canvases/<key:canvas_id>/commits/", api.Commits.as_view(), name="api-commits"),
    path("canvases/<key:canvas_id>/intents/", api.Intents.as_view(), name="api-intents"),
    path("canvases/<key:canvas_id>/elements/", api.Elements.as_view(), name="api-elements"),
    path("canvases/<key:canvas_id>/elements/<key:element_id>/", api.OneElement.as_view(), name="api-element"),
    path("assets/", assets_api.Assets.as_view(), name="api-assets"),
    path("assets/<key:asset_id>/", assets_api.OneAsset.as_view(), name="api-asset"),
]
