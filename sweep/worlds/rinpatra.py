"""
A credit bureau's exchange in India, behind Kong. Lenders and applications are consumers with keys; borrowers are named by the
ten signs of their tax number. A lender records a consent and then fetches the report; a borrower's telephone uses the
application's consumer and the borrower's token. A bank asks from ninety branches, a new lender begins, a festival brings
everybody to look at his score, and the makers test with numbers of their own.
"""
NAME = "rinpatra"
TITLE = "Rinpatra: a credit bureau's exchange"
FORMAT = "kong"
FILE = "kong-exchange.json"
HOST = "exchange.rinpatra.example"
ZONE = 5.5
START = "2026-03-09"
DAYS = (13, 19)
LINES = (8_300, 110_000)

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LENDERS = ["setubank", "vanijya-nbfc", "kuberfin", "nagarbank", "haatloan", "udaan-credit", "griha-home", "krishi-coop", "motorfin", "sahaj-micro", "tejas-cards",
           "pragati", "neev-loans", "sagarbank"]
APPS = {"paisa-coach": "PaisaCoach/3.3 okhttp/4.12.0", "scorewala": "Scorewala/9.1 okhttp/4.12.0", "chhota-udhaar": "ChhotaUdhaar/1.4 okhttp/4.12.0"}


def pan(w):
    """Three letters, P for a person, the first letter of the name, four digits, a letter."""
    return "".join(w.pick(UPPER) for _ in range(3)) + "P" + w.pick("SSKKMRPAGBDJVNT") + w.digits(4) + w.pick(UPPER)


def build(w):
    lenders = [{"who": name, "nets": [f"203.0.113.{20 + i * 7}", f"203.0.113.{21 + i * 7}"], "ua": w.pick(["Java/17.0.9", "axios/1.7.2",
        "Apache-HttpClient/5.3 (Java/21)", "Go-http-client/2.0"]),
                "known": [], "cred": w.uuid()} for i, name in enumerate(LENDERS)]
    people = [{"pan": pan(w), "ip": w.home(0, 255), "token": w.base62(24), "app": w.rng.choices(list(APPS), [3, 4, 2])[0]} for _ in range(w.n(620, 6000))]
    portfolio(w, lenders[0])
    branches(w, lenders[3])
    onboarding(w, lenders[12])
    testing(w)
    festival(w, people)
    messages(w, people)
    rotation(w, lenders[5])
    without_consent(w, lenders[2])
    withdrawn(w, people)
    numbers(w)
    imports(w, lenders)
    harvest(w, people)
    referrals(w, people)
    ordinary = [f for i, f in enumerate(lenders) if i not in (2, 12)]
    w.fill(lambda: loan(w, w.pick(ordinary)) if w.chance(0.5) else borrower(w, w.pick(people), w.moment("home")))


def call(w, t, f, method, path, status, size, **more):
    w.add(t, more.pop("ip", None) or w.pick(f["nets"]), method, path, status, w.near(size) if status == 200 and size > 300 else size,
          **{"ua": f["ua"], "who": f["who"], "cred": f.get("cred", f["who"]), **more})


def phone(w, t, p, method, path, status, size, **more):
    """A borrower's application: its consumer, the borrower's token, the borrower's address."""
    call(w, t, {"who": p["app"], "nets": [p["ip"]], "ua": APPS[p["app"]]}, method, path, status, size, **{"token": p["token"], "app": p["app"], **more})


def loan(w, f, t=None, who=None, tag=None, ip=None):
    """Somebody applies: consent, report, perhaps a score some days later; one report in twenty rests on a consent from before."""
    t = w.moment("office", weekend=0.4) if t is None else t
    who = who or pan(w)
    if w.chance(0.95):
        call(w, t, f, "POST", f"/bureau/v3/subjects/{who}/consents", 201, 240, sent=900, tag=tag, ip=ip)
    if w.chance(0.06):
        call(w, t + 8, f, "GET", f"/bureau/v3/subjects/{who}/report", 404, 92, tag=tag, ip=ip)
        return
    call(w, t + w.pause(30), f, "GET", f"/bureau/v3/subjects/{who}/report", 200, 28_000, tag=tag, ip=ip)
    if w.chance(0.3):
        call(w, t + w.pause(90_000), f, "GET", f"/bureau/v3/subjects/{who}/score", 200, 380, tag=tag, ip=ip)
    if w.chance(0.04):
        call(w, t + 400, f, "POST", "/bureau/v3/documents/import", 202, 150, query=f"source=https://files.{f['who']}.example/d/{w.hexes(12)}.pdf", sent=180, tag=tag, ip=ip)


