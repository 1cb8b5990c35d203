"""
The payroll of six public agencies in New Zealand, on IIS, with the names of the domain's accounts. Everybody reads his own pay
slip and asks for leave, managers approve and export their own cost centres, payroll officers open one employee after the other
and close a task on each. The year's tax statements, a fortnightly pay day and an audit fall into these days. Employees carry
the digit of their agency, four more and a check letter.
"""
NAME = "paylark"
TITLE = "Paylark: payroll for six agencies"
FORMAT = "w3c"
FILE = "u_ex2602.log"
HOST = "pay.paylark.example"
ZONE = 13
START = "2026-02-16"
DAYS = (15, 21)
LINES = (8_800, 110_000)

FIRST = ["aroha", "wiremu", "mere", "hemi", "ngaire", "tane", "moana", "kiri", "rangi", "hana", "lucy", "george", "priya", "sione", "mei", "oliver", "ruby", "jack",
         "anika", "leilani", "thomas", "isla", "finn", "zoe"]
LAST = ["tipene", "walker", "parata", "singh", "faleolo", "chen", "mcleod", "harris", "ngata", "brown", "tuhoe", "patel", "wilson", "moana", "reid", "kaur",
        "potae", "davies", "taufa", "young", "henare", "scott"]
LETTERS = "ABCDEFGHJKLMNPQRTUWXY"


def employee(agency, number):
    body = f"{agency}{number:04d}"
    return body + LETTERS[sum(int(d) * (i + 2) for i, d in enumerate(body)) % len(LETTERS)]


def build(w):
    people, names = [], set()
    numbers = w.rng.sample(range(10_000), w.n(520, 3000))
    while len(people) < w.n(520, 3000):
        agency = w.rng.randint(1, 6)
        name = f"PAYLARK\\{w.pick(FIRST)}.{w.pick(LAST)}" + (str(w.rng.randint(2, 40)) if len(names) > 300 else "")
        if name not in names:
            names.add(name)
            people.append({"who": name, "agency": agency, "emp": employee(agency, numbers[len(people)]), "nets": [f"203.0.113.{20 + agency * 10}", w.home(0, 220)], "ua": w.browser(0.25),
                           "slips": [w.uuid() for _ in range(3)]})
    officers = [dict(p, staff=[q["emp"] for q in people if q["agency"] == p["agency"]], ua=w.browser(0)) for p in people[:12]]
    managers = [dict(p, cost=[p["agency"] * 100 + w.rng.randint(1, 30) for _ in range(w.rng.randint(1, 3))],
                     team=[w.rng.randint(700_000, 799_999) for _ in range(40)]) for p in people[12:70]]
    rest = people[70:]
    payday(w, rest)
    statements(w, officers[1])
    auditor(w, people)
    links(w)
    passwords(w, rest)
    release(w, rest)
    probe(w)
    salaries(w, officers[2], people)
    bank(w, rest)
    roles(w, rest[3], rest)
    timesheets(w, managers[0], managers)
    injection(w, managers[2])
    export(w, managers[1])
    w.fill(lambda: someone(w, officers, managers, rest))


def call(w, t, p, method, path, status, size, **more):
    w.add(t, more.pop("ip", None) or p["nets"][0], method, path, status, w.near(size) if status == 200 and size > 300 else size,
          **{"ua": p["ua"], "who": p.get("who"), **more})


def someone(w, officers, managers, rest):
    what = w.rng.random()
    if what < 0.35:
        task(w, w.pick(officers))
    elif what < 0.6:
        lead(w, w.pick(managers))
    else:
        own(w, w.pick(rest), w.moment("office", weekend=0.1))


