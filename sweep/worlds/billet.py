"""
Tickets bought and sold again, in France: one GraphQL address behind Envoy, whose JSON log keeps the whole path. Queries are
persisted and asked by GET with their variables, changes are POSTs that name the operation; errors are 200 with a small body.
Objects have global ids: base64 of a type and a number. Who is signed in stands in the token's claim.
"""
import base64
from urllib.parse import quote

NAME = "billet"
TITLE = "Billet: tickets sold again, by GraphQL"
FORMAT = "envoy-json"
FILE = "envoy-access.json"
HOST = "graph.billet.example"
ZONE = 2
START = "2025-06-09"
DAYS = (8, 15)
LINES = (9_800, 100_000)

APPS = ["Billet/9.4 (iOS 18.5; iPhone15,4)", "Billet/9.4 (Android 15; SM-S928B)", "Billet/9.3 (Android 13; Redmi Note 12)"]
NONE = 71


def gid(kind, number):
    return base64.b64encode(f"{kind}:{number}".encode()).decode().rstrip("=")


def build(w):
    people = [{"id": f"u{w.rng.randint(3_000_000, 3_899_999)}", "ip": w.home(0, 230), "phone": f"198.51.100.{w.rng.randint(40, 80)}", "ua": w.pick(APPS) if w.chance(0.6) else w.browser(0.3),
               "orders": [w.rng.randint(8_100_000, 8_199_999) for _ in range(w.rng.randint(1, 4))]} for _ in range(w.n(560, 5200))]
    events = [{"id": w.rng.randint(40_000, 49_999), "host": f"u{w.rng.randint(3_900_000, 3_999_999)}", "ip": w.home(231, 250), "ua": w.browser(0)} for _ in range(w.n(60, 220))]
    on_sale(w, people, events)
    reset_wave(w, people)
    door_staff(w, events)
    guest_lists(w, events)
    previews(w, events)
    retries(w, people)
    load_test(w)
    orders(w, people)
    gift_cards(w)
    guests(w, events)
    text_messages(w)
    resets(w)
    poster(w, events)
    w.fill(lambda: visit(w, w.pick(people), w.moment("late"), events))


def ask(w, t, p, name, variables, size, **more):
    """A persisted query, by GET."""
    query = f"operationName={name}&variables=" + quote('{' + variables + '}', safe=":,")
    more = {"ua": p["ua"], "who": p.get("id"), **more}
    w.add(t, more.pop("ip", p["ip"]), "GET", "/graphql", more.pop("status", 200), w.near(size, 0.08) if size > 300 else size, query=query, **more)


def change(w, t, p, name, size, **more):
    more = {"ua": p["ua"], "who": p.get("id"), "sent": w.rng.randint(240, 420), **more}
    w.add(t, more.pop("ip", p["ip"]), "POST", "/graphql", more.pop("status", 200), size, query=f"op={name}", **more)


def node(kind, number):
    return f'"id":"{gid(kind, number)}"'


def visit(w, p, t, events):
    p = dict(p, ip=p["ip"] if w.chance(0.6) else p["phone"])
    guest = {"ip": p["ip"], "ua": p["ua"]}
    for _ in range(w.rng.randint(1, 3)):
        ask(w, t, guest, "Event", node("Event", w.pick(events)["id"]), 5_300)
        t += w.pause(20)
    if w.chance(0.25):
        return
    if w.chance(0.05):
        sign_up(w, t, dict(p, id=None))
        t += 80
    change(w, t, guest, "SignIn", 640 if w.chance(0.9) else NONE)
    for _ in range(w.rng.randint(1, 5)):
        t += w.pause(25)
        what = w.rng.random()
        if what < 0.4:
            ask(w, t, p, "Order", node("Order", w.pick(p["orders"])), 2_100)
        elif what < 0.6:
            ask(w, t, p, "MyOrders", '"first":20', 3_900)
        elif what < 0.72:
            ask(w, t, p, "Search", f'"q":"{w.pick(["stade", "festival", "jazz", "rugby", "opera"])}"', 7_400)
        elif what < 0.8:
            change(w, t, p, "PlaceOrder", 510 if w.chance(0.8) else NONE)
            p["orders"].append(w.rng.randint(8_200_000, 8_210_000))
        elif what < 0.84:
            for _ in range(w.rng.choices([1, 2], [80, 20])[0]):
                ask(w, t, p, "GiftCard", f'"code":"{card(w)}"', 212 if w.chance(0.8) else NONE)
                t += w.pause(15)
        else:
            ask(w, t, p, "Event", node("Event", w.pick(events)["id"]), 5_300)
    if w.chance(0.03):
        forgotten(w, t, guest)


