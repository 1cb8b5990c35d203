#!/usr/bin/env bash
# From logs to evidence that was checked, for scripts and for 3 a.m.
#
#   examples/respond.sh OUT LOGS...
#
# OUT must not exist yet. It gets case/, hunt.json, evidence/, report.html, notification.json and ROOT.
# LEVEL=high (the default) is the level from which findings count; ANALYST names you in the custody log; BREACHLINE is
# the program.
#
# Exits as breachline does: 0 nothing at LEVEL, 1 findings at LEVEL or above, 3 done, but some log was missing, unreadable
# or cut short, 2 could not do the work, or the evidence does not hold.
set -uo pipefail

if [ $# -lt 2 ]; then
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
out=$1
shift
breachline=${BREACHLINE:-breachline}
level=${LEVEL:-high}
by=${ANALYST:+--by=$ANALYST}

if [ -e "$out" ]; then
    echo "respond: $out is there already; give a new directory, so that old and new evidence stay apart" >&2
    exit 2
fi
mkdir -p "$out" || exit 2

# 2 ends the work; of the others the highest in breachline's order (3, then 1, then 0) counts.
result=0
step() {
    local code=0
    "$@" || code=$?
    case $code in
        0) ;;
        1) [ "$result" = 3 ] || result=1 ;;
        3) result=3 ;;
        *)
            # Where nothing came of it (a mistyped path, say), nothing is left.
            rmdir "$out" 2>/dev/null
            exit 2
            ;;
    esac
}

step "$breachline" ingest --case "$out/case" ${by:+"$by"} -- "$@"
step "$breachline" hunt --case "$out/case" --format json --fail-on "$level" --quiet >"$out/hunt.json"
step "$breachline" export --case "$out/case" --out "$out/evidence" --containment ${by:+"$by"} --quiet
step "$breachline" report --case "$out/case" --out "$out/report.html" --notification "$out/notification.json" --quiet

code=0
"$breachline" verify "$out/evidence" --against "$@" --key "$out/case/key" --quiet || code=$?
case $code in
    0) ;;
    3) result=3 ;;
    *)
        echo "respond: the evidence does not hold" >&2
        exit 2
        ;;
esac
# The root is to be written down where nobody can change it.
sha256sum "$out/evidence/SHA256SUMS" | cut -d' ' -f1 >"$out/ROOT"
exit "$result"
