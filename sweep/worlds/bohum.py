"""
A Korean life insurer: customers' pages, a telephone app and the agents' system on one WebtoB, whose log is the common format
with the signed-in user and nothing about the client. Paths and parameters are Korean. An agent opens the customers of her own
portfolio again and again; a branch has one address. A typhoon passes in the second week.
"""
from urllib.parse import quote

NAME = "bohum"
TITLE = "보험: a life insurer and its agents"
FORMAT = "apache-common"
FILE = "webtob_access.log"
ZONE = 9
START = "2025-09-01"
DAYS = (19, 40)
LINES = (9_500, 100_000)

FAMILY = ["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임"]
GIVEN = ["민준", "서연", "지훈", "하은", "도윤", "수빈", "영호", "미경", "성수", "은주", "현우", "정희"]
K = {name: quote(name) for name in ("/cu/로그인.do", "/cu/계약목록.do", "/cu/계약상세.do", "/cu/보험금청구.do", "/cu/첨부.do", "/cu/아이디찾기.do", "/cu/후기목록.do",
                                    "/cu/상품안내.do", "/ga/고객검색.do", "/ga/고객/", "/ga/계약/", "/ga/상담기록.do", "/GA/고객검색.do", "/GA/고객/", "/Ga/고객/")}
POLICY, BORN, FULL = quote("증권번호"), quote("생년월일"), quote("성명")


def build(w):
    customers = [customer(w) for _ in range(w.n(760, 6000))]
    agents = [{"id": f"FC{w.rng.randint(20_000, 69_999)}", "ip": f"203.0.113.{10 + number % 9}", "branch": number % 9, "book": []} for number in range(w.n(63, 400))]
    for person in customers:
        w.pick(agents)["book"].append(person)
    old_phones(w, customers)
    call_centre(w, customers)
    nightly(w, customers)
    portfolio(w, agents)
    typhoon(w, customers)
    links(w)
    insider(w, agents)
    birthdays(w)
    attachments(w, customers)
    old_version(w, customers)
    spelling(w, customers)
    w.fill(lambda: visit(w, customers, agents))


def customer(w):
    return {"no": f"C{w.rng.randint(10_000_000, 99_999_999)}", "member": f"M{w.rng.randint(1_000_000, 9_999_999)}", "name": w.pick(FAMILY) + w.pick(GIVEN),
            "born": birthday(w), "ip": w.home(0, 200), "files": [],
            "policies": [f"{w.rng.randint(4, 25):02d}-{w.rng.randint(1000, 1899)}-{w.digits(6)}" for _ in range(w.rng.choices([1, 2, 3], [60, 30, 10])[0])]}


def birthday(w):
    return f"{w.rng.randint(1948, 2004)}{w.rng.randint(1, 12):02d}{w.rng.randint(1, 28):02d}"


def get(w, t, ip, path, size, who=None, status=200, method="GET", exact=False, **more):
    w.add(t, ip, method, path, status, size if exact or status != 200 else w.near(size, 0.08), who=who, **more)


def sign_in(w, t, ip, wrong=0, **more):
    for _ in range(wrong):
        get(w, t, ip, K["/cu/로그인.do"], 5_212, method="POST", exact=True, **more)
        t += w.pause(14)
    get(w, t, ip, K["/cu/로그인.do"], 0, status=302, method="POST", **more)
    return t + 0.6


