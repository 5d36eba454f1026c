"""Addresses of the pages about accounts, projects and members."""

from django.urls import path

from projects import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-up/", views.SignUp.as_view(), name="sign-up"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("language/", views.language_choose, name="language"),
    path("settings/", views.settings, name="settings"),
    path("settings/profile/", views.settings_profile, name="settings-profile"),
    path("settings/appearance/", views.settings_appearance, name="settings-appearance"),
    path("settings/password/", views.settings_password, name="settings-password"),
    path("settings/sign-out/", views.settings_sign_out, name="settings-sign-out"),
    path("p/", views.project_list, name="project-list"),
    path("p/<key:project_id>/", views.project, name="project"),
    path("p/<key:project_id>/rename/", views.project_rename, name="project-rename"),
    path("p/<key:project_id>/delete/", views.project_delete, name="project-delete"),
    path("p/<key:project_id>/restore/", views.project_restore, name="project-restore"),
    path("p/<key:project_id>/archive/", views.project_archive, name="project-archive"),
    path("p/<key:project_id>/unarchive/", views.project_unarchive, name="project-unarchive"),
    path("p/<key:project_id>/share/", views.share, name="share"),
    path("p/<key:project_id>/keep-history/", views.project_limit_history, name="project-limit-history"),
    path("p/<key:project_id>/members/", views.member_add, name="member-add"),
    path("p/<key:project_id>/members/<key:user_id>/", views.member_change, name="member-change"),
    path("p/<key:project_id>/members/<key:user_id>/remove/", views.member_remove, name="member-remove"),
]
