"""
A university's student system behind HAProxy, local time without a zone, a session cookie captured in the log. Students are
numbered by year and counter. The whole campus comes from two addresses; on enrolment morning all of it at once, after a load
test the week-end before.
"""
NAME = "campus"
TITLE = "Campus: a university's student system"
FORMAT = "haproxy-http"
FILE = "haproxy.log"
HOST = "sis.universidad.example"
ZONE = -5
START = "2025-07-28"
DAYS = (6, 11)
OPTIONS = ["--assume-tz", "America/Bogota"]

LINUX = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0"

def build(w):
    students = [{"code": f"{w.rng.randint(2019, 2025)}{w.rng.randint(1, 9800):05d}", "home": w.home(0, 150), "ua": w.browser(0.5)}
                for _ in range(w.n(520, 5200))]
    enrolment(w, students)
    load_test(w)
    deans(w, students)
    transcripts(w)
    spraying(w)
    reset(w)
    unpaid(w)
    version(w)
    admin(w, students)
    w.fill(lambda: visit(w, w.pick(students), w.moment("home", weekend=0.7)))


def where(w, s):
    return w.pick(["203.0.113.201", "203.0.113.202"]) if w.chance(0.45) else s["home"]


def call(w, t, ip, s, method, path, status, size, session, **more):
    more.setdefault("ua", s["ua"])
    w.add(t, ip, method, path, status, w.near(size) if status == 200 and size > 300 else size, session=session, **more)


def sign_in(w, t, ip, s, wrong=0, **more):
    """401 with a sentence, or 302 to the front page and a session."""
    for _ in range(wrong):
        call(w, t, ip, s, "POST", "/acceso", 401, 2_310, None, **more)
        t += w.pause(11)
    session = w.hexes(20)
    call(w, t, ip, s, "POST", "/acceso", 302, 0, session, **more)
    return session, t + 1


def visit(w, s, t):
    ip = where(w, s)
    call(w, t, ip, s, "GET", "/", 200, 7_700, None)
    if w.chance(0.08):
        call(w, t + 20, ip, s, "POST", "/acceso/olvido", 200, 1_480, None)
        return
    session, t = sign_in(w, t + w.pause(9), ip, s, w.rng.choices([0, 1, 2, 3], [82, 12, 4, 2])[0])
    call(w, t, ip, s, "GET", "/inicio", 200, 12_100, session)
    for _ in range(w.rng.randint(2, 6)):
        t += w.pause(22)
        path, size = w.pick([("/horario", 8_800), ("/notas", 6_100), (f"/alumno/{s['code']}/kardex", 33_000), (f"/alumno/{s['code']}/ficha", 5_100),
                             ("/cursos", 21_000), ("/biblioteca/prestamos", 3_300), ("/pagos", 4_600)])
        call(w, t, ip, s, "GET", path, 200, size, session)


def enrol(w, s, ip, t, tag=None):
    """Enrolment has an order: basket, payment, confirmation."""
    session, t = sign_in(w, t, ip, s, tag=tag)
    for method, path, status, size in (("GET", "/matricula", 200, 14_000), ("POST", "/matricula/cesta", 302, 0), ("GET", "/matricula/pago", 200, 6_800),
                                       ("POST", "/matricula/pago", 302, 0), ("POST", "/matricula/confirmar", 302, 0), ("GET", "/matricula/comprobante", 200, 41_000)):
        call(w, t, ip, s, method, path, status, size, session, tag=tag)
        t += w.pause(12)


def enrolment(w, students):
    tag = w.decoy("enrolment", "thundering-herd", "enrolment opens at seven: the campus's two addresses send hundreds of sign-ins within minutes, many wrong, many refused")
    for s in w.rng.sample(students, w.n(150, 1500)):
        t = w.at(2, 7) + w.rng.expovariate(1 / 1500)
        ip = where(w, s)
        for _ in range(w.rng.choices([0, 1, 2], [60, 30, 10])[0]):
            call(w, t, ip, s, "GET", "/matricula", 503, 107, None, tag=tag)
            t += w.pause(6)
        enrol(w, s, ip, t, tag)


