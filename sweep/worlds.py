#!/usr/bin/env python3
"""How well does breachline judge worlds that nobody tuned it on? Hunts over them, compares with the truth, prints one table.

    cargo build --release
    python3 sweep/worlds.py                                     # the committed ones, in sample-logs/worlds
    python3 sweep/worlds --size big --seeds 1,2,3 --out DIR     # larger ones …
    python3 sweep/worlds.py --worlds DIR                        # … and how those went

A finding of level medium or above is *right* when at least half of its lines are attacks' (`lines` or `related` of
truth.json); otherwise it is an accusation, charged to the decoy with the most of its lines, or to `traffic`.
An attack is *found* when right findings cite at least a fifth of its lines, and *hinted* when only findings below medium
do. A gap in the log is found when it is told among the gaps of the coverage, or a finding of any level cites a line beside it.
Precision is over the right findings that cite more of this attack than of any other; recall is over all right findings.
"""
import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
LEVELS = ["informational", "low", "medium", "high", "critical"]
FOUND_RECALL = 0.2


def numbers(text):
    out = set()
    for part in text.split():
        first, _, last = part.partition("-")
        out.update(range(int(first), int(last or first) + 1))
    return out


def cited(finding):
    out = set()
    for source in finding["evidence"].get("lines", []):
        for first, last in source["ranges"]:
            out.update(range(first, last + 1))
    return out


def lines_of(entry, part="lines"):
    return set().union(*(numbers(text) for text in entry.get(part, {}).values()))


def hunt(binary, folder, truth, extra):
    logs = [os.path.join(folder, f["file"]) for f in truth["files"]]
    began = time.time()
    done = subprocess.run([binary, "hunt", *logs, "--format", "json", "-q", *truth.get("options", []), *extra], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in (0, 1):
        sys.exit(f"{folder}: exit {done.returncode}: {done.stderr.decode()[:600]}")
    return json.loads(done.stdout), time.time() - began


def gap_told(hunted, gap):
    """Whether a gap of the coverage lies mostly within the truth's, or the other way round."""
    text = json.dumps(hunted["coverage"].get("gaps", []))
    return gap[0][:13] in text or gap[1][:13] in text


def judge(truth, hunted):
    attacks = {a["id"]: lines_of(a) for a in truth["attacks"]}
    guilty = set().union(*attacks.values(), *(lines_of(a, "related") for a in truth["attacks"])) if attacks else set()
    decoys = {d["id"]: lines_of(d) for d in truth["decoys"]}
    right, hints, accusations = [], [], []
    for finding in hunted["findings"]:
        lines = cited(finding)
        if not lines:
            continue
        loud = LEVELS.index(finding["level"]) >= LEVELS.index("medium")
        if 2 * len(lines & guilty) >= len(lines):
            main = max(attacks, key=lambda name: len(lines & attacks[name]))
            (right if loud else hints).append((finding["rule"], lines, main))
        elif loud:
            blamed = max(decoys, key=lambda name: len(lines & decoys[name]), default=None)
            blamed = blamed if blamed and lines & decoys[blamed] else "traffic"
            accusations.append({"rule": finding["rule"], "level": finding["level"], "charged": blamed, "lines": len(lines), "title": finding["title"]})
    rows = []
    for attack in truth["attacks"]:
        name, own = attack["id"], attacks[attack["id"]]
        reached = set().union(*(lines & own for _, lines, _ in right)) if right else set()
        mine = [(rule, lines) for rule, lines, main in right if main == name]
        union = set().union(*(lines for _, lines in mine)) if mine else set()
        row = {"id": name, "kind": attack["kind"], "lines": len(own), "recall": len(reached) / max(1, len(own)),
               "precision": len(union & guilty) / len(union) if union else None, "rules": sorted({rule for rule, lines, _ in right if lines & own})}
        if attack["kind"] == "log-gap":
            beside = any(lines & own for _, lines, _ in right + hints)
            row["state"] = "found" if beside or gap_told(hunted, attack["gap"]) else "MISSED"
            row["recall"] = 1.0 if row["state"] == "found" else 0.0
        elif row["recall"] >= FOUND_RECALL:
            row["state"] = "found"
        else:
            low = set().union(*(lines & own for _, lines, _ in hints)) if hints else set()
            row["state"] = "hinted" if len(low) >= FOUND_RECALL * len(own) else "MISSED"
            if row["state"] == "hinted":
                row["rules"] = sorted({rule for rule, lines, _ in hints if lines & own})
        rows.append(row)
    return rows, accusations


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    parser.add_argument("--bin", default=os.path.join(target, "release", "breachline"), help="the program to judge")
    parser.add_argument("--worlds", default=os.path.join(ROOT, "sample-logs", "worlds"), help="a folder of worlds")
    parser.add_argument("--only", help="worlds whose folder begins so")
    parser.add_argument("--rules", help="passed on to hunt")
    parser.add_argument("--json", help="also write all figures to this file")
    return parser.parse_args()


def main():
    chosen = options()
    extra = ["--rules", chosen.rules] if chosen.rules else []
    total = {"found": 0, "hinted": 0, "MISSED": 0}
    blamed, everything = [], []
    print(f"{'world':14} {'attack':18} {'kind':30} {'state':7} {'prec':>5} {'rec':>5} {'lines':>6}  rules")
    for folder in sorted(os.listdir(chosen.worlds)):
        path = os.path.join(chosen.worlds, folder)
        if not os.path.isfile(os.path.join(path, "truth.json")) or (chosen.only and not folder.startswith(chosen.only)):
            continue
        with open(os.path.join(path, "truth.json"), encoding="utf-8") as file:
            truth = json.load(file)
        hunted, took = hunt(chosen.bin, path, truth, extra)
        rows, accusations = judge(truth, hunted)
        for row in rows:
            total[row["state"]] += 1
            precision = "-" if row["precision"] is None else f"{row['precision']:.2f}"
            print(f"{folder:14} {row['id']:18} {row['kind']:30} {row['state']:7} {precision:>5} {row['recall']:5.2f} {row['lines']:6}  {', '.join(row['rules'])}")
        for accusation in accusations:
            blamed.append((folder, accusation))
            print(f"{folder:14} {accusation['charged']:18} {'!! accused':30} {accusation['level']:7} {'':11} {accusation['lines']:6}  {accusation['rule']}: {accusation['title']}")
        everything.append({"world": folder, "seconds": round(took, 2), "attacks": rows, "accusations": accusations})
        sys.stdout.flush()
    print(f"\n{sum(total.values())} attacks: {total['found']} found, {total['hinted']} hinted, {total['MISSED']} missed; {len(blamed)} false accusations")
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as out:
            json.dump(everything, out, indent=1)


if __name__ == "__main__":
    main()
