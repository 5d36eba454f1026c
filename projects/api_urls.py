"""Addresses below /api/v1/ about accounts, projects and members."""

from django.urls import path

from projects import api

urlpatterns = [
    path("auth/signup/", api.SignUp.as_view(), name="api-sign-up"),
    path("auth/login/", api.Login.as_view(), name="api-login"),
    path("auth/refresh/", api.Refresh.as_view(), name="api-refresh"),
    path("auth/logout/", api.Logout.as_view(), name="api-logout"),
    path("auth/me/", api.Me.as_view(), name="api-me"),
    path("projects/", api.Projects.as_view(), name="api-projects"),
    path("projects/<key:project_id>/", api.OneProject.as_view(), name="api-project"),
    path("projects/<key:project_id>/restore/", api.RestoreProject.as_view(), name="api-project-restore"),
    path("projects/<key:project_id>/archive/", api.ArchiveProject.as_view(), name="api-project-archive"),
    path("projects/<key:project_id>/unarchive/", api.UnarchiveProject.as_view(), name="api-project-unarchive"),
    path("projects/<key:project_id>/members/", api.Members.as_view(), name="api-members"),
    path("projects/<key:project_id>/members/<key:user_id>/", api.OneMember.as_view(), name="api-member"),
]
