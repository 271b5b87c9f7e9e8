#!/usr/bin/env bash
# Unpacks the loaders of kernel settings of other Debian suites, each into a root
# of its own for chroot:
#
#	loaders.sh DIR   ->  DIR/trixie, DIR/forky: procps and systemd with their libraries
#
# A suite moves on: what it has now is unpacked. The mirror is the one that apt is
# set up with. Ends with 0, and says so on standard error, where a suite cannot be
# had.
set -uo pipefail
dir=${1:?usage: loaders.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "no mirror: run apt-get update first" >&2; exit 0; }
for suite in trixie forky; do
  root=$dir/$suite
  [ -x "$root/usr/sbin/sysctl" ] && [ -x "$root/usr/lib/systemd/systemd-sysctl" ] && { echo "$root"; continue; }
  apt=$(mktemp -d)
  mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial"
  : >"$apt/status"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$mirror" "$suite" >"$apt/parts/a.sources"
  # An empty list of what is installed: the libraries come along.
  options=(-qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/parts" -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o "Dir::State::status=$apt/status" -o Debug::NoLocking=1 -o APT::Sandbox::User=root)
  if ! apt-get "${options[@]}" update ||
    ! apt-get "${options[@]}" install -y --no-install-recommends --download-only systemd procps >/dev/null; then
    echo "systemd and procps of $suite cannot be had" >&2
    rm -rf "$apt"
    continue
  fi
  rm -rf "$root.part"
  mkdir -p "$root.part"
  for deb in "$apt"/cache/archives/*.deb; do dpkg -x "$deb" "$root.part"; done
  rm -rf "$apt" "$root.part"/{etc,usr/lib,usr/local/lib,run}/sysctl.d "$root.part/etc/sysctl.conf" \
    "$root.part"/usr/share/{doc,man,locale} "$root.part/usr/lib/modules"
  mkdir -p "$root.part"/{proc,sys} "$root.part"/{etc,run,usr/lib,usr/local/lib}/sysctl.d
  : >"$root.part/etc/sysctl.conf"
  for name in bin sbin lib lib64; do
    [ -e "$root.part/$name" ] || ln -s "usr/$name" "$root.part/$name" # as base-files has them
  done
  rm -rf "$root"
  mv "$root.part" "$root"
  echo "$root"
done
