"""
A wholesaler of hotel beds: fifteen partners call one API with a subscription each, behind Azure API Management, whose log has
subscription, product and user but no client. Bookings have locators of six signs, guests numbers. Agencies book in their hours,
a comparison site asks for prices all day, batches run by night; one old partner still speaks the first version.
"""
NAME = "herberge"
TITLE = "Herberge: hotel beds for partners"
FORMAT = "azure-api-management"
FILE = "gatewaylogs.json"
HOST = "beds.herberge.example"
ZONE = 2
START = "2025-04-07"
DAYS = (15, 30)
LINES = (9_600, 100_000)

SIGNS = "BCDFGHJKLMNPQRSTVWXZ23456789"
NAMES = ["muller", "rossi", "novak", "jensen", "dubois", "kowalski", "silva", "nagy", "berg", "costa", "peeters", "ionescu"]
GONE = 61


def locator(w):
    return "".join(w.pick(SIGNS) for _ in range(6))


def build(w):
    partners = [partner(w, number) for number in range(1, 13)]
    hotels = [w.rng.randint(1_000, 9_900) for _ in range(w.n(220, 900))]
    content(w, hotels)
    prices(w, hotels)
    reconcile(w, partners)
    egress(w, partners, hotels)
    desk(w, partners)
    broken_job(w, partners)
    old = {"who": "old1", "cred": "sub-0000000001", "app": "legacy", "ips": ["203.0.113.150"]}
    reserved = [(number, booking(w)) for number in w.rng.sample(range(40_000, 99_999), w.n(130, 600))]
    migration(w, old, reserved)
    for _ in range(w.n(200, 1200)):
        call(w, w.moment("office", weekend=0.3), old, "GET", f"/v1/reservations/{w.pick(reserved)[0]}", 200, 2_200, api="v1")
    locators(w, partners)
    consent(w, partners)
    sandbox(w)
    first_version(w)
    cancelling(w, partners)
    w.fill(lambda: visit(w, w.pick(partners), w.moment("office" if w.chance(0.8) else "home", weekend=0.4), hotels))


def partner(w, number):
    bookings = [booking(w) for _ in range(w.n(70, 420))]
    return {"who": f"tp{number:02d}", "cred": f"sub-{w.hexes(10)}", "app": "booking", "ips": [f"203.0.113.{100 + number}"] * 3 + [f"203.0.113.{130 + number}"], "bookings": bookings}


def booking(w):
    return {"id": locator(w), "name": w.pick(NAMES), "guest": f"{w.rng.randint(30_000_000, 34_999_999)}"}


def call(w, t, p, method, path, status, size, **more):
    more = {"who": p["who"], "cred": p["cred"], "app": p["app"], "ip": None, **more}
    ip = more.pop("ip") or w.pick(p["later"] if t >= p.get("moved", t + 1) else p["ips"])
    w.add(t, ip, method, path, status, w.near(size, 0.1) if status == 200 and size > 300 else size, **more)


def day_of(w):
    return f"2025-0{w.rng.randint(5, 9)}-{w.rng.randint(1, 28):02d}"


def available(w, t, p, hotels, **more):
    call(w, t, p, "GET", "/v3/availability", 200, 3_600, query=f"hotel={w.pick(hotels)}&in={day_of(w)}&nights={w.rng.randint(1, 9)}", **more)


def visit(w, p, t, hotels):
    for _ in range(w.rng.randint(1, 4)):
        available(w, t, p, hotels)
        t += w.pause(25)
    if w.chance(0.3):
        new = booking(w)
        p["bookings"].append(new)
        call(w, t, p, "POST", "/v3/bookings", 201, 780, sent=1_400)
        call(w, t + 2, p, "GET", f"/v3/bookings/{new['id']}", 200, 1_950, query=f"surname={new['name']}")
        if w.chance(0.6):
            call(w, t + 3, p, "GET", f"/v3/guests/{new['guest']}/profile", 200, 1_240)
    for _ in range(w.rng.randint(0, 2)):
        t += w.pause(60)
        old = w.pick(p["bookings"])
        wrong = w.chance(0.06)
        call(w, t, p, "GET", f"/v3/bookings/{locator(w) if wrong else old['id']}", 404 if wrong else 200, GONE if wrong else 1_950, query=f"surname={old['name']}")
        if w.chance(0.12):
            call(w, t + 30, p, "PUT", f"/v3/bookings/{old['id']}", 200, 240, sent=900)
        elif w.chance(0.05):
            p["bookings"].remove(old)
            call(w, t + 30, p, "DELETE", f"/v3/bookings/{old['id']}", 204, 0)
    if w.chance(0.05):
        call(w, t + 80, p, "GET", f"/v3/invoices/2025-0{w.rng.randint(1, 4)}/{p['who']}", 200, 64_000)
    if w.chance(0.01):
        w.add(t, w.pick(p["ips"]), "GET", "/v3/bookings", 401, 120)


