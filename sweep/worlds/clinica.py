"""
A private hospital in Madrid runs its patients' portal on IIS. Patients sign in through a form with their identity number
(eight digits and a check letter): a wrong password shows the form again with 200, the right one sends a 302. Reports have
plain numbers. The front desk works from one address and opens other people's files all day, as it should.
"""
NAME = "clinica"
TITLE = "Clínica: a hospital's patient portal"
FORMAT = "w3c"
FILE = "u_extend.log"
ZONE = 1
START = "2025-11-10"
DAYS = (6, 12)

LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
STATIC = ["/portal/Content/sitio.css", "/portal/Scripts/portal.js", "/portal/Content/logo.svg"]
HELP = ["Aviso-Legal", "Privacidad", "Como-Llegar", "Especialidades", "Seguros", "Contacto", "Urgencias", "Preguntas", "Visitas",
        "Donacion", "Investigacion", "Maternidad", "Pediatria", "Cardiologia", "Oncologia", "Oftalmologia", "Traumatologia"]


def dni(w):
    number = w.rng.randint(10_000_000, 79_999_999)
    return f"{number:08d}{LETTERS[number % 23]}"


def build(w):
    patients = [{"id": dni(w), "ip": w.home(0, 180), "ua": w.browser(0.45),
                 "reports": [w.rng.randint(20_410_000, 20_489_999) for _ in range(w.rng.randint(1, 6))],
                 "labs": [w.uuid() for _ in range(w.rng.randint(0, 3))]} for _ in range(w.n(420, 4200))]
    staff = [{"id": f"HSM\\{name}", "ua": w.browser(0)} for name in
             ("mgarcia", "lruiz", "psanz", "cvidal", "aortega", "jmolina", "tblasco", "rcano", "ievia", "dsoler", "fnieto", "bpardo", "nsaez", "ovega")]
    files = [w.rng.randint(1_000_000, 9_999_999) for _ in range(w.n(900, 5000))]
    office = "203.0.113.40"

    hole(w)
    front_desk(w, staff, files, office)
    rotation(w, staff, office)
    scanner(w)
    watch(w)
    shuffled_reports(w, patients)
    stuffing(w, patients)
    traversal(w)
    w.fill(lambda: visit(w, w.pick(patients), w.moment("home", weekend=0.5)))


def page(w, t, ip, ua, path, size, who=None, status=200, method="GET", ref="https://portal.hsm.example/portal/", fixed=False, **more):
    size = size if fixed or status != 200 else w.near(size, 0.05)
    w.add(t, ip, method, path, status, size, ua=ua, who=who, ref=ref, **more)


def sign_in(w, t, ip, ua, right=True, **more):
    """The form: 302 lets in, 200 shows it again with a sentence."""
    sent = w.rng.randint(610, 680)
    if right:
        page(w, t, ip, ua, "/portal/Cuenta/Entrar", 0, status=302, method="POST", sent=sent, **more)
    else:
        page(w, t, ip, ua, "/portal/Cuenta/Entrar", 6_184, method="POST", sent=sent, fixed=True, **more)


def visit(w, p, t):
    """One patient's visit, with the mistakes that people make."""
    ip, ua = p["ip"], p["ua"]
    page(w, t, ip, ua, "/portal/", 8_450, ref="-")
    for path in STATIC:
        t += 0.1
        cached = w.chance(0.6)
        page(w, t, ip, ua, path, 0 if cached else 14_000, status=304 if cached else 200)
    t += w.pause(8)
    for _ in range(w.rng.choices([0, 1, 2, 3], [80, 14, 5, 1])[0]):
        sign_in(w, t, ip, ua, right=False)
        t += w.pause(15)
    sign_in(w, t, ip, ua)
    t += 0.4
    page(w, t, ip, ua, "/portal/Inicio", 11_200, p["id"])
    for _ in range(w.rng.randint(1, 5)):
        t += w.pause(25)
        what = w.rng.random()
        if what < 0.4:
            page(w, t, ip, ua, "/portal/Informes", 5_200, p["id"])
            for report in w.rng.sample(p["reports"], min(len(p["reports"]), w.rng.randint(1, 2))):
                t += w.pause(20)
                page(w, t, ip, ua, f"/portal/Informes/Ver/{report}", 18_300, p["id"])
                if w.chance(0.4):
                    t += w.pause(10)
                    page(w, t, ip, ua, "/portal/Informes/Pdf", 212_000, p["id"], query=f"informe={report}")
        elif what < 0.7:
            page(w, t, ip, ua, "/portal/Citas", 7_100, p["id"])
            if w.chance(0.25):
                t += w.pause(40)
                page(w, t, ip, ua, "/portal/Citas/Reservar", 0, p["id"], status=302, method="POST", sent=820)
        elif what < 0.85 and p["labs"]:
            page(w, t, ip, ua, f"/portal/Laboratorio/Resultado/{w.pick(p['labs'])}", 9_400, p["id"])
        elif what < 0.88:
            page(w, t, ip, ua, "/portal/Cuenta/CambiarCorreo", 0, p["id"], status=302, method="POST", sent=540)
        else:
            page(w, t, ip, ua, "/portal/Ayuda/" + w.pick(HELP), 6_600, p["id"])
    if w.chance(0.4):
        page(w, t + 9, ip, ua, "/portal/Cuenta/Salir", 0, p["id"], status=302, method="POST")


