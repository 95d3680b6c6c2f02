#!/usr/bin/env bash
# test/demo/gitops.sh OPSC: examples/gitops on a real cluster: a commit is synced, drift healed, an
# object pruned, a broken commit refused, an image that does not start reported while the version
# before serves. Starts a cluster of its own (root), or uses the one that `./dev cluster up` has
# started. Fails where the outcome is not what it should be.
set -uo pipefail
opsc=$(realpath "$1")
cd "$(dirname "$0")/../.."
root=$PWD
scratch=$(mktemp -d "${TMPDIR:-/tmp}/opsc-gitops-XXXXXX")
running=${OPSC_CLUSTER_RUN:-/tmp/opsc-cluster-$(id -u)}
[ -f "$running/settings" ] || running=
export OPSC_CLUSTER_RUN=${running:-$scratch/cluster} NO_COLOR=1
export OPSC_PARAM_repository=$scratch/shop.git SHOP_SESSION_KEY=correct-horse-battery
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.com
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.com
agent=

finish() {
  [ -z "$agent" ] || kill "$agent" 2>/dev/null
  if [ -n "$running" ]; then
    kubectl delete namespace shop-staging shop-production >/dev/null 2>&1
    kubectl delete crd teams.example.com >/dev/null 2>&1
  else
    "$root/test/cluster/cluster" down >/dev/null 2>&1
  fi
  rm -rf "$scratch"
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
kubectl() { "$root/test/cluster/cluster" kubectl "$@"; }
# The commit of what was edited, as a person makes it.
commit() {
  git -C "$scratch/work" add -A
  git -C "$scratch/work" commit -q -m "$1"
  git -C "$scratch/work" push -q origin HEAD:main
  printf '$ git commit -m "%s" && git push\n' "$1"
}
edit() { sed -i "$1" "$scratch/work/shop/shop.ops"; }
# wait_for SECONDS COMMAND…
wait_for() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}
page() { kubectl -n "shop-$1" get configmap page -o 'jsonpath={.data.index\.html}'; }
says() { [ "$(page "$1")" = "$2" ]; }
serving() {
  kubectl -n "shop-$1" get deployment web -o 'jsonpath={.status.readyReplicas}/{.spec.replicas}'
}

if [ -z "$running" ]; then
  echo "starting a Kubernetes of one node …"
  test/cluster/cluster up >/dev/null || fail "the cluster does not start"
fi
export KUBECONFIG=$OPSC_CLUSTER_RUN/pki/admin.kubeconfig
git init -q --bare -b main "$scratch/shop.git"
git clone -q "$scratch/shop.git" "$scratch/work" 2>/dev/null
mkdir "$scratch/agent"
cp examples/gitops/main.ops "$scratch/agent/"
cp -r examples/gitops/platform examples/gitops/shop "$scratch/work/"
cd "$scratch/agent"

title "A commit becomes the state of the cluster"
commit "the shop"
run 0 agent --once
[ "$(serving production)" = 2/2 ] || fail "production does not serve"
kubectl get teams,deployments -A

title "Again: nothing to do"
run 0 agent --once

title "Drift by hand, while the agent runs"
"$opsc" agent >>"$scratch/agent.log" 2>&1 & agent=$!
sleep 3
printf '$ kubectl -n shop-production edit configmap page\n'
kubectl -n shop-production patch configmap page -p '{"data":{"index.html":"hacked\n"}}' >/dev/null
wait_for 10 says production "hello from production" || fail "drift was not healed"
sleep 1
cat "$scratch/agent.log"

title "A commit while the agent runs"
: >"$scratch/agent.log"
edit 's/hello from/good morning from/'
commit "a new greeting"
wait_for 90 says staging "good morning from staging" || fail "staging has not followed"
wait_for 90 says production "good morning from production" || fail "production has not followed"
wait_for 60 grep -q 'shop\["production"\].*synced' "$scratch/agent.log"
kill -TERM "$agent"; wait "$agent" 2>/dev/null; agent=
cat "$scratch/agent.log"

title "Removed from Git: pruned from the cluster"
sed -i '/^k8s.Service web_service/,$d' "$scratch/work/shop/shop.ops"
commit "no service any more"
run 0 agent --once
kubectl -n shop-production get service web >/dev/null 2>&1 && fail "the service is still there"

title "A broken commit: refused with the line, the cluster stays as it was"
edit 's/containerPort: 8080/containerPrt: 8080/'
commit "a typo"
run 1 agent --once
[ "$(serving production)" = 2/2 ] || fail "production does not serve"

title "An image that does not start: reported, the version before serves on"
edit 's/containerPrt: 8080/containerPort: 8080/; s/^let image = .*/let image = "local\/nowhere:1"/; s/timeout: 60s/timeout: 10s/'
commit "a new image"
run 1 agent --once
[ "$(kubectl -n shop-production get deployment web -o 'jsonpath={.status.readyReplicas}')" -ge 1 ] ||
  fail "nothing serves"
run 0 status
run 0 why 'shop["production"]/web'
run 0 why k8s/shop-production/Deployment/web
