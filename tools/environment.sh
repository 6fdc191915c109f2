#!/bin/sh
# Makes .venv with exactly what requirements.lock says, and this project in it: what builds, serves and reports.
# With "tests" as the second word: adds what requirements-test.lock has beyond it.
set -eu
python=${1:-python3}
# Python compiles what is imported when it is imported; the rest would take 60 MB.
install() { .venv/bin/pip install --quiet --disable-pip-version-check --no-compile "$@"; }
if [ "${2:-}" = tests ]; then
  echo "Installing what the tests need into .venv …"
  install --require-hashes -r requirements-test.lock
  exit
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3" >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv
  else
    echo "Python's venv module is missing; install it first: sudo apt-get install python3-venv" >&2
    exit 1
  fi
fi
rm -rf .venv
"$python" -m venv .venv
echo "Installing what the portal needs into .venv …"
install --require-hashes -r requirements.lock
install --no-deps --no-build-isolation -e .
