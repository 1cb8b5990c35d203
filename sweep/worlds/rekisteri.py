"""
A Finnish register of companies on Apache, three hosts in one log: pages for everybody, documents for who signed in, an interface
for programs. A company has seven digits and a check digit, a document a plain number, an owner's page needs an account. Search
engines walk the public pages; the last day for annual accounts falls into these weeks.
"""
NAME = "rekisteri"
TITLE = "Rekisteri: a public register of companies"
FORMAT = "apache-vhost-combined"
FILE = "other_vhosts_access.log"
HOST = "www.rekisteri.example"
ZONE = 2
START = "2025-02-17"
DAYS = (16, 30)
LINES = (10_500, 100_000)

DOCS, API, WWW = "asiakirjat.rekisteri.example", "api.rekisteri.example", "www.rekisteri.example"
HOME = f"https://{WWW}/"
WORDS = ["rakennus", "kuljetus", "ravintola", "metsa", "konsultointi", "kiinteisto", "sahko", "parturi", "vene", "hoiva"]


def company(w):
    while True:
        base = w.digits(7)
        check = sum(int(d) * k for d, k in zip(base, (7, 9, 10, 5, 8, 4, 2))) % 11
        if check != 1:
            return f"{base}-{11 - check if check else 0}"


def build(w):
    firms = [{"id": company(w), "documents": [w.rng.randint(5_200_000, 5_999_999) for _ in range(w.rng.randint(1, 4))]} for _ in range(w.n(900, 6000))]
    people = [{"id": f"{w.pick(['aho', 'koski', 'laine', 'maki', 'salo', 'virta', 'niemi', 'lahti'])}{w.rng.randint(10, 999)}", "ip": w.home(0, 200), "ua": w.browser(0.25),
               "firms": w.rng.sample(firms, w.rng.randint(1, 4))} for _ in range(w.n(320, 2600))]
    engines(w, firms)
    reporter(w, firms)
    bank(w, firms)
    deadline(w, people)
    course(w, firms)
    links(w, firms)
    clerks(w)
    owners(w, firms)
    deception(w, firms, people)
    one_try(w, people)
    export(w, people)
    false_crawler(w, firms)
    w.fill(lambda: visit(w, w.pick(people), firms, w.moment("office" if w.chance(0.6) else "home", weekend=0.4)))


def get(w, t, p, path, size, host=WWW, status=200, method="GET", who=None, **more):
    more = {"ref": HOME if host == WWW else f"https://{WWW}/yritys", **more}
    w.add(t, p["ip"], method, path, status, w.near(size, 0.07) if status == 200 and size > 2_000 else size, ua=more.pop("ua", p["ua"]), who=who, host=host, **more)


def sign_in(w, t, p, wrong=0, **more):
    for _ in range(wrong):
        get(w, t, p, "/kirjaudu", 1_904, method="POST", **more)
        t += w.pause(14)
    get(w, t, p, "/kirjaudu", 0, status=302, method="POST", **more)
    return t + 0.7


def search(w, t, p, **more):
    get(w, t, p, "/haku", 12_400, query=f"nimi={w.pick(WORDS)}+{w.pick(WORDS)}", **more)