def content(w, hotels):
    tag = w.decoy("nightly-content", "nightly-sync", "a partner for content reads the description of every hotel every few nights, in order of number, without a pause")
    p = {"who": "ct01", "cred": f"sub-{w.hexes(10)}", "app": "content", "ips": ["198.51.100.21"]}
    for day in range(0, w.days, w.n(3, 2)):
        t = w.at(day, 1.5)
        for hotel in sorted(set(hotels)):
            t += 0.5 + w.rng.random() * 0.3
            call(w, t, p, "GET", f"/v3/hotels/{hotel}", 200, 8_800, tag=tag, hit=True)


def prices(w, hotels):
    tag = w.decoy("comparison", "price-comparison", "a comparison site asks for prices day and night at a steady pace, ever other hotels and days, nearly as often as all agencies together, and never books")
    p = {"who": "mt01", "cred": f"sub-{w.hexes(10)}", "app": "meta", "ips": [f"198.51.100.{n}" for n in (41, 42, 43, 44)]}
    t = w.start + 5
    while t < w.end:
        t += w.pause(w.n(900, 110))
        available(w, t, p, hotels, tag=tag)


def reconcile(w, partners):
    tag = w.decoy("reconciliation", "batch-export", "an agency's accounting asks for each of its own bookings once more before it pays, two hundred in an evening; those it cancelled are 404")
    p = partners[4]
    p["bookings"] += [booking(w) for _ in range(w.n(140, 500))]
    for evening in (4, 10):
        t = w.at(evening, 19)
        for item in list(p["bookings"]):
            t += w.pause(4)
            gone = w.chance(0.09)
            call(w, t, p, "GET", f"/v3/bookings/{item['id']}", 404 if gone else 200, GONE if gone else 1_950, query=f"surname={item['name']}", tag=tag)


def egress(w, partners, hotels):
    tag = w.decoy("cloud-move", "partner-moved", "a partner moved into a cloud: from one noon on its subscription comes from forty addresses of one network, with the same work on the same bookings")
    p = partners[6]
    p["moved"], p["later"] = w.at(8, 12), [f"198.51.100.{n}" for n in range(160, 200)]
    for _ in range(w.n(120, 900)):
        t = max(w.at(8, 12) + w.rng.random() * 3600, w.moment("office", 8, weekend=0.4))
        if w.chance(0.5):
            available(w, t, p, hotels, tag=tag)
        else:
            item = w.pick(p["bookings"])
            call(w, t, p, "GET", f"/v3/bookings/{item['id']}", 200, 1_950, query=f"surname={item['name']}", tag=tag)


def desk(w, partners):
    tag = w.decoy("support-desk", "support-desk", "the house's own desk opens bookings of all partners, whoever telephones, from its office in its hours, and changes some")
    p = {"who": "desk", "cred": f"sub-{w.hexes(10)}", "app": "internal", "ips": ["203.0.113.5"]}
    for _ in range(w.n(330, 2600)):
        t, item = w.moment("office", weekend=0.5), w.pick(w.pick(partners)["bookings"])
        call(w, t, p, "GET", f"/v3/bookings/{item['id']}", 200, 1_950, query=f"surname={item['name']}", tag=tag)
        if w.chance(0.4):
            call(w, t + 20, p, "GET", f"/v3/guests/{item['guest']}/profile", 200, 1_240, tag=tag)
        if w.chance(0.2):
            call(w, t + 70, p, "PUT", f"/v3/bookings/{item['id']}", 200, 240, sent=900, tag=tag)


def broken_job(w, partners):
    tag = w.decoy("broken-job", "broken-client", "a partner's job lost its data over a weekend and asks for the booking `null` and for `undefined` every four minutes, always in vain")
    t = w.at(5, 0.1)
    while t < w.at(w.n(6, 8), 23):
        t += 240
        call(w, t, partners[9], "GET", f"/v3/bookings/{w.pick(['null', 'undefined', 'null'])}", 404, GONE, query="surname=", tag=tag)


def migration(w, old, reserved):
    tag = w.decoy("migration", "migration", "the old partner tries the new version: for two nights it asks for each of its reservations in both versions and compares")
    for night in (8, 9):
        t = w.at(night, 22)
        for number, item in reserved[: w.n(95, 420)]:
            t += w.pause(5)
            call(w, t, old, "GET", f"/v1/reservations/{number}", 200, 2_200, api="v1", tag=tag)
            call(w, t + 1, old, "GET", f"/v3/bookings/{item['id']}", 200, 1_950, query=f"surname={item['name']}", tag=tag)


