"""
A city's open-data portal, Apache's combined format, in Spanish. Nearly everything is public and meant to be copied: a dozen
mirrors walk every data set in order, page after page, and there is even a public address that takes SQL. What is not public
is the register of complaints, which only the city's editors may read, and whatever the map's proxy should not reach.
"""
from urllib.parse import quote, quote_plus

NAME = "datos"
TITLE = "Datos: a city's open data"
FORMAT = "apache-combined"
FILE = "datos_access.log"
HOST = "datos.ciudad.example"
ZONE = 2
START = "2025-05-05"
DAYS = (6, 12)

THEMES = ["arbolado", "aforos", "multas", "presupuesto", "padron", "contratos", "aire", "ruido", "bicis", "autobuses", "parques", "censo-locales", "agua", "turismo"]
GROUPS = ["medio-ambiente", "movilidad", "economia", "sociedad", "urbanismo"]


def build(w):
    sets = [f"{theme}-{year}" for theme in THEMES for year in range(2008, 2026)]
    files = {name: w.uuid() for name in sets}
    people = [{"ip": w.home(0, 300), "ua": w.browser(0.25)} for _ in range(w.n(420, 5000))]
    mirrors(w, sets, files)
    sql_users(w, files)
    election(w, files)
    accessibility(w, sets)
    engine(w, sets)
    editors(w, files)
    complaints(w)
    ssrf(w)
    traversal(w)
    injection(w)
    key_in_url(w)
    w.fill(lambda: visit(w, w.pick(people), w.moment("office", weekend=0.6), sets, files))


def get(w, t, ip, ua, path, size, status=200, method="GET", **more):
    w.add(t, ip, method, path, status, w.near(size) if status == 200 else size, ua=ua, **more)


def visit(w, p, t, sets, files):
    ref = f"https://{HOST}/"
    get(w, t, p["ip"], p["ua"], "/", 24_000, ref=w.pick(["-", "https://www.google.com/"]))
    get(w, t + 0.2, p["ip"], p["ua"], "/recursos/portal.css", 31_000, w.pick([200, 304]), ref=ref)
    for _ in range(w.rng.randint(1, 4)):
        t += w.pause(25)
        name = w.pick(sets)
        get(w, t, p["ip"], p["ua"], f"/dataset/{name}", 19_000, ref=ref)
        if w.chance(0.5):
            get(w, t + 9, p["ip"], p["ua"], f"/descarga/{files[name]}/{name}.csv", w.rng.randint(20_000, 4_000_000), ref=f"{ref}dataset/{name}")
        if w.chance(0.25):
            get(w, t + 14, p["ip"], p["ua"], "/visor/proxy", 52_000, query="url=" + quote(f"https://geo.ciudad.example/wms?layer={name}", safe=""), ref=f"{ref}visor")
    if w.chance(0.2):
        get(w, t + 30, p["ip"], p["ua"], "/buscar", 14_000, query="q=" + quote_plus(w.pick(["select de aforos", "union europea", "orden del día", "multas o'donnell", "1=1 parque"])))


def mirrors(w, sets, files):
    tag = w.decoy("mirrors", "public-data-mirrored", "universities, newspapers and portals copy every data set in order, page after page, some of them each week")
    agents = ["ckanext-harvest/1.4", "python-requests/2.31.0", "Wget/1.21.4", "R (4.4.1 x86_64-pc-linux-gnu)", "datahub-mirror/0.9 (+https://espejo.example)", "curl/8.4.0"]
    for number in range(w.n(7, 14)):
        ip, ua = f"203.0.113.{100 + number * 9}", w.pick(agents)
        t = w.moment("flat", 0, w.days - 1)
        for page in range(w.n(12, 120)):
            t += w.pause(0.8)
            get(w, t, ip, ua, "/api/3/accion/paquetes", 88_000, query=f"inicio={page * 20}&filas=20", tag=tag)
        for name in sets[: w.n(60, 252)]:
            t += w.pause(0.7)
            get(w, t, ip, ua, f"/dataset/{name}", 19_000, tag=tag)
            get(w, t + 0.3, ip, ua, f"/descarga/{files[name]}/{name}.csv", w.rng.randint(20_000, 4_000_000), tag=tag)


