"""
An open-banking hub in Seoul behind Kong. Fintechs are consumers; each of their customers gives them a token. Paths are
Korean and percent-encoded, accounts are fintech numbers of 24 digits or bank accounts whose last digit is a check digit.
Some fintechs fetch in batches at night, with keys of their own; once a month they fetch everything.
"""
from urllib.parse import quote

NAME = "banca"
TITLE = "오픈뱅킹: an open-banking hub"
FORMAT = "kong"
FILE = "file-log.json"
HOST = "openapi.hanbit.example"
ZONE = 9
START = "2025-08-22"
DAYS = (9, 12)
LINES = (6_500, 100_000)

BALANCE, HISTORY, NAME_CHECK = (quote(p) for p in ("/v2.0/계좌/잔액", "/v2.0/계좌/거래내역", "/v2.0/계좌실명조회"))
SHOPS, ME, TOKEN = quote("/정산/v1/가맹점"), quote("/v2.0/사용자/내정보"), "/oauth/2.0/token"
APPS = ["가계부온", "돈새", "모아랩", "페이다", "한눈자산", "꿀적금", "송금이", "카드픽", "보험꼼꼼", "대출비교", "월세톡", "환전왕", "소상공인노트",
        "세금이", "연금술사", "저축다람쥐", "투자첫걸음", "용돈기입장", "동네페이", "구독정리", "청년통장", "여행적금", "더치페이", "자산지도"]


def account(w):
    """A bank account: three digits of the bank, ten of the account, the last a check digit."""
    body = w.pick(["004", "011", "020", "081", "088", "090"]) + w.digits(9)
    return body + check(body)


def check(body):
    return str((10 - sum(int(d) * (3, 7, 1)[i % 3] for i, d in enumerate(body)) % 10) % 10)


def build(w):
    apps = [{"org": f"M2023{w.digits(5)}", "name": name, "nets": [w.home(300 + i, 300 + i) for _ in range(3)],
             "ua": w.pick(["Java/17.0.9", "okhttp/4.12.0", "axios/1.7.2", "Go-http-client/2.0", "python-httpx/0.27"])}
            for i, name in enumerate(APPS)]
    users = []
    for _ in range(w.n(700, 5000)):
        app = w.pick(apps)
        users.append({"app": app, "token": w.base62(36), "cred": w.uuid(), "contacts": [account(w) for _ in range(w.rng.randint(1, 5))],
                      "accounts": [f"{app['org']}U{w.digits(9)}{w.digits(4)}" for _ in range(w.rng.randint(1, 4))]})
    boram = {"org": f"M2023{w.digits(5)}", "name": "보람페이", "nets": ["203.0.113.17", "203.0.113.18"], "ua": "boram-batch/2.3 (Java 17)",
             "cred": w.uuid(), "shops": w.rng.sample(range(700_000, 799_999), w.n(240, 900))}
    daon = {"org": f"M2023{w.digits(5)}", "name": "다온정산", "nets": ["203.0.113.130"], "ua": "daon-settle/5.0", "cred": w.uuid(),
            "shops": w.rng.sample(range(800_000, 899_999), w.n(60, 160))}
    nightly(w, boram, daon)
    month_end(w, daon)
    key_change(w, daon)
    outage(w, users)
    collector(w, apps[0], users)
    stolen_key(w, boram)
    replay(w, users)
    guessing(w, apps[6])
    w.fill(lambda: visit(w, w.pick(users), w.moment("commute", weekend=0.8)))


def call(w, t, app, path, size, user=None, method="GET", status=200, ip=None, **more):
    if user:
        more = dict({"cred": user["cred"], "token": user["token"]}, **more)
    size = w.near(size) if status == 200 else size
    more.setdefault("ua", app["ua"])
    w.add(t, ip or w.pick(app["nets"]), method, path, status, size, who=app["org"], app=app["org"], **more)


def visit(w, u, t):
    """A customer opens the app: who am I, what is there, what moved, and now and then a transfer."""
    app = u["app"]
    call(w, t, app, ME, 640, u)
    for account_ in u["accounts"]:
        t += 0.2
        call(w, t, app, BALANCE, 310, u, query=f"fintech_use_num={account_}")
    if w.chance(0.6):
        t += w.pause(6)
        account_ = w.pick(u["accounts"])
        for page in range(1, w.rng.choices([2, 3, 4], [80, 15, 5])[0]):
            call(w, t + page, app, HISTORY, 6_900, u, query=f"fintech_use_num={account_}&page={page}")
    if w.chance(0.22):
        t += w.pause(20)
        there = w.chance(0.97)
        call(w, t, app, f"{NAME_CHECK}/{w.pick(u['contacts'])}", 190 if there else 88, u, status=200 if there else 404)


def nightly(w, boram, daon):
    tag = w.decoy("nightly", "nightly-sync", "two partners read the same shops every night, one after the other, with keys of their own")
    for day in range(w.days):
        for partner, hour in ((boram, 1.5), (daon, 3.1)):
            t = w.at(day, hour)
            shops = partner["shops"] if partner is daon else partner["shops"][: w.n(30, 120)]
            for shop in shops:
                t += w.pause(0.6)
                call(w, t, partner, f"{SHOPS}/{shop}/{quote('매출')}", 2_400, cred=partner["cred"], tag=tag)


def month_end(w, daon):
    tag = w.decoy("month-end", "batch-export", "on the last day of the month a partner pages through all of its own settlements, as agreed")
    t = w.at(9 - 1, 4.0)
    for page in range(1, w.n(90, 400)):
        t += w.pause(0.8)
        call(w, t, daon, quote("/정산/v1/정산내역"), 46_000, query=f"month=2025-08&page={page}&size=100", cred=daon["cred"], tag=tag)
    for shop in daon["shops"]:
        t += w.pause(0.5)
        call(w, t, daon, f"{SHOPS}/{shop}/{quote('정산서')}", 88_000, cred=daon["cred"], tag=tag)


