"""REST endpoints about accounts, projects and members."""

from typing import Any, cast

from django.contrib.auth import authenticate
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from projects import selectors, services, tokens
from projects.access import Access, Action, Role, access_project, access_project_for
from projects.attempts import failed_sign_in_counters, sign_up_counter
from projects.exceptions import Invalid, InvalidToken, Unauthenticated
from projects.models import User
from projects.problems import INVALID_DETAIL
from projects.rest import Endpoint, page_answer, page_asked
from projects.selectors import Member, ProjectOf, State
from projects.serializers import (
    AccessOut,
    LoginIn,
    MeIn,
    MemberIn,
    MemberOut,
    MemberPageOut,
    MemberRoleIn,
    MeOut,
    ProjectIn,
    ProjectOut,
    ProjectPageOut,
    ProjectPatchIn,
    SignedInOut,
    SignUpIn,
)

PAGING = [OpenApiParameter("limit", int), OpenApiParameter("cursor", str)]
STATE = OpenApiParameter("state", str, enum=[state.value for state in State])


def valid(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    checked = serializer(data=request.data)
    checked.is_valid(raise_exception=True)
    return cast(dict[str, Any], checked.validated_data)


class OpenEndpoint(Endpoint):
    """For those who have no token yet. No cookie signs anyone in here, so there is nothing for a forged request to use;
    the refresh cookie is SameSite=Strict."""

    authentication_classes = ()
    permission_classes = ()


def signed_in(user: User, status: int) -> Response:
    pair = tokens.token_pair_create(user)
    response = Response({"access": pair.access, "user": MeOut(user).data}, status=status)
    tokens.refresh_cookie_set(response, pair.refresh)
    return response


class SignUp(OpenEndpoint):
    @extend_schema(request=SignUpIn, responses={201: SignedInOut})
    def post(self, request: Request) -> Response:
        counter = sign_up_counter(request)
        counter.take()
        return signed_in(services.user_sign_up(**valid(SignUpIn, request)), 201)


class Login(OpenEndpoint):
    @extend_schema(request=LoginIn, responses=SignedInOut)
    def post(self, request: Request) -> Response:
        given = valid(LoginIn, request)
        counters = failed_sign_in_counters(request, given["username"])
        for counter in counters:
            counter.check()
        user = authenticate(request, username=given["username"], password=given["password"])
        if not isinstance(user, User):
            for counter in counters:
                counter.count()
            raise Unauthenticated(gettext("The username or the password is wrong."))
        return signed_in(user, 200)


class Refresh(OpenEndpoint):
    """The cookie's token is used up by the call; the answer sets the next one."""

    @extend_schema(request=None, responses=AccessOut)
    def post(self, request: Request) -> Response:
        pair = tokens.token_pair_rotate(request.COOKIES.get(tokens.REFRESH_COOKIE, ""))
        response = Response({"access": pair.access})
        tokens.refresh_cookie_set(response, pair.refresh)
        return response

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, InvalidToken):
            tokens.refresh_cookie_clear(response)
        return response


class Logout(OpenEndpoint):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        tokens.refresh_token_revoke(request.COOKIES.get(tokens.REFRESH_COOKIE, ""))
        response = Response(status=204)
        tokens.refresh_cookie_clear(response)
        return response


class Me(Endpoint):
    @extend_schema(responses=MeOut)
    def get(self, request: Request) -> Response:
        return Response(MeOut(self.user).data)

    @extend_schema(request=MeIn, responses=MeOut)
    def patch(self, request: Request) -> Response:
        services.user_update(user=self.user, **valid(MeIn, request))
        return Response(MeOut(self.user).data)


class Projects(Endpoint):
    @extend_schema(operation_id="projects_list", parameters=[*PAGING, STATE], responses=ProjectPageOut)
    def get(self, request: Request) -> Response:
        """Your projects: those in use, or the archived, or those in the trash."""
        states = {state.value: state for state in State}
        state = states.get(request.query_params.get("state", State.ACTIVE.value))
        if state is None:
            raise Invalid(INVALID_DETAIL, errors={"state": [f"One of {', '.join(states)}."]})
        return page_answer(selectors.projects_of(user_id=self.user_id, state=state, **page_asked(request)), ProjectOut)

    @extend_schema(request=ProjectIn, responses={201: ProjectOut})
    def post(self, request: Request) -> Response:
        project = services.project_create(name=valid(ProjectIn, request)["name"], created_by=self.user)
        return Response(ProjectOut(ProjectOf(project, Role.OWNER)).data, status=201)


