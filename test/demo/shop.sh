#!/usr/bin/env bash
# test/demo/shop.sh OPSC: the main job on examples/shop: from nothing, again, after a one-line change
# while a client polls, and after breaking it. Fails where the outcome is not what it should be.
set -uo pipefail
opsc=$(realpath "$1")
cd "$(dirname "$0")/../.."
project=$(mktemp -d "${TMPDIR:-/tmp}/opsc-demo-XXXXXX")/shop
cp -r examples/shop "$project"
cd "$project"
port=$(( 20000 + RANDOM % 10000 ))
export NO_COLOR=1 OPSC_PARAM_port=$port
command -v clang++-19 >/dev/null && export OPSC_PARAM_compilers='["g++","clang++-19"]'
polling=

finish() {
  [ -z "$polling" ] || kill "$polling" 2>/dev/null
  "$opsc" destroy --yes >/dev/null 2>&1
  rm -rf "$(dirname "$project")"
}
trap finish EXIT
trap 'exit 130' INT TERM

title() { printf '\n# %s\n' "$*"; }
fail() { printf 'demo: %s\n' "$*"; exit 1; }
# run CODE COMMAND…: shows the command and its output; the exit code must be CODE.
run() {
  local expected=$1 code; shift
  printf '$ opsc %s\n' "$*"
  "$opsc" "$@" 2>&1
  code=$?
  [ $code -eq "$expected" ] || fail "exit code $code instead of $expected"
}
# One GET; prints the body. Fails where no whole answer comes.
get() {
  exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
  printf 'GET %s HTTP/1.1\r\nHost: shop\r\n\r\n' "$1" >&3
  local answer; answer=$(cat <&3); exec 3>&-
  [[ $answer == "HTTP/1.1 200"* ]] || return 1
  printf '%s\n' "${answer##*$'\r\n'}"
}
poll() {
  local asked=0 failed=0
  trap 'echo "$asked $failed" > "$project.polled"; exit' TERM
  while true; do
    get /health >/dev/null 2>&1 || failed=$((failed + 1))
    asked=$((asked + 1))
    sleep 0.01
  done
}

title "From nothing"
run 0 plan
run 0 run release
get "/total?tea=2&cup=1" || fail "the shop does not answer"

title "Again: nothing to do"
run 0 plan
run 0 apply --yes

title "A one-line change, while a client polls"
poll & polling=$!
sed -i 's/kVersion\[\] = "1.0"/kVersion[] = "1.1"/' src/routes.cpp
run 0 plan
run 0 run release
[ "$(get /health)" = "ok 1.1" ] || fail "the new version is not there"

title "A change that breaks readiness: the version before stays"
sed -i 's/if (path == "\/health") return {200/if (path == "\/health") return {503/' src/routes.cpp
sed -i 's/{"health", up}/{"health", true}/; s/up = Get(port, "\/health").status == 200/up = Get(port, "\/health").status != 0/' src/self_test.cpp
run 1 apply --yes
[ "$(get /health)" = "ok 1.1" ] || fail "the version before is gone"
run 0 status

kill "$polling"; wait "$polling" 2>/dev/null; polling=
read -r asked failed < "$project.polled"
printf '\nThe client asked %s times; %s requests failed.\n' "$asked" "$failed"
[ "$failed" -eq 0 ] && [ "$asked" -gt 10 ] || fail "a client saw a failure"
