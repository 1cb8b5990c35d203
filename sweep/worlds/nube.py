"""
Accounting in the cloud: every company is a tenant with a UUID, bills have sortable ids of 26 characters, and the log is ECS
JSON with the user, the session and the fingerprint of the token. The company's own administrators have a console. One of the
tenants signs in through its own identity service, which broke one morning; a security firm tests the product by contract.
"""
from urllib.parse import quote_plus

NAME = "nube"
TITLE = "Nube: accounting in the cloud, with a console"
FORMAT = "ecs-json"
FILE = "access-ecs.ndjson"
HOST = "app.nube.example"
ZONE = 1
START = "2025-03-10"
DAYS = (8, 13)
LINES = (6_500, 100_000)

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(w):
    return "01J" + "".join(w.pick(CROCKFORD) for _ in range(23))


def build(w):
    tenants = []
    for _ in range(w.n(42, 260)):
        office = w.home(0, 160)
        tenants.append({"id": w.uuid(), "bills": [ulid(w) for _ in range(w.rng.randint(15, 50))], "office": office,
                        "users": [{"id": f"usr_{w.base62(10)}", "ua": w.browser(0.1), "ip": office if w.chance(0.7) else w.home(0, 160)} for _ in range(w.rng.randint(2, 9))]})
    staff = [{"id": f"usr_{w.base62(10)}", "ua": w.browser(0), "ip": "203.0.113.3"} for _ in range(4)]
    console(w, staff, tenants)
    sso(w, tenants)
    pentest(w)
    report(w, tenants)
    importing(w, tenants)
    low_privilege(w, tenants)
    injection(w, tenants)
    webhook(w, tenants)
    replay(w, tenants)
    purge(w, tenants)
    foreign(w, tenants)
    w.fill(lambda: visit(w, w.pick(tenants), w.moment("office", weekend=0.1)))


def call(w, t, u, s, method, path, status, size, **more):
    more = dict({"who": u["id"], "session": s, "token": f"{s}.tk", "ua": u["ua"]}, **more) if s else dict({"ua": u["ua"]}, **more)
    w.add(t, more.pop("ip", u["ip"]), method, path, status, w.near(size) if status == 200 and size > 300 else size, **more)


def sign_in(w, t, u, wrong=0, **more):
    for _ in range(wrong):
        call(w, t, u, None, "POST", "/auth/entrar", 401, 92, **more)
        t += w.pause(10)
    call(w, t, u, None, "POST", "/auth/entrar", 200, 1_050, **more)
    return w.hexes(18), t + 1


def visit(w, tenant, t):
    u = w.pick(tenant["users"])
    s, t = sign_in(w, t, u, w.rng.choices([0, 1, 2], [88, 9, 3])[0])
    base = f"/t/{tenant['id']}"
    call(w, t, u, s, "GET", f"{base}/panel", 200, 6_600)
    for _ in range(w.rng.randint(3, 9)):
        t += w.pause(30)
        what = w.rng.random()
        if what < 0.3:
            call(w, t, u, s, "GET", f"{base}/facturas", 200, 21_000, query=f"pagina={w.rng.choices([1, 2, 3], [80, 15, 5])[0]}")
        elif what < 0.7:
            call(w, t, u, s, "GET", f"{base}/facturas/{w.pick(tenant['bills'])}", 200, 3_700)
        elif what < 0.8:
            new = ulid(w)
            tenant["bills"].append(new)
            call(w, t, u, s, "POST", f"{base}/facturas", 201, 410, sent=1_900)
        elif what < 0.87:
            call(w, t, u, s, "PUT", f"{base}/facturas/{w.pick(tenant['bills'])}", 200, 160, sent=1_700)
        elif what < 0.89:
            if len(tenant["bills"]) > 8:
                call(w, t, u, s, "DELETE", f"{base}/facturas/{tenant['bills'].pop()}", 204, 0)
        else:
            call(w, t, u, s, "GET", f"{base}/informes", 200, 31_000, query=f"desde=2025-0{w.rng.randint(1, 3)}-01&filtro=" + quote_plus(w.pick(["cliente:norte", "iva>0", "estado:pendiente", "union fenosa", "and"])))
    if w.chance(0.5):
        call(w, t + 20, u, s, "POST", "/auth/salir", 204, 0)


def console(w, staff, tenants):
    for _ in range(w.n(46, 420)):
        u = w.pick(staff)
        s, t = sign_in(w, w.moment("office", weekend=0), u)
        for _ in range(w.rng.randint(2, 6)):
            t += w.pause(40)
            tenant = w.pick(tenants)
            call(w, t, u, s, *w.pick([("GET", f"/consola/inquilinos/{tenant['id']}", 200, 4_800), ("GET", "/consola/inquilinos", 200, 33_000), ("GET", f"/consola/uso/{tenant['id']}", 200, 2_900),
                                      ("POST", f"/consola/inquilinos/{tenant['id']}/suplantar", 200, 640)]))


