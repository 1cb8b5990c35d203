#!/bin/sh
# A million lines of an IIS log (W3C, spaces between) into columns and a group-by, beside public tools that read the
# same file, in CPU seconds (user + system). Usage: benches/compare-tables.sh [LINES]. Tools not installed are left out.
set -eu
cd "$(dirname "$0")/.."
lines=${1:-1000000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bench=${BREACHLINE_BENCH:-}
if [ -z "$bench" ]; then
    bench=$(cargo bench -p breachline-parsers --bench combined --no-run --message-format=json |
        sed -n 's/.*"executable":"\([^"]*combined-[^"]*\)".*/\1/p' | tail -n 1)
fi
file=$scratch/w3c.log
python3 - "$lines" >"$file" <<'PYTHON'
import random, sys
rng = random.Random(7)
fields = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken"
print("#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2024-03-12 00:00:00\n#Fields: " + fields)
agents = [f"Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+Chrome/{n}.0" for n in range(90, 125)]
users = ["-", "-"] + ["CORP\\u" + str(n) for n in range(900)]
for at in range(int(sys.argv[1])):
    second = at // 12 % 86400
    print(f"2024-03-{12 + at // 12 // 86400:02} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} 10.0.0.5 "
          f"{rng.choice(['GET', 'GET', 'GET', 'POST'])} /api/v2/orders/{rng.randrange(200000)} {rng.choice(['-', 'expand=items'])} 443 "
          f"{rng.choice(users[:2] if rng.random() < 0.6 else users)} 203.0.{rng.randrange(256)}.{rng.randrange(256)} "
          f"{rng.choice(agents)} - {rng.choice([200, 200, 200, 304, 404, 500])} 0 0 {rng.randrange(90000)} {rng.randrange(2000)} {rng.randrange(3000)}")
PYTHON

# cpu NAME COMMAND...: notes the least CPU seconds of three runs, and the most memory.
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

cpu breachline "$bench" "$file"
if command -v goaccess >/dev/null; then
    cpu goaccess goaccess "$file" --log-format=W3C --no-global-config -o "$scratch/goaccess.json"
fi
if command -v lnav >/dev/null; then
    query='SELECT c_ip, count(*), sum(sc_bytes) FROM w3c_log GROUP BY c_ip ORDER BY 2 DESC LIMIT 3'
    cpu lnav env "HOME=$scratch" lnav -n -c ";$query" "$file"
fi
if python3 -c 'import duckdb' 2>/dev/null; then
    cat >"$scratch/duck.py" <<'PYTHON'
import sys
import duckdb
con = duckdb.connect(config={"threads": 1})
names = open(sys.argv[1]).readlines()[3].split()[1:]
types = {name: "VARCHAR" for name in names}
types |= {"date": "DATE", "time": "TIME", "sc-status": "SMALLINT", "sc-bytes": "BIGINT", "cs-bytes": "BIGINT", "time-taken": "BIGINT"}
con.execute("CREATE TABLE requests AS SELECT * FROM read_csv(?, delim=' ', header=false, skip=4, quote='', escape='', nullstr='-', columns=?)",
            [sys.argv[1], types])
con.sql('SELECT "c-ip", count(*), sum("sc-bytes") FROM requests GROUP BY ALL ORDER BY 2 DESC LIMIT 3').fetchall()
PYTHON
    cpu duckdb python3 "$scratch/duck.py" "$file"
fi

bytes=$(wc -c <"$file")
awk -v bytes="$bytes" 'BEGIN { printf "%-12s %10s %12s %10s %8s\n", "tool", "CPU s", "MB/s/core", "peak MiB", "ratio" }
    NR == 1 { ours = $2 }
    { note = $4 == "ok" ? "" : "  " $4 " " $5
      printf "%-12s %10.2f %12.0f %10d %7.1fx%s\n", $1, $2, bytes / 1e6 / ($2 + 0.001), $3, $2 / ours, note }' "$scratch/result"
