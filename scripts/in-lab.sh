# Runs a command with the lab's addresses in its environment: sh scripts/in-lab.sh COMMAND ARGUMENT…
addresses="$(dirname "$0")/../.lab/env"
if [ ! -f "$addresses" ]; then
  echo 'The lab is not up. Bring it up first: npm run lab up' >&2
  exit 1
fi
. "$addresses"
exec "$@"