def sso(w, tenants):
    tag = w.decoy("sso-outage", "login-outage", "a tenant's identity service broke: a whole office is refused for an hour, again and again, from one address, then gets in")
    people = [{"id": f"usr_{w.base62(10)}", "ua": w.browser(0), "ip": "198.51.100.11"} for _ in range(w.n(34, 200))]
    tenant = tenants[0]
    for u in people:
        t = w.at(3, 8.5) + w.rng.random() * 3000
        _, t = sign_in(w, t, u, wrong=w.rng.randint(2, 5), tag=tag)
        tenant["users"].append(u)


def pentest(w):
    tag = w.decoy("pentest", "contracted-scanner", "a security firm under contract tries doors and gets nothing but refusals and misses")
    ua = "Mozilla/5.0 (pentest; contract NB-2025-03; soc@pruebas.example)"
    paths = ["/.env", "/admin", "/consola", "/wp-login.php", "/.git/config", "/actuator/env", "/server-status", "/api/swagger.json", "/backup.zip", "/phpinfo.php", "/debug", "/metrics",
             "/t/00000000-0000-4000-8000-000000000000/facturas", "/auth/entrar?volver=//evil.example", "/t/1/informes?filtro=1'+OR+'1'='1"]
    t = w.at(4, 20)
    for number in range(w.n(210, 1600)):
        t += 0.4 + w.rng.random()
        path, _, query = w.pick(paths).partition("?")
        w.add(t, "203.0.113.140", "GET", path + (f"/{w.base62(5)}" if number % 3 == 0 else ""), w.pick([403, 404, 404, 401]), 92, ua=ua, query=query or None, tag=tag)


def report(w, tenants):
    tag = w.decoy("audit", "batch-export", "an auditor, invited by his client, opens every bill of the year within two days")
    tenant = max(tenants, key=lambda tenant: len(tenant["bills"]))
    u = {"id": f"usr_{w.base62(10)}", "ua": w.browser(0), "ip": w.home(0, 160)}
    for day in (2, 3):
        s, t = sign_in(w, w.at(day, 9.5), u)
        for bill in tenant["bills"][day::2]:
            t += w.pause(25)
            call(w, t, u, s, "GET", f"/t/{tenant['id']}/facturas/{bill}", 200, 3_700, tag=tag)


