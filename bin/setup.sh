# Sourced by run and test: prerequisites and the installed, built state of this clone. Steps whose inputs did not
# change are skipped; each leaves the hash of its inputs beside its output.

stop() { printf '%s\n' "$*" >&2; exit 1; }

load_env_file() { # KEY=VALUE lines of .env, or of the file ENV_FILE names; the real environment wins
  local file="${ENV_FILE:-.env}" line key value
  [ -f "$file" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    line="${line#"${line%%[![:space:]]*}"}"
    [[ "$line" =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
    key="${BASH_REMATCH[1]}" value="${BASH_REMATCH[2]%$'\r'}"
    if [[ "$value" =~ ^\"(.*)\"$ || "$value" =~ ^\'(.*)\'$ ]]; then value="${BASH_REMATCH[1]}"; fi
    [ -n "${!key+set}" ] || export "$key=$value"
  done < "$file"
}

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      python="$candidate"
      return
    fi
  done
  stop "Python 3.11 or newer is needed: install it, or name it in PYTHON."
}

check_node() {
  command -v node >/dev/null && command -v npm >/dev/null || stop "Node 20.19 or newer with npm is needed: install it."
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
    || stop "Node 20.19 or newer is needed, this is $(node --version): install a newer one."
}

java_is_recent() {
  local java="java" version
  [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ] && java="$JAVA_HOME/bin/java"
  version="$("$java" -version 2>&1 | sed -nE 's/.*version "(1\.)?([0-9]+).*/\2/p' | head -n 1)" || true
  [ "${version:-0}" -ge 17 ]
}

dynamodb_is_configured() {
  [ -n "${DYNAMODB_ENDPOINT_URL:-}${AWS_ACCESS_KEY_ID:-}${AWS_PROFILE:-}${AWS_REGION:-}${AWS_ROLE_ARN:-}${AWS_CONTAINER_CREDENTIALS_RELATIVE_URI:-}" ]
}

check_java() {
  dynamodb_is_configured || java_is_recent \
    || stop "DynamoDB Local needs Java 17 or newer: install openjdk-17-jre-headless, or set DYNAMODB_ENDPOINT_URL."
}

hash_of() { # files and folders -> one hash of names and contents
  find "$@" -type f -not -path '*/node_modules/*' -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
}

up_to_date() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

step() { # step "what is done" command... : the command's output is shown only when it fails
  local what="$1" log begun="${EPOCHREALTIME/,/.}"
  shift
  log="$(mktemp)"
  printf '%s ...' "$what"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    printf ' failed\n'
    tail -n 40 "$log" >&2
    rm -f "$log"
    stop "$what failed; the end of its output is above."
  fi
  rm -f "$log"
  awk -v a="$begun" -v b="${EPOCHREALTIME/,/.}" 'BEGIN { printf " %.1f s\n", b - a }'
}

make_venv() {
  [ -x .venv/bin/python ] && return
  "$python" -c 'import venv, ensurepip' 2>/dev/null || stop "Python's venv module is missing: install python3-venv."
  step "Creating .venv" "$python" -m venv .venv
}

install_python() { # install_python requirements-file
  local wanted
  make_venv
  wanted="$(hash_of requirements*.txt) $1"
  # requirements-dev.txt includes requirements.txt, so an environment made for it serves both.
  up_to_date .venv/.installed "${wanted%% *} requirements-dev.txt" && return
  up_to_date .venv/.installed "$wanted" && return
  step "Installing Python packages" .venv/bin/python -m pip install --disable-pip-version-check --quiet -r "$1"
  printf '%s\n' "$wanted" > .venv/.installed
}

install_node() {
  local wanted
  wanted="$(hash_of package.json package-lock.json)"
  up_to_date node_modules/.installed "$wanted" && return
  step "Installing Node packages" npm ci --no-audit --no-fund
  printf '%s\n' "$wanted" > node_modules/.installed
}

build_front_end() {
  local wanted
  wanted="$(hash_of package-lock.json vite.config.ts tsconfig.json static/src)"
  up_to_date static/dist/.built "$wanted" && return
  step "Building the front end" npm run build
  printf '%s\n' "$wanted" > static/dist/.built
}