def visit(w, customers, agents):
    if w.chance(0.45):
        return agent_visit(w, w.pick(agents), w.moment("office", weekend=0.06))
    person, t = w.pick(customers), w.moment("home")
    if w.chance(0.3):
        return phone_visit(w, person, t)
    get(w, t, person["ip"], "/cu/main.do", 24_000)
    if w.chance(0.3):
        for _ in range(w.rng.randint(1, 3)):
            t += w.pause(30)
            get(w, t, person["ip"], K["/cu/상품안내.do"], 20_100, query=f"pid=P{w.rng.randint(101, 139)}")
        if w.chance(0.5):
            return None
    if w.chance(0.12):
        for _ in range(w.rng.choices([1, 2, 3], [70, 24, 6])[0]):
            t += w.pause(20)
            look_up(w, t, person["ip"], person["name"], person["born"] if w.chance(0.6) else birthday(w), w.chance(0.6))
    t = sign_in(w, t + w.pause(15), person["ip"], w.rng.choices([0, 1, 2], [86, 11, 3])[0])
    get(w, t, person["ip"], K["/cu/계약목록.do"], 9_300, person["member"])
    for _ in range(w.rng.randint(1, 5)):
        t += w.pause(28)
        what = w.rng.random()
        if what < 0.5:
            get(w, t, person["ip"], K["/cu/계약상세.do"], 13_800, person["member"], query=f"{POLICY}={w.pick(person['policies'])}")
        elif what < 0.6:
            claim(w, t, person)
        elif what < 0.72 and person["files"]:
            get(w, t, person["ip"], K["/cu/첨부.do"], 340_000, person["member"], query=f"fileId={w.pick(person['files'])}")
        elif what < 0.82:
            get(w, t, person["ip"], K["/cu/후기목록.do"], 17_500, person["member"], query=f"page={w.rng.choices([1, 2, 3], [75, 18, 7])[0]}")
        else:
            get(w, t, person["ip"], K["/cu/상품안내.do"], 20_100, person["member"], query=f"pid=P{w.rng.randint(101, 139)}")


def claim(w, t, person, **more):
    get(w, t, person["ip"], K["/cu/보험금청구.do"], 0, person["member"], status=302, method="POST", **more)
    for _ in range(w.rng.randint(1, 2)):
        file = f"{w.rng.randint(1, 28):02d}-{w.hexes(10)}"
        person["files"].append(file)
        get(w, t + w.pause(9), person["ip"], K["/cu/첨부.do"], 340_000, person["member"], query=f"fileId={file}", **more)


def look_up(w, t, ip, name, born, there, **more):
    get(w, t, ip, K["/cu/아이디찾기.do"], 1_912 if there else 1_640, exact=True, query=f"{FULL}={quote(name)}&{BORN}={born}", **more)


def phone_visit(w, person, t):
    for policy in person["policies"] * w.rng.randint(1, 2):
        t += w.pause(12)
        get(w, t, person["ip"], f"/mobile/v3/policies/{policy}", 2_900, person["member"])
    if w.chance(0.3):
        get(w, t + w.pause(10), person["ip"], "/mobile/v3/notices", 1_700, person["member"])


def agent_visit(w, agent, t, book=None, **more):
    get(w, t, agent["ip"], K["/ga/고객검색.do"], 6_400, agent["id"], query=f"{FULL}={quote(w.pick(FAMILY))}", **more)
    for person in w.rng.sample(book or agent["book"], min(len(book or agent["book"]), w.rng.randint(1, 3))):
        t += w.pause(35)
        get(w, t, agent["ip"], K["/ga/고객/"] + person["no"], 11_200, agent["id"], **more)
        if w.chance(0.6):
            get(w, t + w.pause(15), agent["ip"], K["/ga/계약/"] + w.pick(person["policies"]), 15_900, agent["id"], **more)
        if w.chance(0.35):
            get(w, t + 90, agent["ip"], K["/ga/상담기록.do"], 0, agent["id"], status=302, method="POST", query=f"no={person['no']}", **more)


def old_phones(w, customers):
    tag = w.decoy("old-phones", "old-app-version", "some telephones still run the first app, which asks the old version without an account: each for its own one or two policies, every few days")
    for person in w.rng.sample(customers, w.n(46, 260)):
        ips = [person["ip"], w.home(200, 230)]
        for _ in range(w.rng.randint(4, 11)):
            get(w, w.moment("home"), w.pick(ips), "/mobile/v1/policy.do", 1_430, query=f"policyNo={w.pick(person['policies'])}", tag=tag)


def call_centre(w, customers):
    tag = w.decoy("call-centre", "call-centre", "twelve people behind one address look callers up by birthday and open somebody else every few minutes, hardly anybody twice")
    staff = [f"TM{number:03d}" for number in range(21, 33)]
    for _ in range(w.n(330, 3400)):
        t, who, person = w.moment("office", weekend=0.3), w.pick(staff), w.pick(customers)
        get(w, t, "203.0.113.60", K["/ga/고객검색.do"], 6_400, who, query=f"{BORN}={person['born']}", tag=tag)
        get(w, t + w.pause(12), "203.0.113.60", K["/ga/고객/"] + person["no"], 11_200, who, tag=tag)
        if w.chance(0.5):
            get(w, t + 60, "203.0.113.60", K["/ga/상담기록.do"], 0, who, status=302, method="POST", query=f"no={person['no']}", tag=tag)