def locators(w, partners):
    tag = w.attack("locators", "code-guessing", "a partner's own subscription tries made-up locators with common surnames, some forty each working day among its ordinary calls; now and then somebody else's booking answers",
                   "nine of ten 404 on a route where one in twenty is usual, hardly a locator twice; most of those that answered are read by other partners as well")
    p = partners[7]
    w.actor(tag, "principal", p["who"])
    others = [item for other in partners if other is not p for item in other["bookings"]]
    for _ in range(w.n(390, 1500)):
        there = w.chance(0.09)
        name = w.pick(NAMES[:5])
        item = w.pick([item for item in others if item["name"] == name])
        call(w, w.moment("office", 1, weekend=0.05), p, "GET", f"/v3/bookings/{item['id'] if there else locator(w)}", 200 if there else 404, 1_950 if there else GONE, query=f"surname={name}", tag=tag)


def consent(w, partners):
    tag = w.attack("profiles", "over-collection", "a partner that sells cards for regular guests reads the profile of every guest there is, two an hour, day and night, whoever booked them",
                   "profiles without a booking before, around the clock, each guest once; with everybody else a profile follows a booking within seconds, or the desk's look at one")
    p = {"who": "ly01", "cred": f"sub-{w.hexes(10)}", "app": "loyalty", "ips": ["198.51.100.77", "198.51.100.78"]}
    w.actor(tag, "principal", p["who"])
    guests = [item["guest"] for other in partners for item in other["bookings"]]
    w.rng.shuffle(guests)
    t = w.start + 700
    while t < w.end and guests:
        t += w.pause(1750)
        call(w, t, p, "GET", f"/v3/guests/{guests.pop()}/profile", 200, 1_240, tag=tag)
    for _ in range(w.n(60, 300)):
        call(w, w.moment("office", weekend=0.3), p, "POST", "/v3/loyalty/points", 202, 88, sent=300)


def sandbox(w):
    tag = w.attack("sandbox-key", "scope-escape", "the key for trying things out, printed in the handbook, opens the real export as well: a day of everybody's bookings a call, from forty addresses",
                   "a product whose other calls all go to /sandbox has 200 and megabytes from the export, which otherwise only the house's own archive asks for, once a night")
    p = {"who": "trial", "cred": "sub-00000000ff", "app": "sandbox", "ips": [w.home(0, 150) for _ in range(70)]}
    for _ in range(w.n(150, 1100)):
        call(w, w.moment("home"), p, *w.pick([("GET", f"/sandbox/v3/bookings/{locator(w)}", 200, 1_100), ("POST", "/sandbox/v3/bookings", 201, 500), ("GET", "/sandbox/v3/availability", 200, 2_000)]))
    archive = {"who": "archive", "cred": f"sub-{w.hexes(10)}", "app": "internal", "ips": ["203.0.113.8"]}
    for day in range(w.days):
        call(w, w.at(day, 3.5), archive, "GET", "/v3/export/bookings", 200, 4_300_000, query=f"day={day_of(w)}")
    w.actor(tag, "credential", p["cred"])
    pool = [w.home(300, 511) for _ in range(40)]
    w.attacks[tag]["actors"]["client_ip"] = sorted(set(pool))
    for number in range(w.n(96, 260)):
        t = w.at(10, 2) + number * 3100 * (1 if w.size == "small" else 0.5) + w.pause(600)
        call(w, t, p, "GET", "/v3/export/bookings", 200, 4_300_000, query=f"day=2025-{1 + number // 28 % 3:02d}-{1 + number % 28:02d}", ip=pool[number % 40], tag=tag)


def first_version(w):
    tag = w.attack("first-version", "old-version-open", "the first version gives reservations without a subscription: somebody takes them by number, in no order, two for each of two hundred addresses, for eleven days",
                   "a route whose one partner always has its subscription is answered to whoever has none; hardly one of the numbers is the partner's, hardly one comes twice, some are 404")
    pool = [w.home(160, 299) for _ in range(w.n(210, 800))]
    w.attacks[tag]["actors"]["client_ip"] = sorted(set(pool))
    for ip in pool:
        for _ in range(w.rng.randint(1, 3)):
            there = w.chance(0.83)
            w.add(w.moment("home", 2, 13), ip, "GET", f"/v1/reservations/{w.rng.randint(40_000, 99_999)}", 200 if there else 404, w.near(2_200, 0.1) if there else GONE, api="v1", tag=tag)


def cancelling(w, partners):
    tag = w.attack("cancelling", "mass-deletion", "a small agency's subscription, used from somewhere else, turns through its list of bookings at night and cancels most of them",
                   "more cancellations within the hour than all partners have in a fortnight, from an address that no partner ever had; a few are refused with 409", client_ip=["198.19.240.9"])
    p = partners[2]
    w.actor(tag, "principal", p["who"])
    t = w.at(12, 2.4)
    for page in range(1, 5):
        t += w.pause(6)
        call(w, t, p, "GET", "/v3/bookings", 200, 31_000, query=f"page={page}", ip="198.19.240.9", tag=tag, related=True)
    for item in list(p["bookings"]):
        t += w.pause(20)
        late = w.chance(0.12)
        call(w, t, p, "DELETE", f"/v3/bookings/{item['id']}", 409 if late else 204, 90 if late else 0, ip="198.19.240.9", tag=tag)
