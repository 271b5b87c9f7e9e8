#!/usr/bin/env bash
# Unpacks the nginx of later Debian suites beside the installed one, so that tests can
# ask more than one release:
#
#   nginx-releases.sh DIR
#
# makes DIR/VERSION/nginx, which takes nginx's own arguments, and DIR/VERSION/modules
# for each suite, and names them. Nothing is installed. The mirror is the one that apt
# is set up with. A suite moves on: what it has now is unpacked, under its version.
# Where a suite cannot be had, standard error says so, and the others are unpacked.
set -uo pipefail
dir=${1:?usage: nginx-releases.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
packages=(nginx libnginx-mod-stream libc6 libcrypt1 libpcre2-8-0 libssl3t64 zlib1g libzstd1)

mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "nginx-releases.sh: apt knows no mirror: run apt-get update first" >&2; exit 1; }

# unpack SUITE ROOT puts the suite's nginx and the libraries that it needs below ROOT.
unpack() {
  local suite=$1 root=$2 apt=$2.apt options
  rm -rf "$root" "$apt"
  mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/debs"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$mirror" "$suite" >"$apt/parts/suite.sources"
  options=(-qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/parts" -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3)
  apt-get "${options[@]}" update &&
    (cd "$apt/debs" && apt-get "${options[@]}" download "${packages[@]}") &&
    mkdir -p "$root.new" &&
    for deb in "$apt"/debs/*.deb; do dpkg -x "$deb" "$root.new" || return; done &&
    rm -rf "$apt" && mv "$root.new" "$root" # whole, or not at all
}

for suite in trixie forky; do
  root=$dir/suites/$suite
  mkdir -p "$dir/suites"
  if [ ! -d "$root" ] && ! unpack "$suite" "$root"; then
    echo "nginx-releases.sh: nginx of $suite cannot be had" >&2
    rm -rf "$root.apt" "$root.new"
    continue
  fi
  # Its own loader and C library: those of this machine may be too old for it.
  loader=$(echo "$root"/usr/lib/*-linux-gnu/ld-linux-*.so.*)
  libraries=$(dirname "$loader")
  run=("$loader" --library-path "$libraries" "$root/usr/sbin/nginx")
  version=$("${run[@]}" -v 2>&1 | sed -n 's#.*nginx/\([0-9.]*\).*#\1#p')
  if [ -z "$version" ]; then
    echo "nginx-releases.sh: nginx of $suite does not start here" >&2
    continue
  fi
  mkdir -p "$dir/$version"
  ln -sfn "$root/usr/lib/nginx/modules" "$dir/$version/modules"
  printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "${run[0]}" "$libraries" "${run[3]}" >"$dir/$version/nginx"
  chmod +x "$dir/$version/nginx"
  echo "$dir/$version/nginx"
done