def borrower(w, p, t, tag=None):
    if w.chance(0.2):
        phone(w, t, p, "POST", "/bureau/v3/otp", 202, 70, token=None, sent=140, tag=tag)
        for _ in range(w.rng.choices([0, 1], [85, 15])[0]):
            t += w.pause(20)
            phone(w, t, p, "POST", "/bureau/v3/otp/verify", 422, 64, token=None, sent=140, tag=tag)
        phone(w, t + 25, p, "POST", "/bureau/v3/otp/verify", 200, 720, token=None, sent=140, tag=tag)
        t += 30
    phone(w, t, p, "GET", "/bureau/v3/me/score", 200, 900, tag=tag)
    for _ in range(w.rng.randint(0, 2)):
        t += w.pause(25)
        phone(w, t, p, "GET", w.pick(["/bureau/v3/me/report", "/bureau/v3/me/offers", "/bureau/v3/me/consents"]), 200, 11_000, tag=tag)
    if w.chance(0.03):
        phone(w, t + 20, p, "POST", f"/bureau/v3/rewards/referrals/{w.base62(6).upper()}/claim", 201, 140, sent=90, tag=tag)
    if w.chance(0.02):
        phone(w, t + 60, p, "POST", "/bureau/v3/rewards/payout", 201, 160, sent=210, tag=tag)


def portfolio(w, f):
    tag = w.decoy("portfolio", "nightly-sync", "a bank refreshes the scores of the same customers every night, on the route that is meant for it, one after the other")
    known = [pan(w) for _ in range(w.n(75, 600))]
    for day in range(w.days):
        t = w.at(day, 1.5)
        for who in known:
            t += w.pause(0.8)
            call(w, t, f, "GET", f"/bureau/v3/portfolio/{who}/score", 200, 380, tag=tag)


def branches(w, f):
    tag = w.decoy("branches", "many-addresses", "a bank's one key comes from ninety branches' addresses, each with its own customers, always with a consent first")
    for _ in range(w.n(230, 2400)):
        branch = w.rng.randint(1, 90)
        loan(w, f, w.moment("office", weekend=0), tag=tag, ip=f"198.51.100.{20 + branch}")


def onboarding(w, f):
    tag = w.decoy("new-lender", "partner-onboarding", "a lender never seen before starts in the second week with hundreds of consents and "
                                                      "reports in two days: every report after its consent")
    for _ in range(w.n(200, 1800)):
        t = w.at(w.pick([8, 9]), 9) + w.rng.random() * 9 * 3600
        who = pan(w)
        call(w, t, f, "POST", f"/bureau/v3/subjects/{who}/consents", 201, 240, sent=900, tag=tag)
        call(w, t + w.pause(20), f, "GET", f"/bureau/v3/subjects/{who}/report", 200, 28_000, tag=tag)


def testing(w):
    tag = w.decoy("acceptance", "qa-in-production", "the makers' tests run against production after each release, with numbers that were made for tests and rise by one")
    f = {"who": "qa-internal", "nets": ["203.0.113.201"], "ua": "k6/0.57.0 (https://k6.io/)"}
    for day in (2, 6, 11):
        t = w.at(day, 21)
        for number in range(w.n(60, 400)):
            t += 0.5 + w.rng.random()
            who = f"ZZZPZ{number:04d}Z"
            call(w, t, f, "POST", f"/bureau/v3/subjects/{who}/consents", 201, 240, sent=900, tag=tag)
            call(w, t + 0.2, f, "GET", f"/bureau/v3/subjects/{who}/report", 404 if number % 7 == 0 else 200, 92 if number % 7 == 0 else 4_100, tag=tag)


def festival(w, people):
    tag = w.decoy("festival", "flash-crowd", "an offer for the festival: half of the borrowers look at their score in one evening, a third of them newly signed in")
    for p in w.rng.sample(people, w.n(250, 2800)):
        borrower(w, p, w.at(7, 19) + w.rng.expovariate(1 / 4500), tag)


