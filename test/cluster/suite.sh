#!/usr/bin/env bash
# test/cluster/suite.sh OPSC [TEST…]: starts a cluster (as root with a node), runs the tests of suite/
# against it, ends it. A TEST is a name as unittest has it: test_apply.Apply.test_prune_takes_what_opsc_made_and_nothing_else
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
# A node needs root, and there can be one on a machine only.
tier=api
if [ "$(id -u)" = 0 ] && command -v containerd >/dev/null && [ ! -e /sys/class/net/cni0 ]; then
  tier=up
  export OPSC_CLUSTER_NODE=1
fi
OPSC_CLUSTER_KUBECONFIG=$("$here/cluster" $tier) || exit 1
export OPSC_CLUSTER_KUBECONFIG
cd "$here/suite"
python3 -W ignore::ResourceWarning -m unittest -v "$@"