def sign_up(w, t, p, **more):
    change(w, t, p, "SignUp", 330, **more)
    change(w, t + 6, p, "SendPhoneCode", 64, **more)
    change(w, t + 40, p, "VerifyPhone", 96 if w.chance(0.9) else NONE, **more)


def forgotten(w, t, p, **more):
    change(w, t, p, "RequestReset", 64, **more)
    change(w, t + 70 + w.pause(90), p, "ResetPassword", 96 if w.chance(0.92) else NONE, **more)


def card(w):
    return "-".join("".join(w.pick("BCDFGHJKLMNPQRSTVWXZ2456789") for _ in range(4)) for _ in range(3))


def on_sale(w, people, events):
    tag = w.decoy("on-sale", "flash-crowd", "a stadium tour goes on sale at ten: a third of the customers ask for the same event every two seconds, most orders fail, some are told 429")
    event = events[0]["id"]
    for p in w.rng.sample(people, w.n(190, 1500)):
        t = w.at(3, 10) + w.rng.random() * 400
        for _ in range(w.rng.randint(2, 6)):
            told = w.chance(0.15)
            ask(w, t, p, "Event", node("Event", event), 90 if told else 5_300, status=429 if told else 200, tag=tag)
            t += 2 + w.rng.random()
        change(w, t, p, "PlaceOrder", 510 if w.chance(0.2) else NONE, tag=tag)


def reset_wave(w, people):
    tag = w.decoy("reset-wave", "password-reset-wave", "on an evening on which signing in fails for many, a hundred and fifty ask for a new password, each once, and set it")
    for p in w.rng.sample(people, w.n(150, 1100)):
        t = w.at(4, 20) + w.rng.random() * 5400
        guest = {"ip": p["ip"], "ua": p["ua"]}
        for _ in range(w.rng.randint(1, 3)):
            change(w, t, guest, "SignIn", NONE, tag=tag)
            t += w.pause(20)
        forgotten(w, t, guest, tag=tag)


def door_staff(w, events):
    tag = w.decoy("door-staff", "ticket-checking", "eight people at a hall's doors scan hundreds of tickets within two hours, on two evenings, through one address, each ticket once, none their own, a few refused")
    hall = [{"id": event["host"] + f"-s{number}", "ip": "198.51.100.140", "ua": "BilletScan/3.1 (Android 13; TC26)"} for event in events[2:3] for number in range(8)]
    for day in (2, 5):
        for _ in range(w.n(230, 900)):
            ask(w, w.at(day, 19) + w.rng.random() * 6000, w.pick(hall), "ScanTicket", f'{node("Ticket", w.rng.randint(52_000_000, 52_009_999))}', 388 if w.chance(0.96) else NONE, tag=tag)


def guest_lists(w, events):
    tag = w.decoy("organisers", "list-export", "organisers turn through the guests of their own event, cursor by cursor, to the end, once or twice before it")
    for event in w.rng.sample(events[3:], w.n(14, 60)):
        host = {"id": event["host"], "ip": event["ip"], "ua": event["ua"]}
        pages = w.rng.randint(4, 16)
        for _ in range(w.rng.randint(1, 2)):
            t = w.moment("office")
            for page in range(pages):
                cursor = f',"after":"{gid("c", page * 50)}"' if page else ""
                ask(w, t, host, "EventGuests", f'{node("Event", event["id"])},"first":50{cursor}', 19_800, tag=tag)
                t += w.pause(5)