def sql_users(w, files):
    tag = w.decoy("public-sql", "legitimate-sql", "a public address takes SELECT statements, and analysts use it as it is meant")
    for _ in range(w.n(90, 900)):
        resource = w.pick(list(files.values()))
        text = w.pick([f'SELECT * FROM "{resource}" LIMIT {w.pick([10, 100, 500])}', f'SELECT barrio, count(*) FROM "{resource}" GROUP BY barrio ORDER BY 2 DESC',
                       f'SELECT fecha, valor FROM "{resource}" WHERE fecha > \'2024-01-01\' UNION SELECT fecha, valor FROM "{w.pick(list(files.values()))}"'])
        get(w, w.moment("office"), w.home(0, 300), w.pick(["python-requests/2.31.0", "R (4.4.1 x86_64-pc-linux-gnu)", w.browser(0)]), "/api/3/accion/consulta_sql",
            w.rng.randint(900, 60_000), query="sql=" + quote_plus(text), tag=tag)


def election(w, files):
    tag = w.decoy("election", "viral-object", "on election night one file is asked for by everybody, every minute")
    for _ in range(w.n(380, 4500)):
        t = w.at(5, 20) + w.rng.random() * 3.5 * 3600
        get(w, t, w.home(0, 511), w.browser(0.5), f"/descarga/{files['censo-locales-2025']}/resultados.json", 71_000, w.pick([200, 200, 304]), tag=tag)


def accessibility(w, sets):
    tag = w.decoy("accessibility", "accessibility-scanner", "the ministry's scanner reads every page twice, once as a telephone")
    for ua in ("Mozilla/5.0 (compatible; RastreadorAccesible/3.0; +https://accesible.example)", "Mozilla/5.0 (iPhone; compatible; RastreadorAccesible/3.0)"):
        t = w.at(2, 1.5)
        for name in sets[: w.n(90, 252)]:
            t += w.pause(1)
            get(w, t, "198.51.100.200", ua, f"/dataset/{name}", 19_000, 404 if w.chance(0.05) else 200, tag=tag)


def engine(w, sets):
    tag = w.decoy("engine", "search-engine", "a search engine reads the data sets from its published network")
    ua = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36"
    for _ in range(w.n(260, 2500)):
        get(w, w.moment("flat"), f"157.55.39.{w.rng.randint(20, 60)}", ua, f"/dataset/{w.pick(sets)}", 19_000, tag=tag)
    for day in range(w.days):
        get(w, w.at(day, 4), "157.55.39.33", ua, "/robots.txt", 220, tag=tag)