def importing(w, tenants):
    tag = w.decoy("onboarding", "bulk-import", "a new tenant brings its old bills: hundreds of writes by one account in an afternoon, and a second try after deleting the first")
    tenant = {"id": w.uuid()}
    u = {"id": f"usr_{w.base62(10)}", "ua": "nube-importador/1.9", "ip": w.home(0, 160)}
    s, t = sign_in(w, w.at(w.n(2, 4), 15), u)
    made = [ulid(w) for _ in range(w.n(130, 700))]
    for bill in made:
        t += 0.8
        call(w, t, u, s, "PUT", f"/t/{tenant['id']}/facturas/{bill}", 201, 410, sent=1_900, tag=tag)
    for bill in made[: len(made) // 2]:
        t += 0.5
        call(w, t, u, s, "DELETE", f"/t/{tenant['id']}/facturas/{bill}", 204, 0, tag=tag)
    for bill in made[: len(made) // 2]:
        t += 0.8
        call(w, t, u, s, "PUT", f"/t/{tenant['id']}/facturas/{bill}", 201, 410, sent=1_900, tag=tag)


def low_privilege(w, tenants):
    tag = w.attack("console", "admin-function", "an ordinary user, refused at first, gets into the makers' console and steps into other companies",
                   "an account of one company succeeds on paths where only four accounts from one address ever do")
    u = w.pick(tenants[5]["users"])
    w.actor(tag, "principal", u["id"])
    s, t = sign_in(w, w.at(w.n(5, 8), 21), u, tag=tag, related=True)
    for path in ("/consola", "/consola/inquilinos", "/consola/usuarios", "/consola/ajustes", "/consola/uso"):
        t += w.pause(10)
        call(w, t, u, s, "GET", path, 403, 78, tag=tag)
    for tenant in w.rng.sample(tenants, w.n(18, 60)):
        t += w.pause(25)
        call(w, t, u, s, "GET", f"/consola/inquilinos/{tenant['id']}", 200, 4_800, tag=tag)
        if w.chance(0.4):
            call(w, t + 7, u, s, "POST", f"/consola/inquilinos/{tenant['id']}/suplantar", 200, 640, tag=tag)


def injection(w, tenants):
    tag = w.attack("injection", "sql-injection-blind", "the filter of reports is probed letter by letter with answers that take three seconds",
                   "statements in a parameter, and answers whose time is either the usual or three seconds more")
    tenant = tenants[7]
    u = tenant["users"][0]
    w.actor(tag, "principal", u["id"])
    s, t = sign_in(w, w.at(w.n(6, 9), 2), u, ip="192.0.2.99", tag=tag, related=True)
    for number in range(w.n(84, 320)):
        t += 3.5
        slow = w.chance(0.5)
        text = f"estado:x' AND (SELECT CASE WHEN ascii(substr(hash,{number // 4 + 1},1))>{w.rng.randint(48, 110)} THEN pg_sleep(3) ELSE pg_sleep(0) END FROM usuarios LIMIT 1) IS NULL--"
        call(w, t, u, s, "GET", f"/t/{tenant['id']}/informes", 200, 2_100, query="filtro=" + quote_plus(text), ip="192.0.2.99", ms=3_050 if slow else 48, tag=tag)


def webhook(w, tenants):
    tag = w.attack("webhook", "server-side-request", "the button that tries a hook is pointed at the inside of the network, port by port",
                   "hooks to private addresses where all others name public hosts; what is open answers at another speed and size")
    for _ in range(w.n(40, 300)):
        tenant = w.pick(tenants)
        u = w.pick(tenant["users"])
        call(w, w.moment("office", weekend=0), u, w.hexes(18), "POST", f"/t/{tenant['id']}/ganchos/probar", 200, 130, query="destino=" + quote_plus(f"https://hooks.{w.pick(['erp', 'tienda', 'crm'])}{w.rng.randint(1, 40)}.example/nube"))
    tenant = tenants[9]
    u = tenant["users"][0]
    w.actor(tag, "principal", u["id"])
    s, t = sign_in(w, w.at(w.n(3, 6), 23), u, tag=tag, related=True)
    for number in range(w.n(40, 160)):
        t += w.pause(3)
        port = [22, 80, 443, 2375, 3306, 5432, 6379, 8080, 8500, 9200][number % 10]
        opened = w.chance(0.15)
        call(w, t, u, s, "POST", f"/t/{tenant['id']}/ganchos/probar", 200 if opened else 422, 2_400 if opened else 118, query="destino=" + quote_plus(f"http://10.12.{number // 10}.{w.rng.randint(2, 40)}:{port}/"), tag=tag)


def replay(w, tenants):
    tag = w.attack("replay", "token-replay-after-sign-out", "sessions that ended are used on from another network, all night",
                   "a session's 204 on signing out, and afterwards 200 for the same session and token, from elsewhere")
    for tenant in w.rng.sample(tenants[10:], w.n(4, 9)):
        u = w.pick(tenant["users"])
        s, t = sign_in(w, w.at(w.rng.randint(1, w.days - 2), 11 + w.rng.random() * 4), u, tag=tag, related=True)
        w.actor(tag, "session", s)
        call(w, t + 60, u, s, "GET", f"/t/{tenant['id']}/panel", 200, 6_600, tag=tag, related=True)
        call(w, t + 400, u, s, "POST", "/auth/salir", 204, 0, tag=tag, related=True)
        t += 3000
        for bill in w.rng.sample(tenant["bills"], min(len(tenant["bills"]), w.n(14, 30))):
            t += w.pause(40)
            call(w, t, u, s, "GET", f"/t/{tenant['id']}/facturas/{bill}", 200, 3_700, ip="192.0.2.222", ua="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36", tag=tag)


def purge(w, tenants):
    tag = w.attack("purge", "mass-deletion", "a dismissed employee's account deletes his company's bills at night",
                   "hundreds of deletions by an account that never deleted, of objects that others made and read")
    tenant = tenants[3]
    u = w.pick(tenant["users"])
    w.actor(tag, "principal", u["id"])
    tenant["bills"] += [ulid(w) for _ in range(w.n(120, 400))]
    for bill in tenant["bills"][::2]:
        other = w.pick(tenant["users"])
        call(w, w.moment("office", 0, w.n(5, 8), weekend=0.1), other, w.hexes(18), "GET", f"/t/{tenant['id']}/facturas/{bill}", 200, 3_700)
    s, t = sign_in(w, w.at(w.n(6, 10), 1.3), u, ip="198.18.199.4", tag=tag, related=True)
    for bill in tenant["bills"]:
        t += w.pause(4)
        call(w, t, u, s, "DELETE", f"/t/{tenant['id']}/facturas/{bill}", 204, 0, ip="198.18.199.4", tag=tag)
    tenant["bills"] = tenant["bills"][:9]


def foreign(w, tenants):
    tag = w.attack("foreign", "broken-object-authorisation", "a user changes the company in the address and reads the bills of others, found in letters sent to him",
                   "one account under many companies' ids, where each account otherwise stays under one")
    u = w.pick(tenants[11]["users"])
    w.actor(tag, "principal", u["id"])
    s, t = sign_in(w, w.at(w.n(4, 7), 20), u, tag=tag, related=True)
    for tenant in w.rng.sample(tenants, w.n(32, 110)):
        for bill in w.rng.sample(tenant["bills"], 2):
            t += w.pause(30)
            call(w, t, u, s, "GET", f"/t/{tenant['id']}/facturas/{bill}", 200, 3_700, tag=tag)
