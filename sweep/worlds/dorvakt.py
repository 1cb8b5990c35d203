"""
Norwegian door locks and cameras that talk to a service behind AWS API Gateway: things post events with a key of their own,
people look through the cameras with an app. A thing has a serial number in three groups, a home a UUID, a clip 14 letters; a
clip may be shared by a short link that needs no account. The log has the authoriser's principal and the token's id, no query.
"""
NAME = "dorvakt"
TITLE = "Dørvakt: locks and cameras that talk"
FORMAT = "aws-apigateway-json"
FILE = "apigw-access.json"
HOST = "api.dorvakt.example"
ZONE = 1
START = "2025-11-03"
DAYS = (11, 24)
LINES = (10_200, 100_000)

CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
APPS = ["Dorvakt/5.8.0 (iPhone; iOS 18.5)", "Dorvakt/5.8.0 (Android 15; Pixel 8)", "Dorvakt/5.7.2 (Android 14; SM-S921B)", "Dorvakt/5.8.0 (iPhone; iOS 17.7)"]
THING = "dv-fw/3.2.1 (esp32s3)"


def code(w, count):
    return "".join(w.pick(CODE) for _ in range(count))


def serial(w):
    return f"DV-{code(w, 4)}-{code(w, 4)}"


def build(w):
    homes = [home(w) for _ in range(w.n(330, 2600))]
    shares = []
    firmware(w, homes)
    cellular(w, homes)
    power_cut(w, homes)
    installer(w)
    guards(w, homes)
    laboratory(w)
    previews(w, homes, shares)
    claims(w, homes)
    refresh(w, homes)
    codes(w, shares)
    replay(w, homes)
    members(w, homes)
    w.fill(lambda: visit(w, w.pick(homes), w.moment("home"), shares) if w.chance(0.5) else events(w, w.pick(homes), w.moment("home")))


def home(w):
    ip = w.home6() if w.chance(0.3) else w.home(0, 220)
    return {"id": w.uuid(), "owner": f"acc-{w.hexes(8)}", "ua": w.pick(APPS), "ip": ip, "phone": f"198.51.100.{w.rng.randint(64, 90)}", "post": w.rng.randint(1000, 1090),
            "things": [serial(w) for _ in range(w.rng.randint(1, 4))], "clips": [code(w, 14).lower() for _ in range(w.rng.randint(2, 9))], "key": w.hexes(6), "hook": f"hk_{w.base62(12)}"}


def token(w):
    return w.hexes(10)


def call(w, t, h, jti, method, path, status, size, **more):
    who = {"who": h["owner"], "cred": jti, "key": "app-5"} if jti else {"key": "app-5"}
    more = {**who, "ua": h["ua"], **more}
    w.add(t, more.pop("ip", h["ip"]), method, path, status, w.near(size, 0.07) if status == 200 and size > 300 else size, **more)


def thing(w, t, h, device, method, path, status, size, **more):
    ua = "dv-fw/3.3.0 (esp32s3)" if t > h.get("new", {}).get(device, t) else THING
    w.add(t, more.pop("ip", h["ip"]), method, path, status, size, **{"who": device, "cred": f"{device[-4:]}{h['key']}", "key": "dev-lock-2", "ua": ua, **more})


def renew(w, t, h, **more):
    call(w, t, h, None, "POST", "/v2/token/refresh", 200, 1_180, **more)
    return token(w)


def events(w, h, t):
    for device in h["things"][: w.rng.randint(1, 2)]:
        for _ in range(w.rng.randint(1, 3)):
            t += w.pause(50)
            thing(w, t, h, device, "POST", f"/v2/devices/{device}/events", 202, 24)
        if w.chance(0.1):
            thing(w, t + 1, h, device, "GET", f"/v2/devices/{device}/config", 200, 612)


