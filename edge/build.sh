#!/bin/sh
# Builds the Worker into edge/build, as wrangler asks for it; with `--probe`, the one for the tests of what goes out, into
# target/probe. Tools of the versions that Cargo.toml pins are installed below target/tools where they are missing. On a
# network that reaches GitHub, nothing else is needed; elsewhere WASM_BINDGEN_BIN and WASM_OPT_BIN name programs that were
# installed by other means (tests/run worker does so).
set -eu
cd "$(dirname "$0")"
version=0.8.7
tools=$(cd .. && pwd)/target/tools
if [ ! -x "$tools/bin/worker-build" ]; then
  echo "Installing worker-build $version into target/tools" >&2
  CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install worker-build --version "$version" --locked --quiet --root "$tools" --target-dir "$tools/build"
fi
# Panics name files by where their packages lie among others, not on this machine: the same bytes wherever it is built.
export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=${CARGO_HOME:-${HOME:-}/.cargo}/registry/src/="
if [ "${1:-}" = --probe ]; then
  "$tools/bin/worker-build" --out-dir ../target/probe --profile worker --no-opt --features probe
else
  "$tools/bin/worker-build" --profile worker
  node strip_names.mjs build/index_bg.wasm
fi
