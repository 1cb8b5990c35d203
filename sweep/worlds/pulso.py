"""
A social network behind Caddy, mostly GraphQL: stored queries by GET with variables, everything else by POST to one address.
Ids are eleven characters of base62. Stars are read by everybody; open tabs ask every ten seconds; one afternoon the sign-in
service refused everybody; and phones change networks while they scroll.
"""
from urllib.parse import quote

NAME = "pulso"
TITLE = "Pulso: a social network"
FORMAT = "caddy"
FILE = "caddy-access.json"
HOST = "api.pulso.example"
ZONE = -3
START = "2025-04-07"
DAYS = (5, 10)
LINES = (7_000, 100_000)


def variables(**values):
    return "variables=" + quote("{" + ",".join(f'"{k}":"{v}"' for k, v in values.items()) + "}", safe="")


def build(w):
    people = [{"id": w.base62(11), "nets": [w.home(0, 220), f"198.51.100.{w.rng.randint(60, 90)}"], "friends": [], "handle": f"u{w.digits(7)}",
               "ua": w.pick(["Pulso/212.1 (iPhone; iOS 18.5)", "Pulso/212.0 (Android 14; SM-S911B)", "Pulso/211.4 (Android 13; 2201117TG)", w.browser(0.2)])}
              for _ in range(w.n(620, 6500))]
    stars = people[:12]
    for p in people:
        p["friends"] = w.rng.sample(people, w.rng.randint(4, 22)) + w.rng.sample(stars, 3)
    idp(w, people)
    star(w, people, stars)
    tabs(w, people)
    release(w, people)
    cohort(w, people)
    names(w)
    stuffing(w, people)
    messages(w, people)
    export(w, people)
    w.fill(lambda: scroll(w, w.pick(people), w.moment("late")))


def call(w, t, ip, who, ua, method, path, status, size, **more):
    w.add(t, ip, method, path, status, w.near(size) if status == 200 and size > 200 else size, who=who, ua=ua, **more)


def profile(w, t, ip, who, ua, wanted, **more):
    status = more.pop("status", 200)
    call(w, t, ip, who, ua, "GET", "/gql/PerfilPorId", status, 3_400, query=variables(id=wanted), **more)


def post(w, t, ip, who, ua, size=5_800, **more):
    call(w, t, ip, who, ua, "POST", "/graphql", 200, size, sent=w.rng.randint(300, 1400), **more)


def scroll(w, p, t):
    """An evening's look: the feed, some profiles of friends and stars, a picture, a like; the network changes once."""
    ip = p["nets"][w.rng.randrange(2)]
    if w.chance(0.12):
        for _ in range(w.rng.choices([0, 1, 2], [80, 15, 5])[0]):
            call(w, t, ip, None, p["ua"], "POST", "/sesion", 401, 74, sent=120)
            t += w.pause(10)
        call(w, t, ip, None, p["ua"], "POST", "/sesion", 200, 910, sent=120)
    for _ in range(w.rng.randint(3, 10)):
        t += w.pause(18)
        if w.chance(0.06):
            ip = p["nets"][w.rng.randrange(2)]
        what = w.rng.random()
        if what < 0.5:
            post(w, t, ip, p["id"], p["ua"], w.pick([5_800, 14_000, 900]))
        elif what < 0.85:
            profile(w, t, ip, p["id"], p["ua"], w.pick(p["friends"])["id"])
        else:
            call(w, t, ip, p["id"], p["ua"], "GET", f"/foto/{w.base62(11)}.jpg", 200, 140_000)


def idp(w, people):
    tag = w.decoy("idp-outage", "login-outage", "for half an hour the sign-in service refuses everybody with 401; all try again, then all get in")
    start = w.at(2, 19)
    for p in w.rng.sample(people, w.n(170, 1900)):
        t = start + w.rng.random() * 1800
        for _ in range(w.rng.randint(1, 4)):
            call(w, t, p["nets"][0], None, p["ua"], "POST", "/sesion", 401, 74, sent=120, tag=tag)
            t += w.pause(25)
        call(w, max(t, start + 1800 + w.rng.random() * 120), p["nets"][0], None, p["ua"], "POST", "/sesion", 200, 910, sent=120, tag=tag)


def star(w, people, stars):
    tag = w.decoy("star", "viral-object", "a star's scandal: one profile is opened by everybody within three hours")
    for _ in range(w.n(300, 3500)):
        p = w.pick(people)
        profile(w, w.at(3, 21) + w.rng.expovariate(1 / 3600), p["nets"][1], p["id"], p["ua"], stars[0]["id"], tag=tag)


def tabs(w, people):
    tag = w.decoy("open-tabs", "polling", "open tabs post the same query every ten seconds all day")
    for p in w.rng.sample(people, w.n(3, 20)):
        t = w.moment("office", 0, w.days - 1)
        for _ in range(w.n(150, 600)):
            t += 10 + w.rng.random() * 0.1
            post(w, t, p["nets"][0], p["id"], p["ua"], 310, tag=tag)


def release(w, people):
    tag = w.decoy("release", "app-release", "with a new version every phone asks once for a query that nobody asked for before")
    for p in w.rng.sample(people, w.n(150, 1800)):
        call(w, w.at(1, 9) + w.rng.expovariate(1 / 20000), p["nets"][1], p["id"], "Pulso/213.0 (Android 14; SM-S911B)", "GET", "/gql/Novedades213", 200, 7_900, tag=tag)


