"""
A Swedish maker of tractors' terminals, field drones and irrigation, behind APISIX. Farmers' applications, terminals, mechanics
and the maker's own services are consumers; farms are ULIDs, machines two letters and a number. A tractor starts with a code of
an operator. Terminals report every few hours, most telephones come out of the carrier's four translated addresses, and a new
firmware goes out in one night.
"""
NAME = "aker"
TITLE = "Åker: tractors and fields"
FORMAT = "apisix"
FILE = "apisix-file-logger.json"
HOST = "api.aker.example"
ZONE = 1
START = "2026-02-02"
DAYS = (10, 15)
LINES = (8_600, 110_000)

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
APPS = ["Aker/8.4.1 (iOS 18.3; iPhone15,2)", "Aker/8.4.1 (Android 15; Pixel 8)", "Aker/8.4.0 (Android 14; SM-S911B)", "Aker/8.3.6 (iOS 17.7; iPhone12,1)",
        "Aker/8.4.1 (Android 14; 2311DRK48G)"]
BAD = ["192.0.2.40", "192.0.2.41"]


def ulid(w):
    return "01" + "".join(w.pick(CROCKFORD) for _ in range(24))


def serial(w, sort):
    """TR tractors, DR drones, VT valves; drones are numbered from one small stretch, as they left the works."""
    return sort + (f"2{w.rng.randint(40_000, 49_999):05d}" if sort == "DR" else w.digits(8))


def farmstead(w):
    return {"id": ulid(w), "tractors": [serial(w, "TR") for _ in range(w.rng.choices([1, 2], [3, 1])[0])],
            "drones": [serial(w, "DR") for _ in range(w.rng.choices([0, 1, 2], [3, 4, 2])[0])], "valves": [serial(w, "VT") for _ in range(w.rng.randint(1, 4))]}


def build(w):
    ids = w.rng.sample(range(100_000, 800_000), w.n(430, 4300))
    people = [{"who": f"u-{ids[number]}", "farms": [farmstead(w)], "nets": [w.home(0, 200), f"198.51.100.{w.rng.randint(40, 43)}"], "ua": w.pick(APPS), "token": w.base62(20)}
              for number in range(len(ids))]
    w.decoy("carrier", "carrier-nat", "four addresses of the carrier stand for all telephones that are out in the fields, and one token changes between yard and field")
    reports(w, people)
    firmware(w, people)
    outage(w, people)
    mechanics(w, people)
    desk(w, people)
    advice(w, people)
    sold(w, people)
    machine_ring(w, people)
    shared_mechanic(w, people)
    wiped(w)
    foreign_codes(w, people)
    fields(w, people)
    forwarded(w)
    recovery(w, people)
    w.fill(lambda: visit(w, w.pick(people), w.moment("home")))


def call(w, t, p, method, path, status, size, **more):
    w.add(t, more.pop("ip", None) or p["nets"][0], method, path, status, w.near(size) if status == 200 and size > 300 else size,
          **{"ua": p["ua"], "who": p.get("who"), "token": p.get("token"), **more})


def visit(w, p, t, ip=None):
    """Somebody looks at the farm, lets a tractor start, turns the water on, sees what the drone saw."""
    farm = w.pick(p["farms"])
    out = ip or (p["nets"][1] if w.chance(0.45) else p["nets"][0])
    tag = "carrier" if out.startswith("198.51.100.") else None
    call(w, t, p, "GET", f"/v4/farms/{farm['id']}/overview", 200, 6_200, ip=out, tag=tag)
    for _ in range(w.rng.randint(1, 5)):
        t += w.pause(18)
        what = w.rng.random()
        if what < 0.3:
            call(w, t, p, "POST", f"/v4/machines/{w.pick(farm['tractors'])}/{w.pick(['enable', 'disable'])}", 202, 96, ip=out, tag=tag, sent=210)
        elif what < 0.55:
            call(w, t, p, "PUT", f"/v4/valves/{w.pick(farm['valves'])}/target", 200, 140, ip=out, tag=tag, sent=180)
        elif what < 0.7 and farm["drones"]:
            drone = w.pick(farm["drones"])
            call(w, t, p, "GET", f"/v4/drones/{drone}/flights", 200, 8_800, ip=out, tag=tag, query="limit=20")
            call(w, t + 4, p, "GET", f"/v4/drones/{drone}/fieldmap", 200, 61_000, ip=out, tag=tag)
            if w.chance(0.08):
                call(w, t + 30, p, "DELETE", f"/v4/drones/{drone}/flights/{w.digits(9)}", 204, 0, ip=out, tag=tag)
        elif what < 0.73:
            call(w, t, p, "POST", f"/v4/machines/{w.pick(farm['tractors'])}/codes", 201, 210, ip=out, tag=tag, sent=260)
        elif what < 0.75:
            call(w, t, p, "GET", f"/v4/drones/{serial(w, 'DR')}/fieldmap", 403, 84, ip=out, tag=tag)
        else:
            call(w, t, p, "GET", f"/v4/farms/{farm['id']}/events", 200, 4_100, ip=out, tag=tag)
    if w.chance(0.07):
        recover(w, p, t + w.pause(3600))
    if w.chance(0.02):
        call(w, t + 60, p, "GET", "/v4/pairing/lookup", 200, 320, ip=out, tag=tag, query=f"serial={w.pick(farm['tractors'])}")


