#!/bin/sh
# GNU gettext's own tests and catalogues, from the source package of the machine's own
# distribution, into the folder given: a corpus for `make soak`, never committed.
# apt is asked as the machine is set up, but for sources, and with a state of its own.
set -eu
into=$1
[ -e "$into/.complete" ] && exit 0

missing() {
  echo "GNU gettext's tests are not there: $1" >&2
  if [ "${CI:-}" = true ]; then exit 1; fi
  echo "  the tests that read them are skipped until then" >&2
  exit 0
}

command -v apt-get >/dev/null 2>&1 || missing "only apt fetches a source package"
rm -rf "$into"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial" "$work/source"
chmod 755 "$work"
# root's apt fetches as a user of its own, who needs a place to write.
[ "$(id -u)" != 0 ] || chown -R _apt "$work/lists" "$work/cache" "$work/source" 2>/dev/null || true
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -e "$file" ] || continue
  sed -n 's/^deb\([ \t]\)/deb-src\1/p' "$file" >"$work/parts/$(basename "$file" .list).list"
done
for file in /etc/apt/sources.list.d/*.sources; do
  [ -e "$file" ] || continue
  sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/parts/$(basename "$file")"
done

apt() {
  apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/parts" \
    -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o Acquire::Languages=none "$@"
}

echo "fetching GNU gettext's tests …"
apt update || true # a source of somebody else's may have no sources
(cd "$work/source" && apt source --download-only gettext) || missing "apt has no source package gettext"
archive=$(find "$work/source" -name 'gettext_*.orig.tar.*' ! -name '*.asc')
[ -n "$archive" ] || missing "the source package has no original archive"
mkdir -p "$into"
tar -xf "$archive" -C "$into" --strip-components=1 --wildcards '*/gettext-tools/tests/*' '*.po' '*.pot'
basename "$archive" >"$into/.complete"