class OneProject(Endpoint):
    @extend_schema(responses=ProjectOut)
    def get(self, request: Request, project_id: str) -> Response:
        access = access_project(self.user_id, project_id, Role.VIEWER)
        return project_answer(access)

    @extend_schema(request=ProjectPatchIn, responses=ProjectOut)
    def patch(self, request: Request, project_id: str) -> Response:
        access = access_project(self.user_id, project_id, Role.VIEWER)
        given = valid(ProjectPatchIn, request)
        for field, action in (("name", Action.RENAME_PROJECT), ("history_days", Action.LIMIT_HISTORY)):
            if field in given:
                access = access_project_for(self.user_id, project_id, action)
        if "name" in given:
            services.project_rename(project_id=project_id, name=given["name"], renamed_by=self.user)
        if "history_days" in given:
            services.project_limit_history(project_id=project_id, days=given["history_days"])
        return project_answer(access)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project_id: str) -> Response:
        """Into the trash, whole; it can be restored for 30 days."""
        access_project_for(self.user_id, project_id, Action.DELETE_PROJECT)
        services.project_delete(project_id=project_id, deleted_by=self.user)
        return Response(status=204)


class RestoreProject(Endpoint):
    @extend_schema(request=None, responses=ProjectOut)
    def post(self, request: Request, project_id: str) -> Response:
        """Back from the trash. Without effect on a project that is not in it."""
        access = access_project_for(self.user_id, project_id, Action.RESTORE_PROJECT)
        services.project_restore(project_id=project_id)
        return project_answer(access)


class ArchiveProject(Endpoint):
    @extend_schema(request=None, responses=ProjectOut)
    def post(self, request: Request, project_id: str) -> Response:
        """From now on it is read only for everybody, and not among the projects in use."""
        access = access_project_for(self.user_id, project_id, Action.ARCHIVE_PROJECT)
        services.project_archive(project_id=project_id, archived_by=self.user)
        return project_answer(access)


class UnarchiveProject(Endpoint):
    @extend_schema(request=None, responses=ProjectOut)
    def post(self, request: Request, project_id: str) -> Response:
        access = access_project_for(self.user_id, project_id, Action.ARCHIVE_PROJECT)
        services.project_unarchive(project_id=project_id)
        return project_answer(access)


def project_answer(access: Access) -> Response:
    """As it is now, with the asker's role as it was given to them."""
    project = selectors.project_get(project_id=access.project_id)
    return Response(ProjectOut(ProjectOf(project, access.standing.role)).data)


class Members(Endpoint):
    @extend_schema(operation_id="members_list", parameters=PAGING, responses=MemberPageOut)
    def get(self, request: Request, project_id: str) -> Response:
        access_project(self.user_id, project_id, Role.VIEWER)
        return page_answer(selectors.members_of(project_id=project_id, **page_asked(request)), MemberOut)

    @extend_schema(request=MemberIn, responses={201: MemberOut})
    def post(self, request: Request, project_id: str) -> Response:
        access_project_for(self.user_id, project_id, Action.MANAGE_MEMBERS)
        given = valid(MemberIn, request)
        user = selectors.user_find(username_or_id=given["user"])
        membership = services.member_add(project_id=project_id, user=user, role=given["role"], added_by=self.user)
        return Response(MemberOut(Member(membership, user)).data, status=201)


class OneMember(Endpoint):
    @extend_schema(request=MemberRoleIn, responses=MemberOut)
    def patch(self, request: Request, project_id: str, user_id: str) -> Response:
        access_project_for(self.user_id, project_id, Action.MANAGE_MEMBERS)
        services.member_change(project_id=project_id, user_id=user_id, role=valid(MemberRoleIn, request)["role"])
        return Response(MemberOut(selectors.member_get(project_id=project_id, user_id=user_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project_id: str, user_id: str) -> Response:
        """Owners remove anyone; everyone may leave."""
        if user_id == self.user_id:
            access_project(self.user_id, project_id, Role.VIEWER)
        else:
            access_project_for(self.user_id, project_id, Action.MANAGE_MEMBERS)
        services.member_remove(project_id=project_id, user_id=user_id)
        return Response(status=204)