def recover(w, p, t):
    """A forgotten password: a code of six digits by text message, three tries."""
    ticket = w.hexes(24)
    plain = {"ua": p["ua"], "nets": p["nets"]}
    call(w, t, plain, "POST", "/v4/auth/recover", 202, 92, sent=140)
    for _ in range(w.rng.choices([0, 1], [82, 18])[0]):
        t += w.pause(25)
        call(w, t, plain, "POST", f"/v4/auth/recover/{ticket}/verify", 422, 71, sent=120)
    call(w, t + 30, plain, "POST", f"/v4/auth/recover/{ticket}/verify", 200, 164, sent=120)
    call(w, t + 60, plain, "POST", f"/v4/auth/recover/{ticket}/password", 204, 0, sent=190)


def reports(w, people):
    """Some devices, so that the log knows them."""
    for p in people[: w.n(38, 300)]:
        tractor = p["farms"][0]["tractors"][0]
        t = w.start + w.rng.random() * 12_000
        while t < w.end:
            w.add(t, p["nets"][0], "POST", f"/v4/ingest/{tractor}", 204, 0, ua="aker-fw/3.9.2 (terminal)", who=f"d-{tractor}", sent=420)
            t += 14_400 + w.rng.uniform(-30, 30)


def firmware(w, people):
    tag = w.decoy("firmware", "app-release", "in one night every terminal fetches the same new firmware, megabytes each, and reports in")
    for p in w.rng.sample(people, w.n(230, 2600)):
        tractor = p["farms"][0]["tractors"][0]
        t = w.at(3, 2) + w.rng.random() * 9000
        w.add(t, p["nets"][0], "GET", "/v4/firmware/terminal/3.10.0.bin", 200, 4_194_304, ua="aker-fw/3.9.2 (terminal)", who=f"d-{tractor}", tag=tag)
        w.add(t + 90, p["nets"][0], "POST", f"/v4/ingest/{tractor}", 204, 0, ua="aker-fw/3.10.0 (terminal)", who=f"d-{tractor}", sent=610, tag=tag)


def outage(w, people):
    tag = w.decoy("outage", "login-outage", "the service of accounts fails for twenty minutes: all telephones are refused, try again and again, and then get through")
    for p in w.rng.sample(people, w.n(90, 1000)):
        t = w.at(6, 18.33) + w.rng.random() * 900
        for _ in range(w.rng.randint(1, 5)):
            call(w, t, dict(p, who=None), "POST", "/v4/auth/refresh", w.pick([401, 401, 503]), 88, ip=p["nets"][w.rng.randrange(2)], sent=300, tag=tag)
            t += w.pause(40)
        call(w, max(t, w.at(6, 18.7)) + w.pause(60), dict(p, who=None, token=None), "POST", "/v4/auth/refresh", 200, 940, sent=300, tag=tag)