def own(w, p, t, tag=None):
    """An employee at his own papers; the first request of a visit is challenged, as Windows does it."""
    ip = p["nets"][0 if w.chance(0.8) else 1]
    call(w, t, dict(p, who=None), "GET", "/Self/Default.aspx", 401, 1_293, ip=ip, tag=tag)
    call(w, t + 0.3, p, "GET", "/Self/Default.aspx", 200, 18_000, ip=ip, tag=tag)
    t += w.pause(20)
    if w.chance(0.7):
        call(w, t, p, "GET", "/Self/Payslip.aspx", 200, 12_000, ip=ip, query="period=2026-04", tag=tag)
        call(w, t + 9, p, "GET", "/Self/PayslipPdf.ashx", 200, 84_000, ip=ip, query=f"doc={w.pick(p['slips'])}", tag=tag)
    else:
        call(w, t, p, "GET", "/Self/Leave/Apply.aspx", 200, 15_000, ip=ip, tag=tag)
        call(w, t + 70, p, "POST", "/Self/Leave/Apply.aspx", 302, 190, ip=ip, sent=900, tag=tag)
    if w.chance(0.015):
        call(w, t + 100, p, "GET", "/Self/BankAccount.aspx", 200, 9_000, ip=ip, tag=tag)
        call(w, t + 160, p, "POST", "/Self/BankAccount.aspx", 302, 180, ip=ip, sent=700, tag=tag)
    if w.chance(0.02):
        call(w, t + 200, p, "GET", w.pick(["/Manager/Team.aspx", "/Payroll/Default.aspx"]), 403, 1_240, ip=ip, tag=tag)


def task(w, p):
    """A payroll officer opens an employee of his own agency and closes what was to be done there."""
    t = w.moment("office", weekend=0)
    for _ in range(w.rng.randint(2, 5)):
        t += w.pause(160)
        emp = w.pick(p["staff"])
        call(w, t, p, "GET", "/Payroll/Employee.aspx", 200, 22_000, query=f"emp={emp}")
        if w.chance(0.3):
            call(w, t + 20, p, "GET", "/Payroll/Remuneration.aspx", 200, 17_000, query=f"emp={emp}")
        call(w, t + 80, p, "POST", "/Payroll/Task/Complete.ashx", 200, 140, query=f"emp={emp}&task={w.rng.randint(40_000, 49_999)}", sent=420)


def lead(w, p):
    t = w.moment("office", weekend=0)
    call(w, t, p, "GET", "/Manager/Team.aspx", 200, 26_000)
    for _ in range(w.rng.randint(1, 4)):
        t += w.pause(40)
        what = w.rng.random()
        if what < 0.5:
            call(w, t, p, "POST", "/Manager/Timesheet/Approve.ashx", 200, 120, query=f"ts={w.pick(p['team'])}", sent=260)
        elif what < 0.75:
            call(w, t, p, "POST", "/Manager/Leave/Approve.ashx", 200, 120, query=f"req={w.rng.randint(50_000, 59_999)}", sent=260)
        elif what < 0.8:
            call(w, t, p, "POST", "/Manager/Timesheet/Correct.ashx", 200, 130, query=f"ts={w.pick(p['team'])}", sent=320)
        else:
            call(w, t, p, "GET", "/Reports/Export.ashx", 200, 64_000, query=f"type=hours&cc={w.pick(p['cost'])}")
            if w.chance(0.4):
                call(w, t + 40, p, "GET", "/Reports/View.aspx", 200, 30_000, query=f"id={w.rng.randint(1, 14)}&sort={w.pick(['Name', 'Hours', 'CostCentre', 'Start'])}")


def payday(w, rest):
    tag = w.decoy("pay-day", "thundering-herd", "on pay day hundreds open their slips before eight, most from the six addresses of their agencies")
    for p in w.rng.sample(rest, w.n(150, 1500)):
        own(w, p, w.at(9, 7) + w.rng.expovariate(1 / 1500), tag)


