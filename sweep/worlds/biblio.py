"""
A city's libraries behind nginx, combined format, with the reader's card as the user's name where a page asks for it. Cards have
thirteen digits, the last after Luhn. Classes of pupils come from one address; a national catalogue harvests by tokens that
continue a list; screens in the halls ask for the new books every half minute.
"""
NAME = "biblio"
TITLE = "Bibliotecas: readers and their cards"
FORMAT = "nginx-combined"
FILE = "access.log"
HOST = "biblioteca.ciudad.example"
ZONE = 1
START = "2024-11-18"
DAYS = (7, 14)
LINES = (8_000, 100_000)


def luhn(body):
    total = sum(d if i % 2 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(int(c) for c in reversed(body)))
    return str((10 - total % 10) % 10)


def card(w):
    body = "2" + w.digits(11)
    return body + luhn(body)


def build(w):
    readers = [{"card": card(w), "ip": w.home(0, 160), "ua": w.browser(0.4)} for _ in range(w.n(430, 4200))]
    school(w, readers)
    harvest(w)
    screens(w)
    desk(w, readers)
    drain(w, readers)
    discovery(w)
    brute(w)
    readers_list(w)
    w.fill(lambda: visit(w, w.pick(readers), w.moment("home", weekend=0.8)))


def get(w, t, ip, ua, path, size, status=200, method="GET", **more):
    w.add(t, ip, method, path, status, w.near(size) if status == 200 else size, ua=ua, **more)


def visit(w, r, t, ip=None, tag=None):
    """A search, a few books, sometimes the own card's page and a renewal."""
    ip = ip or r["ip"]
    at = {"ref": "https://biblioteca.ciudad.example/", "tag": tag}
    get(w, t, ip, r["ua"], "/", 15_000, tag=tag)
    get(w, t + 0.2, ip, r["ua"], "/estilo/opac.css", 22_000, w.pick([200, 304]), **at)
    for _ in range(w.rng.randint(1, 4)):
        t += w.pause(20)
        get(w, t, ip, r["ua"], "/buscar", 28_000, query=f"q={w.pick(['lorca', 'cocina', 'python', 'historia+de+roma', 'novela+negra', 'manga', 'selectividad'])}&p={w.rng.choices([1, 2, 3], [80, 15, 5])[0]}", **at)
        get(w, t + 6, ip, r["ua"], f"/libro/{w.rng.randint(100_000, 399_999)}", 9_800, **at)
    if w.chance(0.45):
        t += w.pause(30)
        for _ in range(w.rng.choices([0, 1, 2], [84, 12, 4])[0]):
            get(w, t, ip, r["ua"], "/lector/entrar", 1_300, 401, "POST", **at)
            t += w.pause(12)
        get(w, t, ip, r["ua"], "/lector/entrar", 0, 303, "POST", **at)
        get(w, t + 1, ip, r["ua"], f"/lector/{r['card']}/prestamos", 4_400, who=r["card"], **at)
        if w.chance(0.3):
            get(w, t + 20, ip, r["ua"], f"/lector/{r['card']}/renovar", 0, 303, "POST", who=r["card"], **at)


def school(w, readers):
    tag = w.decoy("school", "nat-school", "each morning a class of thirty signs in from one address within minutes, many mistyping")
    for day in range(w.days):
        for r in w.rng.sample(readers, w.n(11, 60)):
            visit(w, r, w.at(day, 9.5) + w.rng.random() * 900, "203.0.113.31", tag)


def harvest(w):
    tag = w.decoy("harvest", "nightly-sync", "a national catalogue follows a list to its end, by tokens that continue it, thousands of steps in a row")
    for night in (1, 4):
        t = w.at(night, 1)
        for _ in range(w.n(190, 1500)):
            t += 1.2 + w.rng.random()
            get(w, t, "203.0.113.180", "OAI-PMH Harvester/2.0 (catalogo@nacional.example)", "/oai", 96_000, query=f"verb=ListRecords&resumptionToken={w.base62(20)}", tag=tag)


def screens(w):
    tag = w.decoy("screens", "polling", "four screens in the halls ask for the new books, all day, from the libraries' address")
    for day in range(w.days):
        for screen in range(w.n(1, 3)):
            t = w.at(day, 9)
            while t < w.at(day, 20):
                get(w, t, "203.0.113.30", f"PantallaInfo/1.{screen}", "/api/novedades", 2_700, tag=tag)
                t += w.n(300, 120)


