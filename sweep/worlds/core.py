"""What every world is made of: a clock, addresses, people, requests, and the truth about each line.

A world is invented throughout: no real company, person, account or token is meant. Addresses come from the ranges set
aside for benchmarking and documentation (RFC 2544, 3849, 5737); only search engines have their published ones.
"""
import calendar
import gzip
import io
import json
import os
import random
import time

DAY = 86400

# Shares of a day's requests by local hour.
RHYTHMS = {
    "office": [1, 1, 0, 0, 0, 1, 3, 10, 30, 45, 50, 45, 30, 25, 40, 45, 40, 28, 14, 8, 5, 4, 3, 2],
    "home": [6, 3, 2, 1, 1, 2, 5, 11, 14, 15, 16, 18, 20, 18, 16, 16, 18, 22, 27, 32, 36, 34, 26, 14],
    "commute": [5, 3, 2, 1, 2, 8, 24, 42, 38, 20, 15, 17, 24, 22, 16, 17, 25, 43, 47, 34, 24, 20, 17, 10],
    "late": [24, 14, 7, 4, 2, 2, 3, 6, 10, 14, 18, 20, 24, 26, 28, 30, 32, 34, 36, 38, 42, 46, 44, 36],
    "flat": [1] * 24,
}

DESKTOP = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36 Edg/{c}.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{s} Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:{f}.0) Gecko/20100101 Firefox/{f}.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{f}.0) Gecko/20100101 Firefox/{f}.0",
]
PHONE = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{i} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{i} Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/{c}.0.0.0 Mobile Safari/537.36",
]
DIGITS62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class World:
    """One world at one seed and size: collects requests, then writes the log and the truth."""

    def __init__(self, story, seed, size):
        self.story = story
        self.seed = seed
        self.size = size
        self.rng = random.Random(f"{story.NAME}/{seed}/{size}")
        self.zone = story.ZONE * 3600
        self.days = self.n(*story.DAYS)
        self.start = calendar.timegm(time.strptime(story.START, "%Y-%m-%d")) - self.zone
        self.end = self.start + self.days * DAY
        self.target = self.n(*getattr(story, "LINES", (8_000, 100_000)))
        self.events = []
        self.attacks = {}
        self.decoys = {}
        self.hole = None

    # ---- numbers and names

    def n(self, small, big):
        """The figure for this size."""
        return big if self.size == "big" else small

    def chance(self, p):
        return self.rng.random() < p

    def pick(self, items):
        return items[self.rng.randrange(len(items))]

    def digits(self, count):
        return "".join(self.pick("0123456789") for _ in range(count))

    def base62(self, count):
        return "".join(self.pick(DIGITS62) for _ in range(count))

    def hexes(self, count):
        return "".join(self.pick("0123456789abcdef") for _ in range(count))

    def uuid(self):
        h = self.hexes(32)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{self.pick('89ab')}{h[17:20]}-{h[20:]}"

    def browser(self, phone=0.4):
        form = self.pick(PHONE if self.chance(phone) else DESKTOP)
        c = self.pick([137, 138, 138, 139, 139, 139, 140, 140, 141])
        return form.format(c=c, f=c - 1, s=self.pick(["17.6", "18.3", "18.5"]), i=self.pick([3, 5, 5, 6]))

    def near(self, size, spread=0.15):
        """A size scattered about the usual one."""
        return max(0, int(self.rng.gauss(size, size * spread)))

    # ---- addresses

    def home(self, low=0, high=511):
        """A household's address: one of the /24 networks `low..high` of 198.18.0.0/15."""
        net = self.rng.randint(low, high)
        return f"198.{18 + net // 256}.{net % 256}.{self.rng.randint(1, 254)}"

    def home6(self):
        return f"2001:db8:{self.rng.randint(0x100, 0x8fff):x}:{self.rng.randint(0, 0xff):x}::{self.rng.randint(2, 0xffff):x}"

    # ---- time

    def at(self, day, hour):
        """An instant, by days from the start and the local hour."""
        return self.start + day * DAY + hour * 3600

    def moment(self, rhythm="home", first=0, last=None, weekend=1.0):
        """A random instant that follows the rhythm of the day; `weekend` thins Saturdays and Sundays."""
        last = self.days if last is None else last
        while True:
            day = self.rng.randrange(first, last)
            week = time.gmtime(self.start + self.zone + day * DAY).tm_wday
            if week >= 5 and not self.chance(weekend):
                continue
            hour = self.rng.choices(range(24), RHYTHMS[rhythm])[0]
            return self.at(day, hour) + self.rng.random() * 3600

    def pause(self, mean):
        return 0.2 + self.rng.expovariate(1 / mean)

    # ---- requests

    def attack(self, name, kind, title, shown, **actors):
        """Registers an attack; `shown` says where the log shows it. `actors`: known values by kind of entity."""
        self.attacks[name] = {"id": name, "kind": kind, "title": title, "shown": shown,
                              "actors": {k: sorted(set(v)) for k, v in actors.items()}}
        return name

    def decoy(self, name, kind, title):
        """Registers innocent traffic that looks guilty."""
        self.decoys[name] = {"id": name, "kind": kind, "title": title}
        return name

    def actor(self, name, kind, value):
        values = self.attacks[name]["actors"].setdefault(kind, [])
        if value not in values:
            values.append(value)

    def add(self, ts, ip, method, path, status, size, tag=None, related=False, **more):
        """One request. `tag` is the attack or decoy it belongs to; `related` marks an attack's harmless-looking lines.

        More: query, ua, ref, who, token, key, app, session, sent, ms, host, cred, exp, iat.
        """
        if not self.start <= ts < self.end:
            return
        if self.hole and self.hole[0] <= ts < self.hole[1]:
            return
        if status in (204, 304):
            size = 0
        more.setdefault("ms", max(1, int(self.rng.lognormvariate(3.6, 0.6))))
        self.events.append(dict(more, ts=ts, ip=ip, method=method, path=path, status=status, size=size, tag=tag,
                                related=related))

    def fill(self, visit):
        """Ordinary traffic until the log has its size."""
        guard = 0
        while len(self.events) < self.target and guard < self.target * 4:
            visit()
            guard += 1

    # ---- output

    def write(self, folder, writer, packed):
        os.makedirs(folder, exist_ok=True)
        self.events.sort(key=lambda event: event["ts"])
        lines, marks, last = [], {}, None
        for event in self.events:
            for text in writer.lines(event, self, last):
                lines.append(text)
            last = event
            if event["tag"]:
                part = "related" if event["related"] else "lines"
                marks.setdefault((event["tag"], part), []).append(len(lines))
            event["line"] = len(lines)
        if self.hole:
            self.mark_hole(marks)
        name = self.story.FILE + (".gz" if packed else "")
        data = ("\n".join(lines) + "\n").encode("utf-8")
        with open(os.path.join(folder, name), "wb") as out:
            out.write(pack(data) if packed else data)
        truth = self.truth(name, len(lines), marks)
        with open(os.path.join(folder, "truth.json"), "w", encoding="utf-8") as out:
            out.write(json.dumps(truth, ensure_ascii=False, indent=1) + "\n")
        return truth

    def mark_hole(self, marks):
        """A gap has no lines: the last before and the first after stand for it."""
        name = next(a["id"] for a in self.attacks.values() if a["kind"] == "log-gap")
        before = [e["line"] for e in self.events if e["ts"] < self.hole[0]]
        after = [e["line"] for e in self.events if e["ts"] >= self.hole[1]]
        marks[(name, "lines")] = [before[-1], after[0]]
        self.attacks[name]["gap"] = [stamp(self.hole[0]), stamp(self.hole[1])]

    def truth(self, file, count, marks):
        by_tag = {}
        for event in self.events:
            if event["tag"] and not event["related"]:
                by_tag.setdefault(event["tag"], []).append(event["ts"])
        entries = {"attacks": [], "decoys": []}
        for group, known in (("attacks", self.attacks), ("decoys", self.decoys)):
            for name, entry in known.items():
                times = by_tag.get(name, [])
                entry = dict(entry, first=stamp(min(times)) if times else None, last=stamp(max(times)) if times else None)
                entry["lines"] = {file: ranges(marks.get((name, "lines"), []))}
                if (name, "related") in marks:
                    entry["related"] = {file: ranges(marks[(name, "related")])}
                entries[group].append(entry)
        return {"schema": "breachline.world/1", "world": self.story.NAME, "seed": self.seed, "size": self.size,
                "options": list(getattr(self.story, "OPTIONS", [])),
                "files": [{"file": file, "format": self.story.FORMAT, "lines": count}], **entries}


def pack(data):
    """gzip without a time or a name, so that the same world gives the same bytes."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0, filename="") as file:
        file.write(data)
    return out.getvalue()


def stamp(ts):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts))


def ranges(numbers):
    """`3-9 12 15-20`: line numbers from 1, in order, inclusive."""
    out = []
    for number in sorted(numbers):
        if out and number == out[-1][1] + 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return " ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in out)
