#!/usr/bin/env python3
"""How well does breachline find simulated breaches? Runs the simulator beside the project, hunts, scores, prints Markdown.

    cargo build --release
    python3 sweep/sweep.py                       # six incidents and benign traffic, six formats, easy and medium, two seeds
    python3 sweep/sweep.py --seeds 1,2,3 --scenarios linkedin --formats kong,alb --difficulties easy,medium,hard

Outside the test gate: it needs python3 with numpy, and the simulator in ../shared/sim, which is not part of this project.
Without the simulator it says so and ends with 0. Nothing is kept: logs go to a temporary folder that is removed.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
FORMATS = ["combined", "nginx_json", "kong", "apigw", "alb", "envoy"]
INCIDENTS = ["aadhaar", "linkedin", "justdial", "facebook", "uber", "tmobile"]


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    comma = lambda text: [item for item in text.split(",") if item]
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    parser.add_argument("--bin", default=os.path.join(target, "release", "breachline"), help="the program to judge")
    parser.add_argument("--sim", default=os.path.join(ROOT, "..", "shared", "sim"), help="folder of the simulator")
    parser.add_argument("--seeds", type=comma, default=["7", "11"])
    parser.add_argument("--scenarios", type=comma, default=INCIDENTS + ["benign"])
    parser.add_argument("--formats", type=comma, default=FORMATS)
    parser.add_argument("--difficulties", type=comma, default=["easy", "medium"])
    parser.add_argument("--lines", type=int, default=120_000)
    parser.add_argument("--days", type=float, default=3)
    parser.add_argument("--jobs", type=int, default=2, help="simulations at the same time")
    parser.add_argument("--json", help="also write the figures to this file")
    return parser.parse_args()


def run(command, **more):
    """Runs a command; what it wrote to stderr is part of the complaint when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", **more)
    return done.returncode, done.stdout, done.stderr


def simulate_and_hunt(args, seed, difficulty, scenario):
    """One simulated world in all formats: a list of rows for the table."""
    rows = []
    sim = lambda name: os.path.join(args.sim, name)
    with tempfile.TemporaryDirectory(prefix="breachline-sweep-") as folder:
        command = [sys.executable, sim("sim.py"), "--scenario", scenario, "--seed", seed, "--difficulty", difficulty]
        command += ["--lines", str(args.lines), "--days", str(args.days), "--formats", ",".join(args.formats), "--out", folder]
        code, _, err = run(command)
        if code:
            return [dict(seed=seed, difficulty=difficulty, scenario=scenario, format="-", error=f"simulator: {tail(err)}")]
        for form in args.formats:
            row = dict(seed=seed, difficulty=difficulty, scenario=scenario, format=form)
            rows.append(row)
            log = os.path.join(folder, f"access.{form}.log")
            found = os.path.join(folder, f"hunt.{form}.json")
            started = time.monotonic()
            code, out, err = run([args.bin, "hunt", log, "--format", "json"])
            row["seconds"] = time.monotonic() - started
            if code not in (0, 1, 3, 4):
                row["error"] = f"hunt ended with {code}: {tail(err)}"
                continue
            with open(found, "w", encoding="utf-8") as handle:
                handle.write(out)
            code, adapted, err = run([sys.executable, sim("adapt.py"), found])
            if code:
                row["error"] = f"adapt.py: {tail(err)}"
                continue
            with open(found, "w", encoding="utf-8") as handle:
                handle.write(adapted)
            code, out, err = run([sys.executable, sim("score.py"), os.path.join(folder, f"truth.{form}.json"), found, "--json"])
            if code:
                row["error"] = f"score.py: {tail(err)}"
                continue
            row["score"] = json.loads(out)
            os.remove(log)
    return rows


def tail(text):
    lines = [line for line in text.strip().splitlines() if line]
    return lines[-1].replace("|", "/")[:160] if lines else "no message"


def share(value):
    return "-" if value is None else f"{value:.2f}"


def table_of_attacks(rows):
    print("| seed | format | difficulty | scenario | found | named | P | R | false alarms per million | on |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    passed = judged = 0
    for row in rows:
        start = f"| {row['seed']} | {row['format']} | {row['difficulty']} |"
        if "error" in row:
            print(f"{start} {row['scenario']} | error | | | | | {row['error']} |")
            judged += 1
            continue
        score = row["score"]
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(score["false_alarms_by_kind"].items()))
        for result in score["results"]:
            if result["blind"]:
                print(f"{start} {result['scenario']} | {'yes' if result['found'] else 'blind'} | | | | {score['fa_per_million']:.1f} | {kinds} |")
                continue
            judged += 1
            good = result["found"] and (result["line_p"] or 0) >= 0.9 and (result["line_r"] or 0) >= 0.9
            passed += good
            print(
                f"{start} {result['scenario']} | {'yes' if result['found'] else '**no**'} | {'yes' if result['named'] else 'no'} "
                f"| {share(result['line_p'])} | {share(result['line_r'])} | {score['fa_per_million']:.1f} | {kinds} |"
            )
    print(f"\n{passed} of {judged} found with line precision and recall of 0.9 or more (blind ones left out).")


def table_of_benign(rows):
    print("\n| seed | format | difficulty | findings | per million lines | on | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        start = f"| {row['seed']} | {row['format']} | {row['difficulty']} |"
        if "error" in row:
            print(f"{start} error | | {row['error']} | |")
            continue
        score = row["score"]
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(score["false_alarms_by_kind"].items()))
        print(f"{start} {score['false_alarms']} | {score['fa_per_million']:.1f} | {kinds} | {row['seconds']:.1f} |")


def main():
    args = options()
    if not os.path.isfile(os.path.join(args.sim, "sim.py")):
        print(f"SKIPPED: no simulator at {args.sim}; nothing was measured. Name its folder with --sim.", file=sys.stderr)
        return 0
    if not os.access(args.bin, os.X_OK):
        print(f"no program at {args.bin}: run `cargo build --release`, or name it with --bin", file=sys.stderr)
        return 2
    try:
        import numpy  # noqa: F401  (the simulator needs it)
    except ImportError:
        print("the simulator needs numpy: python3 -m pip install numpy", file=sys.stderr)
        return 2
    # Benign traffic has no difficulty.
    worlds = [
        (seed, difficulty, scenario)
        for seed in args.seeds
        for scenario in args.scenarios
        for difficulty in (args.difficulties[:1] if scenario == "benign" else args.difficulties)
    ]
    rows = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for done, result in enumerate(pool.map(lambda world: simulate_and_hunt(args, *world), worlds), 1):
            rows += result
            print(f"{done} of {len(worlds)} worlds", file=sys.stderr)
    place = lambda row: (args.seeds.index(row["seed"]), args.formats.index(row["format"]) if row["format"] in args.formats else -1,
                         args.difficulties.index(row["difficulty"]), args.scenarios.index(row["scenario"]))
    rows.sort(key=place)
    print(f"{args.lines} lines, {args.days:g} days, {os.path.basename(args.bin)}\n")
    table_of_attacks([row for row in rows if row["scenario"] != "benign"])
    if "benign" in args.scenarios:
        table_of_benign([row for row in rows if row["scenario"] == "benign"])
    if args.json:
        with open(args.json, "w", encoding="utf-8") as handle:
            json.dump(rows, handle, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
