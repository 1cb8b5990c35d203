"""
A Korean carrier's self-care service, nginx with a JSON log that keeps the token's claims. Paths are Korean; customers are
named by eleven-digit telephone numbers. Tokens live forty minutes and are renewed. Agents in the call centre open customers'
records all day from one address; customers' own phones share the carrier's translated addresses and move between networks.
"""
from urllib.parse import quote

NAME = "telco"
TITLE = "통신사: a carrier's self-care service"
FORMAT = "nginx-json"
FILE = "access.json"
HOST = "my.saerom.example"
ZONE = 9
START = "2025-06-16"
DAYS = (5, 10)
LINES = (6_500, 100_000)

LIFE = 2400
USAGE, BILL, CONTRACT, PLAN = (quote(p) for p in ("사용량", "청구서", "계약", "요금제"))
LINE, CUSTOMER, LOGIN = quote("/api/v3/회선"), quote("/api/v3/고객"), quote("/api/v3/로그인")


def phone(w):
    return "010" + w.digits(8)


def build(w):
    people = [{"phone": phone(w), "sub": str(w.rng.randint(40_000_000, 49_999_999)), "nets": [w.home(0, 120), f"198.51.100.{w.rng.randint(130, 150)}"],
               "bills": [w.rng.randint(7_700_000_000, 7_799_999_999) for _ in range(6)],
               "ua": w.pick(["SaeromApp/7.2.1 (Android 14; SM-S921N)", "SaeromApp/7.2.1 (iOS 18.5; iPhone16,1)", "SaeromApp/7.1.0 (Android 13; SM-A346N)", w.browser(0.3)])}
              for _ in range(w.n(520, 5600))]
    w.decoy("handover", "network-change", "phones carry one token from the house's network to the carrier's and back in the middle of a visit")
    agents(w, people)
    polling(w, people)
    roaming(w)
    bypass(w)
    bills(w)
    expired(w, people)
    two_places(w, people)
    takeover(w, people)
    w.fill(lambda: visit(w, w.pick(people), w.moment("commute", weekend=0.8)))


def token(w, t):
    return {"cred": w.hexes(16), "exp": int(t) + LIFE}


def call(w, t, ip, p, tok, method, path, status, size, **more):
    who = {"who": p["sub"], **tok} if tok else {}
    more.setdefault("ua", p["ua"])
    w.add(t, ip, method, path, status, w.near(size) if status == 200 and size > 300 else size, **{**who, **more})


def sign_in(w, t, ip, p, wrong=0, **more):
    for _ in range(wrong):
        call(w, t, ip, p, None, "POST", LOGIN, 401, 118, **more)
        t += w.pause(12)
    call(w, t, ip, p, None, "POST", LOGIN, 200, 1_240, **more)
    return token(w, t), t + 0.5


def visit(w, p, t):
    """The app is opened, perhaps left open past the token's end, perhaps carried from the house to the street."""
    net = w.rng.randrange(2)
    moves = w.chance(0.12)
    tag = "handover" if moves else None
    tok, t = sign_in(w, t, p["nets"][net], p, w.rng.choices([0, 1, 2], [88, 9, 3])[0], tag=tag)
    for _ in range(w.rng.randint(3, 9)):
        t += w.pause(30) if w.chance(0.9) else w.pause(1500)
        if moves and w.chance(0.3):
            net = 1 - net
        if t > tok["exp"]:
            call(w, t, p["nets"][net], p, tok, "GET", f"{LINE}/{p['phone']}/{USAGE}", 401, 96, tag=tag)
            tok = token(w, t)
            call(w, t + 0.3, p["nets"][net], p, None, "POST", quote("/api/v3/토큰/갱신"), 200, 1_180, tag=tag)
            t += 0.6
        path, size = w.pick([(f"{LINE}/{p['phone']}/{USAGE}", 2_100), (f"{LINE}/{p['phone']}/{PLAN}", 3_600), (f"{CUSTOMER}/{p['phone']}/{CONTRACT}", 5_200),
                             (f"/api/v3/{BILL}/{w.pick(p['bills'])}", 8_800), (quote("/api/v3/혜택"), 14_000)])
        call(w, t, p["nets"][net], p, tok, "GET", path, 200, size, tag=tag)
    if w.chance(0.02):
        call(w, t + 30, p["nets"][net], p, tok, "PUT", f"{CUSTOMER}/{p['phone']}/{quote('이메일')}", 200, 90, sent=200)


