"""/healthz: this process answers. /readyz: it can reach the stores it cannot do without; each store is named.

Probes come by address or by a balancer's own name, so they are answered ahead of the host check and of redirects.
"""

import functools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pymongo
import redis
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils.decorators import sync_and_async_middleware
from django.views.decorators.cache import never_cache
from pynamodb.connection import Connection

TIMEOUT_SECONDS = 1.0
NEEDED = {"sql", "dynamodb"}  # without another one, work goes on: its absence must not take every process out at once

log = logging.getLogger(__name__)


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    stores = stores_check()
    away = {name for name, state in stores.items() if state != "ok"}
    status = "error" if away & NEEDED else "degraded" if away else "ok"
    return JsonResponse({"status": status, "stores": stores}, status=503 if status == "error" else 200)


_PROBES = {"/healthz": healthz, "/readyz": readyz}


@sync_and_async_middleware
def probes(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The first middleware. Neither probe needs a session, a host or a template."""

    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> Any:
            match _PROBES.get(request.path_info):
                case None:
                    return await get_response(request)
                case probe if probe is healthz:
                    return probe(request)  # on the loop itself: threads may all be waiting for a store
                case probe:
                    return await sync_to_async(probe, thread_sensitive=False)(request)

        return answer_async

    def answer(request: HttpRequest) -> Any:
        return _PROBES.get(request.path_info, get_response)(request)

    return answer


def stores_check() -> dict[str, str]:
    """At once, not in turn: a probe has to be quick when several are down."""
    with ThreadPoolExecutor(len(_CHECKS)) as pool:
        running = {name: pool.submit(check) for name, check in _CHECKS.items()}
    states = {}
    for name, outcome in running.items():
        error = outcome.exception()
        states[name] = "error" if error else "ok"
        if error:
            log.warning("Store %s is not ready: %s", name, error)
    return states


def _sql() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # this thread is done with it


def _dynamodb() -> None:
    if _dynamodb_connection().describe_table(settings.DYNAMODB_TABLE) is None:
        raise LookupError("the table does not exist")


def _mongodb() -> None:
    _mongo_client().admin.command("ping")


def _redis() -> None:
    _redis_client().ping()


_CHECKS: dict[str, Callable[[], None]] = {"sql": _sql, "dynamodb": _dynamodb, "mongodb": _mongodb, "redis": _redis}


@functools.cache
def _dynamodb_connection() -> Connection:
    return Connection(
        region=settings.AWS_REGION,
        host=settings.DYNAMODB_ENDPOINT_URL,
        connect_timeout_seconds=TIMEOUT_SECONDS,
        read_timeout_seconds=TIMEOUT_SECONDS,
        max_retry_attempts=0,
    )


@functools.cache
def _mongo_client() -> pymongo.MongoClient[dict[str, Any]]:
    milliseconds = int(TIMEOUT_SECONDS * 1000)
    return pymongo.MongoClient(
        settings.MONGODB_URI, serverSelectionTimeoutMS=milliseconds, socketTimeoutMS=milliseconds
    )


@functools.cache
def _redis_client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS
    )
