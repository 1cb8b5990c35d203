"""
An Irish airline behind Cloudflare: no account is logged, only a session cookie where a browser has one. Bookings have locators
of six signs, vouchers eight in two groups, and shared itineraries time-ordered UUIDs (version 7), so that a link tells when it
was made. Seats are held for a quarter of an hour until they are paid. A storm grounded half of a day's flights.
"""
NAME = "kestrel"
TITLE = "Kestrel: an airline and its points"
FORMAT = "cloudflare"
FILE = "http_requests.ndjson"
HOST = "www.kestrelair.example"
ZONE = 0
START = "2026-01-19"
DAYS = (9, 14)
LINES = (7_200, 100_000)

COUNTRIES = ["ie", "ie", "ie", "gb", "es", "ie", "de", "ie", "ro", "nl", "us"]
SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PORTS = ["DUB", "ORK", "SNN", "LIS", "FCO", "BER", "CPH", "FAO", "KRK", "LPA", "EDI", "BOD"]
APP = "KestrelApp/5.2.0 (Android 14; SM-A546B)"


def locator(w):
    return "".join(w.pick(SIGNS) for _ in range(6))


def voucher(w):
    return "KV-" + "".join(w.pick(SIGNS) for _ in range(4)) + "-" + "".join(w.pick(SIGNS) for _ in range(4))


def link(w, ts):
    """A UUID of version 7: the first 48 bits are the milliseconds of its making."""
    h = f"{int(ts * 1000):012x}"
    return f"{h[:8]}-{h[8:]}-7{w.hexes(3)}-{w.pick('89ab')}{w.hexes(3)}-{w.hexes(12)}"


def flight(w):
    return f"KX{w.rng.randint(40, 480)}-202602{w.rng.randint(1, 28):02d}"


def build(w):
    people = [{"ip": w.home(0, 220), "ua": w.browser(0.55), "loc": locator(w), "sid": w.base62(12)} for _ in range(w.n(900, 9000))]
    shared = [link(w, w.start - w.rng.expovariate(1 / (14 * 86400))) for _ in range(w.n(260, 2600))]
    codes = [voucher(w) for _ in range(w.n(130, 1200))]
    farebot(w)
    storm(w, people)
    kiosks(w, people)
    lounge(w, people, shared, codes)
    uptime(w)
    previews(w, shared)
    campaign(w)
    vouchers(w)
    itineraries(w)
    holds(w)
    cached(w, people)
    points(w)
    w.fill(lambda: visit(w, w.pick(people), w.moment("home"), shared, codes))


def get(w, t, p, path, size, status=200, method="GET", **more):
    w.add(t, more.pop("ip", None) or p["ip"], method, path, status, w.near(size, 0.1) if status == 200 and size > 300 else size,
          **{"ua": p["ua"], **more})


def known(w, sid):
    """The cookie of a visit's first request: none, where the browser was never there or forgot."""
    return sid if w.chance(0.5) else None


def assets(w, t, p, sid, **more):
    """What a browser fetches beside a page; mostly answered by the cache."""
    for name, size in w.rng.sample([("app.4f1c9.js", 212_000), ("app.4f1c9.css", 38_400), ("inter.woff2", 61_200)], 2):
        w.add(t + w.rng.random(), p["ip"], "GET", f"/assets/{name}", 200, size, ua=p["ua"], session=sid,
              cache="hit" if w.chance(0.93) else "miss", ref=f"https://{HOST}/", **more)


def visit(w, p, t, shared, codes, **more):
    what = w.rng.random()
    sid = p["sid"]
    if what < 0.42:
        book(w, p, t, sid, **more)
    elif what < 0.64:
        manage(w, p, t, sid, **more)
    elif what < 0.8:
        itinerary(w, p, t, sid, shared, **more)
    elif what < 0.93:
        club(w, p, t, sid, **more)
    else:
        get(w, t, p, "/vouchers", 21_000, session=known(w, sid), **more)
        assets(w, t, p, sid, **more)
        for _ in range(w.rng.choices([1, 2], [4, 1])[0]):
            t += w.pause(30)
            wrong = w.chance(0.17)
            get(w, t, p, f"/api/v2/vouchers/{voucher(w) if wrong else w.pick(codes)}/balance", 71 if wrong else 188, 404 if wrong else 200, session=sid, **more)