def visit(w, p, firms, t):
    known = w.chance(0.35)
    if w.chance(0.8):
        search(w, t, p, ref="https://www.google.com/" if w.chance(0.4) else HOME)
        t += w.pause(9)
    firm = w.pick(p["firms"]) if known else w.pick(firms)
    get(w, t, p, f"/yritys/{firm['id']}", 9_100)
    if not known and w.chance(0.55):
        return
    get(w, t + w.pause(4), p, "/kirjaudu", 1_790)
    t = sign_in(w, t + w.pause(20), p, w.rng.choices([0, 1, 2], [84, 12, 4])[0])
    for _ in range(w.rng.randint(1, 3)):
        t += w.pause(25)
        what = w.rng.random()
        if what < 0.4:
            get(w, t, p, f"/asiakirja/{w.pick(firm['documents'])}.pdf", 310_000, host=DOCS, who=p["id"])
        elif what < 0.6:
            get(w, t, p, f"/yritys/{firm['id']}/omistajat", 4_700, who=p["id"])
        elif what < 0.75:
            firm = w.pick(firms)
            search(w, t, p, who=p["id"])
            get(w, t + w.pause(8), p, f"/yritys/{firm['id']}", 9_100, who=p["id"])
        else:
            get(w, t, p, "/oma/tilinpaatos", 5_300, who=p["id"])
    if w.chance(0.04):
        get(w, t + 20, {"ip": p["ip"], "ua": p["ua"]}, f"/asiakirja/{w.pick(firm['documents'])}.pdf", 410, host=DOCS, status=401)
    if w.chance(0.1):
        robot = {"ip": p["ip"], "ua": "tilitoimisto-ohjelma/4.2"}
        get(w, t + 60, robot, f"/v2/yritys/{firm['id']}", 2_600, host=API, who=p["id"], ref=None)


