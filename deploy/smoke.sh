#!/usr/bin/env sh
# Ask a running server whether it lives, is ready, refuses strangers and answers. Usage: deploy/smoke.sh [URL] [TOKEN]
# Without a token only what needs none is asked. Exit code 0: all well; 1: the line that says what is not.
set -u
url=${1:-http://127.0.0.1:8765}
token=${2:-${TRABOULE_TOKEN:-}}

fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }
status() { curl --silent --output /dev/null --max-time 30 --write-out '%{http_code}' "$@"; }

[ "$(status "$url/livez")" = 200 ] || fail "$url/livez does not answer: is the server running, and reachable from here?"
[ "$(status "$url/readyz")" = 200 ] || fail "$url/readyz is not 200: 'traboule doctor' in the server's home says what is missing"
[ "$(status "$url/")" = 200 ] || fail "the chat page does not answer"
[ "$(status "$url/openapi.json")" = 200 ] || fail "the API description does not answer"
echo "alive, ready, page and API description: well"

if [ -z "$token" ]; then
  code=$(status --request POST --header 'Content-Type: application/json' --data '{"query": "allergie"}' "$url/v1/search")
  case $code in
    401) echo "a stranger is refused: well" ;;
    200) echo "a stranger is answered: this is the demonstration, or something is wrong" ;;
    *) fail "a stranger gets $code, not 401" ;;
  esac
  exit 0
fi

code=$(status --request POST --header "Authorization: Bearer $token" --header 'Content-Type: application/json' \
  --data '{"query": "allergie", "k": 1}' "$url/v1/search")
[ "$code" = 200 ] || fail "a search with the token gets $code"
code=$(status --max-time 180 --request POST --header "Authorization: Bearer $token" --header 'Content-Type: application/json' \
  --data '{"question": "Quelle allergie est connue ?", "no_llm": true}' "$url/v1/ask")
[ "$code" = 200 ] || fail "a question with the token gets $code"
echo "search and question with the token: well"
