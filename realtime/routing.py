"""Where the sockets are."""

from typing import Any, cast

from channels.auth import AuthMiddlewareStack
from django.urls import re_path

from realtime.consumers import canvas_socket, no_socket

websocket_urlpatterns = [
    re_path(r"^ws/canvas/(?P<canvas_id>[A-Za-z0-9_-]{1,64})/$", AuthMiddlewareStack(canvas_socket)),
    re_path(r"", cast(Any, no_socket)),  # Django's types know views only
]
