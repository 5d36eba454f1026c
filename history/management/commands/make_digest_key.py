"""Makes a key for signed digests. It is shown once and kept nowhere."""

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management.base import BaseCommand

from history.digests import public_of


class Command(BaseCommand):
    help = "Prints a new DIGEST_SIGNING_KEY, to be kept as a secret, and its public half, to be published."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        key = Ed25519PrivateKey.generate()
        public = public_of(key)
        self.stdout.write(f"DIGEST_SIGNING_KEY={base64.b64encode(key.private_bytes_raw()).decode()}")
        self.stdout.write(f"# public key {public.text}")
        self.stdout.write(f"# key id {public.id}")