def mechanics(w, people):
    tag = w.decoy("mechanics", "field-service", "five mechanics of dealers open a handful of strangers' farms every day, pair what they mounted and set features")
    for number in range(5):
        me = {"who": f"mek-{400 + number * 7:04d}", "nets": [f"198.51.100.{120 + number}"], "ua": w.pick(APPS[1:3]).replace("Aker/", "AkerService/"), "token": w.base62(20)}
        for day in range(w.days):
            if ((w.start + w.zone) // 86400 + day + 3) % 7 >= 5 and w.chance(0.8):
                continue
            t = w.at(day, 7.5 + w.rng.random())
            for p in w.rng.sample(people, w.rng.randint(3, 6)):
                t += 3000 + w.pause(2500)
                farm = p["farms"][0]
                call(w, t, me, "GET", "/v4/pairing/lookup", 200, 320, query=f"serial={farm['tractors'][0]}", tag=tag)
                call(w, t + 60, me, "POST", f"/v4/farms/{farm['id']}/devices", 201, 300, sent=240, tag=tag)
                call(w, t + 400, me, "PUT", f"/v4/devices/{farm['tractors'][0]}/features", 200, 120, sent=200, tag=tag)


def desk(w, people):
    tag = w.decoy("support", "call-centre", "six people of the support, behind one address, look into strangers' farms and machines all day, one call after the other")
    for seat in range(6):
        me = {"who": f"support-{seat + 1}", "nets": ["203.0.113.30"], "ua": w.browser(0), "token": w.base62(20)}
        for day in range(w.days):
            if ((w.start + w.zone) // 86400 + day + 3) % 7 >= 5:
                continue
            t = w.at(day, 8 + seat % 2)
            for p in w.rng.sample(people, w.n(6, 50)):
                t += w.pause(w.n(3600, 520))
                farm = p["farms"][0]
                call(w, t, me, "GET", f"/v4/support/farms/{farm['id']}", 200, 9_400, tag=tag)
                call(w, t + 50, me, "GET", f"/v4/support/devices/{w.pick(farm['tractors'] + farm['valves'])}/health", 200, 2_200, tag=tag)


def advice(w, people):
    tag = w.decoy("advice", "partner-cloud", "a service that advises on crops asks, from its own four addresses and with one consumer, for the "
                                                "state of hundreds of farms whose owners linked them")
    cloud = {"who": "cloud-skord", "ua": "SkordAgronomy/2.0"}
    for p in w.rng.sample(people, w.n(100, 1100)):
        token = w.base62(20)
        for _ in range(w.rng.randint(2, 7)):
            t = w.moment("home")
            device = w.pick(p["farms"][0]["valves"])
            call(w, t, cloud, "GET", f"/v4/valves/{device}/state", 200, 420, ip=f"203.0.113.{w.rng.randint(60, 63)}", token=token, tag=tag)


def sold(w, people):
    tag = w.decoy("sold", "own-clean-up", "a farm is sold: in one evening its owner deletes his drone's flights one by one, and then his machines")
    p = next(p for p in people if p["farms"][0]["drones"])
    t = w.at(5, 19.4)
    for _ in range(w.n(64, 300)):
        t += w.pause(5)
        call(w, t, p, "DELETE", f"/v4/drones/{p['farms'][0]['drones'][0]}/flights/{w.digits(9)}", 204, 0, tag=tag)
    for device in p["farms"][0]["drones"] + p["farms"][0]["tractors"] + p["farms"][0]["valves"]:
        t += w.pause(20)
        call(w, t, p, "DELETE", f"/v4/farms/{p['farms'][0]['id']}/devices/{device}", 204, 0, tag=tag)


def machine_ring(w, people):
    tag = w.decoy("machine-ring", "fleet-manager", "a ring of farms lends its machines: its manager makes operators' codes for two dozen tractors, several every day, on farms that are his to manage")
    me = {"who": f"u-{w.rng.randint(800_000, 999_999)}", "nets": [w.home(0, 200)], "ua": w.browser(0), "token": w.base62(20), "farms": [farmstead(w) for _ in range(24)]}
    for day in range(w.days):
        t = w.at(day, 10 + w.rng.random())
        for farm in w.rng.sample(me["farms"], w.rng.randint(3, 7)):
            t += w.pause(200)
            call(w, t, me, "GET", f"/v4/farms/{farm['id']}/overview", 200, 6_200, tag=tag)
            call(w, t + 20, me, "POST", f"/v4/machines/{farm['tractors'][0]}/codes", 201, 210, sent=260, tag=tag)


def shared_mechanic(w, people):
    tag = w.attack("shared-mechanic", "credential-sharing", "(medium) a mechanic's token is passed round in a forum: strangers all over the country "
                                                             "unlock paid features of their own tractors with it",
                   "one consumer with one token, which came from a van and an office, comes within days from seventy household networks with browsers, scripts and applications "
                   "at once, and does nothing but set features", principal=["mek-0412"])
    me = {"who": "mek-0412", "nets": ["198.51.100.131"], "ua": "AkerService/8.4.0 (Android 14; SM-S911B)", "token": w.base62(20)}
    for day in range(w.days):
        t = w.at(day, 8 + w.rng.random())
        for p in w.rng.sample(people, 4):
            t += 3000 + w.pause(2000)
            farm = p["farms"][0]
            call(w, t, me, "GET", "/v4/pairing/lookup", 200, 320, query=f"serial={farm['tractors'][0]}")
            call(w, t + 60, me, "POST", f"/v4/farms/{farm['id']}/devices", 201, 300, sent=240)
            call(w, t + 400, me, "PUT", f"/v4/devices/{farm['tractors'][0]}/features", 200, 120, sent=200)
    for _ in range(w.n(70, 500)):
        ip = w.home(260, 480)
        w.actor(tag, "client_ip", ip)
        ua = w.pick(["curl/8.5.0", "python-requests/2.32.3", "PostmanRuntime/7.43.0", w.browser(0.2), w.pick(APPS)])
        t = w.moment("late", 4)
        for _ in range(w.rng.randint(1, 4)):
            call(w, t, me, "PUT", f"/v4/devices/{w.pick(['TR', 'VT'])}{w.digits(8)}/features", 200, 120, ip=ip, ua=ua, sent=200, tag=tag)
            t += w.pause(60)


def wiped(w):
    tag = w.attack("wiped", "mass-deletion", "(easy) an account that looks after nine farms deletes all their flights in a quarter of an hour at night",
                   "hundreds of deletions by an account that never deleted anything, at three at night, from an address that it never had")
    p = {"who": f"u-{w.rng.randint(800_000, 999_999)}", "farms": [dict(farmstead(w), drones=[serial(w, "DR"), serial(w, "DR")]) for _ in range(9)],
         "nets": [w.home(0, 200), "198.51.100.41"], "ua": APPS[1], "token": w.base62(20)}
    w.actor(tag, "principal", p["who"])
    w.actor(tag, "client_ip", "192.0.2.118")
    for _ in range(w.n(26, 120)):
        visit(w, dict(p, farms=[dict(h, drones=[]) for h in p["farms"]]), w.moment("home", 0, 6))
    t = w.at(7, 3.15)
    for farm in p["farms"]:
        for drone in farm["drones"]:
            call(w, t, p, "GET", f"/v4/drones/{drone}/flights", 200, 8_800, ip="192.0.2.118", query="limit=20", tag=tag, related=True)
            for _ in range(w.n(13, 40)):
                t += w.pause(3)
                call(w, t, p, "DELETE", f"/v4/drones/{drone}/flights/{w.digits(9)}", 204, 0, ip="192.0.2.118", tag=tag)


def foreign_codes(w, people):
    tag = w.attack("foreign-codes", "broken-object-authorisation", "(subtle) a thief's account makes codes for tractors of strangers' farms, one or "
                                                                   "two an evening, by the numbers printed on them",
                   "one account, with one farm of its own, looks up and adds codes to tractors that other accounts start every few days and it "
                   "never started; nobody but a manager of several farms gives codes to more than two")
    me = {"who": f"u-{w.rng.randint(800_000, 999_999)}", "farms": [farmstead(w)], "nets": [w.home(0, 200), "198.51.100.42"], "ua": APPS[3], "token": w.base62(20)}
    w.actor(tag, "principal", me["who"])
    for _ in range(w.n(14, 60)):
        visit(w, me, w.moment("home"))
    for p in w.rng.sample(people[: w.n(150, 600)], w.n(19, 60)):
        t = w.moment("late", 1)
        tractor = p["farms"][0]["tractors"][0]
        for day in sorted(w.rng.sample(range(w.days), 3)):
            call(w, w.at(day, 16.5 + w.rng.random() * 3), p, "POST", f"/v4/machines/{tractor}/enable", 202, 96, sent=210)
        ip = me["nets"][w.rng.randrange(2)]
        call(w, t, me, "GET", "/v4/pairing/lookup", 200, 320, ip=ip, query=f"serial={tractor}", tag=tag)
        call(w, t + 25, me, "POST", f"/v4/machines/{tractor}/codes", 201, 210, ip=ip, sent=260, tag=tag)


def fields(w, people):
    tag = w.attack("field-maps", "object-walk-sequential", "(easy) an account counts through the numbers of drones; nine in ten are "
                                                        "refused, the rest gives strangers' fields away",
                   "one account, hundreds of rising numbers, 403 to most and maps of full size to some; others ask for one or two of their own")
    me = dict(w.pick(people), who=f"u-{w.rng.randint(800_000, 999_999)}", nets=["192.0.2.77"], token=w.base62(20), ua="Aker/8.4.1 (Android 15; Pixel 8)")
    w.actor(tag, "principal", me["who"])
    number = 243_100
    t = w.at(4, 23.1)
    for _ in range(w.n(520, 4000)):
        number += w.rng.choices([1, 2, 3], [8, 1, 1])[0]
        t += w.pause(8)
        seen = w.chance(0.11)
        call(w, t, me, "GET", f"/v4/drones/DR{number}/fieldmap", 200 if seen else 403, 61_000 if seen else 84, tag=tag)


def forwarded(w):
    tag = w.attack("forwarded", "auth-bypass-header", "(medium) the maker's own pages, refused to strangers, open when the request claims to come from the gateway itself",
                   "refusals without the header X-Forwarded-For, answers of full size with 127.0.0.1 in it, from the same "
                   "two addresses and without a consumer; the maker's own jobs have one",
                   client_ip=BAD)
    ops = {"who": "svc-ops", "nets": ["203.0.113.5"], "ua": "aker-ops/1.9", "token": w.base62(20)}
    for day in range(w.days):
        for hour in (5, 11, 17):
            call(w, w.at(day, hour) + 7, ops, "GET", "/internal/v1/fleet/devices", 200, 46_000, query=f"page={w.rng.randint(1, 40)}&per=500")
    t = w.at(5, 13.6)
    p = {"nets": BAD, "ua": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36"}
    for path in ("/internal/v1/fleet/devices", "/internal/v1/fleet", "/internal/v1/keys", "/internal/v1/fleet/devices"):
        t += w.pause(20)
        call(w, t, p, "GET", path, 403, 84, ip=BAD[0], tag=tag)
    for claim in ("10.0.0.1", "localhost", "127.0.0.1"):
        t += w.pause(20)
        works = claim == "127.0.0.1"
        call(w, t, p, "GET", "/internal/v1/fleet/devices", 200 if works else 403, 46_000 if works else 84, ip=BAD[0], forwarded=claim, tag=tag)
    for page in range(2, w.n(58, 200)):
        t += w.pause(40)
        call(w, t, p, "GET", "/internal/v1/fleet/devices", 200, 46_000, ip=w.pick(BAD), query=f"page={page}&per=500", forwarded="127.0.0.1", tag=tag)


def recovery(w, people):
    tag = w.attack("recovery", "reset-code-guessing", "(subtle) passwords of hundreds of accounts are said to be forgotten, and three codes are "
                                                      "tried for each, so that no account and no address stands out",
                   "tickets of recovery whose three tries all fail, scores of them, where four in five otherwise succeed at once; "
                   "sixty addresses that do nothing else; three hits, each followed by a new password")
    pool = [w.home(260, 480) for _ in range(w.n(60, 300))]
    for number in range(w.n(170, 1500)):
        ip = w.pick(pool)
        w.actor(tag, "client_ip", ip)
        p = {"nets": [ip], "ua": w.pick(APPS)}
        ticket = w.hexes(24)
        t = w.moment("flat", 3, 8)
        call(w, t, p, "POST", "/v4/auth/recover", 202, 92, sent=140, tag=tag)
        for step in range(3):
            t += w.rng.uniform(2, 7)
            hit = number % 50 == 49 and step == 2
            call(w, t, p, "POST", f"/v4/auth/recover/{ticket}/verify", 200 if hit else 422, 164 if hit else 71, sent=120, tag=tag)
            if hit:
                call(w, t + 3, p, "POST", f"/v4/auth/recover/{ticket}/password", 204, 0, sent=190, tag=tag)
                call(w, t + 9, p, "POST", "/v4/auth/login", 200, 940, sent=210, tag=tag)