def statements(w, p):
    tag = w.decoy("statements", "batch-export", "an officer makes the year's statements: every employee of her own agency in order of "
                                                "number, in two days, each with its task closed")
    t = w.at(7, 9)
    for number, emp in enumerate(sorted(p["staff"])):
        if number == len(p["staff"]) // 2:
            t = w.at(8, 9)
        t += w.pause(90)
        call(w, t, p, "GET", "/Payroll/Employee.aspx", 200, 22_000, query=f"emp={emp}", tag=tag)
        call(w, t + 20, p, "GET", "/Payroll/Statement.ashx", 200, 96_000, query=f"emp={emp}&year=2025", tag=tag)
        call(w, t + 50, p, "POST", "/Payroll/Task/Complete.ashx", 200, 140, query=f"emp={emp}&task={w.rng.randint(40_000, 49_999)}", sent=420, tag=tag)


def auditor(w, people):
    tag = w.decoy("auditor", "audit", "an auditor draws a sample from all agencies and opens its salaries, in office hours, with a working paper for each")
    p = {"who": "PAYLARK\\audit.office1", "nets": ["203.0.113.9"], "ua": w.browser(0)}
    sample = w.rng.sample(people, w.n(140, 800))
    for part, day in enumerate((1, 2, 3, 4, 8, 9)):
        t = w.at(day, 9.2)
        call(w, t, p, "GET", "/Audit/Sample.aspx", 200, 38_000, query="set=2026Q1", tag=tag)
        for q in sample[part::6]:
            t += w.pause(500)
            call(w, t, p, "GET", "/Payroll/Remuneration.aspx", 200, 17_000, query=f"emp={q['emp']}", tag=tag)
            call(w, t + 120, p, "POST", "/Audit/Workpaper.ashx", 200, 150, query=f"emp={q['emp']}", sent=1_300, tag=tag)


def links(w):
    tag = w.decoy("link-checker", "link-checker", "the intranet's checker of links asks for the heads of hundreds of pages, a third of which moved years ago")
    p = {"nets": ["203.0.113.77"], "ua": "LinkSentry/2.4 (intranet; it@paylark.example)"}
    for day in (4, 11):
        t = w.at(day, 3)
        for number in range(w.n(150, 900)):
            t += 1 + w.rng.random()
            dead = w.chance(0.34)
            call(w, t, p, "HEAD", f"/Help/{w.pick(['Leave', 'Pay', 'Tax', 'Forms', 'Policy'])}/{'old-' if dead else ''}{number}.aspx", 404 if dead else 200, 0, tag=tag)


def passwords(w, rest):
    tag = w.decoy("new-passwords", "password-rotation", "one morning an agency's passwords have run out: refusals by the dozen from its one address until new ones are set")
    for p in [p for p in rest if p["agency"] == 3]:
        t = w.at(2, 8) + w.rng.expovariate(1 / 2400)
        for _ in range(w.rng.randint(1, 4)):
            call(w, t, p, "GET", "/Self/Default.aspx", 401, 1_293, tag=tag)
            t += w.pause(25)
        call(w, t, p, "POST", "/Account/ChangePassword.aspx", 302, 180, sent=620, tag=tag)
        call(w, t + 3, p, "GET", "/Self/Default.aspx", 200, 18_000, tag=tag)


def release(w, rest):
    tag = w.decoy("app", "app-release", "a new application for telephones brings addresses that nobody asked for before, from houses, with an agent never seen")
    for p in w.rng.sample(rest, w.n(110, 900)):
        phone = dict(p, ua="PaylarkGo/1.0.0 (iOS 18.3)" if w.chance(0.5) else "PaylarkGo/1.0.0 (Android 15)")
        for _ in range(w.rng.randint(1, 3)):
            t = w.moment("home", 10)
            call(w, t, phone, "POST", "/m/v1/session", 200, 480, ip=p["nets"][1], sent=300, tag=tag)
            call(w, t + 1, phone, "GET", "/m/v1/payslips", 200, 3_100, ip=p["nets"][1], tag=tag)


