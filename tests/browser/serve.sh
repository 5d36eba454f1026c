#!/usr/bin/env bash
# tests/browser/serve.sh PORT: the whole application on that port, on engines and folders of its own, until it is stopped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PATH="$PWD/.venv/bin:$PATH" PYTHONPATH="$PWD" COOKIE_SECURE=0 WEB_PORT="$1"
exec python -m config.engines run --temporary -- sh -c '
  python -c "from config.launch import prepare; print(prepare(), flush=True)" || exit
  python manage.py project &
  exec daphne -b 127.0.0.1 -p "$WEB_PORT" config.asgi:application'