def book(w, p, t, sid, **more):
    """Fares are compared; a quarter of the visitors hold seats, most of them pay."""
    get(w, t, p, "/", 54_000, session=known(w, sid), ref=w.pick(["", "https://www.google.com/"]), **more)
    assets(w, t, p, sid, **more)
    here, there = w.rng.sample(PORTS, 2)
    for _ in range(w.rng.randint(1, 4)):
        t += w.pause(25)
        get(w, t, p, "/api/v2/fares", 16_000,
            query=f"from={here}&to={there}&out=2026-02-{w.rng.randint(1, 28):02d}&pax={w.rng.choices([1, 2, 3, 4], [5, 6, 2, 2])[0]}", session=sid, **more)
    if w.chance(0.4):
        plane = flight(w)
        get(w, t + 20, p, f"/api/v2/seatmap/{plane}", 9_000, session=sid, **more)
        if w.chance(0.6):
            get(w, t + 60, p, "/api/v2/holds", 410, 201, "POST", query=f"flight={plane}&seats={w.rng.choices([1, 2, 3, 4], [5, 6, 2, 2])[0]}", session=sid, sent=520, **more)
            if w.chance(0.72):
                get(w, t + 60 + w.pause(200), p, "/api/v2/payments", 620, 201, "POST", session=sid, sent=1_400, **more)


def manage(w, p, t, sid, **more):
    get(w, t, p, "/manage", 24_000, session=known(w, sid), **more)
    assets(w, t, p, sid, **more)
    if w.chance(0.12):
        t += w.pause(20)
        get(w, t, p, f"/api/v2/bookings/{locator(w)}", 64, 404, session=sid, **more)
    t += w.pause(15)
    get(w, t, p, f"/api/v2/bookings/{p['loc']}", 4_800, session=sid, **more)
    if w.chance(0.5):
        get(w, t + w.pause(40), p, f"/api/v2/bookings/{p['loc']}/boarding-pass/1.pkpass", 31_000, session=sid, **more)


def itinerary(w, p, t, sid, shared, **more):
    """Somebody opens a journey that a friend shared, most often a recent one, and often twice."""
    which = shared[int(len(shared) * w.rng.random() ** 1.6)]
    ref = w.pick(["https://l.wl.example/", "", "https://mail.example/", ""])
    for turn in range(w.rng.choices([1, 2, 3], [5, 4, 2])[0]):
        get(w, t, p, f"/s/{which}", 13_400, session=sid if turn else known(w, sid), ref=ref, **more)
        assets(w, t, p, sid, **more)
        t += w.pause(9000)


def club(w, p, t, sid, **more):
    phone = w.chance(0.5)
    sid = None if phone else sid
    ua = APP if phone else p["ua"]
    if phone:
        get(w, t, p, "/api/v2/app/config", 2_900, ua=ua, **more)
    else:
        get(w, t, p, "/club", 26_000, session=known(w, sid), **more)
        assets(w, t, p, sid, **more)
    for _ in range(w.rng.choices([0, 1, 2], [84, 12, 4])[0]):
        t += w.pause(14)
        get(w, t, p, "/api/v2/club/login", 92, 401, "POST", ua=ua, session=sid, sent=240, **more)
    get(w, t + 15, p, "/api/v2/club/login", 840, 200, "POST", ua=ua, session=sid, sent=240, **more)
    get(w, t + 16, p, "/api/v2/club/me", 1_900, ua=ua, session=sid, **more)
    if w.chance(0.5):
        get(w, t + 40, p, "/api/v2/club/statement", 6_100, query="page=1", ua=ua, session=sid, **more)
    if not phone and w.chance(0.4):
        get(w, t + 60, p, "/club/profile", 7_300, session=sid, **more)
    if w.chance(0.06):
        get(w, t + 90, p, "/api/v2/club/redeem", 310, 201, "POST", ua=ua, session=sid, sent=380, **more)


def farebot(w):
    tag = w.decoy("fare-partner", "contracted-bot", "a fare comparison, which names itself, asks for the same pairs of airports every night, as fast as it is let")
    bot = {"ua": "FareKite/3.1 (+https://farekite.example/bot)"}
    for day in range(w.days):
        t = w.at(day, 2)
        for here in PORTS[: w.n(6, 12)]:
            for there in PORTS:
                if here != there:
                    t += w.pause(1.2)
                    limited = w.chance(0.04)
                    get(w, t, bot, "/api/v2/fares", 80 if limited else 16_000, 429 if limited else 200, ip=f"203.0.113.{w.rng.randint(16, 19)}",
                        query=f"from={here}&to={there}&out=2026-02-{1 + day:02d}&pax=1", tag=tag, origin=not limited)


