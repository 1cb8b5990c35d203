"""Writes worlds: logs with attacks and innocent traffic, and the truth about each line. Python's standard library only.

    python3 sweep/worlds --list
    python3 sweep/worlds --out sample-logs/worlds                         # the small ones, as committed
    python3 sweep/worlds --check sample-logs/worlds                       # are those what it writes?
    python3 sweep/worlds --size big --seeds 1,2,3 --out DIR [--world NAME]  # DIR/NAME-SEED, about 100,000 lines each

The same seed and size give the same bytes.
"""
import argparse
import gzip
import importlib
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from core import World  # noqa: E402
from formats import WRITERS  # noqa: E402

NOT_WORLDS = {"__main__", "core", "formats"}


def stories():
    names = sorted(name[:-3] for name in os.listdir(HERE) if name.endswith(".py"))
    return {name: importlib.import_module(name) for name in names if name not in NOT_WORLDS}


def readme(story, truth):
    """The world's page: its story, its attacks and its innocents."""
    out = [f"# {story.TITLE}", "", story.__doc__.strip(), "",
           f"`{truth['files'][0]['file']}` ({story.FORMAT}, {truth['files'][0]['lines']:,} lines). Invented throughout. "
           f"`truth.json` has the lines; its schema stands in `../README.md`.", "", "| attack | what happens | what the log shows |",
           "| --- | --- | --- |"]
    out += [f"| `{a['id']}` ({a['kind']}) | {a['title']} | {a['shown']} |" for a in truth["attacks"]]
    out += ["", "| innocent | what looks guilty |", "| --- | --- |"]
    out += [f"| `{d['id']}` ({d['kind']}) | {d['title']} |" for d in truth["decoys"]]
    return "\n".join(out) + "\n"


def write(story, seed, size, folder):
    world = World(story, seed, size)
    story.build(world)
    truth = world.write(folder, WRITERS[story.FORMAT](), packed=size == "small")
    with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as out:
        out.write(readme(story, truth))
    return truth


def content(path):
    """A file's bytes, unpacked: compressors differ between versions, what they hold does not."""
    with open(path, "rb") as file:
        data = file.read()
    return gzip.decompress(data) if path.endswith(".gz") else data


def check(known, folder):
    wrong = 0
    with tempfile.TemporaryDirectory() as fresh:
        for name, story in known.items():
            write(story, 1, "small", os.path.join(fresh, name))
            for file in sorted(os.listdir(os.path.join(fresh, name))):
                there = os.path.join(folder, name, file)
                if not os.path.isfile(there) or content(there) != content(os.path.join(fresh, name, file)):
                    print(f"{there} is not what the generator writes", file=sys.stderr)
                    wrong += 1
    print(f"{len(known)} worlds, {wrong} files that differ")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out")
    parser.add_argument("--world", action="append", help="only this one (may be given again)")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--size", choices=["small", "big"], default="small")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", metavar="DIR", help="compare the small worlds in DIR with what would be written")
    options = parser.parse_args()
    known = stories()
    if options.check:
        return check(known, options.check)
    if options.list or not options.out:
        for name, story in known.items():
            print(f"{name:12} {story.FORMAT:16} {story.TITLE}")
        return 0
    for name in options.world or known:
        if name not in known:
            print(f"no world is called {name!r}; there are {', '.join(known)}", file=sys.stderr)
            return 2
        for seed in options.seeds.split(","):
            folder = os.path.join(options.out, name if options.size == "small" else f"{name}-{seed}")
            truth = write(known[name], int(seed), options.size, folder)
            print(f"{folder}: {truth['files'][0]['lines']:,} lines, {len(truth['attacks'])} attacks, {len(truth['decoys'])} decoys")
    return 0


if __name__ == "__main__":
    sys.exit(main())