def probe(w):
    tag = w.decoy("probe", "monitoring", "a balancer asks for the health page every hour without a name")
    p = {"nets": ["203.0.113.2"], "ua": "F5-Health/1"}
    t = w.start + 100
    while t < w.end:
        call(w, t, p, "GET", "/health.ashx", 200, 2, tag=tag)
        t += 3600


def salaries(w, p, people):
    tag = w.attack("salaries", "insider-browsing", "(subtle) a payroll officer, who may do so, opens colleagues' salaries in other agencies after "
                                                   "work, eight or so an evening, and has nothing to do there",
                   "one officer's pages without a task closed afterwards, of employees whose first digit is another "
                   "agency's, after six in the evening; by day she works as the others do",
                   principal=[p["who"]])
    others = [q["emp"] for q in people if q["agency"] != p["agency"]]
    for day in (1, 2, 4, 7, 8, 9, 10, 11, 14):
        t = w.at(day, 18.2 + w.rng.random() * 2)
        for emp in w.rng.sample(others, w.rng.randint(6, 11)):
            t += w.pause(100)
            call(w, t, p, "GET", "/Payroll/Employee.aspx", 200, 22_000, query=f"emp={emp}", tag=tag)
            call(w, t + 15, p, "GET", "/Payroll/Remuneration.aspx", 200, 17_000, query=f"emp={emp}", tag=tag)


def bank(w, rest):
    tag = w.attack("bank-accounts", "payroll-diversion", "(medium) with passwords from a false sign-in page, eleven employees' pay is turned to other "
                                                         "accounts two days before pay day, and their notices are switched off",
                   "eleven accounts, one browser, three addresses of one network that none of them ever had, no refusal, straight to the bank "
                   "account and the notices; others change it once in a hundred visits, from their own places")
    for p in w.rng.sample(rest[100:], w.n(11, 30)):
        w.actor(tag, "principal", p["who"])
        ip = f"192.0.2.{w.rng.randint(200, 202)}"
        w.actor(tag, "client_ip", ip)
        own(w, p, w.at(3, 10) + w.rng.random() * 9000)
        thief = dict(p, ua="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36")
        t = w.at(7, 20) + w.rng.random() * 9000
        call(w, t, thief, "GET", "/Self/Default.aspx", 200, 18_000, ip=ip, tag=tag)
        call(w, t + 8, thief, "GET", "/Self/BankAccount.aspx", 200, 9_000, ip=ip, tag=tag)
        call(w, t + 40, thief, "POST", "/Self/BankAccount.aspx", 302, 180, ip=ip, sent=700, tag=tag)
        call(w, t + 60, thief, "POST", "/Self/Notifications.aspx", 302, 180, ip=ip, sent=330, tag=tag)


def roles(w, p, rest):
    tag = w.attack("roles", "admin-function", "(easy) an employee, refused on administration, finds the handler that grants roles "
                                              "unguarded, makes himself an administrator, and reads accounts",
                   "a dozen refusals below /Admin by an account that never was there, then a POST to Grant that works, "
                   "then pages of administration that only three accounts ever get",
                   principal=[p["who"]])
    admins = [{"who": f"PAYLARK\\adm.{name}", "nets": ["203.0.113.11"], "ua": w.browser(0)} for name in ("kahu", "peters", "lowe")]
    for _ in range(w.n(90, 900)):
        a, t = w.pick(admins), w.moment("office", weekend=0)
        call(w, t, a, "GET", "/Admin/Users.aspx", 200, 41_000, query=f"page={w.rng.randint(1, 30)}")
        if w.chance(0.2):
            call(w, t + 40, a, "POST", "/Admin/Roles/Grant.ashx", 200, 130, query=f"user={w.rng.randint(1000, 1600)}&role={w.pick(['manager', 'officer'])}", sent=240)
    t = w.at(6, 21)
    for path in ("/Admin/", "/Admin/Default.aspx", "/Admin/Users.aspx", "/Admin/Roles.aspx", "/Admin/AuditLog.aspx", "/Admin/Settings.aspx", "/Admin/Users.aspx",
        "/Admin/Export.aspx",
                 "/Admin/Roles/List.ashx", "/Admin/Roles/Default.aspx"):
        t += w.pause(15)
        call(w, t, p, "GET", path, 403, 1_240, ip=p["nets"][1], tag=tag)
    call(w, t + 40, p, "POST", "/Admin/Roles/Grant.ashx", 200, 130, ip=p["nets"][1], query="user=1377&role=admin", sent=240, tag=tag)
    for page in range(1, 29):
        t += w.pause(20)
        call(w, t + 60, p, "GET", "/Admin/Users.aspx", 200, 41_000, ip=p["nets"][1], query=f"page={page}", tag=tag)