def nightly(w, customers):
    tag = w.decoy("reinsurer", "nightly-sync", "the reinsurer's account reads every contract that changed, each night at ten past two, from one address, as fast as it can")
    for day in range(w.days):
        t = w.at(day, 2.17)
        for person in w.rng.sample(customers, w.n(24, 140)):
            t += 0.3 + w.rng.random() * 0.4
            get(w, t, "198.51.100.90", K["/ga/계약/"] + person["policies"][0], 15_900, "RI-BATCH01", tag=tag)


def portfolio(w, agents):
    tag = w.decoy("successor", "portfolio-handover", "an agent left and a colleague of the same branch takes over: she opens all the customers in two days, writes to each, and comes back to them")
    gone = max(agents, key=lambda agent: len(agent["book"]))
    heir = next(agent for agent in agents if agent["branch"] == gone["branch"] and agent is not gone)
    book = gone["book"]
    for number, person in enumerate(book):
        t = w.at(8 + number % 2, 9.2) + number * 260
        get(w, t, heir["ip"], K["/ga/고객/"] + person["no"], 11_200, heir["id"], tag=tag)
        for policy in person["policies"]:
            get(w, t + w.pause(25), heir["ip"], K["/ga/계약/"] + policy, 15_900, heir["id"], tag=tag)
        get(w, t + 120, heir["ip"], K["/ga/상담기록.do"], 0, heir["id"], status=302, method="POST", query=f"no={person['no']}", tag=tag)
    gone["book"] = []
    for _ in range(12):
        agent_visit(w, heir, w.moment("office", 10, weekend=0.06), book=book, tag=tag)
    heir["book"] += book
    agents.remove(gone)
    heir["heir"] = True


def typhoon(w, customers):
    tag = w.decoy("typhoon", "seasonal-peak", "a typhoon: for two days and nights many times the usual claims, with photographs, from everywhere, many with a wrong password first")
    for person in w.rng.sample(customers, w.n(210, 1300)):
        t = w.at(9, 14) + w.rng.random() * 2 * 86400
        t = sign_in(w, t, person["ip"], w.rng.choices([0, 1, 2, 3], [62, 22, 10, 6])[0], tag=tag)
        claim(w, t + 30, person, tag=tag)


def links(w):
    tag = w.decoy("link-checker", "link-checker", "the agency that keeps the pages has a link checker, which follows every link of ten years, half of them dead")
    t = w.at(5, 21)
    for number in range(w.n(260, 1400)):
        t += 0.8
        dead = w.chance(0.5)
        path = f"/event/{w.rng.randint(2014, 2024)}/{w.pick(['spring', 'family', 'quiz', 'thanks'])}{number % 40}.asp" if dead else K["/cu/상품안내.do"]
        get(w, t, "198.51.100.33", path, 1_208 if dead else 20_100, status=404 if dead else 200, query=None if dead else f"pid=P{w.rng.randint(101, 139)}", tag=tag)


def insider(w, agents):
    tag = w.attack("insider", "insider-snooping", "an agent with every right to sign in opens eight or ten customers of other branches each lunch break, for weeks",
                   "customers whom agents of another branch open again and again, each opened once by this one, without a search or a note, beside an ordinary portfolio of her own")
    me = next(agent for agent in agents[11:] if not agent.get("heir"))
    w.actor(tag, "principal", me["id"])
    others = [person for agent in agents if agent["branch"] != me["branch"] for person in agent["book"]]
    w.rng.shuffle(others)
    for _ in range(w.n(12, 30)):
        agent_visit(w, me, w.moment("office", weekend=0.06))
    for day in range(w.days):
        if (day % 7) >= 5:
            continue
        t = w.at(day, 12.1)
        for _ in range(w.rng.randint(8, 11)):
            t += w.pause(120)
            person = others.pop()
            get(w, t, me["ip"], K["/ga/고객/"] + person["no"], 11_200, me["id"], tag=tag)
            if w.chance(0.5):
                get(w, t + w.pause(15), me["ip"], K["/ga/계약/"] + person["policies"][0], 15_900, me["id"], tag=tag)


