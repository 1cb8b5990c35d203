#!/bin/sh
# One million combined lines into columns and a group-by, beside public tools, in CPU seconds (user + system).
# Usage: benches/compare.sh [FILE]; without FILE a log is generated. Tools that are not installed are left out.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bench=${BREACHLINE_BENCH:-}
if [ -z "$bench" ]; then
    bench=$(cargo bench -p breachline-parsers --bench combined --no-run --message-format=json |
        sed -n 's/.*"executable":"\([^"]*combined-[^"]*\)".*/\1/p' | tail -n 1)
fi
file=${1:-$scratch/combined.log}
[ $# -gt 0 ] || "$bench" "$file" --generate 1000000

# cpu NAME COMMAND: runs the shell command and notes its CPU seconds, children included.
cpu() {
    printf '%s\n' "$2" >"$scratch/run.sh"
    python3 - "$1" "$scratch/run.sh" >>"$scratch/result" <<'PYTHON'
import resource, subprocess, sys
done = subprocess.run(["sh", sys.argv[2]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
print(sys.argv[1], f"{seconds:.2f}", f"{peak:.0f}", "ok" if done.returncode == 0 else f"exit {done.returncode}")
PYTHON
}

groups='count(*), sum(bytes), sum(status >= 400)'
export file bench
cpu breachline "'$bench' '$file'"
if command -v goaccess >/dev/null; then
    cpu goaccess "goaccess '$file' --log-format=COMBINED --no-global-config -o '$scratch/goaccess.json'"
fi
if command -v lnav >/dev/null; then
    query='SELECT c_ip, count(*), sum(sc_bytes), sum(sc_status >= 400) FROM access_log GROUP BY c_ip ORDER BY 2 DESC LIMIT 3'
    cpu lnav "HOME='$scratch' lnav -n -c ';$query' '$file'"
fi
if python3 -c 'import duckdb' 2>/dev/null; then
    pattern='^(\S+) \S+ \S+ \[[^\]]*\] "[^"]*" (\d{3}) (\d+|-)'
    cat >"$scratch/duck.py" <<PYTHON
import duckdb
duckdb.sql(r"""
    SELECT client, $groups FROM (
        SELECT m.client, TRY_CAST(m.status AS INT) AS status, TRY_CAST(m.bytes AS BIGINT) AS bytes FROM (
            SELECT regexp_extract(line, '$pattern', ['client', 'status', 'bytes']) AS m
            FROM read_csv('$file', columns={'line': 'VARCHAR'}, delim='\0', quote='', escape='', header=false)))
    GROUP BY client ORDER BY 2 DESC LIMIT 3""").fetchall()
PYTHON
    cpu duckdb "python3 '$scratch/duck.py'"
fi

bytes=$(wc -c <"$file")
awk -v bytes="$bytes" 'BEGIN { printf "%-12s %10s %12s %10s %8s\n", "tool", "CPU s", "MB/s/core", "peak MiB", "ratio" }
    NR == 1 { ours = $2 }
    { note = $4 == "ok" ? "" : "  " $4 " " $5
      printf "%-12s %10.2f %12.0f %10d %7.1fx%s\n", $1, $2, bytes / 1e6 / ($2 + 0.001), $3, $2 / ours, note }' "$scratch/result"