def previews(w, events):
    tag = w.decoy("previews", "link-preview", "messengers fetch an event for every link that is sent, all from four addresses, without signing in")
    for _ in range(w.n(210, 1600)):
        bot = {"ip": f"192.0.2.{w.rng.randint(10, 13)}", "ua": w.pick(["WhatsApp/2.24", "facebookexternalhit/1.1", "Discordbot/2.0"])}
        ask(w, w.moment("late"), bot, "Event", node("Event", w.pick(events[:20])["id"]), 5_300, tag=tag)


def retries(w, people):
    tag = w.decoy("retries", "retry-storm", "a version of the app tries again at once whenever the network is slow: dozens of the same question by one phone within a minute, 504 and then 200")
    for p in w.rng.sample(people, w.n(26, 150)):
        t, order = w.moment("late"), w.pick(p["orders"])
        for _ in range(w.rng.randint(8, 22)):
            t += 0.4 + w.rng.random()
            bad = w.chance(0.6)
            ask(w, t, p, "Order", node("Order", order), 0 if bad else 2_100, status=504 if bad else 200, ms=15_000 if bad else 90, ua=APPS[2], ip=p["phone"], tag=tag)


def load_test(w):
    tag = w.decoy("load-test", "load-test", "before the tour the makers let a tool of that name ask for one event, hundreds of times within ten minutes, from their own office at night")
    t = w.at(1, 4)
    for number in range(w.n(420, 3000)):
        t += 0.1 + w.rng.random() * 1.2
        broke = w.chance(0.04)
        ask(w, t, {"ip": "203.0.113.70", "ua": "k6/0.57 (https://k6.io/)", "id": f"loadtest-{number % 20}"}, "Event", node("Event", 1), 0 if broke else 5_300, status=503 if broke else 200, tag=tag)


def orders(w, people):
    tag = w.attack("orders", "object-walk-encoded", "a customer packs numbers into global ids and reads other people's orders, forty a day between visits of his own; orders that are not there are null",
                   "ever different orders by one account, numbers close together once decoded, a third of the answers the small null; others ask for a few of theirs again and again")
    me = dict(people[3], ip=people[3]["ip"])
    w.actor(tag, "principal", me["id"])
    number = 8_140_000
    for day in range(1, 8):
        t = w.at(day, 21)
        for _ in range(w.n(36, 90)):
            t += w.pause(90)
            number += w.rng.randint(1, 9)
            ask(w, t, me, "Order", node("Order", number), 2_100 if w.chance(0.66) else NONE, tag=tag)


def gift_cards(w):
    tag = w.attack("gift-cards", "code-guessing", "gift cards are guessed by accounts made for it, four or five tries each and never again, over five days",
                   "hundreds of accounts whose only question is for a gift card, nearly all answered with the small null, where others find their card in eight of ten")
    for number in range(w.n(110, 520)):
        p = {"id": f"u{3_880_000 + number * 7 + w.rng.randint(0, 6)}", "ip": w.home(300, 511), "ua": APPS[0]}
        w.actor(tag, "principal", p["id"])
        t = w.moment("flat", 2, 7)
        sign_up(w, t - 60, dict(p, id=None), tag=tag, related=True)
        for _ in range(w.rng.randint(3, 6)):
            t += w.pause(40)
            ask(w, t, p, "GiftCard", f'"code":"{card(w)}"', 212 if w.chance(0.015) else NONE, tag=tag)