def messages(w, people):
    tag = w.decoy("late-messages", "retry-storm", "text messages with codes arrive twenty minutes late: people ask for another and another, and type the old ones")
    for p in w.rng.sample(people, w.n(70, 700)):
        t = w.at(4, 12) + w.rng.random() * 2400
        for _ in range(w.rng.randint(2, 5)):
            phone(w, t, p, "POST", "/bureau/v3/otp", 202, 70, token=None, sent=140, tag=tag)
            t += w.pause(90)
            if w.chance(0.5):
                phone(w, t, p, "POST", "/bureau/v3/otp/verify", 422, 64, token=None, sent=140, tag=tag)
        phone(w, t + 600, p, "POST", "/bureau/v3/otp/verify", 200, 720, token=None, sent=140, tag=tag)


def rotation(w, f):
    tag = w.decoy("key-change", "key-rotation", "a lender changes its key: the old one is refused for some minutes, over and over, until the new one is in place")
    t = w.at(5, 11)
    for _ in range(w.n(45, 300)):
        t += w.pause(9)
        w.add(t, w.pick(f["nets"]), "POST", f"/bureau/v3/subjects/{pan(w)}/consents", 401, 88, ua=f["ua"], sent=900, tag=tag)
    f["cred"] = w.uuid()


def without_consent(w, f):
    tag = w.attack("without-consent", "partner-over-collection", "(subtle) one lender fetches reports of people who never gave it a consent, at night, among its honest ones",
                   "other lenders' reports follow a consent for the same number by the same lender nineteen times in "
                   "twenty; this one's six of ten do not, and those are at night", principal=[f["who"]])
    for _ in range(w.n(80, 700)):
        loan(w, f)
    for _ in range(w.n(130, 1100)):
        call(w, w.moment("late", 1) if w.chance(0.2) else w.at(w.rng.randint(1, w.days - 1), 0.5) + w.rng.random() * 4 * 3600, f, "GET",
             f"/bureau/v3/subjects/{pan(w)}/report", 200, 28_000, tag=tag)


def withdrawn(w, people):
    tag = w.attack("withdrawn", "consent-withdrawn", "(medium) an application goes on fetching the reports of borrowers who took their consent "
                                                     "back, by an older version of the service that does not ask",
                   "DELETE on a person's consent by that person's telephone is answered 204, and version 3 then says 403; the "
                   "application's server gets 200 for the same person by version 2, every second night afterwards",
                   principal=["paisa-coach"], client_ip=["203.0.113.180"])
    server = {"who": "paisa-coach", "nets": ["203.0.113.180"], "ua": "PaisaCoach-Sync/1.1"}
    own = [p for p in people if p["app"] == "paisa-coach"]
    for p in own[: w.n(80, 800)]:
        phone(w, w.at(0, 9) + w.rng.random() * 8 * 3600, p, "POST", f"/bureau/v3/subjects/{p['pan']}/consents", 201, 240, sent=300)
    for p in own[: w.n(40, 400)]:
        t = w.at(w.rng.randint(2, 5), 9) + w.rng.random() * 10 * 3600
        phone(w, t, p, "DELETE", f"/bureau/v3/subjects/{p['pan']}/consents/{w.hexes(10)}", 204, 0)
        day = int((t - w.start) // 86400) + 1
        call(w, w.at(1, 3) + w.rng.random() * 900, server, "GET", f"/bureau/v3/subjects/{p['pan']}/report", 200, 28_000)
        call(w, w.at(day, 3) + w.rng.random() * 900, server, "GET", f"/bureau/v3/subjects/{p['pan']}/report", 403, 96, tag=tag)
        for later in range(day, w.days, 2):
            call(w, w.at(later, 3.5) + w.rng.random() * 1800, server, "GET", f"/bureau/v2/subjects/{p['pan']}/report", 200, 27_000, tag=tag)
    for p in own[w.n(40, 400): w.n(80, 800)]:
        for day in range(1, w.days, 3):
            call(w, w.at(day, 3) + w.rng.random() * 900, server, "GET", f"/bureau/v3/subjects/{p['pan']}/report", 200, 28_000)


def numbers(w):
    tag = w.attack("numbers", "identity-guessing", "(easy) a trial key asks, from two dozen rented addresses, which tax numbers are known",
                   "one consumer, hundreds of different numbers whose digits count up, nine in ten unknown; "
                   "nobody else uses that route more than a few times", principal=["trial-7741"])
    f = {"who": "trial-7741", "nets": [f"192.0.2.{n}" for n in range(40, 64)], "ua": "Mozilla/5.0"}
    for lender in LENDERS[6:10]:
        for _ in range(w.n(9, 40)):
            call(w, w.moment("office"), {"who": lender, "nets": [f"203.0.113.{20 + LENDERS.index(lender) * 7}"], "ua": "Java/17.0.9"}, "GET",
                f"/bureau/v3/subjects/{pan(w)}/exists",
                 404 if w.chance(0.2) else 200, 48)
    t = w.at(3, 2)
    number = 1_000
    for _ in range(w.n(560, 4000)):
        t += w.pause(14)
        number += w.rng.randint(1, 4)
        call(w, t, f, "GET", f"/bureau/v3/subjects/AB{w.pick(UPPER)}P{w.pick('SK')}{number % 10_000:04d}{w.pick(UPPER)}/exists", 404 if w.chance(0.9) else 200, 48, tag=tag)


def imports(w, lenders):
    f = lenders[4]
    tag = w.attack("imports", "server-side-request", "(medium) the import of documents is pointed at the inside of the network and at the cloud's own "
                                                     "service, in spellings that no list of forbidden names has",
                   "a parameter that always named files.<partner>.example names one number, a hexadecimal one, a mapped IPv6 address and "
                   "a name that ends in an address; most get 422, some 200 at once, of other sizes",
                   principal=[f["who"]], client_ip=["192.0.2.99"])
    tries = ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:8001/", "http://2852039166/latest/meta-data/", "http://0xa9fea9fe/latest/meta-data/iam/",
             "http://[::ffff:169.254.169.254]/latest/meta-data/", "http://169.254.169.254.addr.example/latest/meta-data/iam/security-credentials/",
             "http://2852039166/latest/meta-data/iam/security-credentials/exchange-node", "http://017700000001:8001/consumers", "http://2130706433:8001/consumers",
             "http://2130706433:8001/services", "http://0x0a000005:9200/_cat/indices", "http://167772165:9200/_cat/indices",
             "http://167772165:9200/reports/_search?size=10", "gopher://2130706433:6379/_INFO", "file:///etc/passwd"]
    t = w.at(9, 23)
    for number, source in enumerate(tries * w.n(2, 4)):
        t += w.pause(60)
        works = number % len(tries) in (2, 5, 6, 8, 9, 11, 12)
        call(w, t, f, "POST", "/bureau/v3/documents/import", 200 if works else 422, w.rng.randint(400, 9_000) if works else 118, ip="192.0.2.99", ua="curl/8.9.1",
             query="source=" + source.replace("?", "%3F").replace("[", "%5B").replace("]", "%5D"), sent=200, tag=tag)