def visit(w, h, t, shares, **more):
    ip = h["ip"] if w.chance(0.6) else h["phone"]
    jti = renew(w, t, h, ip=ip, **more)
    call(w, t + 0.4, h, jti, "GET", f"/v2/homes/{h['id']}", 200, 2_300, ip=ip, **more)
    for _ in range(w.rng.randint(1, 5)):
        t += w.pause(18)
        what, device = w.rng.random(), w.pick(h["things"])
        if what < 0.35:
            call(w, t, h, jti, "GET", f"/v2/devices/{device}/clips", 200, 4_100, ip=ip, **more)
            call(w, t + 6, h, jti, "GET", f"/v2/clips/{w.pick(h['clips'])}", 200, 1_900_000, ip=ip, **more)
        elif what < 0.6:
            call(w, t, h, jti, "GET", f"/v2/devices/{device}", 200, 880, ip=ip, **more)
        elif what < 0.75:
            call(w, t, h, jti, "POST", f"/v2/devices/{device}/unlock", 202, 40, ip=ip, **more)
        elif what < 0.83:
            call(w, t, h, jti, "GET", f"/v2/homes/{h['id']}/members", 200, 1_050, ip=ip, **more)
        elif what < 0.92:
            call(w, t, h, jti, "GET", f"/v2/neighbourhood/{h['post']}/posts", 200, 8_200, ip=ip, **more)
        else:
            short = code(w, 6)
            shares.append(short)
            call(w, t, h, jti, "POST", f"/v2/clips/{w.pick(h['clips'])}/share", 201, 96, ip=ip, **more)
            for _ in range(w.rng.randint(1, 4)):
                shared(w, t + w.pause(1500), w.home(0, 220), w.browser(0.7), short, True)
    if w.chance(0.06):
        shared(w, t, w.home(0, 220), w.browser(0.7), code(w, 6), False)


def shared(w, t, ip, ua, short, there, **more):
    w.add(t, ip, "GET", f"/s/{short}", 200 if there else 404, w.near(6_300, 0.05) if there else 74, ua=ua, **more)


def cellular(w, homes):
    tag = w.decoy("mobile-routers", "carrier-nat", "cabins on a carrier's routers: sixty homes' things share one translated address, each thing with its own key, all night")
    for h in w.rng.sample(homes, w.n(60, 300)):
        for device in h["things"]:
            for _ in range(w.rng.randint(2, 4)):
                thing(w, w.moment("flat"), h, device, "POST", f"/v2/devices/{device}/events", 202, 24, ip="198.51.100.201", tag=tag)


def firmware(w, homes):
    tag = w.decoy("firmware", "firmware-wave", "new firmware: in one night a thing in every second home fetches the same large file, which nobody fetched before, and answers under another name from then on")
    for h in homes[::2]:
        device = h["things"][0]
        t = w.at(4, 2.5) + w.rng.random() * 5400
        thing(w, t, h, device, "GET", "/v2/firmware/esp32s3/3.3.0", 200, 1_482_240, tag=tag)
        h["new"] = {device: t}
        thing(w, t + 70, h, device, "POST", f"/v2/devices/{device}/events", 202, 24, tag=tag)


def power_cut(w, homes):
    tag = w.decoy("power-cut", "thundering-herd", "a power cut in one town: when it ends, two hundred things come back within three minutes, are refused with old keys, renew them and post all at once")
    for h in w.rng.sample(homes, w.n(95, 700)):
        for device in h["things"]:
            t = w.at(6, 18.4) + w.rng.random() * 170
            for _ in range(w.rng.randint(1, 3)):
                thing(w, t, h, device, "POST", f"/v2/devices/{device}/events", 401, 58, who="-", cred="-", tag=tag)
                t += 1 + w.rng.random() * 2
            thing(w, t, h, device, "POST", "/v2/token/device", 200, 402, who="-", cred="-", tag=tag)
            thing(w, t + 0.6, h, device, "POST", f"/v2/devices/{device}/events", 202, 24, tag=tag)


def installer(w):
    tag = w.decoy("installer", "bulk-registration", "a locksmith's firm claims the things it mounts, twenty a day, box by box, for ever new homes, from sites all over the county; hardly one fails")
    firm = {"owner": "acc-installer-0071", "ua": "DorvaktPro/2.3 (Android 14; SM-X306B)"}
    for day in range(w.days):
        if day % 7 in (5, 6):
            continue
        t = w.at(day, 8.2)
        for _ in range(5):
            ip, jti, place = w.home(0, 220), token(w), w.uuid()
            firm["ip"] = ip
            for _ in range(w.rng.randint(2, 5)):
                t += w.pause(240)
                device = serial(w)
                call(w, t, firm, jti, "POST", f"/v2/devices/{device}/claim", 404 if w.chance(0.03) else 200, 310, tag=tag, key="pro-2")
                call(w, t + 20, firm, jti, "GET", f"/v2/devices/{device}", 200, 880, tag=tag, key="pro-2")
            call(w, t + 90, firm, jti, "POST", f"/v2/homes/{place}/handover", 200, 120, tag=tag, key="pro-2")
            t += 3600


