#!/bin/sh
# Builds the engine for the page, and puts Go's own loader beside it. A visitor begins
# with the core, which reads nginx configuration and kernel settings; the whole engine
# is loaded for what a machine printed, and for files of other kinds. Nothing is inlined
# (-gcflags=all=-l): copies of small functions are an eighth of what a visitor loads.
set -eu
cd "$(dirname "$0")"
mkdir -p build
export GOOS=js GOARCH=wasm
go build -trimpath -ldflags='-s -w' -gcflags=all=-l -tags tcplint_core -o build/core.wasm ./wasm
go build -trimpath -ldflags='-s -w' -gcflags=all=-l -o build/tcplint.wasm ./wasm
cp "$(go env GOROOT)/lib/wasm/wasm_exec.js" build/wasm_exec.js
chmod u+w build/wasm_exec.js