def guests(w, events):
    tag = w.attack("guests", "cursor-walk", "four accounts that organise nothing turn through the guests of one event after the other and share the events out among them",
                   "an operation that otherwise only an event's organiser uses, each for one event, here by four accounts for a dozen each, every cursor once")
    thieves = [{"id": f"u{w.rng.randint(3_000_000, 3_899_999)}", "ip": w.home(260, 280), "ua": APPS[number % 3]} for number in range(4)]
    for number, event in enumerate(events[8:8 + w.n(44, 120)]):
        me = thieves[number % 4]
        w.actor(tag, "principal", me["id"])
        t = w.at(2 + number % 5, 23) + w.rng.random() * 9000
        for page in range(w.rng.randint(3, 9)):
            cursor = f',"after":"{gid("c", page * 50)}"' if page else ""
            ask(w, t, me, "EventGuests", f'{node("Event", event["id"])},"first":50{cursor}', 19_800, tag=tag)
            t += w.pause(30)


def text_messages(w):
    tag = w.attack("text-messages", "sms-pumping", "somebody who earns by the message has codes sent, hundreds in two nights through ninety addresses, and never types one in",
                   "one operation jumps from less than one an hour to fifty at night; no account is made before and no code is verified after, where elsewhere the three follow each other")
    pool = [w.home(281, 299) for _ in range(90)]
    w.attacks[tag]["actors"]["client_ip"] = sorted(set(pool))
    for night in (5, 6):
        for _ in range(w.n(190, 900)):
            change(w, w.at(night, 1) + w.rng.random() * 4 * 3600, {"ip": w.pick(pool), "ua": APPS[1]}, "SendPhoneCode", 64, tag=tag)


def resets(w):
    tag = w.attack("resets", "reset-code-guessing", "new passwords are asked for other people's accounts and the six digits guessed, five tries for each, from a dozen addresses; a few come true",
                   "for one request five attempts at the code, all but a few answered with the small null, from twelve addresses that do nothing else; others hit at the first try")
    pool = [w.home(400, 420) for _ in range(12)]
    w.attacks[tag]["actors"]["client_ip"] = sorted(set(pool))
    for number in range(w.n(96, 420)):
        p = {"ip": pool[number % 12], "ua": "python-httpx/0.27.0" if number % 3 else APPS[0]}
        t = w.at(6, 2) + number * 130 + w.pause(20)
        change(w, t, p, "RequestReset", 64, tag=tag)
        for _ in range(5):
            t += w.pause(9)
            change(w, t, p, "ResetPassword", NONE if w.chance(0.985) else 96, tag=tag)


def poster(w, events):
    tag = w.attack("poster", "server-side-request", "an organiser has the poster of his event fetched from the inside of the network, in spellings that look like numbers or public names",
                   "addresses of the machine room written as one number, in octal or under a public name, where others name pictures; two answers are as large as no poster's")
    for event in w.rng.sample(events, w.n(40, 160)):
        host = {"id": event["host"], "ip": event["ip"], "ua": event["ua"]}
        ask(w, w.moment("office"), host, "FetchPoster", f'"url":"https://cdn{w.rng.randint(1, 9)}.affiche.example/{w.hexes(6)}.jpg"', 420)
    host = events[5]
    w.actor(tag, "principal", host["host"])
    t = w.at(7, 3)
    for url, size in [("http://2852039166/latest/meta-data/", 150), ("http://0251.0376.0251.0376/", 150), ("http://169.254.169.254.nip.example/latest/", 6_800), ("http://127.1:9901/config_dump", 96_000),
                      ("http://[::ffff:169.254.169.254]/", 150), ("http://0x7f000001:9901/clusters", 14_000), ("http://10.40.2.11:4000/", 150), ("gopher://127.0.0.1:6379/_INFO", 150)] * 3:
        t += w.pause(25)
        ask(w, t, {"id": host["host"], "ip": host["ip"], "ua": host["ua"]}, "FetchPoster", f'"url":"{url}"', size, tag=tag)