def timesheets(w, p, managers):
    tag = w.attack("timesheets", "record-tampering", "(medium) a manager's account rewrites time sheets of other managers' teams, at night, after they were approved",
                   "scores of corrections between one and three by one account, of numbers that other managers approve and it "
                   "never touched; managers correct one now and then, of their own team, by day",
                   principal=[p["who"]])
    others = sorted({number for m in managers if m is not p for number in m["team"]})
    t = w.at(8, 25.2)
    for number in w.rng.sample(others, w.n(130, 500)):
        t += w.pause(35)
        call(w, t, p, "POST", "/Manager/Timesheet/Correct.ashx", 200, 130, ip=p["nets"][1], query=f"ts={number}", sent=330, tag=tag)


def injection(w, p):
    tag = w.attack("report-order", "sql-injection", "(easy) the order of a report is abused, first to wait, then to read the table of salaries",
                   "statements, partly in IIS's own %u spelling, in a parameter that names a column; answers of five "
                   "seconds, failures, and then answers twenty times as large", principal=[p["who"]])
    t = w.at(5, 22)
    steps = [("Name%27", 500), ("Name%u0027", 500), ("Name;WAITFOR%20DELAY%20%270:0:5%27--", 200), ("Name%3bWAITFOR+DELAY+%u00270:0:5%u0027--", 200),
             ("(CASE%20WHEN%20(SELECT%20COUNT(*)%20FROM%20sysobjects)%3e0%20THEN%20Name%20ELSE%20Hours%20END)", 200),
             ("Name%20UNION%20SELECT%20NULL,NULL,name%20FROM%20sysobjects--", 500), ("Name%20UNION%20SELECT%20name,NULL,NULL,NULL%20FROM%20sysobjects--", 200)]
    steps += [(f"Name%20UNION%20SELECT%20EmpNo,FullName,Salary,BankAcct%20FROM%20Remuneration%20ORDER%20BY%201%20OFFSET%20{n * 500}%20ROWS--", 200) for n in range(9)]
    for text, status in steps:
        t += w.pause(40)
        waits = "WAITFOR" in text
        call(w, t, p, "GET", "/Reports/View.aspx", status, 3_400 if status == 500 else 610_000 if "OFFSET" in text else 30_000, ip=p["nets"][1], query=f"id=3&sort={text}",
             ms=5_060 if waits and status == 200 else 120, tag=tag)


def export(w, p):
    tag = w.attack("cost-centres", "export-walk", "(easy) a manager's account exports salaries of every cost centre, one after the other, where it has two",
                   "one account, cost centres from 101 to 630 in order within two evenings, with a kind of export that nobody else takes; other managers export one to three",
                   principal=[p["who"]])
    for day, agencies in ((9, (1, 2, 3)), (10, (4, 5, 6))):
        t = w.at(day, 19)
        for agency in agencies:
            for number in range(1, 31):
                t += w.pause(12)
                there = w.chance(0.88)
                call(w, t, p, "GET", "/Reports/Export.ashx", 200 if there else 404, 118_000 if there else 1_245, query=f"type=salary&cc={agency * 100 + number}", tag=tag)