def guards(w, homes):
    tag = w.decoy("alarm-centre", "authorised-viewing", "the alarm centre's account looks through the cameras of many homes by night, each a minute after that home's thing posted an alarm")
    centre = {"owner": "acc-alarm-01", "ua": "vaktsentral/4.0", "ip": "203.0.113.20"}
    for h in w.rng.sample(homes, w.n(90, 600)):
        t = w.moment("late")
        device = h["things"][0]
        thing(w, t, h, device, "POST", f"/v2/devices/{device}/alarm", 202, 24)
        w.add(t + 2, w.pick(["203.0.113.20", "203.0.113.21"]), "POST", f"/hooks/alarm/{h['hook']}", 200, 31, ua="vaktsentral/4.0", tag=tag)
        jti = token(w)
        call(w, t + 40, centre, jti, "GET", f"/v2/devices/{device}/clips", 200, 4_100, tag=tag, key="alarm-1")
        call(w, t + 55, centre, jti, "GET", f"/v2/clips/{w.pick(h['clips'])}", 200, 1_900_000, tag=tag, key="alarm-1")


def laboratory(w):
    tag = w.decoy("laboratory", "tests-in-production", "the makers' test bench: one account drives forty things of its own round and round, unlocks them by the hundred and provokes refusals")
    bench = {"owner": "acc-qa-bench", "ua": "dv-bench/0.9 (pytest)", "ip": "203.0.113.9"}
    things = [serial(w) for _ in range(40)]
    for day in (1, 2, 8):
        t, jti = w.at(day, 10), token(w)
        for device in things * w.n(1, 4):
            t += 2
            call(w, t, bench, jti, "GET", f"/v2/devices/{device}", 200, 880, tag=tag)
            call(w, t + 0.5, bench, jti, "POST", f"/v2/devices/{device}/unlock", w.pick([202, 202, 403, 409]), 40, tag=tag)


def previews(w, homes, shares):
    tag = w.decoy("previews", "link-preview", "messengers fetch every shared link the moment it is sent, from a few addresses of their own, one link after another, a few of them gone")
    for _ in range(w.n(170, 1200)):
        h, t, short = w.pick(homes), w.moment("home"), code(w, 6)
        shares.append(short)
        call(w, t, h, token(w), "POST", f"/v2/clips/{w.pick(h['clips'])}/share", 201, 96)
        shared(w, t + 5, f"192.0.2.{w.rng.randint(30, 33)}", w.pick(["WhatsApp/2.24", "TelegramBot (like TwitterBot)", "Slackbot-LinkExpanding 1.0"]), short, w.chance(0.95), tag=tag)
        shared(w, t + w.pause(600), w.home(0, 220), w.browser(0.8), short, True)


def claims(w, homes):
    tag = w.attack("claims", "device-takeover", "an account claims serial numbers made up by the dozen each day; most are unknown, many taken, and those that it gets show other people's cameras",
                   "nine of ten claims refused where others' hardly ever are, and after each success the clips of a thing, most of which post from other homes")
    me = {"owner": f"acc-{w.hexes(8)}", "ua": APPS[1]}
    w.actor(tag, "principal", me["owner"])
    for day in range(2, 10):
        jti, t = None, w.at(day, 19)
        for number in range(w.n(42, 90)):
            if number % 14 == 0:
                me["ip"] = w.home(230, 250)
                jti = renew(w, t, me, tag=tag, related=True)
            t += w.pause(70)
            luck = w.rng.random()
            device = w.pick(w.pick(homes)["things"]) if luck < 0.3 else serial(w)
            status, size = (200, 310) if luck < 0.07 else (409, 66) if luck < 0.3 else (404, 52)
            call(w, t, me, jti, "POST", f"/v2/devices/{device}/claim", status, size, tag=tag)
            if status == 200:
                call(w, t + 9, me, jti, "GET", f"/v2/devices/{device}/clips", 200, 4_100, tag=tag)
                call(w, t + 20, me, jti, "GET", f"/v2/clips/{code(w, 14).lower()}", 200, 1_900_000, tag=tag)