def editors(w, files):
    for _ in range(w.n(130, 1500)):
        who = w.pick(["aperez", "mcosta", "jlago", "rvega", "snieto", "ifabra", "lmoya"])
        t = w.moment("office", weekend=0)
        get(w, t, "203.0.113.20", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", f"/registro/denuncias/{w.rng.randint(61_000, 62_400)}", 7_300, who=who)
        if w.chance(0.3):
            get(w, t + 60, "203.0.113.20", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "/api/3/accion/recurso_actualizar", 410, method="POST", who=who)
    for _ in range(w.n(40, 300)):
        get(w, w.moment("home"), w.home(0, 300), w.browser(), f"/registro/denuncias/{w.rng.randint(61_000, 62_400)}", 512, 401)


def complaints(w):
    tag = w.attack("complaints", "unauthenticated-dump", "after a change of the server the private register answers whoever asks; two addresses take it",
                   "the register gave 401 to strangers and 200 only with a user; from one day on it gives 200 without one, to two addresses, number by number")
    first = w.rng.randint(61_000, 61_400)
    t = w.at(w.n(4, 9), 23)
    for number in range(first, first + w.n(310, 950)):
        t += w.pause(3)
        ip = w.pick(["192.0.2.210", "198.18.250.3"])
        w.actor(tag, "client_ip", ip)
        there = w.chance(0.9)
        get(w, t, ip, "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", f"/registro/denuncias/{number}", 7_300 if there else 480, 200 if there else 404, tag=tag)


def ssrf(w):
    tag = w.attack("ssrf", "server-side-request", "the map's proxy is asked for addresses inside the city's network and for the cloud's own",
                   "a parameter that always named one public host names private ones; some are answered with other sizes", client_ip=["192.0.2.18"])
    t = w.at(w.n(1, 6), 13)
    for url, status, size in (("http://169.254.169.254/latest/meta-data/", 200, 318), ("http://169.254.169.254/latest/meta-data/iam/security-credentials/", 200, 21),
                              ("http://169.254.169.254/latest/meta-data/iam/security-credentials/visor-rol", 200, 1_322), ("http://127.0.0.1:8983/solr/admin/info/system", 200, 9_801),
                              ("http://localhost:5432/", 502, 417), ("http://10.0.3.12:9200/_cat/indices", 200, 2_240), ("http://[::1]:6379/", 502, 417),
                              ("http://2130706433:8080/", 502, 417), ("gopher://127.0.0.1:6379/_INFO", 400, 390), ("file:///etc/passwd", 400, 390)):
        t += w.pause(20)
        get(w, t, "192.0.2.18", "curl/7.88.1", "/visor/proxy", size, status, query="url=" + quote(url, safe=""), tag=tag)


def traversal(w):
    tag = w.attack("traversal", "path-traversal", "downloads that climb out of their folder; the third spelling works",
                   "climbing paths, and 200 with sizes of system files", client_ip=["192.0.2.19"])
    t = w.at(w.n(2, 7), 4.4)
    for path, status, size in (("/descarga/../../../../etc/passwd", 400, 390), ("/descarga/..%2f..%2f..%2f..%2fetc%2fpasswd", 404, 480),
                               ("/descarga/.%2e/.%2e/.%2e/.%2e/etc/passwd", 200, 1_846), ("/descarga/.%2e/.%2e/.%2e/.%2e/etc/hosts", 200, 221),
                               ("/descarga/.%2e/.%2e/.%2e/.%2e/var/www/portal/production.ini", 200, 6_012), ("/descarga/.%2e/.%2e/.%2e/.%2e/proc/self/environ", 200, 1_090),
                               ("/descarga/.%2e/.%2e/.%2e/.%2e/root/.ssh/id_rsa", 403, 390)):
        t += w.pause(12)
        get(w, t, "192.0.2.19", "Mozilla/5.0 zgrab/0.x", path, size, status, tag=tag)


def injection(w):
    tag = w.attack("injection", "sql-injection", "the order of the catalogue's search is abused to read a table of users",
                   "statements in a parameter that held a column's name; answers grow tenfold once it works", client_ip=["192.0.2.23"])
    for _ in range(w.n(120, 1400)):
        get(w, w.moment("office"), w.home(0, 300), w.browser(0.2), "/api/3/accion/catalogo", 8_200, query=f"grupo={w.pick(GROUPS)}&orden={w.pick(['titulo', 'fecha', 'visitas'])}")
    t = w.at(w.n(3, 8), 3)
    for number in range(w.n(36, 90)):
        t += w.pause(2.5)
        works = number > 20
        text = (f"titulo) UNION SELECT null,login||':'||clave_hash,null FROM usuarios OFFSET {number * 50}--" if works
                else w.pick(["titulo'", "titulo')--", "1,(SELECT 1)", "(CASE WHEN (1=1) THEN titulo ELSE fecha END)", f"titulo) UNION SELECT {','.join(['null'] * (number % 7 + 1))}--"]))
        get(w, t, "192.0.2.23", "Mozilla/5.0 (Windows NT 10.0; rv:102.0) Gecko/20100101 Firefox/102.0", "/api/3/accion/catalogo", 79_000 if works else 640,
            200 if works else w.pick([500, 500, 200]), query="grupo=movilidad&orden=" + quote_plus(text), tag=tag)


def key_in_url(w):
    tag = w.attack("key-in-url", "secret-in-url", "a contractor's job sends its key in the address of every upload",
                   "a credential stands in the query of a write, in a log that many may read", client_ip=["203.0.113.66"])
    key = w.uuid()
    for day in range(w.days):
        t = w.at(day, 5)
        for _ in range(w.n(6, 20)):
            t += w.pause(30)
            get(w, t, "203.0.113.66", "cargador-sensores/1.2", "/api/3/accion/recurso_insertar", 130, method="POST", query=f"api_key={key}&recurso={w.uuid()}", tag=tag)