def agents(w, people):
    tag = w.decoy("call-centre", "call-centre", "nine agents behind one address open a new customer's contract and bills every few minutes")
    for seat in range(9):
        agent = {"sub": f"9{seat}00{seat + 17}", "ua": w.browser(0)}
        for day in range(w.days):
            t = w.at(day, 9 + seat * 0.02)
            tok = token(w, t)
            for p in w.rng.sample(people, w.n(9, 70)):
                t += w.pause(w.n(2400, 360))
                if t > tok["exp"]:
                    tok = token(w, t)
                call(w, t, "203.0.113.88", agent, tok, "GET", f"{CUSTOMER}/{p['phone']}/{CONTRACT}", 200, 5_200, tag=tag)
                call(w, t + 40, "203.0.113.88", agent, tok, "GET", f"/api/v3/{BILL}/{p['bills'][0]}", 200, 8_800, tag=tag)


def polling(w, people):
    tag = w.decoy("polling", "polling", "browsers left open ask for the day's use every fifteen seconds for hours")
    for p in w.rng.sample(people, w.n(3, 18)):
        t = w.moment("office", 0, w.days - 1)
        tok = token(w, t)
        for _ in range(w.n(130, 500)):
            t += 15 + w.rng.random() * 0.2
            if t > tok["exp"]:
                tok = token(w, t)
            call(w, t, p["nets"][0], p, tok, "GET", f"{LINE}/{p['phone']}/{USAGE}", 200, 2_100, tag=tag)


def roaming(w):
    tag = w.decoy("vpn", "vpn-roaming", "staff on a private network come out of another of its five ends every hour, with the same token and browser")
    for _ in range(w.n(6, 30)):
        p = {"sub": str(w.rng.randint(40_000_000, 49_999_999)), "ua": w.browser(0), "phone": phone(w)}
        for day in range(0, w.days, 2):
            t = w.at(day, 10 + w.rng.random() * 4)
            tok = token(w, t)
            ip = 0
            for _ in range(w.rng.randint(8, 16)):
                t += w.pause(110)
                if w.chance(0.25):
                    ip = w.rng.randrange(5)
                if t < tok["exp"]:
                    call(w, t, f"203.0.113.{150 + ip * 17}", p, tok, "GET", f"{LINE}/{p['phone']}/{w.pick([USAGE, PLAN])}", 200, 2_600, tag=tag)


def bypass(w):
    tag = w.attack("bypass", "auth-bypass-some", "contracts refused to whoever has no token are given out when the path is spelt in another way",
                   "the same address gets 401 for a contract and 200 for it a moment later by another spelling, without a token either time")
    pool = [w.home(300, 480) for _ in range(w.n(34, 140))]
    for _ in range(w.n(150, 700)):
        ip = w.pick(pool)
        w.actor(tag, "client_ip", ip)
        number = phone(w)
        t = w.at(w.n(2, 5), 1) + w.rng.random() * 20 * 3600
        ua = "okhttp/5.0.0-alpha.14"
        if w.chance(0.3):
            w.add(t, ip, "GET", f"{CUSTOMER}/{number}/{CONTRACT}", 401, 96, ua=ua, tag=tag)
        there = w.chance(0.7)
        w.add(t + 1, ip, "GET", f"{CUSTOMER}/{number}/%2e/{CONTRACT}", 200 if there else 404, w.near(5_200) if there else 61, ua=ua, tag=tag)


