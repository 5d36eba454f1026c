"""Addresses of what makes the site an application: its worker, its manifest, the pages that need no network."""

from django.urls import path

from projects.pwa import views

urlpatterns = [
    path("sw.js", views.service_worker, name="service-worker"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("offline/", views.offline, name="offline"),
    path("offline/editor/", views.offline_editor, name="offline-editor"),
    path("new/", views.new, name="new"),
    path("open/", views.open_file, name="open"),
    path("share/", views.share, name="share"),
]
