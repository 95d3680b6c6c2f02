#!/usr/bin/env bash
# test/cluster/suite.sh OPSC [TEST…]: starts a cluster (with a node where the machine can have one),
# runs the tests of suite/ against it, ends it. Exit code 77: this machine cannot build it, and the last
# line says why. A TEST is a name as unittest has it: test_apply.Apply.test_prune_takes_what_opsc_made_and_nothing_else
set -uo pipefail
export OPSC=$(realpath "$1"); shift
here=$(cd "$(dirname "$0")" && pwd)
export OPSC_CLUSTER=$here/cluster
run=$(mktemp -d "${TMPDIR:-/tmp}/opsc-kube-XXXXXX")
export OPSC_CLUSTER_RUN=$run/c
finish() {
  "$here/cluster" down
  rm -rf "$run"
}
trap finish EXIT
trap 'exit 130' INT TERM
if why=$("$here/cluster" node); then
  tier=up
  export OPSC_CLUSTER_NODE=1
else
  tier=api
  echo "note: without pods: $why"
fi
OPSC_CLUSTER_KUBECONFIG=$("$here/cluster" $tier) || exit $?
export OPSC_CLUSTER_KUBECONFIG
cd "$here/suite"
unittest() { python3 -W ignore::ResourceWarning -m unittest -v "$@" 2>&1 | tee "$run/out"; return "${PIPESTATUS[0]}"; }
unittest "$@" && exit 0
# A machine that is busy with other things may be too slow for the limits of a few tests: those are run
# once more, alone, and are told. What fails twice has failed.
mapfile -t failed < <(sed -n 's/^\(FAIL\|ERROR\): [^(]*(\([A-Za-z0-9_.]*\)).*/\2/p' "$run/out" | sort -u)
[ ${#failed[@]} -gt 0 ] && [ ${#failed[@]} -le 3 ] || exit 1
unittest "${failed[@]}" || exit 1
echo "note: passed at the second attempt: ${failed[*]}"
