#!/bin/sh
# What the tests need beside Python packages: gettext's tools, git, a C compiler, tools that read PDFs,
# a Chromium, and the library with which Pillow orders text (raqm).
# As root on Debian they are installed; otherwise they are named.
set -eu
missing=""
command -v msgfmt >/dev/null 2>&1 || missing="$missing gettext"
command -v cc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v git >/dev/null 2>&1 || missing="$missing git"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v qpdf >/dev/null 2>&1 || missing="$missing qpdf"
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
  || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
find /usr/lib /lib /usr/local/lib -name 'libfribidi.so.0*' 2>/dev/null | grep -q . || missing="$missing libfribidi0"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing$missing …"
  apt-get update -qq >/dev/null 2>&1 || true
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
fi
echo "The tests also need:$missing"
echo "  install them with: sudo apt install$missing"
if [ "${CI:-}" = true ]; then exit 1; fi
echo "  tests that need them are skipped until then"
