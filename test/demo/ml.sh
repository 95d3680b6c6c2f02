#!/usr/bin/env bash
# test/demo/ml.sh OPSC: examples/ml/orders: train, gate, serve; requests; a new month arrives, retrained,
# canary, promoted; a poisoned month, refused by the gate; rollback. Fails where the outcome is not
# what it should be.
set -uo pipefail
opsc=$(realpath "$1")
cd "$(dirname "$0")/../.."
project=$(mktemp -d "${TMPDIR:-/tmp}/opsc-ml-XXXXXX")/orders
cp -r examples/ml/orders "$project"
mkdir "$project/data"
cd "$project"
port=$(( 20000 + RANDOM % 10000 ))
export NO_COLOR=1 OPSC_PARAM_port=$port
agent= polling=

finish() {
  for process in $polling $agent; do kill "$process" 2>/dev/null; done
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
# month N [--poisoned]: its orders arrive.
month() {
  printf '$ python3 generate.py 7 %s 2000 data/%s.csv %s\n' "$1" "$1" "${2:-}"
  python3 generate.py 7 "$1" 2000 "data/$1.csv" ${2:-}
}
order='{"id": 1, "at": "2025-06-01T10:00:00Z", "loaded": "2025-06-01T10:01:00Z", "customer": 3, "plan": "free",
  "channel": "app", "items": 2, "amount": 84.5, "coupon": null}'
# ask [DATA]: a prediction, with the version that made it.
ask() { curl -s -i -d "${1:-$order}" "http://127.0.0.1:$port/predict" | tr -d '\r' | grep -i -e '^HTTP' -e '^x-model' -e '^{'; }
version() { ask | sed -n 's/^x-model-version: //Ip'; }
# Asks without a pause until it is stopped, and counts what was not answered.
poll() {
  local all=0 lost=0
  trap 'printf "%s requests, %s not answered\n" $all $lost; exit 0' TERM
  while :; do
    all=$((all + 1))
    curl -s -f -o /dev/null -d "$order" "http://127.0.0.1:$port/predict" || lost=$((lost + 1))
  done
}
# wait_for SECONDS COMMAND…
wait_for() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}

title "Three months of orders: read, features, trained, through the gate, served"
for m in 1 2 3; do month $m; done
run 0 plan
run 0 apply --yes
run 0 model show returns

title "A prediction; and a request that is no order"
ask
ask '{"id": 1, "plan": "gold"}'
[ "$(version)" = 1 ] || fail "version 1 does not serve"

title "A new month arrives: what it will set off"
month 4
run 0 plan

title "The agent sees it: retrained, a canary, promoted, while a client asks all the time"
poll >polled & polling=$!
"$opsc" agent >agent.log 2>&1 & agent=$!
wait_for 120 grep -q '^Done' agent.log || { cat agent.log; fail "the agent has not retrained"; }
kill -TERM "$agent"; wait "$agent" 2>/dev/null; agent=
cat agent.log
kill -TERM "$polling"; wait "$polling" 2>/dev/null; polling=
cat polled
grep -q ' 0 not answered' polled || fail "requests were lost"
[ "$(version)" = 2 ] || fail "version 2 does not serve"
run 0 model compare returns

title "A poisoned month: the gate refuses, version 2 serves on"
month 5 --poisoned
run 4 apply --yes
[ "$(version)" = 2 ] || fail "version 2 does not serve any more"
rm data/5.csv

title "Back to the version before, by hand"
run 0 model rollback returns
run 0 apply --yes
[ "$(version)" = 1 ] || fail "version 1 does not serve again"
run 0 model history returns
