# PID 1 of the container. The kernel gives PID 1 no default action for signals: Node itself in this place would ignore
# SIGTERM unless the site handles it, and would be killed only after the grace period. It would not reap orphans either.
# So this shell stays, passes SIGTERM on, reaps, and ends with the site's own exit code.
"$@" &
site=$!
trap 'kill -TERM "$site" 2>/dev/null' TERM INT
while kill -0 "$site" 2>/dev/null; do
  # A signal ends this wait early, with the site still there.
  wait "$site"
  status=$?
done
exit "${status:-1}"