def load_test(w):
    tag = w.decoy("load-test", "load-test", "the week-end before, one machine of the university signs in test accounts and asks five pages a second")
    t = w.at(0, 6)
    session = w.hexes(20)
    paths = ["/inicio", "/horario", "/cursos", "/matricula", "/alumno/190000001/ficha"]
    for number in range(w.n(700, 5000)):
        t += 0.15 + w.rng.random() * 0.1
        w.add(t, "203.0.113.190", "GET", paths[number % 5], 200, w.near(9_000, 0.02), session=session, ua="Apache-HttpClient/4.5.14 (Java/17) JMeter/5.6", tag=tag)


def deans(w, students):
    tag = w.decoy("registry", "call-centre", "the registry's clerks open hundreds of students' files on every working day")
    for clerk in range(3):
        ua = w.browser(0)
        for day in range(w.days):
            t = w.at(day, 8.2 + clerk * 0.3)
            session = w.hexes(20)
            for s in w.rng.sample(students, w.n(22, 110)):
                t += w.pause(150)
                call(w, t, "203.0.113.210", dict(s, ua=ua), "GET", f"/alumno/{s['code']}/ficha", 200, 5_100, session, tag=tag)
                if w.chance(0.3):
                    call(w, t + 20, "203.0.113.210", dict(s, ua=ua), "GET", f"/alumno/{s['code']}/kardex", 200, 33_000, session, tag=tag)


def transcripts(w):
    tag = w.attack("transcripts", "object-walk-sequential", "a student's session counts through a year's transcripts, one after the other",
                   "one session, hundreds of numbers rising by one, a part of them missing", client_ip=["198.18.120.77"])
    session = w.hexes(20)
    t = w.at(w.n(3, 7), 1.4)
    first = w.rng.randint(500, 3000)
    for number in range(first, first + w.n(320, 1800)):
        t += 1.1 + w.rng.random() * 2
        there = w.chance(0.83)
        w.add(t, "198.18.120.77", "GET", f"/alumno/2022{number:05d}/kardex", 200 if there else 404, w.near(33_000) if there else 940, session=session,
              ua=LINUX, tag=tag)


def spraying(w):
    tag = w.attack("spraying", "password-spraying", "one password on every account: a try a minute from a rented range, all week-end",
                   "a slow, even stream of refusals from one network that never loads a page, at hours when nobody signs in")
    ips = [f"192.0.2.{n}" for n in range(160, 172)]
    t = w.at(w.n(5, 6), 0.5)
    for number in range(w.n(460, 1900)):
        t += 25 + w.rng.random() * 60
        ip = w.pick(ips)
        w.actor(tag, "client_ip", ip)
        good = number % 190 == 97
        w.add(t, ip, "POST", "/acceso", 302 if good else 401, 0 if good else 2_310, session=w.hexes(20) if good else None,
              ua="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36", tag=tag)


def reset(w):
    tag = w.attack("reset", "account-enumeration-reset", "the form for forgotten passwords is asked who exists",
                   "two sizes of one status on the reset form, hundreds of tries by one address that never signs in", client_ip=["198.18.201.9"])
    t = w.at(1, 15)
    for _ in range(w.n(300, 1400)):
        t += w.pause(4)
        w.add(t, "198.18.201.9", "POST", "/acceso/olvido", 200, 1_480 if w.chance(0.4) else 1_327, ua=w.browser(0) if w.chance(0.02) else LINUX, tag=tag)