def engines(w, firms):
    tag = w.decoy("search-engines", "search-engine", "two search engines walk the companies' pages in order of number, day and night, from networks that they publish, and ask for robots.txt")
    for ua, nets in (("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", ["66.249.66.18", "66.249.66.41"]),
                     ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", ["157.55.39.11", "40.77.167.22"])):
        step = w.days * 86400 / w.n(520, 4000)
        for number, firm in enumerate(sorted(firms, key=lambda firm: firm["id"])[: w.n(520, 4000)]):
            bot = {"ip": w.pick(nets), "ua": ua}
            t = w.start + number * step + w.rng.random() * 300
            if number % 60 == 0:
                get(w, t, bot, "/robots.txt", 310, ref=None, tag=tag)
            get(w, t + 2, bot, f"/yritys/{firm['id']}", 9_100, ref=None, tag=tag)


def reporter(w, firms):
    tag = w.decoy("reporter", "heavy-reader", "a reporter follows one branch of trade for three days: eighty companies, each found by a search first, many opened again, with their documents")
    p = {"ip": w.home(0, 200), "ua": w.browser(0), "id": "uutinen7"}
    chosen = w.rng.sample(firms, w.n(105, 260))
    for day in (2, 3, 4):
        t = sign_in(w, w.at(day, 9.3), p)
        for _ in range(w.n(52, 130)):
            t += w.pause(150)
            firm = w.pick(chosen)
            search(w, t, p, who=p["id"], tag=tag)
            get(w, t + 8, p, f"/yritys/{firm['id']}", 9_100, who=p["id"], tag=tag)
            if w.chance(0.5):
                get(w, t + 40, p, f"/asiakirja/{w.pick(firm['documents'])}.pdf", 310_000, host=DOCS, who=p["id"], tag=tag)


def bank(w, firms):
    tag = w.decoy("bank", "due-diligence", "a bank must know its customers: six clerks behind one address read who owns a company, some hundred different ones a week, each from the company's page")
    clerks = [{"ip": "203.0.113.81", "ua": w.browser(0), "id": f"pankki-kyc{number}"} for number in range(1, 7)]
    for _ in range(w.n(270, 2000)):
        p, firm, t = w.pick(clerks), w.pick(firms), w.moment("office", weekend=0)
        get(w, t, p, f"/yritys/{firm['id']}", 9_100, who=p["id"], tag=tag)
        get(w, t + w.pause(15), p, f"/yritys/{firm['id']}/omistajat", 4_700, who=p["id"], tag=tag)


def deadline(w, people):
    tag = w.decoy("deadline", "seasonal-peak", "the last day for annual accounts: nearly two hundred file until midnight, many with a forgotten password first, some told 503 and trying again at once")
    for p in w.rng.sample(people, w.n(180, 1300)):
        t = w.at(11, 24) - w.rng.random() ** 2 * 9 * 3600 - 60
        t = sign_in(w, t, p, w.rng.choices([0, 1, 2, 4], [55, 25, 14, 6])[0], tag=tag)
        for _ in range(w.rng.choices([0, 1, 3], [70, 20, 10])[0]):
            get(w, t, p, "/oma/tilinpaatos", 310, status=503, method="POST", who=p["id"], tag=tag)
            t += 2
        get(w, t, p, "/oma/tilinpaatos", 0, status=303, method="POST", who=p["id"], tag=tag)


def course(w, firms):
    tag = w.decoy("course", "shared-nat", "a business school's exercise: ninety students behind one address open the same twenty companies within an hour")
    for firm in w.rng.sample(firms, 20):
        for _ in range(w.n(13, 60)):
            p = {"ip": "203.0.113.200", "ua": w.browser(0.2)}
            get(w, w.at(8, 10) + w.rng.random() * 3300, p, f"/yritys/{firm['id']}", 9_100, tag=tag)


def links(w, firms):
    tag = w.decoy("link-checker", "link-checker", "a ministry's tool tries each link of its pages by HEAD and then GET, among them more than a hundred documents' addresses of the old system, all gone")
    p = {"ip": "198.51.100.7", "ua": "LinkChecker/10.4 (+https://linkchecker.github.io/linkchecker/)"}
    t = w.at(6, 23)
    for number in range(w.n(170, 900)):
        t += 1.1
        gone = w.chance(0.7)
        path = f"/vanha/asiakirja.asp/{w.rng.randint(1000, 9999)}" if gone else f"/yritys/{w.pick(firms)['id']}"
        get(w, t, p, path, 0, status=404 if gone else 200, method="HEAD", ref=None, tag=tag)
        get(w, t + 0.3, p, path, 1_120 if gone else 9_100, status=404 if gone else 200, ref=None, tag=tag)


def clerks(w):
    for _ in range(w.n(60, 500)):
        p = {"ip": "203.0.113.14", "ua": w.browser(0), "id": w.pick(["vir-ahonen", "vir-lind", "vir-saari"])}
        t = w.moment("office", weekend=0)
        get(w, t, p, w.pick(["/hallinta/jono", "/hallinta/ilmoitus", "/hallinta/tilasto"]), 14_200, who=p["id"])
        if w.chance(0.2):
            get(w, t + 50, p, "/hallinta/vienti", 1_300_000, who=p["id"], query=f"pvm=2025-02-{w.rng.randint(1, 28):02d}")


def owners(w, firms):
    tag = w.attack("owners", "fake-accounts", "fourteen accounts, opened within one night, read owners' pages, two to four a day each, for two weeks; no company twice",
                   "accounts of one pattern that never search and never open a company's page before its owners, whose companies never overlap; everybody else comes by the company's page")
    rest = list(firms)
    w.rng.shuffle(rest)
    accounts = [{"id": f"{w.pick(['aho', 'salo', 'virta'])}{5_000 + number * 3}", "ua": w.browser(0.2)} for number in range(14)]
    for number, p in enumerate(accounts):
        w.actor(tag, "principal", p["id"])
        p["ip"] = w.home(220, 260)
        get(w, w.at(1, 2) + number * 400, p, "/rekisteroidy", 0, status=302, method="POST", tag=tag, related=True)
        for day in range(2, w.n(15, 26)):
            p["ip"] = w.home(220, 260)
            t = sign_in(w, w.moment("home", day, day + 1) - 1800, p, tag=tag, related=True)
            for _ in range(w.rng.randint(2, 4)):
                t += w.pause(300)
                if rest:
                    get(w, t, p, f"/yritys/{rest.pop()['id']}/omistajat", 4_700, who=p["id"], tag=tag)


def deception(w, firms, people):
    tag = w.attack("false-name", "auth-bypass-suffix", "documents need an account, but not when their address ends like a style sheet: whoever is not signed in gets them so",
                   "401 for a document and, a moment later, 200 and hundreds of kilobytes for the same with /x.css behind it, without a user", client_ip=["192.0.2.151", "192.0.2.152"])
    p = {"ua": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
    t = w.at(9, 21)
    documents = [document for firm in w.rng.sample(firms, w.n(60, 260)) for document in firm["documents"][:1]]
    for number, document in enumerate(documents):
        t += w.pause(40)
        p["ip"] = f"192.0.2.{151 + number % 2}"
        if number % 6 == 0:
            get(w, t, p, f"/asiakirja/{document}.pdf", 410, host=DOCS, status=401, tag=tag)
        get(w, t + 3, p, f"/asiakirja/{document}.pdf/{w.pick(['x.css', 'x.css', 'a.js'])}", 310_000, host=DOCS, tag=tag)


def one_try(w, people):
    tag = w.attack("one-try", "credential-stuffing", "a list of names and passwords, one try from each of four hundred addresses, over three nights; what opened is used from elsewhere days later",
                   "addresses whose only line is a sign-in that shows the form again (200 of one size), without the form before and with no page behind, in two clients' words")
    agents = [w.browser(0), w.browser(0)]
    opened = []
    for number in range(w.n(410, 1900)):
        p = {"ip": w.home(300, 511), "ua": w.pick(agents)}
        w.actor(tag, "client_ip", p["ip"])
        t = w.at(4 + number % 3, 0.6) + w.rng.random() * 4.5 * 3600
        if number % 51 == 7:
            get(w, t, p, "/kirjaudu", 0, status=302, method="POST", ref=None, tag=tag)
            opened.append(w.pick(people))
        else:
            get(w, t, p, "/kirjaudu", 1_904, method="POST", ref=None, tag=tag)
    for victim in opened:
        p = {"ip": "198.19.250.31", "ua": agents[0]}
        t = sign_in(w, w.at(9, 3) + w.rng.random() * 9000, p, ref=None, tag=tag)
        for firm in victim["firms"]:
            for document in firm["documents"]:
                t += w.pause(20)
                get(w, t, p, f"/asiakirja/{document}.pdf", 310_000, host=DOCS, who=victim["id"], tag=tag)


def export(w, people):
    tag = w.attack("export", "admin-function", "an ordinary account finds the clerks' export in a script and takes it day by day, one a night, with nothing ever refused",
                   "a page under /hallinta that otherwise three clerks of one office open by day, answered with megabytes to an account that otherwise looks at companies")
    p = people[21]
    w.actor(tag, "principal", p["id"])
    get(w, w.at(2, 22), p, "/skriptit/hallinta.js", 41_000, who=p["id"], tag=tag, related=True)
    day_of_year = 0
    for night in range(3, w.n(15, 28)):
        t = sign_in(w, w.at(night, 23.2) + w.rng.random() * 1500, p, tag=tag, related=True)
        for _ in range(w.rng.randint(1, 3)):
            day_of_year += 1
            t += w.pause(60)
            get(w, t, p, "/hallinta/vienti", 1_300_000, who=p["id"], query=f"pvm=2025-01-{day_of_year:02d}" if day_of_year < 32 else f"pvm=2025-02-{day_of_year - 31:02d}", tag=tag)


def false_crawler(w, firms):
    tag = w.attack("false-crawler", "impostor-crawler", "something that calls itself a maker of telephones' crawler takes records from the interface's old version company by company, where no crawler goes, through thirty household addresses",
                   "a crawler's name on networks of households, on the host for programs and nowhere else, never robots.txt, no account where all others have one")
    pool = [w.home(270, 290) for _ in range(30)]
    w.attacks[tag]["actors"]["client_ip"] = sorted(set(pool))
    for number, firm in enumerate(w.rng.sample(firms, w.n(330, 1800))):
        p = {"ip": pool[number % 30], "ua": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)"}
        get(w, w.moment("flat", 7, 13), p, f"/v1/yritys/{firm['id']}", 2_600, host=API, ref=None, tag=tag)
