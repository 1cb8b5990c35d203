"""
A ride-hailing company in Bogotá behind Envoy, whose default line names no account and no token. Trips are UUIDs, shared
trips short codes in base62. Most callers are phones behind three carriers' translated addresses, and they change networks
in the middle of a trip. A new version of the app came out during the week, and one evening the service was down.
"""
NAME = "viaje"
TITLE = "Viaje: ride hailing by phone"
FORMAT = "envoy"
FILE = "ingress.log"
HOST = "movil.viaje.example"
ZONE = -5
START = "2025-10-06"
DAYS = (4, 10)
LINES = (6_500, 100_000)


def build(w):
    carrier = [f"198.51.100.{n}" for n in range(30, 62)]
    riders = []
    for _ in range(w.n(600, 6000)):
        home = w.home(0, 200)
        riders.append({"nets": [home, w.pick(carrier)] if w.chance(0.7) else [home, home], "trips": [w.uuid() for _ in range(w.rng.randint(1, 9))],
                       "os": w.pick(["iOS 18.5; iPhone15,4", "iOS 18.6; iPhone14,2", "Android 14; SM-A546E", "Android 13; moto g54", "Android 15; Pixel 8"])})
    release(w, riders)
    viral(w, carrier)
    herd(w, riders)
    pool(w, carrier, riders)
    receipts(w)
    otp(w)
    quotes(w)
    numbers(w)
    w.fill(lambda: trip(w, w.pick(riders), w.moment("commute", weekend=0.9)))


def agent(w, rider, t):
    fresh = t > w.at(2, 9) and hash_of(rider) % 100 < 20 + 25 * (t - w.at(2, 9)) / 86400
    return f"Viaje/{'9.31.0' if fresh else '9.30.2'} ({rider['os']})"


def hash_of(rider):
    return int(rider["trips"][0][:6], 16)


def call(w, t, rider, method, path, status, size, net=0, **more):
    size = w.near(size) if status == 200 else size
    w.add(t, rider["nets"][net], method, path, status, size, ua=more.pop("ua", None) or agent(w, rider, t), **more)


def trip(w, r, t):
    """A ride: quotes, the order, the car's place every few seconds, the receipt; the network changes on the way."""
    if w.chance(0.05):
        phone_check(w, r, t)
    for _ in range(w.rng.randint(1, 3)):
        call(w, t, r, "POST", "/v4/cotizaciones", 200, 1_900, sent=240, ms=int(w.rng.lognormvariate(4.6, 0.3)))
        t += w.pause(14)
    if w.chance(0.35):
        call(w, t, r, "GET", "/v4/viajes", 200, 7_700, query="limite=20")
        for old in w.rng.sample(r["trips"], min(2, len(r["trips"]))):
            t += w.pause(8)
            call(w, t, r, "GET", f"/v4/viajes/{old}/recibo", 200, 3_300)
        return
    new = w.uuid()
    r["trips"].append(new)
    call(w, t, r, "POST", "/v4/viajes", 201, 880, sent=410)
    net = w.rng.randrange(2)
    for step in range(w.rng.randint(4, 11)):
        t += 6 + w.rng.random()
        if w.chance(0.1):
            net = 1 - net
        call(w, t, r, "GET", f"/v4/viajes/{new}/posicion", w.pick([200, 200, 200, 304]), 410, net)
    call(w, t + 20, r, "GET", f"/v4/viajes/{new}/recibo", 200, 3_300, net)
    if w.chance(0.3):
        call(w, t + 40, r, "PUT", f"/v4/viajes/{new}/calificacion", 204, 0, net, sent=60)


def phone_check(w, r, t):
    case = w.base62(12)
    call(w, t, r, "POST", "/v4/telefono/codigo", 202, 96, sent=70)
    for _ in range(w.rng.choices([0, 1, 2], [85, 12, 3])[0]):
        call(w, t + 15, r, "POST", f"/v4/telefono/codigo/{case}/confirmar", 422, 131, sent=48)
    call(w, t + 25, r, "POST", f"/v4/telefono/codigo/{case}/confirmar", 200, 540, sent=48)


def release(w, riders):
    tag = w.decoy("release", "app-release", "a new version of the app: thousands of phones ask for the same new things at once, with an agent never seen before")
    for r in w.rng.sample(riders, w.n(160, 1500)):
        t = w.at(2, 9) + w.rng.expovariate(1 / 9000)
        ua = f"Viaje/9.31.0 ({r['os']})"
        for path, size in (("/v5/arranque", 21_000), ("/v5/textos/es-CO", 64_000), ("/v5/banderas", 2_800)):
            call(w, t, r, "GET", path, 200, size, ua=ua, tag=tag)
            t += 0.3


def viral(w, carrier):
    tag = w.decoy("viral", "viral-object", "a singer's shared trip: one page is opened from everywhere within two hours")
    code = w.base62(7)
    for _ in range(w.n(420, 4200)):
        t = w.at(1, 20) + w.rng.expovariate(1 / 2400)
        ip = w.pick(carrier) if w.chance(0.4) else w.home(0, 400)
        w.add(t, ip, "GET", f"/c/{code}", 200, w.near(5_400), ua=w.browser(0.9), tag=tag)