def key_change(w, daon):
    tag = w.decoy("key-change", "key-rotation", "a partner's key is replaced: for an hour both are in use from the same address")
    fresh = w.uuid()
    for event in w.events:
        if event.get("cred") == daon["cred"] and event["ts"] > w.at(4, 0):
            event["cred"] = fresh
    for number in range(24):
        cred = daon["cred"] if number % 2 else fresh
        call(w, w.at(3, 10) + number * 150, daon, quote("/정산/v1/상태"), 120, cred=cred, tag=tag)


def outage(w, users):
    tag = w.decoy("outage", "login-outage", "the token server is down for forty minutes: every app is refused, tries again, and then all return at once")
    start = w.at(5, 18.2)
    for _ in range(w.n(260, 2600)):
        u = w.pick(users)
        t = start + w.rng.random() * 2400
        for _ in range(w.rng.randint(1, 3)):
            call(w, t, u["app"], TOKEN, 61, method="POST", status=w.pick([401, 503, 503]), tag=tag)
            t += w.pause(20)
    for _ in range(w.n(120, 1200)):
        u = w.pick(users)
        t = start + 2400 + w.rng.expovariate(1 / 60)
        call(w, t, u["app"], TOKEN, 420, method="POST", tag=tag)
        call(w, t + 1, u["app"], ME, 640, u, tag=tag)


def collector(w, app, users):
    tag = w.attack("collector", "third-party-over-collection",
                   "one budgeting app uses its customers' consent to look up the holders of accounts that are not theirs",
                   "per token of this app dozens of other people's accounts, where the other apps' tokens look up a few and repeat them",
                   principal=[app["org"]])
    mine = [u for u in users if u["app"] is app]
    for u in w.rng.sample(mine, min(len(mine), w.n(22, 60))):
        t = w.moment("commute", 2)
        for _ in range(w.rng.randint(28, 46)):
            t += w.pause(40)
            call(w, t, app, f"{NAME_CHECK}/{account(w)}", 190, u, tag=tag)


def stolen_key(w, boram):
    tag = w.attack("stolen-key", "stolen-partner-key", "a partner's batch key is used from a new network to list and fetch every shop's papers",
                   "the key's address, client and paths were the same each night; now a new network, another client, a listing, and papers it never asked for",
                   client_ip=["192.0.2.77"], principal=[boram["org"]], credential=[boram["cred"]])
    t = w.at(w.n(7, 9), 5.4)
    for page in range(1, 1 + len(boram["shops"]) // 50):
        t += w.pause(3)
        call(w, t, boram, SHOPS, 18_000, query=f"page={page}&size=50", cred=boram["cred"], ip="192.0.2.77", ua="python-requests/2.32.3", tag=tag)
    for shop in boram["shops"]:
        t += w.pause(2.5)
        call(w, t, boram, f"{SHOPS}/{shop}/{quote('정산서')}", 91_000, cred=boram["cred"], ip="192.0.2.77", ua="python-requests/2.32.3", tag=tag)


def replay(w, users):
    tag = w.attack("replay", "token-replay-after-sign-out", "tokens that their owners gave back are still answered, from elsewhere",
                   "DELETE on the token is answered 200; the same credential gets 200 afterwards from an address that no app of that name uses",
                   client_ip=["192.0.2.140"])
    for u in w.rng.sample(users, w.n(4, 8)):
        w.actor(tag, "credential", u["cred"])
        day = w.rng.randint(3, w.days - 2)
        t = w.at(day, 12 + w.rng.random() * 6)
        call(w, t, u["app"], TOKEN, 2, u, method="DELETE", tag=tag, related=True)
        for number in range(w.rng.randint(12, 20)):
            t += w.pause(150)
            account_ = w.pick(u["accounts"])
            call(w, t + 900, u["app"], w.pick([BALANCE, HISTORY]), 2_300, u, query=f"fintech_use_num={account_}", ip="192.0.2.140", ua="curl/8.6.0", tag=tag)
        u["accounts"] = u["accounts"][:1]
        u["token"], u["cred"] = w.base62(36), w.uuid()
    for u in w.rng.sample(users, w.n(25, 200)):
        t = w.moment("commute", 1, w.days - 1)
        call(w, t, u["app"], TOKEN, 2, u, method="DELETE")
        u["token"], u["cred"] = w.base62(36), w.uuid()


def guessing(w, app):
    tag = w.attack("guessing", "object-guess-distributed", "account holders' names are guessed number by number through a transfer app, from forty household addresses",
                   "numbers of which nine in ten do not exist, a tenth pass the check digit; other callers miss three in a hundred", principal=[app["org"]])
    pool = [w.home(0, 250) for _ in range(w.n(40, 120))]
    token = {"token": w.base62(36), "cred": w.uuid()}
    w.actor(tag, "credential", token["cred"])
    start = w.n(6, 7)
    for _ in range(w.n(420, 1600)):
        number = w.pick(["004", "088"]) + w.digits(10)
        there = number[-1] == check(number[:-1]) and w.chance(0.8)
        ip = w.pick(pool)
        w.actor(tag, "client_ip", ip)
        call(w, w.at(start, 9) + w.rng.random() * 30 * 3600, app, f"{NAME_CHECK}/{number}", 190 if there else 88, token,
             status=200 if there else 404, ip=ip, ua="okhttp/4.12.0", tag=tag)
