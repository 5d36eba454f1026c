"""The service worker as it is served: what Vite built, and a line about the pages and files that Django makes.

A browser takes any changed byte for a new version, so that line carries the content's hashes: a changed template or
style sheet is a new version too.
"""

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation

# In the cache of each version: without personal data, the same for everybody.
SHELLS = {"offline": "pwa/offline.html", "offline-editor": "pwa/offline_editor.html"}
# Not built by Vite, so their names carry no hash.
SITE_FILES = ("site/tokens.css", "site/site.css", "site/editor.css", "site/icon.svg")
BUILT = Path(settings.BASE_DIR) / "static" / "dist" / "sw.js"

# The kill switch: takes the place of a worker that must go, wherever it is installed, and forgets what it kept.
# Unsaved work is not in caches but in IndexedDB, and stays.
GONE = """\
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) await caches.delete(name);
      await registration.unregister();
    })(),
  );
});
"""


def source() -> str:
    """Raises FileNotFoundError when the front end was not built."""
    if not settings.SERVICE_WORKER:
        return GONE
    return f"self.__SITE = {json.dumps(site_entries())};\n{BUILT.read_text()}"


def site_entries() -> list[dict[str, str]]:
    with translation.override(settings.LANGUAGE_CODE):  # or each language would be a version of its own
        pages = [{"url": reverse(name), "revision": _hash(render_to_string(SHELLS[name]))} for name in SHELLS]
    return [*pages, *({"url": static(name), "revision": _hash(_read(name))} for name in SITE_FILES)]


def _read(name: str) -> str:
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_text()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