def desk(w, readers):
    tag = w.decoy("desk", "call-centre", "librarians at the desk open one reader's loans after the other")
    for day in range(w.days):
        t = w.at(day, 10)
        for r in w.rng.sample(readers, w.n(26, 150)):
            t += w.pause(w.n(900, 160))
            get(w, t, "203.0.113.30", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0", f"/lector/{r['card']}/prestamos", 4_400, who=w.pick(["mostrador1", "mostrador2", "mostrador3"]), tag=tag)


def drain(w, readers):
    tag = w.attack("drain", "low-and-slow", "a reader's account opens another card's loans every ten minutes, day and night, for the whole week",
                   "one account, a different card each time, the same pace at four in the morning as at noon, and no book ever looked at")
    me = w.pick(readers)
    w.actor(tag, "principal", me["card"])
    w.actor(tag, "client_ip", "198.18.210.40")
    t = w.at(0, 3)
    while t < w.end:
        t += w.n(1500, 420) * (0.8 + 0.4 * w.rng.random())
        there = w.chance(0.9)
        get(w, t, "198.18.210.40", me["ua"], f"/lector/{w.pick(readers)['card'] if there else card(w)}/prestamos", 4_400 if there else 410, 200 if there else 404, who=me["card"], tag=tag)


def discovery(w):
    tag = w.attack("discovery", "content-discovery", "a list of usual names is tried; a copy of the data base and a console are there", "one address, a hundred different paths, nearly all missing, and two that answer with much",
                   client_ip=["192.0.2.240"])
    names = ["admin", "backup", "old", "test", "dev", "api", "db", "dump", "sql", "config", "private", "tmp", "logs", "cgi-bin", "phpmyadmin", "adminer.php", "install", "upload", "export", "users", ".env", ".git/HEAD",
             "backup.zip", "site.tar.gz", "db.sql", "opac.bak", "web.config", "server-status", "console", "solr", "jenkins", "manager/html", "jmx", "actuator", "graphql", "swagger", "robots.txt", "sitemap.xml"]
    t = w.at(w.n(3, 8), 5.5)
    for name in names * w.n(3, 9):
        t += 0.3 + w.rng.random() * 0.5
        name = w.pick(["", "", "opac/", "lector/", "v2/"]) + name
        get(w, t, "192.0.2.240", "Mozilla/5.0 (compatible; feroxbuster/2.10)", "/" + name, 410, w.pick([404, 404, 404, 403]), tag=tag)
    for path, size in (("/opac/opac.bak", 48_300_211), ("/consola/", 6_120)):
        t += 2
        get(w, t, "192.0.2.240", "Mozilla/5.0 (compatible; feroxbuster/2.10)", path, size, tag=tag)


def brute(w):
    tag = w.attack("brute", "brute-force-one-account", "the administrator's page, which asks for a name by itself, is tried until it opens",
                   "hundreds of 401 with the same user's name by one address, then 200 and what only the administrator does", client_ip=["198.18.240.9"], principal=["sistemas"])
    for _ in range(w.n(24, 240)):
        get(w, w.moment("office", weekend=0), "203.0.113.30", "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0", "/gestion/", 8_800, who="sistemas")
    t = w.at(w.n(4, 10), 2.2)
    for _ in range(w.n(280, 1400)):
        t += 1.5 + w.rng.random()
        get(w, t, "198.18.240.9", "python-requests/2.28.1", "/gestion/", 590, 401, who="sistemas", tag=tag)
    for path, size in (("/gestion/", 8_800), ("/gestion/usuarios", 31_000), ("/gestion/exportar/lectores.csv", 6_800_000)):
        t += w.pause(20)
        get(w, t, "198.18.240.9", "python-requests/2.28.1", path, size, who="sistemas", tag=tag)


def readers_list(w):
    tag = w.attack("minors", "wildcard-search", "the search for readers, meant for the desk, takes a per cent sign from anybody's account",
                   "answers hundreds of times as large as the desk's, to a pattern", client_ip=["198.18.77.7"])
    for _ in range(w.n(90, 900)):
        get(w, w.moment("office", weekend=0.3), "203.0.113.30", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0", "/lector/buscar", 1_600,
            query=f"apellido={w.pick(['garcia', 'lopez', 'ruiz', 'sanz', 'vidal'])}&nacido={w.rng.randint(1940, 2015)}", who=w.pick(["mostrador1", "mostrador2"]))
    who, ua = card(w), w.browser(0)
    w.actor(tag, "principal", who)
    t = w.at(w.n(2, 6), 22)
    for year in range(2007, 2018):
        t += w.pause(30)
        get(w, t, "198.18.77.7", ua, "/lector/buscar", 640_000, query=f"apellido=%25&nacido={year}", who=who, tag=tag)
