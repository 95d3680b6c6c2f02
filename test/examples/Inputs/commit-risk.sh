# commit-risk.sh OPSC BIN PROJECT: trains and serves, asks, and compares with what is known of the context.
opsc=$1 PATH=$2:$PATH
cd "$3" || exit 1
OPSC_PARAM_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export OPSC_PARAM_port
trap '"$opsc" destroy --yes >/dev/null 2>&1' EXIT

"$opsc" apply --yes risk_api 2>&1
# ask TITLE WEEKDAY
ask() {
  body='{"id": "0123456789012345678901234567890123456789", "at": "2024-07-01T03:00:00Z", "author": "a",
    "authored": "2024-07-01T02:59:00Z", "hour": 3, "weekday": '$2', "merge": false, "files": 2, "insertions": 90, "deletions": 80,
    "directories": 2, "directory": "core/a", "message": 20, "says_fix": false}'
  echo "$1 $(curl -s -o answer.json -w '%{http_code}' -d "$body" "http://127.0.0.1:$OPSC_PARAM_port/predict") $(cat answer.json)"
}
ask PREDICTION 1
ask BAD 8
"$opsc" apply --yes risk_in_context 2>&1 | sed 's/^/CONTEXT /'
"$opsc" data profile .ops/out/change_in_context/features.chunk --json > profile.json
"$opsc" model show risk_in_context --json > context.json
"$opsc" model show risk --json > alone.json
python3 "$(dirname "$0")/commit-risk.py" profile.json .ops/out/history/commits.csv context.json alone.json
"$opsc" plan risk_api risk_in_context 2>&1 | sed 's/^/AGAIN /'
