#!/usr/bin/env bash
# Passes all tests, from a machine that has only a Rust toolchain.
set -euo pipefail
cd "$(dirname "$0")/.."

# What the tests need beside Rust: a C compiler for SQLite, the SQLite shell as a foreign program on our files, strace for
# disks that fail and power that is cut.
missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v sqlite3 >/dev/null || missing+=(sqlite3)
command -v strace >/dev/null || missing+=(strace)
if [ ${#missing[@]} -gt 0 ]; then
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    $sudo apt-get update -qq
    $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
for component in rustfmt clippy; do
    cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$component"
done

# What is compiled once and thrown away needs no notes for the next time; they take as much room again.
export CARGO_INCREMENTAL=0

# Compiled without optimization: it is fast enough, and there a minute earlier.
command -v cargo-deny >/dev/null || cargo install --quiet --locked --debug cargo-deny@0.20.2

step() {
    printf '\n== %s\n' "$*"
    "$@"
}

step cargo fmt --all --check
step cargo deny check licenses bans sources
# Known weaknesses, where their database was fetched: that is more than a package of a registry.
if compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-db*/*" >/dev/null; then
    step cargo deny --offline check advisories
fi
# Before anything that has a build script, since those would bring stale files up to date in silence.
fresh() {
    step cargo run --quiet -p es-codegen -- generate --check "$@"
}
# With all that was ever published of it, of which nothing is left to be.
step cargo run --quiet -p es-codegen -- check examples/orders/orders.yaml
step cargo run --quiet -p es-codegen -- lock --check examples/orders/orders.yaml
fresh examples/permits/permits.yaml
fresh tests/readme/parcels.yaml
fresh tests/parity/bank.yaml --out tests/parity/src/bank
fresh tests/parity/names.yaml --out tests/parity/src/names
fresh tests/kinds/kinds.yaml
fresh tests/rules/rules.yaml
step cargo clippy --workspace --all-targets --all-features -- -D warnings
step cargo test --workspace --all-features
# A minute of looking for stored bytes that break reading.
BOLERO_RANDOM_TEST_TIME_MS=60000 step cargo test -p es-tests --test stored_bytes -- refused --test-threads=3
# Under many schedules, in builds whose locks and threads decide who goes on.
RUSTFLAGS="--cfg es_shuttle" step cargo test --target-dir target/shuttle -p es-runtime --test schedules
RUSTFLAGS="--cfg es_shuttle" step cargo test --target-dir target/shuttle -p es-sqlite --lib schedules
# As it is shipped: what is only optimised in a release is compiled there too.
step cargo build --release --workspace
# Only the profile decides whether plain integers wrap in what is shipped.
step cargo test --release -p es-rules
# Within the two seconds and 200 MB that are promised of it; and a minute of looking for a schema that breaks it.
step cargo test --release -p es-codegen --test hostile
BOLERO_RANDOM_TEST_TIME_MS=60000 step cargo test --release -p es-codegen --test fuzz
RUSTDOCFLAGS="-D warnings" step cargo doc --workspace --no-deps --all-features
