# Sourced by run and test: `prepare EXTRA` leaves .venv with gradcalc and its extra installed, touching nothing if it is.
# gradcalc is installed editable, so only a change of pyproject.toml, or a checkout that was moved, asks for pip again.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="$root/.venv"

find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  echo "error: Python 3.11 or newer is needed, and none was found on the PATH" >&2
  return 1
}

prepare() {
  local extra="$1" stamp="$venv/.installed$1"
  if ! "$venv/bin/python" -c '' 2>/dev/null; then
    local python
    python="$(find_python)"
    echo "preparing .venv, once" >&2
    "$python" -m venv --clear "$venv"
  fi
  if [ ! "$stamp" -nt "$root/pyproject.toml" ] || [ "$(cat "$stamp")" != "$root" ]; then
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check -e "$root$extra" >&2
    echo "$root" >"$stamp"
  fi
}
