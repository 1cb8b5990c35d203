"""
A marketplace behind CloudFront, Spanish, products as slugs with a number. No account is logged, only a session cookie.
A search engine reads everything from its own network; a price comparer under contract reads the catalogue every night; the
delivery network warms its caches after each release; a video made one product famous.
"""
from urllib.parse import quote

NAME = "mercado"
TITLE = "Mercado: a marketplace at the edge"
FORMAT = "aws-cloudfront"
FILE = "E2MERCADO.2025-09-17-00.log"
HOST = "www.mercado.example"
ZONE = 2
START = "2025-09-17"
DAYS = (5, 10)
LINES = (6_500, 100_000)

WORDS = ["mesa", "lampara", "silla", "bici", "taladro", "zapatilla", "mochila", "cafetera", "alfombra", "teclado", "funda", "reloj", "manta", "cuna", "tienda"]
TINTS = ["roja", "azul", "nordica", "plegable", "vintage", "infantil", "negra", "grande", "solar", "mini"]


def build(w):
    goods = [f"{w.pick(WORDS)}-{w.pick(TINTS)}-{w.rng.randint(100_000, 999_999)}" for _ in range(w.n(700, 6000))]
    sellers = [f"{w.pick(WORDS)}{w.pick(['shop', 'outlet', 'hogar', 'deco', 'sur'])}{w.rng.randint(1, 999)}" for _ in range(w.n(420, 1600))]
    people = [{"ip": w.home(0, 255) if w.chance(0.8) else w.home6(), "ua": w.browser(0.6)} for _ in range(w.n(700, 8000))]
    engine(w, goods)
    comparer(w, goods)
    warm(w, goods)
    famous(w, goods)
    impostor(w, sellers)
    pages(w)
    wildcard(w)
    redirect(w)
    w.fill(lambda: shop(w, w.pick(people), w.moment("home"), goods, sellers))


def get(w, t, ip, ua, path, size, status=200, method="GET", **more):
    w.add(t, ip, method, path, status, w.near(size) if status == 200 else size, ua=ua, **more)


def shop(w, p, t, goods, sellers):
    """Somebody looks around, reads a few products, asks one seller, and now and then buys."""
    sid = w.base62(18)
    at = dict(session=sid, ref=f"https://{HOST}/")
    get(w, t, p["ip"], p["ua"], "/", 61_000, session=sid, type="text/html", ref=w.pick(["-", "https://www.google.com/", "-"]), hit=True)
    for _ in range(w.rng.randint(1, 3)):
        t += w.pause(12)
        get(w, t, p["ip"], p["ua"], "/api/buscar", 18_000, query="q=" + quote(w.pick(WORDS) + " " + w.pick(TINTS)) + f"&pagina={w.rng.choices([1, 2, 3, 4], [70, 18, 8, 4])[0]}", **at)
        for item in [goods[int(len(goods) * w.rng.random() ** 2)] for _ in range(w.rng.randint(1, 3))]:
            t += w.pause(20)
            get(w, t, p["ip"], p["ua"], f"/p/{item}", 43_000, type="text/html", hit=w.chance(0.5), **at)
            get(w, t + 0.4, p["ip"], p["ua"], f"/img/{item}-1.webp", 81_000, type="image/webp", hit=w.chance(0.8), **at)
            if w.chance(0.3):
                get(w, t + 5, p["ip"], p["ua"], "/api/resenas", 9_000, query=f"producto={item.rsplit('-', 1)[1]}&pagina={w.rng.choices([1, 2, 3], [85, 11, 4])[0]}", **at)
    if w.chance(0.2):
        get(w, t + 9, p["ip"], p["ua"], f"/api/vendedor/{w.pick(sellers)}/contacto", 720, **at)
    if w.chance(0.12):
        get(w, t + 15, p["ip"], p["ua"], "/api/carrito", 310, method="POST", sent=400, **at)
        get(w, t + 40, p["ip"], p["ua"], "/entrar", 0, 302, "POST", query="volver=" + quote("/cesta", safe=""), sent=700, **at)
        get(w, t + 90, p["ip"], p["ua"], "/api/pedido", 640, method="POST", sent=900, **at)
    if w.chance(0.06):
        get(w, t + 100, p["ip"], p["ua"], "/salir", 0, 302, query="volver=" + quote(w.pick(["/", "/ofertas", "/cesta"]), safe=""), **at)


def engine(w, goods):
    tag = w.decoy("engine", "search-engine", "a search engine, from its published network, reads robots.txt and then every product, in order, around the clock")
    t = w.start + 600
    ua = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    for number, item in enumerate(sorted(goods)[: w.n(600, 4500)]):
        if number % 90 == 0:
            get(w, t, "66.249.66.12", ua, "/robots.txt", 310, tag=tag, type="text/plain")
        t += (w.days * 86400 - 4000) / w.n(600, 4500) * (0.5 + w.rng.random())
        get(w, t, f"66.249.66.{w.rng.randint(10, 27)}", ua, f"/p/{item}", 43_000, 404 if w.chance(0.03) else 200, tag=tag, type="text/html")


