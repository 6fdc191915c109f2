#!/bin/sh
# Prints the path of a Chromium for the browser tests: the one on PATH, else Debian's when root, else Playwright's.
for name in chromium chromium-browser google-chrome-stable google-chrome; do
  if found=$(command -v "$name"); then echo "$found"; exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium …" >&2
  apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >&2
  if found=$(command -v chromium); then echo "$found"; exit 0; fi
fi
echo "Fetching Playwright's Chromium …" >&2
.venv/bin/playwright install chromium >&2 || true
.venv/bin/python -c '
from pathlib import Path
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    path = Path(playwright.chromium.executable_path)
    print(path if path.exists() else "")
'
