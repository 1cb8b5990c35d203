"""
Food delivery in Seoul behind an AWS load balancer: no account, no token, Korean paths percent-encoded. Orders are counted
upwards; gift codes have fourteen characters; adults are checked by a resident number whose last digit is a check digit.
Lunch and dinner are steep peaks, one night was kept for maintenance, and a free coffee brought a crowd.
"""
from urllib.parse import quote

NAME = "baedal"
TITLE = "배달: food delivery behind a balancer"
FORMAT = "aws-alb"
FILE = "000000000000_elasticloadbalancing_ap-northeast-2_app.edge.6d0e.log"
HOST = "api.baedalgo.example"
ZONE = 9
START = "2025-09-01"
DAYS = (4, 9)
LINES = (6_000, 100_000)

MENU, ORDER, GIFT, ADULT, SHOP = (quote(p) for p in ("/v1/가게목록", "/v1/주문", "/v1/선물코드", "/v1/성인인증", "/v1/가게"))
MEALS = [1, 1, 0, 0, 0, 0, 1, 3, 5, 8, 20, 60, 70, 30, 12, 10, 14, 40, 80, 85, 50, 25, 12, 5]


def resident(w, valid=True):
    """A resident number: date of birth, sex and place, and a check digit."""
    body = f"{w.rng.randint(60, 99):02d}{w.rng.randint(1, 12):02d}{w.rng.randint(1, 28):02d}{w.rng.randint(1, 2)}{w.digits(5)}"
    right = (11 - sum(int(d) * f for d, f in zip(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5))) % 11) % 10
    return f"{body[:6]}-{body[6:]}{right if valid else (right + w.rng.randint(1, 9)) % 10}"


def moment(w, first=0, last=None):
    day = w.rng.randrange(first, w.days if last is None else last)
    return w.at(day, w.rng.choices(range(24), MEALS)[0] + w.rng.random())


def build(w):
    w.counter = 83_120_000
    people = [{"nets": [w.home(0, 200), f"198.51.100.{w.rng.randint(1, 25)}"], "ua": w.pick(["BaedalGo/5.4.0 (iOS 18.6)", "BaedalGo/5.4.0 (Android 14)", "BaedalGo/5.3.9 (Android 13)", w.browser(0.7)])}
              for _ in range(w.n(600, 7000))]
    shops = [w.uuid()[:13] for _ in range(w.n(160, 900))]
    maintenance(w, people)
    coffee(w, people)
    probes(w)
    tower(w, people, shops)
    orders = walk(w)
    gifts(w)
    adults(w)
    slow_search(w)
    w.fill(lambda: hungry(w, w.pick(people), moment(w), shops, orders))


def call(w, t, ip, ua, method, path, status, size, **more):
    w.add(t, ip, method, path, status, w.near(size) if status == 200 and size > 300 else size, ua=ua, **more)


def hungry(w, p, t, shops, orders, tag=None):
    """Somebody looks for a meal, orders it and watches the rider come nearer."""
    ip = p["nets"][w.rng.randrange(2)]
    call(w, t, ip, p["ua"], "GET", MENU, 200, 24_000, query=f"lat=37.{w.rng.randint(480, 600)}&lng=127.{w.rng.randint(0, 120):03d}&page=1", tag=tag)
    for shop in [w.pick(shops) for _ in range(w.rng.randint(1, 4))]:
        t += w.pause(20)
        call(w, t, ip, p["ua"], "GET", f"{SHOP}/{shop}/{quote('메뉴')}", 200, 31_000, tag=tag)
    if w.chance(0.05):
        right = w.chance(0.9)
        call(w, t + 9, ip, p["ua"], "GET", ADULT, 200 if right else 422, 88, query=f"rrn={resident(w, right)}", tag=tag)
    if w.chance(0.06):
        call(w, t + 12, ip, p["ua"], "POST", f"{GIFT}/{w.base62(14).upper()}", 200 if w.chance(0.85) else 404, 210, sent=40, tag=tag)
    if w.chance(0.45):
        t += w.pause(40)
        number = orders(t)
        call(w, t, ip, p["ua"], "POST", ORDER, 201, 620, sent=1_100, tag=tag)
        for _ in range(w.rng.randint(2, 7)):
            t += 20 + w.rng.random() * 3
            call(w, t, ip, p["ua"], "GET", f"{ORDER}/{number}/{quote('상태')}", 200, 540, tag=tag)


