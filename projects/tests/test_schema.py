import re

from django.test import Client
from django.urls import get_resolver

from projects.testing import Api


def api_paths(resolver, prefix=""):
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from api_paths(entry, path)
        elif path.startswith("api/v1/"):
            yield "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", path)


def document(db):
    answer = Api().get("schema/?format=json")
    assert answer.status_code == 200
    return answer.json()


def test_every_endpoint_is_described(db):
    described = set(document(db)["paths"])
    assert described == set(api_paths(get_resolver())) - {"/api/v1/schema/", "/api/v1/docs/"}


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere(db):
    schema = document(db)
    assert schema["openapi"].startswith("3.1")
    references = set(re.findall(r"'\$ref': '#/components/schemas/([^']+)'", repr(schema)))
    assert {"Element", "ElementPatch", "IntentIn", "Problem"} <= references
    assert references <= set(schema["components"]["schemas"])


def test_every_operation_may_answer_with_a_problem(db):
    for path, operations in document(db)["paths"].items():
        for method, operation in operations.items():
            if method in {"get", "post", "patch", "delete"}:
                content = operation["responses"]["default"]["content"]
                assert set(content) == {"application/problem+json"}, (path, method)


def test_the_readable_page_has_no_inline_script(db):
    page = Client().get("/api/v1/docs/")
    assert page.status_code == 200
    for attributes, text in re.findall(r"<script([^>]*)>(.*?)</script>", page.content.decode(), re.S):
        assert "src=" in attributes
        assert not text.strip()
    (scripts,) = re.findall(r"script-src [^;]*", page.headers["Content-Security-Policy"])
    assert "'unsafe-inline'" not in scripts