def birthdays(w):
    tag = w.attack("birthdays", "identity-search", "the page that finds a forgotten sign-in name is asked for common names with one birthday after another, at night",
                   "two sizes of one status: one in twenty found, where others find in six of ten; a name with ever new birthdays from one address, none of which signs in")
    pool = [w.home(300, 420) for _ in range(w.n(24, 70))]
    w.attacks[tag]["actors"]["client_ip"] = sorted(set(pool))
    for ip in pool:
        name, year = w.pick(FAMILY) + w.pick(GIVEN), w.rng.randint(1955, 1995)
        dates = [f"{year}{month:02d}{day:02d}" for month in range(1, 13) for day in range(1, 29)]
        start = w.rng.randrange(300)
        t = w.at(w.rng.randint(3, w.days - 4), 0.5)
        for born in dates[start:start + w.rng.randint(20, 32)]:
            t += w.pause(420)
            look_up(w, t, ip, name, born, w.chance(0.06), tag=tag)


def attachments(w, customers):
    tag = w.attack("attachments", "broken-object-authorisation", "a customer takes the file numbers that the list of reviews gives away and opens other people's medical papers with them",
                   "one member opens a hundred files, each of which only another member uploaded and opened, right after pages of the list of reviews that nobody turns to")
    me = customers[5]
    w.actor(tag, "principal", me["member"])
    files = [file for person in customers if person is not me for file in person["files"]]
    w.rng.shuffle(files)
    for evening in (12, 13, 15, 16, 17):
        t = sign_in(w, w.at(evening, 22.4), me["ip"], tag=tag, related=True)
        for page in range(1, 6):
            t += w.pause(20)
            get(w, t, me["ip"], K["/cu/후기목록.do"], 17_500, me["member"], query=f"page={page + 5 * (evening - 12)}", tag=tag, related=True)
            for _ in range(w.n(7, 20)):
                if files:
                    t += w.pause(25)
                    get(w, t, me["ip"], K["/cu/첨부.do"], 340_000, me["member"], query=f"fileId={files.pop()}", tag=tag)


def old_version(w, customers):
    tag = w.attack("old-version", "old-version-open", "the first app's version, never switched off, gives a policy to whoever names its number: some twenty a day from a pool of addresses, for weeks",
                   "on a route without accounts, addresses with five or six different policies and never one again, a fifth of them unknown; old telephones ask for the same one or two")
    pool = [w.home(240, 299) for _ in range(w.n(76, 300))]
    w.attacks[tag]["actors"]["client_ip"] = sorted(set(pool))
    for number in range(w.n(420, 1900)):
        there = w.chance(0.8)
        policy = w.pick(w.pick(customers)["policies"]) if there else f"{w.rng.randint(4, 25):02d}-{w.rng.randint(1000, 1899)}-{w.digits(6)}"
        get(w, w.moment("home"), pool[number % len(pool)], "/mobile/v1/policy.do", 1_430 if there else 58, exact=not there, query=f"policyNo={policy}", tag=tag)


def spelling(w, customers):
    tag = w.attack("spelling", "auth-bypass-case", "the agents' system refuses whoever has not signed in, but not when its folder is written in capitals",
                   "401 for /ga and, a moment later, 200 for /GA from the same address, without a user either time; everybody else writes it small and is signed in", client_ip=["192.0.2.77"])
    t = w.at(14, 3.2)
    for path in ("/ga/고객검색.do", "/ga/고객/", "/ga/고객검색.do"):
        t += w.pause(30)
        get(w, t, "192.0.2.77", K[path] + (w.pick(customers)["no"] if path.endswith("/") else ""), 312, status=401, tag=tag)
    for _ in range(9):
        t += w.pause(30)
        get(w, t, "192.0.2.77", K["/GA/고객검색.do"], 6_400, query=f"{FULL}={quote(w.pick(FAMILY))}", tag=tag)
        for person in w.rng.sample(customers, w.n(6, 20)):
            t += w.pause(12)
            get(w, t, "192.0.2.77", K[w.pick(["/GA/고객/", "/GA/고객/", "/Ga/고객/"])] + person["no"], 11_200, tag=tag)