def comparer(w, goods):
    tag = w.decoy("comparer", "contracted-bot", "a price comparer under contract reads the same part of the catalogue every night from its own address")
    items = w.rng.sample(goods, w.n(110, 700))
    for day in range(w.days):
        t = w.at(day, 3)
        for item in items:
            t += w.pause(1.5)
            get(w, t, "203.0.113.77", "ComparaPreciosBot/2.0 (+https://comparaprecios.example/bot)", f"/api/precio/{item.rsplit('-', 1)[1]}", 420, tag=tag)


def warm(w, goods):
    tag = w.decoy("warm-up", "cdn-prefetch", "after each release the delivery network asks for the pages and pictures most in demand, as fast as it can")
    for day in (1, 3):
        t = w.at(day, 11)
        for item in goods[: w.n(70, 500)]:
            t += 0.05
            get(w, t, "203.0.113.9", "edge-warmup/1.4", f"/p/{item}", 43_000, tag=tag, type="text/html")
            get(w, t + 0.02, "203.0.113.9", "edge-warmup/1.4", f"/img/{item}-1.webp", 81_000, tag=tag, type="image/webp")


def famous(w, goods):
    tag = w.decoy("famous", "viral-object", "a video made one product famous: a thousand visitors look at it and at nothing else")
    for _ in range(w.n(330, 4000)):
        ip = w.home(0, 511)
        t = w.at(2, 21) + w.rng.expovariate(1 / 3000)
        sid, ua = w.base62(18), w.browser(0.9)
        get(w, t, ip, ua, f"/p/{goods[40]}", 43_000, tag=tag, session=sid, ref="https://www.tiktok.example/", type="text/html", hit=True)
        get(w, t + 8, ip, ua, "/api/resenas", 9_000, tag=tag, session=sid, query=f"producto={goods[40].rsplit('-', 1)[1]}&pagina=1")


def impostor(w, sellers):
    tag = w.attack("impostor", "impostor-crawler", "somebody calls himself the search engine, from another network, and takes every seller's telephone and e-mail",
                   "the engine's name from a network that never asked for robots.txt, on a route where the real one never goes")
    ua = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    t = w.at(w.n(1, 4), 2.5)
    for seller in w.rng.sample(sellers, w.n(400, 1500)):
        ip = f"192.0.2.{w.rng.randint(120, 127)}"
        w.actor(tag, "client_ip", ip)
        t += w.pause(7)
        get(w, t, ip, ua, f"/api/vendedor/{seller}/contacto", 720, tag=tag)


def pages(w):
    tag = w.attack("reviews", "deep-pagination", "one visitor turns the pages of all reviews, from the first to the last",
                   "page numbers far beyond what anybody else asks for, one after the other, by one session", client_ip=["198.18.230.8"])
    sid = w.base62(18)
    t = w.at(w.n(2, 5), 16.2)
    for page in range(1, w.n(420, 2600)):
        t += 0.7 + w.rng.random()
        get(w, t, "198.18.230.8", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:138.0) Gecko/20100101 Firefox/138.0", "/api/resenas", 22_000,
            query=f"producto=todos&pagina={page}&tam=100", session=sid, tag=tag)


def wildcard(w):
    tag = w.attack("wildcard", "wildcard-search", "the search for users is asked with wild cards, letter by letter",
                   "answers a hundred times the usual from a parameter that holds a pattern", client_ip=["192.0.2.66"])
    for _ in range(w.n(150, 1500)):
        sid = w.base62(18)
        get(w, w.moment("home"), w.home(0, 255), w.browser(), "/api/usuarios", 1_900, query=f"alias={w.pick(['ana', 'luis', 'marta', 'pepe', 'sol', 'dani'])}{w.rng.randint(1, 99)}", session=sid)
    t = w.at(w.n(3, 7), 5)
    for pattern in ["%25", "*", "_%25", "a%25", "%25%40gmail.com"] + [f"{letter}*" for letter in "bcdefghijklmnopqrstuvwxyz"]:
        t += w.pause(15)
        get(w, t, "192.0.2.66", "curl/8.5.0", "/api/usuarios", 420_000, query=f"alias={pattern}&limite=10000", tag=tag)


def redirect(w):
    tag = w.attack("redirect", "open-redirect", "letters lead victims through the shop's own sign-out to a false sign-in elsewhere",
                   "a parameter that always held a path of the shop names another host; many visitors come with it from outside and are sent on")
    lure = quote("https://mercado-premios.example.net/entrar?c=", safe="")
    for _ in range(w.n(90, 600)):
        ip = w.home(0, 255)
        t = w.at(w.n(3, 6), 9) + w.rng.expovariate(1 / 9000)
        get(w, t, ip, w.browser(0.7), "/salir", 0, 302, query=f"volver={lure}{w.base62(6)}", ref=w.pick(["-", "https://correo.example/", "-"]), tag=tag)