def harvest(w, people):
    tag = w.attack("harvested", "tokens-of-many", "(medium) a kit inside one application sends its borrowers' tokens to a stranger, who fetches "
                                                  "each one's report once, hours later, from two machines",
                   "seventy tokens, each first used from its own telephone, appear one by one at two addresses of a data centre, with "
                   "the same application's name and agent; each takes the report and nothing else",
                   client_ip=["192.0.2.150", "192.0.2.151"])
    for p in w.rng.sample([p for p in people if p["app"] == "chhota-udhaar"], w.n(72, 600)):
        t = w.moment("home", 1, w.days - 2)
        borrower(w, p, t)
        phone(w, t + w.rng.uniform(2, 14) * 3600, p, "GET", "/bureau/v3/me/report", 200, 11_000, ip=w.pick(["192.0.2.150", "192.0.2.151"]), tag=tag)


def referrals(w, people):
    tag = w.attack("referrals", "reward-farming", "(medium) one person's code for friends is claimed by a hundred and more accounts made for it, "
                                                  "each of which is paid out at once and never comes back",
                   "one code claimed a hundred times, others once or twice; the claims come from five addresses of one network, each a code "
                   "by text message, claim and payout within two minutes, and no score is ever looked at")
    for ip in (f"198.51.100.{n}" for n in range(202, 207)):
        w.actor(tag, "client_ip", ip)
    for _ in range(w.n(110, 800)):
        p = {"pan": pan(w), "ip": f"198.51.100.{w.rng.randint(202, 206)}", "token": w.base62(24), "app": "scorewala"}
        t = w.moment("late", 5, 11)
        phone(w, t, p, "POST", "/bureau/v3/otp", 202, 70, token=None, sent=140, tag=tag)
        phone(w, t + 12, p, "POST", "/bureau/v3/otp/verify", 200, 720, token=None, sent=140, tag=tag)
        phone(w, t + 16, p, "POST", "/bureau/v3/rewards/referrals/RAVI9K/claim", 201, 140, sent=90, tag=tag)
        phone(w, t + 25, p, "POST", "/bureau/v3/rewards/payout", 201, 160, sent=210, tag=tag)