def walk(w):
    """Orders are numbered as they come; the attack counts through those of the days before."""
    tag = w.attack("orders", "object-walk-interleaved", "six rented machines divide the last days' orders among themselves, every sixth number each, and read where they went",
                   "six addresses whose numbers rise by six and which together leave none out; nobody else asks for receipts of many orders",
                   client_ip=[f"192.0.2.{n}" for n in range(70, 76)])
    span = w.days * 86400
    number = lambda t: w.counter + int((t - w.start) / span * 90_000)
    t0 = w.at(w.n(3, 7), 3)
    first = number(t0) - w.n(2_000, 9_000)
    for lane in range(6):
        t = t0 + lane
        for step in range(w.n(66, 300)):
            t += 8 + w.rng.random() * 9
            there = w.chance(0.9)
            call(w, t, f"192.0.2.{70 + lane}", "BaedalGo/5.3.9 (Android 13)", "GET", f"{ORDER}/{first + step * 6 + lane}/{quote('영수증')}", 200 if there else 404, 1_900 if there else 60, tag=tag)
    for _ in range(w.n(120, 1500)):
        t = moment(w)
        call(w, t, w.home(0, 200), "BaedalGo/5.4.0 (Android 14)", "GET", f"{ORDER}/{number(t)}/{quote('영수증')}", 200, 1_900)
    return number


def gifts(w):
    tag = w.attack("gifts", "code-guessing", "gift codes are tried at random from two hundred household addresses, and a few are worth something",
                   "the share of misses on one route rises from a seventh to nearly all, by addresses that do nothing else")
    for _ in range(w.n(410, 1800)):
        ip = w.home(230, 420)
        w.actor(tag, "client_ip", ip)
        good = w.chance(0.02)
        for _ in range(w.rng.randint(1, 2)):
            call(w, w.at(2, 1) + w.rng.random() * 26 * 3600, ip, "BaedalGo/5.3.9 (Android 13)", "POST", f"{GIFT}/{w.base62(14).upper()}", 200 if good else 404, 210, sent=40, tag=tag)


def adults(w):
    tag = w.attack("adults", "national-id-guessing", "whose resident number is right is asked of the check for adults, with generated numbers",
                   "a national number stands in the address; of one caller's hundreds a tenth pass the check digit, of other people's nine in ten", client_ip=["192.0.2.7", "192.0.2.8"])
    t = w.at(1, 4)
    for _ in range(w.n(330, 1500)):
        t += w.pause(5)
        valid = w.chance(0.1)
        call(w, t, w.pick(["192.0.2.7", "192.0.2.8"]), "okhttp/4.9.3", "GET", ADULT, 200 if valid and w.chance(0.6) else 422, 88, query=f"rrn={resident(w, valid)}", tag=tag)


def slow_search(w):
    tag = w.attack("slow-search", "expensive-endpoint-dos", "a few addresses ask for the list of shops with a radius that takes seconds, until everybody waits",
                   "the route's times rise tenfold while a few addresses ask for it with a parameter that nobody else sends", client_ip=[f"192.0.2.{n}" for n in range(201, 207)])
    start = w.at(w.n(2, 6), 18.3)
    for _ in range(w.n(480, 3200)):
        call(w, start + w.rng.random() * 900, f"192.0.2.{w.rng.randint(201, 206)}", "BaedalGo/5.3.9 (Android 13)", "GET", MENU, w.pick([200, 502, 504]), 24_000,
             query=f"lat=37.5&lng=127.0&page=1&radius=99999&sort=dist&r={w.rng.random():.9f}", ms=int(w.rng.lognormvariate(8.9, 0.3)), tag=tag)


def maintenance(w, people):
    tag = w.decoy("maintenance", "planned-maintenance", "for two hours of one night everything is answered 503, to everybody, as announced")
    for _ in range(w.n(130, 1300)):
        p = w.pick(people)
        call(w, w.at(1, 2) + w.rng.random() * 7200, p["nets"][0], p["ua"], "GET", MENU, 503, 190, query="page=1", tag=tag)


def coffee(w, people):
    tag = w.decoy("free-coffee", "flash-crowd", "a free coffee at noon: thousands redeem the same gift code within minutes, most too late")
    code = w.base62(14).upper()
    for number in range(w.n(380, 4200)):
        p = w.pick(people)
        call(w, w.at(2, 12) + w.rng.expovariate(1 / 400), p["nets"][1], p["ua"], "POST", f"{GIFT}/{code}", 200 if number < 100 else 409, 210, sent=40, tag=tag)


def probes(w):
    tag = w.decoy("probes", "monitoring", "probes from three places, every minute or two, at a page of their own")
    for place, every in ((240, 110), (241, 130), (242, 170)):
        t = w.start + place
        while t < w.end:
            if w.size == "big" or w.chance(0.12):
                call(w, t, f"203.0.113.{place}", "StatusCake/2.0", "GET", "/healthz", 200, 15, tag=tag)
            t += every


def tower(w, people, shops):
    tag = w.decoy("tower", "nat-office", "an office tower of two thousand people orders lunch from one address")
    for _ in range(w.n(46, 500)):
        p = w.pick(people)
        hungry(w, dict(p, nets=["203.0.113.99"] * 2), w.at(w.rng.randrange(w.days), 11.3) + w.rng.random() * 5400, shops, lambda t: w.counter + int((t - w.start) / (w.days * 86400) * 90_000), tag)
