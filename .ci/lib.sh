# What the scripts of .ci share. Sourced, after `set -euo pipefail`, at the repository's root.

unset PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE
export PIP_QUIET=2 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

work=$(mktemp -d "${TMPDIR:-/tmp}/segkit-ci.XXXXXX")
trap 'rm -rf "$work"' EXIT

step() { printf '\n== %s (%d s so far)\n' "$*" "$SECONDS"; }

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

# Installs Debian packages; none is fine.
install_packages() {
  [ $# -gt 0 ] || return 0
  echo "installing $*"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" >"$work/apt.log" 2>&1 || {
    cat "$work/apt.log"
    fail "apt-get install $*"
  }
}

# The README's lines say `python3`. Where that is too old, a newer one stands in for it: a script
# and not a link, because a virtual environment made through a link needs the link for ever.
choose_python() {
  local name
  for name in python3 python3.11 python3.12 python3.13; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      mkdir "$work/bin"
      printf '#!/bin/sh\nexec "%s" "$@"\n' "$("$name" -c 'import sys; print(sys.executable)')" \
        >"$work/bin/python3"
      chmod +x "$work/bin/python3"
      export PATH="$work/bin:$PATH"
      python3 --version
      return
    fi
  done
  fail "no Python 3.11 or newer on the PATH"
}

# The first line inside a fence of README.md that contains $1.
readme_line() {
  local line
  line=$(awk -v want="$1" '/^```/ { fenced = !fenced; next }
    fenced && !found && index($0, want) { print; found = 1 }' README.md)
  [ -n "$line" ] || fail "README.md has no fenced line with '$1'"
  printf '%s\n' "$line"
}