def refresh(w, homes):
    tag = w.attack("refresh", "stolen-refresh-token", "the token that renews tokens was taken from a family's phone: every hour, day and night, somebody renews and looks, while the family goes on",
                   "one account from a network and a client that it never had, on the hour for a week, beside its own; each time a renewal, the list and the newest clip")
    h = homes[17]
    w.actor(tag, "principal", h["owner"])
    w.actor(tag, "client_ip", "198.18.240.66")
    odd = {"ip": "198.18.240.66", "ua": "okhttp/4.12.0", "tag": tag}
    for hour in range(3 * 24 + 5, min(w.days, 10) * 24):
        t = w.start + hour * 3600 + 11 + w.rng.random() * 4
        jti = renew(w, t, h, **odd, related=True)
        call(w, t + 1, h, jti, "GET", f"/v2/devices/{h['things'][0]}/clips", 200, 4_100, **odd)
        if w.chance(0.5):
            call(w, t + 3, h, jti, "GET", f"/v2/clips/{w.pick(h['clips'])}", 200, 1_900_000, **odd)
    for _ in range(w.n(14, 40)):
        visit(w, h, w.moment("home"), [])


def codes(w, shares):
    tag = w.attack("short-links", "code-guessing", "the six letters of shared links are guessed from hundreds of household addresses, one to three tries each, over four days",
                   "the share of misses on the route of shared links rises from a twentieth to nearly all, by addresses that come for nothing else, in two clients' words")
    agents = [w.browser(0), w.browser(0)]
    for _ in range(w.n(270, 1200)):
        ip = w.home(300, 500)
        w.actor(tag, "client_ip", ip)
        t = w.at(5, 0) + w.rng.random() * 4 * 86400
        for _ in range(w.rng.choices([1, 2, 3], [40, 40, 20])[0]):
            t += w.pause(30)
            shared(w, t, ip, w.pick(agents), code(w, 6), w.chance(0.035), tag=tag)


def replay(w, homes):
    tag = w.attack("replay", "webhook-replay", "an alarm's hook, once seen on the way, is sent again and again from elsewhere for three nights, and each time the guard's cover opens the lock",
                   "one hook called hundreds of times from an address that is not the alarm centre's, without the thing's alarm before; each other hook is called once, by the centre", client_ip=["198.18.251.13"])
    h = homes[40]
    w.actor(tag, "object", h["hook"])
    for night in (7, 8, 9):
        t = w.at(night, 1.1)
        for _ in range(w.n(90, 240)):
            t += w.pause(40)
            w.add(t, "198.18.251.13", "POST", f"/hooks/alarm/{h['hook']}", 200, 31, ua="vaktsentral/4.0", tag=tag)
            if w.chance(0.1):
                thing(w, t + 1.5, h, h["things"][0], "POST", f"/v2/devices/{h['things'][0]}/events", 202, 24)


def members(w, homes):
    tag = w.attack("members", "broken-object-authorisation", "three accounts read who lives in a home whose id the neighbourhood's page gives away, some fifteen a day; older homes answer, newer ones refuse",
                   "three accounts with ever different homes, six of ten refused, right after pages of many postcodes, where an account reads the members of one home, its own")
    rest = homes[60:]
    w.rng.shuffle(rest)
    for number in range(3):
        me = {"owner": f"acc-{w.hexes(8)}", "ua": APPS[number]}
        w.actor(tag, "principal", me["owner"])
        for day in range(1, 10):
            me["ip"] = w.home(251, 299)
            t = w.at(day, 7 + number * 5) + w.rng.random() * 9000
            jti = renew(w, t, me, tag=tag, related=True)
            for _ in range(3):
                call(w, t + 2, me, jti, "GET", f"/v2/neighbourhood/{w.rng.randint(1000, 1090)}/posts", 200, 8_200, tag=tag, related=True)
                for _ in range(w.n(4, 7)):
                    if not rest:
                        return
                    t += w.pause(150)
                    open_ = w.chance(0.4)
                    call(w, t, me, jti, "GET", f"/v2/homes/{rest.pop()['id']}/members", 200 if open_ else 403, 1_050 if open_ else 47, tag=tag)