def hole(w):
    day = w.n(2, 8)
    w.hole = (w.at(day, 10.2), w.at(day, 13.4))
    w.attack("gap", "log-gap", "three hours of a working day are missing from the log",
             "a weekday's busiest hours are empty while every other working day is full then")


def front_desk(w, staff, files, office):
    tag = w.decoy("front-desk", "call-centre", "fourteen people behind one address open hundreds of different patients' files each day")
    for _ in range(w.n(320, 3600)):
        person = w.pick(staff)
        t = w.moment("office", weekend=0.05)
        page(w, t, office, person["ua"], "/gestion/Pacientes/Buscar", 4_100, person["id"], tag=tag, query=f"apellido={w.pick(['garc', 'lop', 'mart', 'san', 'per', 'rod'])}")
        for number in {w.pick(files) for _ in range(w.rng.randint(1, 3))}:
            t += w.pause(14)
            page(w, t, office, person["ua"], f"/gestion/Pacientes/Ficha/{number}", 13_700, person["id"], tag=tag)
            if w.chance(0.2):
                page(w, t + 30, office, person["ua"], f"/gestion/Pacientes/Ficha/{number}", 0, person["id"], status=302, method="POST", tag=tag)


def rotation(w, staff, office):
    tag = w.decoy("rotation", "password-rotation", "the staff's passwords ran out: on one morning everybody fails, then sets a new one")
    day = w.n(3, 4)
    for person in staff * w.n(2, 8):
        t = w.at(day, 7.6) + w.rng.random() * 4500
        for _ in range(w.rng.randint(1, 4)):
            sign_in(w, t, office, person["ua"], right=False, tag=tag)
            t += w.pause(12)
        sign_in(w, t, office, person["ua"], tag=tag)
        page(w, t + 1, office, person["ua"], "/portal/Cuenta/CambiarClave", 5_900, person["id"], tag=tag)
        page(w, t + 40, office, person["ua"], "/portal/Cuenta/CambiarClave", 0, person["id"], status=302, method="POST", tag=tag)


def scanner(w):
    tag = w.decoy("accessibility", "accessibility-scanner", "a contractor's tool reads every public page and follows dead links")
    t = w.at(1, 22.3)
    for round_ in range(w.n(3, 9)):
        for name in HELP:
            t += w.pause(1.2)
            page(w, t, "198.51.100.61", "Mozilla/5.0 (compatible; accesibilidad-check/4.1; +https://revisor.example/robot)", "/portal/Ayuda/" + name, 6_600, tag=tag, ref="-")
            if w.chance(0.2):
                page(w, t + 0.3, "198.51.100.61", "Mozilla/5.0 (compatible; accesibilidad-check/4.1; +https://revisor.example/robot)",
                     f"/portal/Ayuda/{name}/{w.pick(['mapa', 'horario', 'equipo', 'folleto'])}", 1_245, tag=tag, ref="-", status=404)


def watch(w):
    tag = w.decoy("monitor", "monitoring", "a probe asks the same page every ten minutes, day and night")
    t = w.start + 17
    while t < w.end:
        page(w, t, "203.0.113.5", "Pingdom.com_bot_version_1.4", "/portal/Salud", 42, tag=tag, ref="-")
        t += 600


