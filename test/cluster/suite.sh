#!/usr/bin/env bash
# test/cluster/suite.sh OPSC [TEST…]: starts an API server, runs the tests of suite/ against it, ends
# it. A TEST is a name as unittest has it: test_apply.Apply.test_prune_takes_what_opsc_made_and_nothing_else
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
OPSC_CLUSTER_KUBECONFIG=$("$here/cluster" api) || exit 1
export OPSC_CLUSTER_KUBECONFIG
cd "$here/suite"
python3 -W ignore::ResourceWarning -m unittest -v "$@"