def unpaid(w):
    tag = w.attack("unpaid", "skipped-step", "some students confirm their enrolment without having paid",
                   "the confirmation follows the basket with no payment between, where hundreds of others pay first")
    for _ in range(w.n(9, 22)):
        s = {"ua": w.browser(0.2)}
        ip = w.home(0, 150)
        session, t = sign_in(w, w.at(2, 9) + w.rng.random() * 30000, ip, s, tag=tag)
        for event in w.events[-1:]:
            event["related"] = True
        for method, path, status, size, related in (("GET", "/matricula", 200, 14_000, True), ("POST", "/matricula/cesta", 302, 0, True),
                                                    ("POST", "/matricula/confirmar", 302, 0, False), ("GET", "/matricula/comprobante", 200, 41_000, False)):
            call(w, t, ip, s, method, path, status, size, session, tag=tag, related=related)
            t += w.pause(12)
        w.actor(tag, "client_ip", ip)


def version(w):
    tag = w.attack("old-version", "shadow-version", "an old service for the former app still answers for any student, without a session",
                   "a first version's path beside its successor, used by nobody for days, then hundreds of students' records without a session",
                   client_ip=["192.0.2.44"])
    for _ in range(w.n(240, 2400)):
        w.add(w.moment("home"), w.home(0, 150), "GET", f"/servicios/v3/alumno/{w.rng.randint(2019, 2025)}{w.rng.randint(1, 9800):05d}/resumen", 200, w.near(1_500),
              session=w.hexes(20), ua="CampusMovil/3.4 (Android 14)")
    for _ in range(w.n(40, 300)):
        w.add(w.moment("home"), w.home(0, 150), "GET", f"/servicios/v3/alumno/{w.rng.randint(2019, 2025)}{w.rng.randint(1, 9800):05d}/resumen", 401, 90, ua="CampusMovil/3.4 (Android 14)")
    t = w.at(w.n(4, 9), 4)
    for _ in range(w.n(260, 1500)):
        t += w.pause(5)
        there = w.chance(0.7)
        w.add(t, "192.0.2.44", "GET", f"/servicios/v1/alumno/{w.rng.randint(2019, 2025)}{w.rng.randint(1, 9800):05d}/resumen", 200 if there else 404,
              w.near(4_800) if there else 30, ua="Java/1.8.0_231", tag=tag)


def admin(w, students):
    tag = w.attack("grades", "admin-function", "a student's session finds the page on which teachers change marks, after a few refusals, and changes some",
                   "a session that reads its own pages is refused on administration, then let in where only three sessions ever are", client_ip=["198.18.77.140"])
    for teacher in range(3):
        ua = w.browser(0)
        for day in range(w.days):
            session = w.hexes(20)
            t = w.at(day, 10 + teacher)
            for _ in range(w.n(8, 50)):
                t += w.pause(40)
                call(w, t, "203.0.113.211", {"ua": ua}, "GET", f"/docente/actas/{w.rng.randint(4000, 4060)}", 200, 17_000, session)
                if w.chance(0.5):
                    call(w, t + 20, "203.0.113.211", {"ua": ua}, "POST", f"/docente/actas/{w.rng.randint(4000, 4060)}/nota", 302, 0, session, sent=300)
    me = {"ua": w.browser(0), "code": w.pick(students)["code"]}
    session, t = sign_in(w, w.at(w.n(4, 8), 22.2), "198.18.77.140", me, tag=tag)
    w.events[-1]["related"] = True
    for path, status, size in (("/inicio", 200, 12_100), ("/notas", 200, 6_100)):
        call(w, t, "198.18.77.140", me, "GET", path, status, size, session, tag=tag, related=True)
        t += w.pause(20)
    for path in ("/docente", "/docente/actas", "/docente/grupos", "/admin", "/docente/usuarios", "/docente/informes"):
        call(w, t, "198.18.77.140", me, "GET", path, 403, 820, session, tag=tag)
        t += w.pause(12)
    for record in w.rng.sample(range(4000, 4060), 12):
        call(w, t, "198.18.77.140", me, "GET", f"/docente/actas/{record}", 200, 17_000, session, tag=tag)
        call(w, t + 8, "198.18.77.140", me, "POST", f"/docente/actas/{record}/nota", 302, 0, session, sent=300, tag=tag)
        t += w.pause(30)
