"""The ASGI application: Django for HTTP, Channels for the sockets."""

import gc
import os
import sys

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

from realtime import server  # noqa: E402 - needs the app registry
from realtime.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter({"http": django_application, "websocket": URLRouter(websocket_urlpatterns)})
server.install()

# What is loaded by now stays: no collection needs to look at it again. A collection stops everybody's canvas for its
# length, so the young generation is large (most of what a message makes is freed by reference counts anyway).
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
# The event loop is not to wait 5 ms, Python's default, for a thread that is busy with a request to a store.
sys.setswitchinterval(0.001)
