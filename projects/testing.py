"""Helpers for the tests of every app: a program's client of the REST API, and the shape of its errors."""

import json
from http import HTTPStatus
from typing import Any

from django.test import Client

from projects.access import Role
from projects.models import User
from projects.services import member_add, project_create
from projects.tokens import access_token_create

ROOT = "/api/v1/"


class Api:
    """Speaks JSON as `user` (nobody: anonymous). CSRF is checked as in production, and a 500 is an answer."""

    def __init__(self, user: User | None = None, token: str | None = None) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        token = access_token_create(user) if user else token
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Header names with `_` for `-`; a body that is a str is sent as it is."""
        return self.client.generic(
            method,
            ROOT + path,
            data=body if isinstance(body, str) else json.dumps(body),
            content_type="application/json",
            headers=self.headers | {name.replace("_", "-"): value for name, value in headers.items()},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(ROOT + path, headers=self.headers | headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self("DELETE", path, **headers)


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    assert body["status"] == status
    assert body["title"] == HTTPStatus(status).phrase
    assert body["code"] == code
    assert body["detail"]
    for sentences in body.get("errors", {}).values():
        assert sentences
        assert all(isinstance(sentence, str) for sentence in sentences)
    return body


def build_project(owner: User, *, editor: User | None = None, viewer: User | None = None) -> str:
    """A project's id."""
    project = project_create(name="Lighthouse", created_by=owner)
    for user, role in ((editor, Role.EDITOR), (viewer, Role.VIEWER)):
        if user is not None:
            member_add(project_id=project.id, user=user, role=role, added_by=owner)
    return project.id