def bills(w):
    tag = w.attack("bills", "unauthenticated-dump", "one gateway node forgot its plug-in for a night: bills are answered without a token to those who tried",
                   "a route where everybody carries a token, and a few addresses without one that get a different bill each time")
    t = w.at(w.n(3, 7), 2)
    for ip in ("192.0.2.31", "192.0.2.32", "192.0.2.33"):
        w.actor(tag, "client_ip", ip)
    for _ in range(w.n(290, 1600)):
        t += w.pause(9)
        status = w.rng.choices([200, 401, 404], [60, 25, 15])[0]
        w.add(t, f"192.0.2.{w.rng.randint(31, 33)}", "GET", f"/api/v3/{BILL}/{w.rng.randint(7_700_000_000, 7_799_999_999)}", status,
              {200: w.near(8_800), 401: 96, 404: 61}[status], ua="python-requests/2.31.0", tag=tag)


def expired(w, people):
    tag = w.attack("expired", "expired-token-accepted", "two tokens go on being answered for a day and more after they ran out",
                   "the claim exp lies hours before the requests, which get 200; everybody else gets 401 at that point")
    for p in w.rng.sample(people, 2):
        ip = w.home(400, 440)
        start = w.at(w.n(1, 3), 14)
        tok = token(w, start - 600)
        w.actor(tag, "credential", tok["cred"])
        w.actor(tag, "client_ip", ip)
        t = start + LIFE
        for _ in range(w.n(45, 180)):
            t += w.pause(1500)
            call(w, t, ip, p, tok, "GET", w.pick([f"{LINE}/{p['phone']}/{USAGE}", f"{CUSTOMER}/{p['phone']}/{CONTRACT}"]), 200, 3_600, ua="SaeromApp/7.1.0 (Android 13; SM-A346N)", tag=tag)


def two_places(w, people):
    tag = w.attack("two-places", "token-in-two-places", "a customer's token, taken from the phone, is used elsewhere while the customer uses it",
                   "one credential from two networks and two clients in turn, within seconds, and not once but again and again")
    for p in w.rng.sample(people, w.n(4, 10)):
        t = w.at(w.rng.randint(1, w.days - 1), 12 + w.rng.random() * 8)
        tok = token(w, t)
        w.actor(tag, "credential", tok["cred"])
        for _ in range(14):
            t += w.pause(12)
            call(w, t, p["nets"][0], p, tok, "GET", f"{LINE}/{p['phone']}/{USAGE}", 200, 2_100, tag=tag, related=True)
            call(w, t + 3, "192.0.2.180", p, tok, "GET", w.pick([f"{CUSTOMER}/{p['phone']}/{CONTRACT}", f"/api/v3/{BILL}/{w.pick(p['bills'])}"]), 200, 6_900,
                 ua="Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", tag=tag)


def takeover(w, people):
    tag = w.attack("takeover", "takeover", "some accounts are guessed, then get another e-mail address and a new SIM is ordered",
                   "a run of refusals and a success from an address that the account never had, then two changes within minutes")
    for p in w.rng.sample(people, w.n(5, 12)):
        ip = w.home(441, 511)
        w.actor(tag, "client_ip", ip)
        thief = dict(p, ua="Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Mobile Safari/537.36")
        tok, t = sign_in(w, w.at(w.rng.randint(2, w.days - 1), 3 + w.rng.random() * 2), ip, thief, wrong=w.rng.randint(7, 11), tag=tag)
        call(w, t + 5, ip, thief, tok, "GET", f"{CUSTOMER}/{p['phone']}/{CONTRACT}", 200, 5_200, tag=tag)
        call(w, t + 60, ip, thief, tok, "PUT", f"{CUSTOMER}/{p['phone']}/{quote('이메일')}", 200, 90, sent=200, tag=tag)
        call(w, t + 140, ip, thief, tok, "POST", f"{LINE}/{p['phone']}/{quote('유심교체')}", 201, 160, sent=420, tag=tag)