def storm(w, people):
    tag = w.decoy("storm", "thundering-herd", "a storm cancels flights: within hours everybody opens his booking, the service "
                                              "answers 503 for a while, and many change their flight")
    for p in w.rng.sample(people, w.n(190, 2200)):
        t = w.at(5, 15) + w.rng.expovariate(1 / 4000)
        sid = p["sid"]
        while w.at(5, 15.4) < t < w.at(5, 15.8) and w.chance(0.75):
            get(w, t, p, f"/api/v2/bookings/{p['loc']}", 120, 503, session=sid, tag=tag)
            t += w.pause(8)
        get(w, t, p, f"/api/v2/bookings/{p['loc']}", 4_800, session=sid, tag=tag)
        if w.chance(0.5):
            get(w, t + w.pause(100), p, f"/api/v2/bookings/{p['loc']}/rebook", 900, 200, "POST", session=sid, sent=310, tag=tag)


def kiosks(w, people):
    tag = w.decoy("kiosks", "nat-office", "the machines in a hall of the airport open one booking after the other from one address, many mistyped")
    hall = {"ip": "203.0.113.140", "ua": "KestrelKiosk/2.8 (DUB-T1)"}
    for _ in range(w.n(300, 3000)):
        t = w.moment("commute")
        for _ in range(w.rng.choices([0, 1, 2], [80, 15, 5])[0]):
            get(w, t, hall, f"/api/v2/bookings/{locator(w)}", 64, 404, tag=tag)
            t += w.pause(8)
        loc = w.pick(people)["loc"]
        get(w, t, hall, f"/api/v2/bookings/{loc}", 4_800, tag=tag)
        get(w, t + 12, hall, f"/api/v2/bookings/{loc}/boarding-pass/1.pkpass", 31_000, tag=tag)


def lounge(w, people, shared, codes):
    tag = w.decoy("airport-wifi", "carrier-nat", "the airport's wireless network: hundreds of passengers with their own telephones behind one address")
    for _ in range(w.n(70, 900)):
        visit(w, dict(w.pick(people), ip="198.51.100.20"), w.moment("commute"), shared, codes, tag=tag)


def uptime(w):
    tag = w.decoy("uptime", "monitoring", "a service checks the first page and the health page from six places, day and night, to the minute")
    for place in range(6):
        t = w.start + place * 300
        while t < w.end:
            p = {"ip": f"203.0.113.{200 + place}", "ua": "PulseCheck/1.0 (+https://pulsecheck.example)"}
            get(w, t, p, w.pick(["/", "/api/v2/health"]), 54_000 if place % 2 else 14, 200, "GET" if place % 2 else "HEAD", tag=tag)
            t += w.n(9000, 3600)


def previews(w, shared):
    tag = w.decoy("previews", "link-preview", "messengers fetch each shared itinerary once to draw its preview: hundreds of links from a few addresses, and nothing else")
    for uuid in shared[: w.n(230, 2400)]:
        p = {"ip": f"203.0.113.{w.rng.randint(60, 65)}", "ua": w.pick(["WhatsApp/2.25.3 N", "TelegramBot (like TwitterBot)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"])}
        get(w, w.moment("home"), p, f"/s/{uuid}", 13_400, tag=tag)


def campaign(w):
    tag = w.decoy("campaign", "flash-crowd", "one code from a television spot is tried by everybody within an hour, often mistyped")
    for _ in range(w.n(190, 2200)):
        p = {"ip": w.home(0, 220), "ua": w.browser(0.8)}
        t = w.at(4, 20.5) + w.rng.expovariate(1 / 1500)
        sid = w.base62(12)
        get(w, t - 6, p, "/vouchers", 21_000, tag=tag)
        if w.chance(0.3):
            get(w, t, p, f"/api/v2/vouchers/{w.pick(['FLYFEB', 'FLYFEB-26', 'FLY-FEB26', 'FLIFEB26', 'FLYFEB62', 'FLYFEB2026'])}/balance", 71, 404, session=sid, tag=tag)
            t += w.pause(12)
        get(w, t, p, "/api/v2/vouchers/FLYFEB26/balance", 188, session=sid, tag=tag)


def vouchers(w):
    tag = w.attack("vouchers", "code-guessing", "(easy) voucher codes are made up and tried, some hundreds an hour, until a few are worth something",
                   "three addresses with hundreds of different codes, 97 of a hundred unknown, where a customer asks for one or two",
                   client_ip=["192.0.2.21", "192.0.2.22", "192.0.2.23"])
    t = w.at(3, 1.2)
    for _ in range(w.n(560, 4000)):
        t += w.pause(11)
        p = {"ip": f"192.0.2.{w.rng.randint(21, 23)}", "ua": "python-httpx/0.27.2"}
        there = w.chance(0.025)
        get(w, t, p, f"/api/v2/vouchers/{voucher(w)}/balance", 188 if there else 71, 200 if there else 404, tag=tag, country="nl")