def shuffled_reports(w, patients):
    me = dict(w.pick(patients), ip="198.18.44.19", ua=w.browser(0))
    tag = w.attack("reports", "object-walk-shuffled",
                   "one patient opens other people's reports by changing the number, in no order, over two nights",
                   "hundreds of different reports by one account whose peers open a few, again and again; a share of them missing",
                   principal=[me["id"]], client_ip=[me["ip"]])
    block = w.rng.sample(range(20_431_000, 20_431_000 + w.n(700, 2600)), w.n(260, 900))
    for night, ids in ((1, block[::2]), (2, block[1::2])):
        t = w.at(night, 23.1)
        sign_in(w, t, me["ip"], me["ua"], tag=tag, related=True)
        page(w, t + 1, me["ip"], me["ua"], "/portal/Inicio", 11_200, me["id"], tag=tag, related=True)
        for number in ids:
            t += 3 + w.rng.random() * 22
            there = w.chance(0.72)
            page(w, t, me["ip"], me["ua"], f"/portal/Informes/Ver/{number}", 18_300 if there else 1_245, me["id"], status=200 if there else 404, tag=tag)


def stuffing(w, patients):
    tag = w.attack("stuffing", "credential-stuffing-form",
                   "a list of names and passwords is tried from hundreds of household addresses, one or two tries each",
                   "the form's refusals (a 200 of one size after POST) jump far above those of other nights; the addresses load nothing else")
    chain = w.attack("takeover", "takeover", "accounts that the list opened get another e-mail address minutes later",
                     "302 from an address that never was there, then the change of address, then reports")
    agents = [w.browser(0) for _ in range(3)]
    pool = [w.home(200, 500) for _ in range(w.n(290, 1100))]
    victims = w.rng.sample(patients, w.n(6, 14))
    tries = w.n(430, 1700)
    hits = set(w.rng.sample(range(tries), len(victims)))
    for number in range(tries):
        t = w.at(w.n(4, 9), 1.0) + w.rng.random() * 5.5 * 3600
        ip, ua = w.pick(pool), w.pick(agents)
        w.actor(tag, "client_ip", ip)
        if number not in hits:
            sign_in(w, t, ip, ua, right=False, tag=tag)
            continue
        sign_in(w, t, ip, ua, tag=tag)
        victim = victims.pop()
        page(w, t + 1, ip, ua, "/portal/Inicio", 11_200, victim["id"], tag=tag, related=True)
        if len(victims) % 2 == 0:
            w.actor(chain, "client_ip", ip)
            page(w, t + 70, ip, ua, "/portal/Cuenta/CambiarCorreo", 5_400, victim["id"], tag=chain)
            page(w, t + 95, ip, ua, "/portal/Cuenta/CambiarCorreo", 0, victim["id"], status=302, method="POST", sent=540, tag=chain)
            page(w, t + 130, ip, ua, "/portal/Informes", 5_200, victim["id"], tag=chain)
            for report in victim["reports"]:
                page(w, t + 130 + w.pause(30), ip, ua, f"/portal/Informes/Ver/{report}", 18_300, victim["id"], tag=chain)


def traversal(w):
    ip = "192.0.2.201"
    tag = w.attack("traversal", "path-traversal", "the download page is asked for files outside its folder; two come back",
                   "climbing paths in a parameter, and answers of 200 that are as large as no download is", client_ip=[ip])
    t = w.at(w.n(3, 6), 16.7)
    tries = [("..%5c..%5cweb.config", 200, 4_870), ("..%2f..%2f..%2fwindows%2fwin.ini", 500, 3_420), ("....%2f%2f....%2f%2fweb.config", 404, 1_245),
             ("..%255c..%255cweb.config", 404, 1_245), ("%2e%2e%5c%2e%2e%5cApp_Data%5cpacientes.mdf", 500, 3_420), ("..%5c..%5cbin%5cPortal.dll", 200, 188_416),
             ("..%5c..%5c..%5c..%5cinetpub%5clogs%5cLogFiles%5cu_ex.log", 404, 1_245), ("..%5cApp_Data%5cusuarios.xml", 404, 1_245)]
    for name, status, size in tries * 2:
        t += w.pause(9)
        w.add(t, ip, "GET", "/portal/Descargas/Fichero", status, size, ua="Mozilla/5.0 (Windows NT 6.1; rv:52.0) Gecko/20100101 Firefox/52.0", query=f"nombre={name}", tag=tag)
    for _ in range(w.n(60, 500)):
        w.add(w.moment("home"), w.home(0, 180), "GET", "/portal/Descargas/Fichero", 200, w.near(96_000), ua=w.browser(),
              query=f"nombre={w.pick(['consentimiento', 'preparacion-ecografia', 'guia-ingreso', 'tarifas'])}.pdf")