def cohort(w, people):
    tag = w.attack("cohort", "fake-accounts", "three dozen accounts, made in one night, read profiles by night, each its own part",
                   "accounts of one age with one rhythm that read only profiles, hardly any of them twice and none of another's")
    nets = [w.home(300, 330) for _ in range(9)]
    wanted = w.rng.sample(range(len(people)), min(len(people), w.n(560, 3200)))
    agents = ["Pulso/211.4 (Android 13; 2201117TG)", "Pulso/212.0 (Android 14; SM-S911B)"]
    members = w.n(36, 90)
    for number in range(members):
        who, ua = w.base62(11), w.pick(agents)
        w.actor(tag, "principal", who)
        t = w.at(1, 2) + number * 190
        call(w, t, w.pick(nets), None, ua, "POST", "/alta", 201, 610, sent=420, tag=tag, related=True)
        share = [people[i]["id"] for i in wanted[number::members]] + [w.base62(11) for _ in range(w.n(16, 18))]
        w.rng.shuffle(share)
        for day in range(2, min(w.days, 5)):
            t = w.at(day, 3) + w.rng.random() * 4000
            for target_ in share[day - 2::3]:
                t += 20 + w.rng.random() * 70
                profile(w, t, w.pick(nets), who, ua, target_, tag=tag)
    for _ in range(w.n(45, 500)):
        t = w.moment("late")
        ip, who, ua = w.home(0, 220), w.base62(11), "Pulso/212.0 (Android 14; SM-S911B)"
        call(w, t, ip, None, ua, "POST", "/alta", 201, 610, sent=420)
        for _ in range(w.rng.randint(1, 5)):
            t += w.pause(40)
            profile(w, t, ip, who, ua, w.pick(people)["id"])


def names(w):
    tag = w.attack("names", "account-enumeration-signup", "the form for new accounts is asked which e-mail addresses are taken",
                   "hundreds of checks of different addresses by a few callers that never make an account; a third answer 409")
    for _ in range(w.n(70, 700)):
        call(w, w.moment("late"), w.home(0, 220), None, "Pulso/212.0 (Android 14; SM-S911B)", "GET", "/alta/disponible", 409 if w.chance(0.2) else 204, 0,
             query=f"correo=u{w.digits(5)}%40correo.example")
    t = w.at(w.n(1, 3), 6)
    for _ in range(w.n(420, 1900)):
        t += w.pause(3)
        ip = f"192.0.2.{w.rng.randint(140, 143)}"
        w.actor(tag, "client_ip", ip)
        call(w, t, ip, None, "Go-http-client/2.0", "GET", "/alta/disponible", 409 if w.chance(0.33) else 204, 0, query=f"correo={w.pick(['ana', 'joao', 'lu', 'pedro', 'bia'])}.{w.base62(6).lower()}%40correo.example", tag=tag)


def stuffing(w, people):
    tag = w.attack("stuffing", "credential-stuffing-json", "pairs of names and passwords from elsewhere are tried through a thousand household addresses, one each",
                   "refusals of signing in ten times the usual night's, from addresses seen for nothing else, in one client's words; some succeed and read on")
    tries = w.n(520, 2400)
    hits = set(w.rng.sample(range(tries), w.n(9, 24)))
    ua = "Pulso/210.9 (Android 12; SM-A127F)"
    for number in range(tries):
        ip = w.home(331, 511)
        t = w.at(w.n(3, 6), 2) + w.rng.random() * 7 * 3600
        w.actor(tag, "client_ip", ip)
        call(w, t, ip, None, ua, "POST", "/sesion", 200 if number in hits else 401, 910 if number in hits else 74, sent=w.rng.randint(110, 140), tag=tag)
        if number in hits:
            p = w.pick(people)
            post(w, t + 2, ip, p["id"], ua, tag=tag, related=True)
            call(w, t + 5, ip, p["id"], ua, "PUT", "/cuenta/correo", 200, 44, sent=90, tag=tag, related=True)


def messages(w, people):
    tag = w.attack("messages", "broken-object-authorisation", "a user reads conversations of others by their id, taken from a friend's leaked list",
                   "one account reads dozens of conversations, each of which only two others ever read, on several days")
    talks = []
    for _ in range(w.n(130, 1200)):
        a, b = w.rng.sample(people, 2)
        talk = w.base62(11)
        talks.append(talk)
        for _ in range(w.rng.randint(3, 7)):
            p = w.pick([a, b])
            call(w, w.moment("late"), p["nets"][0], p["id"], p["ua"], "GET", f"/charla/{talk}/mensajes", 200, 6_200)
    spy = w.pick(people[50:])
    w.actor(tag, "principal", spy["id"])
    for talk in w.rng.sample(talks, w.n(64, 240)):
        call(w, w.moment("late", w.days - 2), spy["nets"][0], spy["id"], spy["ua"], "GET", f"/charla/{talk}/mensajes", 200, 6_200, tag=tag)


def export(w, people):
    tag = w.attack("followers", "cursor-walk", "one account turns through all followers of the stars, cursor by cursor, through the one GraphQL address",
                   "an endless row of answers of one, very large size to requests of one length, with nothing in between", client_ip=["198.18.222.61"])
    p = dict(w.pick(people[50:]))
    w.actor(tag, "principal", p["id"])
    t = w.at(w.n(2, 5), 4.5)
    for _ in range(w.n(360, 2200)):
        t += 1.5 + w.rng.random() * 0.6
        call(w, t, "198.18.222.61", p["id"], "axios/1.7.7", "POST", "/graphql", 200, 118_000, sent=688, tag=tag)
