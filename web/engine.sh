#!/bin/sh
# Builds the engine for the page, and puts Go's own loader beside it.
set -eu
cd "$(dirname "$0")"
mkdir -p build
GOOS=js GOARCH=wasm go build -trimpath -ldflags='-s -w' -o build/tcplint.wasm ./wasm
cp "$(go env GOROOT)/lib/wasm/wasm_exec.js" build/wasm_exec.js
chmod u+w build/wasm_exec.js