def herd(w, riders):
    tag = w.decoy("outage", "thundering-herd", "twelve minutes of 503, every phone trying again, and all of them at once when it ends")
    start = w.at(w.n(2, 6), 18.5)
    for r in w.rng.sample(riders, w.n(150, 1300)):
        t = start + w.rng.random() * 720
        for _ in range(w.rng.randint(1, 4)):
            call(w, t, r, "POST", "/v4/cotizaciones", 503, 91, sent=240, tag=tag)
            t += 5 + w.rng.random() * 20
        call(w, start + 720 + w.rng.random() * 40, r, "POST", "/v4/cotizaciones", 200, 1_900, sent=240, tag=tag, ms=int(w.rng.lognormvariate(6.5, 0.5)))


def pool(w, carrier, riders):
    tag = w.decoy("carrier", "carrier-nat", "one translated address of a carrier carries hundreds of riders, each with trips of their own")
    for _ in range(w.n(260, 2400)):
        r = w.pick(riders)
        t = w.moment("commute")
        call(w, t, dict(r, nets=["198.51.100.29"] * 2), "GET", f"/v4/viajes/{w.pick(r['trips'])}/recibo", 200, 3_300, tag=tag, ua=agent(w, r, t))


def receipts(w):
    tag = w.attack("receipts", "distributed-scraping",
                   "receipts are fetched by UUIDs from a stolen list, from more than three hundred household addresses, two or three each, around the clock",
                   "addresses that ask for nothing but receipts, never twice for the same, in one agent's words; the others' receipts come after a trip")
    ua = "Viaje/9.30.2 (Android 13; moto g54)"
    for _ in range(w.n(330, 1500)):
        ip = w.home(200, 511)
        w.actor(tag, "client_ip", ip)
        t = w.moment("flat")
        for _ in range(w.rng.randint(2, 3)):
            there = w.chance(0.93)
            w.add(t, ip, "GET", f"/v4/viajes/{w.uuid()}/recibo", 200 if there else 404, w.near(3_300) if there else 77, ua=ua, tag=tag)
            t += 2 + w.rng.random() * 9


def otp(w):
    tag = w.attack("otp", "otp-guessing", "the four-digit code of one phone check is tried hundreds of times, from a new address every few tries",
                   "one challenge with hundreds of refusals and at last a success, where others see one or two")
    case = w.base62(12)
    t = w.at(w.n(1, 4), 3.2)
    ips = [w.home(200, 511) for _ in range(40)]
    tries = w.n(360, 1100)
    for number in range(tries):
        t += 0.6 + w.rng.random()
        ip = ips[number // 9 % 40]
        w.actor(tag, "client_ip", ip)
        done = number == tries - 1
        w.add(t, ip, "POST", f"/v4/telefono/codigo/{case}/confirmar", 200 if done else 422, 540 if done else 131, sent=48,
              ua="Viaje/9.30.2 (Android 14; SM-A546E)", tag=tag)


def quotes(w):
    tag = w.attack("quotes", "expensive-endpoint-dos", "nine addresses ask for quotes as fast as they can until the service answers 504",
                   "the route's rate and time jump, all by a few addresses, and everybody's quotes fail meanwhile")
    start = w.at(w.n(3, 8), 12.1)
    ips = [f"192.0.2.{90 + n}" for n in range(9)]
    for ip in ips:
        w.actor(tag, "client_ip", ip)
    for _ in range(w.n(900, 5200)):
        part = w.rng.random()
        slow = part > 0.25
        w.add(start + part * w.n(400, 900), w.pick(ips), "POST", "/v4/cotizaciones", w.pick([504, 504, 200]) if slow else 200, 91 if slow else 1_900,
              sent=4_100, ms=int(w.rng.lognormvariate(8.6 if slow else 6, 0.3)), ua="Viaje/9.30.2 (Android 14; SM-A546E)", tag=tag)


def numbers(w):
    tag = w.attack("numbers", "account-enumeration", "which telephone numbers have an account is asked of the first step of signing in, number after number",
                   "two sizes of answer of one status, hundreds of different numbers from a handful of addresses that never go on to the code")
    ips = [f"192.0.2.{n}" for n in (11, 12, 13)]
    t = w.at(w.n(0, 2), 21)
    for number in range(w.n(380, 1700)):
        t += w.pause(6)
        known = w.chance(0.24)
        ip = w.pick(ips)
        w.actor(tag, "client_ip", ip)
        w.add(t, ip, "GET", "/v4/telefono/estado", 200, 212 if known else 64, query=f"numero=%2B573{w.digits(9)}", ua="Dart/3.4 (dart:io)", tag=tag)
    for _ in range(w.n(160, 1400)):
        w.add(w.moment("commute"), w.home(0, 200), "GET", "/v4/telefono/estado", 200, 212 if w.chance(0.8) else 64, query=f"numero=%2B573{w.digits(9)}",
              ua="Viaje/9.30.2 (Android 14; SM-A546E)")
