"""
A freight platform behind Traefik: only companies call it, each with a key. Containers carry four letters, six digits and a
check digit; consignments a country, a branch, a number and a check digit. Companies import their orders in the morning, fetch
everything once a month, and one of them moved to another data centre during these days.
"""
NAME = "carga"
TITLE = "Carga: a freight platform with partner keys"
FORMAT = "traefik-json"
FILE = "traefik-access.json"
HOST = "api.carga.example"
ZONE = 1
START = "2025-02-24"
DAYS = (8, 13)
LINES = (6_000, 100_000)

OWNERS = ["QZKU", "VXLU", "KJWU", "YQTU"]
CLIENTS = ["Apache-CXF/4.0.3", "SAP NetWeaver AS (1.0;750)", "axios/1.6.8", "GuzzleHttp/7", "Java/11.0.21", "Microsoft BizTalk/3.12"]


def container(w):
    body = w.pick(OWNERS) + w.digits(6)
    return body + check(body)


def check(body):
    """The check digit of container numbers: letters count from 10 without multiples of 11, places as powers of two."""
    values = {letter: value for letter, value in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", [n for n in range(10, 40) if n % 11])}
    total = sum((values[c] if c.isalpha() else int(c)) * 2 ** place for place, c in enumerate(body))
    return str(total % 11 % 10)


def consignment(w):
    body = w.digits(7)
    return f"{w.pick(['ES', 'PT', 'FR'])}-{w.rng.randint(1, 60):04d}-{body}-{(10 - sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body)) % 10) % 10}"


def build(w):
    firms = [{"who": f"{name}-{w.digits(3)}", "key": w.base62(32), "net": f"203.0.113.{8 + i * 6}", "ua": CLIENTS[i % len(CLIENTS)],
              "boxes": [container(w) for _ in range(w.n(34, 160))], "loads": [consignment(w) for _ in range(w.n(60, 420))], "hours": w.pick(["office", "office", "flat"])}
             for i, name in enumerate(["transnorte", "hispalog", "ibercold", "muelle7", "grupajes-sur", "tarraco", "ponent", "fruitsped", "lusocarga", "acerosped", "vinolog",
                                       "quimitrans", "paqueteo", "mueblexpres", "norfresh", "cartagoil", "ebrorail", "papelera", "autopart", "farmalog", "textilia", "balear",
                                       "canarmar", "gallogrupo", "euskotir", "madcross", "andafrut", "levantsea", "duero", "sierratir", "montcargo", "deltaport", "cierzo", "puertosur"])]
    nightly(w, firms[1])
    monthly(w, firms[2])
    imports(w, firms[3])
    moved(w, firms[4])
    rotation(w, firms[5])
    stolen(w, firms[6])
    tampering(w, firms[7], firms)
    walk(w, firms[8], firms)
    admin(w, firms[9])
    w.fill(lambda: work(w, w.pick(firms[10:]) if w.chance(0.75) else w.pick(firms[:10])))


def call(w, t, f, method, path, status, size, **more):
    more = dict({"who": f["who"], "key": f["key"], "ua": f["ua"]}, **more)
    w.add(t, more.pop("ip", f["net"]), method, path, status, w.near(size) if status == 200 else size, **more)


def work(w, f):
    """A company's clerk or system asks where its freight is, now and then changes an address or files a paper."""
    t = w.moment(f["hours"], weekend=0.25)
    for _ in range(w.rng.randint(2, 7)):
        t += w.pause(15)
        what = w.rng.random()
        if what < 0.45:
            call(w, t, f, "GET", f"/v2/contenedores/{w.pick(f['boxes'])}/posicion", 200, 640)
        elif what < 0.8:
            call(w, t, f, "GET", f"/v2/envios/{w.pick(f['loads'])}", 200, 3_900)
        elif what < 0.9:
            call(w, t, f, "GET", "/v2/envios", 200, 31_000, query=f"pagina={w.rng.choices([1, 2, 3], [80, 15, 5])[0]}&tam=50")
        elif what < 0.96:
            call(w, t, f, "PATCH", f"/v2/envios/{w.pick(f['loads'])}/destino", 200, 180, sent=340)
        elif what < 0.98:
            call(w, t, f, "POST", "/v2/envios", 201, 420, sent=2_600)
        else:
            call(w, t, f, "GET", f"/v2/envios/{consignment(w)}", 404, 88)


def nightly(w, f):
    tag = w.decoy("nightly", "nightly-sync", "one partner reads the state of the same consignments every night")
    for day in range(w.days):
        t = w.at(day, 2)
        for load in f["loads"][: w.n(45, 300)]:
            t += w.pause(0.5)
            call(w, t, f, "GET", f"/v2/envios/{load}", 200, 3_900, tag=tag)


def monthly(w, f):
    tag = w.decoy("month-end", "batch-export", "on the first of the month a partner pages through everything of its own and takes every paper")
    t = w.at(5, 1)
    for page in range(1, w.n(60, 300)):
        t += w.pause(0.7)
        call(w, t, f, "GET", "/v2/envios", 200, 31_000, query=f"pagina={page}&tam=200&mes=2025-02", tag=tag)
    for load in f["loads"]:
        t += w.pause(0.6)
        call(w, t, f, "GET", f"/v2/envios/{load}/cmr.pdf", 200, 140_000, tag=tag)


def imports(w, f):
    tag = w.decoy("imports", "bulk-import", "each morning a partner files the day's orders and corrects yesterday's: hundreds of writes of its own")
    for day in range(w.days):
        t = w.at(day, 6)
        fresh = [consignment(w) for _ in range(w.n(22, 160))]
        for load in fresh:
            t += w.pause(0.4)
            call(w, t, f, "PUT", f"/v2/envios/{load}", 201, 420, sent=2_600, tag=tag)
        for load in fresh[::3]:
            t += w.pause(0.4)
            call(w, t, f, "PATCH", f"/v2/envios/{load}/destino", 200, 180, sent=340, tag=tag)


def moved(w, f):
    tag = w.decoy("moved", "partner-moved", "a partner moved to another data centre: from one day on its key comes from a new network, with the same client and the same work")
    for number in range(w.n(230, 2500)):
        t = w.moment("flat")
        call(w, t, f, "GET", w.pick([f"/v2/contenedores/{w.pick(f['boxes'])}/posicion", f"/v2/envios/{w.pick(f['loads'])}"]), 200, 2_200,
             ip="198.51.100.90" if t > w.at(4, 22) else f["net"], tag=tag)


def rotation(w, f):
    tag = w.decoy("key-change", "key-rotation", "a partner's key is replaced; both are used for a day")
    fresh = w.base62(32)
    for _ in range(w.n(160, 1600)):
        t = w.moment("office")
        new = t > w.at(4, 0) or (t > w.at(3, 0) and w.chance(0.5))
        call(w, t, f, "GET", f"/v2/envios/{w.pick(f['loads'])}", 200, 3_900, key=fresh if new else f["key"], tag=tag)
    f["key"] = fresh


def stolen(w, f):
    tag = w.attack("stolen-key", "stolen-partner-key", "a partner's key, left in a public script, is used from a new network to list and take every consignment's papers",
                   "a key that came from one address with one client appears elsewhere with another, lists, and takes papers it never took; the old use goes on",
                   principal=[f["who"]], client_ip=["192.0.2.55"])
    t = w.at(w.n(6, 10), 14.5)
    for page in range(1, 12):
        t += w.pause(4)
        call(w, t, f, "GET", "/v2/envios", 200, 58_000, query=f"pagina={page}&tam=200", ip="192.0.2.55", ua="node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", tag=tag)
    for load in f["loads"] + [consignment(w) for _ in range(w.n(160, 700))]:
        t += w.pause(3)
        call(w, t, f, "GET", f"/v2/envios/{load}/cmr.pdf", 200, 140_000, ip="192.0.2.55", ua="node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", tag=tag)


def tampering(w, f, firms):
    tag = w.attack("tampering", "mass-writes", "with one partner's account the destinations of other partners' consignments are changed in a night",
                   "one account changes hundreds of objects, none of which it ever read before and which others read, at an hour when it never works", principal=[f["who"]])
    others = [load for other in firms if other is not f for load in other["loads"]]
    t = w.at(w.n(6, 9), 0.6)
    for load in w.rng.sample(others, w.n(170, 600)):
        t += w.pause(20)
        call(w, t, f, "PATCH", f"/v2/envios/{load}/destino", 200, 180, sent=350, tag=tag)


def walk(w, f, firms):
    tag = w.attack("containers", "object-walk-shuffled", "a partner's key asks for container numbers made up with right check digits, in no order, over two days",
                   "hundreds of different containers, half of them unknown, none its own; the others ask for a few of theirs again and again", principal=[f["who"]])
    body = [f"{w.pick(OWNERS)}{number:06d}" for number in w.rng.sample(range(310_000, 312_500), w.n(380, 1600))]
    for number in body:
        there = w.chance(0.45)
        call(w, w.moment("office", 1, 4, weekend=1), f, "GET", f"/v2/contenedores/{number}{check(number)}/posicion", 200 if there else 404, 640 if there else 74, tag=tag)


def admin(w, f):
    tag = w.attack("tariffs", "admin-function", "a partner's key, refused at first on administration, ends up reading and setting tariffs of others",
                   "refusals on several administrative paths, then success where only the platform's own accounts ever succeed", principal=[f["who"]])
    own = [{"who": name, "key": w.base62(32), "net": "203.0.113.250", "ua": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:135.0) Gecko/20100101 Firefox/135.0"} for name in ("ops-irene", "ops-luis")]
    for _ in range(w.n(150, 1300)):
        t = w.moment("office", weekend=0)
        call(w, t, w.pick(own), "GET", f"/v2/gestion/tarifas/{w.rng.randint(100, 180)}", 200, 2_100)
        if w.chance(0.2):
            call(w, t + 30, w.pick(own), "PUT", f"/v2/gestion/tarifas/{w.rng.randint(100, 180)}", 200, 90, sent=600)
    t = w.at(w.n(5, 8), 19)
    for path in ("/v2/gestion", "/v2/gestion/socios", "/v2/gestion/tarifas", "/v2/gestion/claves", "/v2/gestion/usuarios"):
        t += w.pause(9)
        call(w, t, f, "GET", path, 403, 71, tag=tag)
    for number in w.rng.sample(range(100, 180), 28):
        t += w.pause(20)
        call(w, t, f, "GET", f"/v2/gestion/tarifas/{number}", 200, 2_100, tag=tag)
    for number in w.rng.sample(range(100, 180), 4):
        t += w.pause(60)
        call(w, t, f, "PUT", f"/v2/gestion/tarifas/{number}", 200, 90, sent=600, tag=tag)