def itineraries(w):
    tag = w.attack("itineraries", "distributed-scraping", "(subtle) links to itineraries from an old leak are fetched, three by each of a "
                                                          "hundred and more household addresses, for six days",
                   "the UUIDs tell that the links were made one to three years ago, while all others are weeks old; these addresses never load a style sheet, "
                   "never get as far as having a cookie, open every link once and nothing else")
    pool = [w.home(300, 500) for _ in range(w.n(120, 700))]
    for ip in pool:
        p = {"ip": ip, "ua": w.browser(0.5)}
        w.actor(tag, "client_ip", ip)
        for _ in range(w.rng.randint(2, 4)):
            t = w.moment("home", 2, 8)
            gone = w.chance(0.12)
            get(w, t, p, f"/s/{link(w, w.start - w.rng.uniform(380, 1100) * 86400)}", 5_100 if gone else 13_400, 410 if gone else 200, tag=tag)


def holds(w):
    tag = w.attack("holds", "inventory-hoarding", "(medium) nine seats of the same flights are held again each quarter of an hour for "
                                                  "days, and never paid, so that nobody else can buy",
                   "holds for nine seats of the same few flights by a few addresses of one network at the pace at which holds "
                   "run out; no payment ever follows, where others pay seven times in ten")
    net = [f"192.0.2.{n}" for n in (130, 131, 134, 137, 138, 141)]
    for ip in net:
        w.actor(tag, "client_ip", ip)
    for plane in ("KX212-20260213", "KX418-20260213", "KX77-20260214")[: w.n(2, 3)]:
        t = w.at(2, 6)
        sids = {}
        while t < w.at(w.n(6, 9), 23):
            if 6 <= (t - w.start) % 86400 / 3600 < 23:
                p = {"ip": w.pick(net), "ua": w.pick(["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"])}
                spot = (p["ip"], int((t - w.start) // 86400))
                if spot not in sids:
                    sids[spot] = w.base62(12)
                    get(w, t - 3, p, "/", 54_000, tag=tag, related=True, country="ro")
                get(w, t, p, "/api/v2/holds", 410, 201, "POST", query=f"flight={plane}&seats=9", session=sids[spot], sent=520, tag=tag, country="ro")
            t += 15 * 60 + w.rng.uniform(2, 9) + (900 if w.chance(0.15) else 0)


def cached(w, people):
    tag = w.attack("cached", "web-cache-deception", "(subtle) members are lured to their own page under an invented style sheet's name; the "
                                                    "cache keeps it, and a stranger without a cookie takes it",
                   "a name with .css below a personal page, first missed by the cache with a cookie and from an unknown site, then hit from another address, without a cookie, "
                   "with exactly the same bytes; style sheets otherwise stand below /assets and have one size", client_ip=["192.0.2.71", "192.0.2.72"])
    thief = {"ua": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0"}
    for number, p in enumerate(w.rng.sample(people, w.n(26, 120))):
        t = w.moment("home", 3, 8)
        ip = f"192.0.2.{71 + number % 2}"
        path = f"/club/profile/winter-{w.hexes(4)}.css"
        size = w.near(7_300, 0.1)
        w.add(t, p["ip"], "GET", path, 200, size, ua=p["ua"], session=p["sid"], ref="https://kestrel-winterprize.example/", cache="miss", tag=tag, related=True)
        w.add(t + w.rng.uniform(4, 45), ip, "GET", path, 200, size, ua=thief["ua"], cache="hit", tag=tag, country="ua")
        if number % 8 == 0:
            w.add(t - 120, ip, "GET", "/club/profile", 302, 0, ua=thief["ua"], tag=tag, related=True, country="ua")


def points(w):
    tag = w.attack("points", "credential-stuffing", "(medium) names and passwords from elsewhere are tried at the sign-in of the club, once or twice "
                                                    "an address; the accounts that open are emptied of points",
                   "two nights of refusals from hundreds of addresses that claim to be the app but never fetch its "
                   "configuration; where one succeeds, points are redeemed within two minutes")
    for _ in range(w.n(230, 1400)):
        ip = w.home(300, 511)
        p = {"ip": ip, "ua": APP}
        w.actor(tag, "client_ip", ip)
        t = w.at(w.pick([6, 7]), 1) + w.rng.random() * 4 * 3600
        for _ in range(w.rng.randint(1, 2)):
            get(w, t, p, "/api/v2/club/login", 92, 401, "POST", sent=240, tag=tag)
            t += w.pause(20)
        if w.chance(0.06):
            get(w, t, p, "/api/v2/club/login", 840, 200, "POST", sent=240, tag=tag)
            get(w, t + 2, p, "/api/v2/club/me", 1_900, tag=tag)
            get(w, t + 40, p, "/api/v2/club/redeem", 310, 201, "POST", sent=380, tag=tag)
