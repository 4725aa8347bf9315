#!/bin/sh
# The Nu Html Checker, the W3C's own, from npm into the folder given: for `make soak`.
# It is a Java program; what runs it is installed as root on Debian, else named.
set -eu
into=$1
version=26.9.27
[ -e "$into/$version" ] && command -v java >/dev/null 2>&1 && exit 0

missing() {
  echo "the HTML checker is not there: $1" >&2
  if [ "${CI:-}" = true ]; then exit 1; fi
  echo "  the test that asks it is skipped until then" >&2
  exit 0
}

lacking=""
command -v java >/dev/null 2>&1 || lacking="$lacking default-jre-headless"
command -v npm >/dev/null 2>&1 || lacking="$lacking npm"
if [ -n "$lacking" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing$lacking …"
    apt-get update -qq >/dev/null 2>&1 || true
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $lacking >/dev/null \
      || missing "apt cannot install$lacking"
  else
    missing "install$lacking first"
  fi
fi
rm -rf "$into"
mkdir -p "$into"
# Its install script would fetch a Java of its own from elsewhere.
npm install --prefix "$into" --ignore-scripts --no-audit --no-fund --loglevel=error \
  "vnu-jar@$version" >/dev/null || missing "npm cannot fetch vnu-jar"
touch "$into/$version"
