#!/bin/sh
# Half a million Kong lines into typed columns, beside DuckDB's read of the same fields, in CPU seconds (user + system)
# on one thread. Usage: benches/compare-json.sh [LINES]. Without DuckDB (pip install duckdb) only ours is measured.
set -eu
cd "$(dirname "$0")/.."
lines=${1:-500000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bench=${BREACHLINE_BENCH:-}
if [ -z "$bench" ]; then
    bench=$(cargo bench -p breachline-parsers --bench json --no-run --message-format=json |
        sed -n 's/.*"executable":"\([^"]*json-[^"]*\)".*/\1/p' | tail -n 1)
fi
file=$scratch/kong.json
"$bench" --lines "$lines" --generate "$file"

# cpu NAME COMMAND...: runs it three times and notes the least CPU seconds and the most memory.
cpu() {
    python3 - "$@" >>"$scratch/result" <<'PYTHON'
import os, subprocess, sys
best, peak, code = None, 0, 0
for _ in range(3):
    child = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, code, used = os.wait4(child.pid, 0)
    seconds = used.ru_utime + used.ru_stime
    best = seconds if best is None else min(best, seconds)
    peak = max(peak, used.ru_maxrss / 1024)
print(sys.argv[1], f"{best:.2f}", f"{peak:.0f}", "ok" if code == 0 else f"exit {code}")
PYTHON
}

cpu breachline "$bench" --load "$file"
if python3 -c 'import duckdb' 2>/dev/null; then
    cat >"$scratch/duck.py" <<'PYTHON'
import sys
import duckdb
con = duckdb.connect(config={"threads": 1})
con.sql("""
    CREATE TABLE requests AS
    SELECT started_at, latencies.request AS took, client_ip, request.headers."x-forwarded-for" AS forwarded,
        consumer.username AS principal, request.method AS method, request.headers.host AS host, request.uri AS target,
        response.status AS status, response.size AS bytes_out, request.size AS bytes_in,
        request.headers."user-agent" AS user_agent, tries[-1].ip AS upstream, upstream_status, request.id AS id
    FROM read_json($file, format='newline_delimited', columns={
        started_at: 'BIGINT', latencies: 'STRUCT(request BIGINT)', client_ip: 'VARCHAR',
        request: 'STRUCT(id VARCHAR, method VARCHAR, uri VARCHAR, size BIGINT,
            headers STRUCT(host VARCHAR, "x-forwarded-for" VARCHAR, "user-agent" VARCHAR))',
        response: 'STRUCT(status SMALLINT, size BIGINT)', consumer: 'STRUCT(username VARCHAR)',
        tries: 'STRUCT(ip VARCHAR)[]', upstream_status: 'VARCHAR'})""", params={"file": sys.argv[1]})
PYTHON
    cpu duckdb python3 "$scratch/duck.py" "$file"
fi

bytes=$(wc -c <"$file")
awk -v bytes="$bytes" 'BEGIN { printf "%-12s %10s %12s %10s %8s\n", "tool", "CPU s", "MB/s/core", "peak MiB", "ratio" }
    NR == 1 { ours = $2 }
    { note = $4 == "ok" ? "" : "  " $4 " " $5
      printf "%-12s %10.2f %12.0f %10d %7.1fx%s\n", $1, $2, bytes / 1e6 / ($2 + 0.001), $3, $2 / ours, note }' "$scratch/result"
