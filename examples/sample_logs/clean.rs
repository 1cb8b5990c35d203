//! Ordinary days with everything in them that looks like a breach and is none.

use crate::folder::{Folder, Log};
use crate::format::Format;
use crate::kit::{Caller, DAY, HOUR, MINUTE, Rng, Story};

/// 6 July 2026, midnight in Berlin.
const MONDAY: i64 = 1_783_288_800_000;

/// Six logs of six deployments; nothing in them deserves a finding of level medium or above.
pub fn all() -> Folder {
    let logs = vec![
        Log { name: "shop.log", format: Format::VhostCombined("www.lampenhaus.example", 120), story: shop() },
        Log { name: "partners.json.gz", format: Format::Kong("api.parcelway.example"), story: partners() },
        Log { name: "mesh.log.zst", format: Format::Envoy("tickets.example"), story: mesh() },
        Log { name: "reports.json.gz", format: Format::ApiGateway("main"), story: reports() },
        Log { name: "app.json.gz", format: Format::NginxJson("m.tramline.example", 120), story: app() },
        Log { name: "balancer.log.gz", format: Format::Balancer("portal.stadtwerk.example"), story: portal() },
    ];
    Folder { name: "clean", logs, attack: None }
}

/// A shop: a crawler in the order of the numbers, a scanner that gets nothing, a bad deployment, mistyped passwords.
fn shop() -> Story {
    const SITE: &str = "https://www.lampenhaus.example/";
    let mut story = Story::new("shop", MONDAY, 2);
    for index in 0..330 {
        let mut caller = Caller::at_home(&mut story.rng);
        if index % 9 == 0 {
            // A carrier's translated address, shared by many.
            "203.0.113.9".clone_into(&mut caller.ip);
        }
        let day = story.rng.between(0, 1);
        let mut at = story.waking(day);
        story.say(at, &caller, "GET", "/", 200, 14_022).referer = "https://www.google.com/";
        story.say(at + 300, &caller, "GET", "/css/shop.css", 200, 9_100).referer = SITE;
        for _ in 0..=story.rng.below(6) {
            at += story.rng.between(6_000, 70_000);
            let product = 5_000 + story.rng.famous(1_400);
            let bytes = story.size(8_000, 13_000);
            story.say(at, &caller, "GET", format!("/product/{product}"), 200, bytes).referer = SITE;
            story.say(at + 200, &caller, "GET", format!("/img/{product}.webp"), 200, bytes * 4).referer = SITE;
        }
        if story.rng.chance(22) {
            for _ in 0..story.rng.below(3) {
                at += story.rng.between(5_000, 12_000);
                story.say(at, &caller, "POST", "/account/login", 401, 2_210).referer = SITE;
            }
            at += 9_000;
            story.say(at, &caller, "POST", "/account/login", 302, 0).referer = SITE;
            story.say(at + 500, &caller, "GET", "/account/orders", 200, 5_870).referer = SITE;
        }
    }
    let crawler = Caller::at("192.0.2.40", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)");
    story.say(story.start + 30 * MINUTE, &crawler, "GET", "/robots.txt", 200, 96);
    story.say(story.start + 31 * MINUTE, &crawler, "GET", "/sitemap.xml", 200, 60_400);
    for step in 0..380 {
        let at = story.start + 32 * MINUTE + step * 6 * MINUTE + story.rng.between(0, 90_000);
        let (status, bytes) = match story.rng.below(20) {
            0 => (404, 1_980),
            1..=3 => (304, 0),
            _ => (200, story.size(8_000, 13_000)),
        };
        story.say(at, &crawler, "GET", format!("/product/{}", 5_000 + step), status, bytes);
    }
    let scanner =
        Caller::at("198.18.140.7", "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)");
    for step in 0..160 {
        let at = story.start + DAY + 4 * HOUR + step * 350;
        let word = story.rng.hex(6);
        let (path, status) = match step % 4 {
            0 => (format!("/backup/{word}.zip"), 404),
            1 => (format!("/.{word}"), 403),
            2 => (format!("/product/{word}%27%20OR%201=1--"), 400),
            _ => (format!("/admin/{word}.php"), 404),
        };
        story.say(at, &scanner, "GET", path, status, 1_980);
    }
    // A deployment that forgets the pictures: ten minutes of 404 for everybody.
    for _ in 0..120 {
        let caller = Caller::at_home(&mut story.rng);
        let at = story.start + DAY + 11 * HOUR + story.rng.between(0, 10 * MINUTE);
        let product = 5_000 + story.rng.famous(1_400);
        story.say(at, &caller, "GET", format!("/img/{product}.webp"), 404, 1_980).referer = SITE;
    }
    story
}

/// Parcels: a partner's nightly synchronisation, a call centre, customers who look at their own parcels.
fn partners() -> Story {
    let mut story = Story::new("partners", MONDAY, 3);
    let partner = Caller::at("198.51.100.11", "buecherkiste-sync/3.1").named("buecherkiste").with_token("pw-5be0a1");
    for day in 0..story.days {
        let mut at = story.start + day * DAY + 2 * HOUR + 5 * MINUTE;
        for page in 1..=6 {
            at += 2_000;
            story.say(at, &partner, "GET", format!("/shipments/v2/open?page={page}"), 200, 20_110);
        }
        for parcel in 0..150 {
            at += story.rng.between(300, 900);
            let bytes = story.size(900, 1_300);
            story.say(at, &partner, "GET", format!("/shipments/v2/parcels/{}", 88_400_120 + parcel * 7), 200, bytes);
        }
    }
    for index in 0..6 {
        let agent = Caller::at_home(&mut story.rng).agent;
        let caller =
            Caller::at("203.0.113.70", &agent).named(format!("desk.{index}")).with_token(format!("pw-desk-{index}"));
        for day in 0..story.days {
            for _ in 0..38 {
                let at = story.office(day);
                let parcel = 88_000_000 + story.rng.below(900_000);
                if story.rng.chance(5) {
                    story.say(at - 11_000, &caller, "GET", format!("/shipments/v2/parcels/{}", parcel + 1), 404, 70);
                }
                for again in 0..=(story.rng.below(2) as i64) {
                    let bytes = story.size(900, 1_300);
                    story.say(
                        at + again * 60_000,
                        &caller,
                        "GET",
                        format!("/shipments/v2/parcels/{parcel}"),
                        200,
                        bytes,
                    );
                }
            }
        }
    }
    for index in 0..360 {
        let name = format!("customer-{}", 41_000 + index * 13);
        let mut caller = Caller::at_home(&mut story.rng).named(name.as_str()).with_token(Rng::named(&name).hex(16));
        let own: Vec<u64> = (0..=story.rng.below(3)).map(|_| 88_000_000 + story.rng.below(900_000)).collect();
        for day in 0..story.days {
            if story.rng.chance(30) {
                // On the way: the same account from another network.
                caller.ip = Caller::at_home(&mut story.rng).ip;
            }
            for _ in 0..story.rng.below(3) {
                let at = story.waking(day);
                if story.rng.chance(4) {
                    story.say(at - 4_000, &caller, "GET", "/shipments/v2/mine", 401, 44);
                }
                story.say(at, &caller, "GET", "/shipments/v2/mine", 200, 1_530);
                let parcel = *story.rng.pick(&own);
                let bytes = story.size(900, 1_300);
                story.say(at + 5_000, &caller, "GET", format!("/shipments/v2/parcels/{parcel}"), 200, bytes);
            }
        }
    }
    story
}

/// Tickets: an outage with everybody trying again, a load test in the night, health checks.
fn mesh() -> Story {
    let mut story = Story::new("mesh", MONDAY, 2);
    let outage = story.start + DAY + 19 * HOUR;
    for _ in 0..420 {
        let caller = Caller::at_home(&mut story.rng);
        let day = story.rng.between(0, 1);
        let mut at = story.waking(day);
        if story.rng.chance(20) {
            at = outage + story.rng.between(-3 * MINUTE, 6 * MINUTE);
        }
        let event = 900 + story.rng.famous(120);
        for _ in 0..=story.rng.below(4) {
            at += story.rng.between(3_000, 40_000);
            let bytes = story.size(2_000, 6_000);
            if (outage..outage + 7 * MINUTE).contains(&at) {
                for again in 0..5 + story.rng.below(5) as i64 {
                    story.say(at + again * 2_000, &caller, "GET", format!("/events/{event}/seats"), 503, 91);
                }
            } else {
                story.say(at, &caller, "GET", format!("/events/{event}/seats"), 200, bytes);
            }
        }
        if story.rng.chance(30) {
            story.say(at + 40_000, &caller, "POST", format!("/events/{event}/holds"), 201, 180);
        }
    }
    let probe = Caller::at("10.40.0.9", "kube-probe/1.31");
    for step in 0..story.days * 24 * 12 {
        story.say(story.start + step * 5 * MINUTE, &probe, "GET", "/ready", 200, 2);
    }
    let tester = Caller::at("203.0.113.200", "k6/0.57.0 (https://k6.io/)");
    for step in 0..700 {
        let at = story.start + DAY + 3 * HOUR + step * 250;
        let event = 900 + step as u64 % 5;
        story.say(at, &tester, "GET", format!("/events/{event}/seats"), 200, 4_100);
    }
    story
}

/// An office: one address for all, an administrator with a large report, a service that fetches each night.
fn reports() -> Story {
    let mut story = Story::new("reports", MONDAY, 4);
    for index in 0..70 {
        let agent = Caller::at_home(&mut story.rng).agent;
        let caller = Caller::at("203.0.113.5", &agent).named(format!("staff-{index}")).with_token("console");
        for day in 0..story.days {
            for _ in 0..4 {
                let at = story.office(day);
                let case = 30_000 + story.rng.famous(5_000);
                let bytes = story.size(1_800, 7_000);
                story.say(at, &caller, "GET", format!("/cases/{case}"), 200, bytes);
            }
        }
    }
    let agent = Caller::at_home(&mut story.rng).agent;
    let admin = Caller::at("203.0.113.5", &agent).named("admin-ruth").with_token("console");
    for day in 0..story.days {
        for _ in 0..6 {
            let at = story.office(day);
            story.say(at, &admin, "GET", "/admin/overview", 200, 9_400);
        }
    }
    let quarter = story.start + 2 * DAY + 15 * HOUR;
    story.say(quarter, &admin, "GET", "/admin/reports/2026-q2", 200, 81_224_310).millis = 14_200;
    let service = Caller::at("198.51.100.60", "aws-sdk-java/2.25.11 Linux/5.10").named("svc-index").with_token("index");
    for day in 0..story.days {
        let mut at = story.start + day * DAY + 90 * MINUTE;
        story.say(at, &service, "GET", "/exports", 200, 6_120);
        for part in 0..20 {
            at += story.rng.between(20_000, 50_000);
            let bytes = story.size(9_000_000, 12_000_000);
            story.say(at, &service, "GET", format!("/exports/{}/file", 700 + day * 20 + part), 200, bytes).millis =
                1_900;
        }
    }
    story
}

/// Tram tickets on telephones: sessions that run out, networks that change, applications of others.
fn app() -> Story {
    let mut story = Story::new("app", MONDAY, 2);
    for index in 0..330 {
        let name = format!("rider{}", 7_000 + index * 3);
        let mut caller = Caller::at_home(&mut story.rng).named(name.as_str()).through("tramline-ios");
        "Tramline/6.4 CFNetwork/1568.300.101 Darwin/24.2.0".clone_into(&mut caller.agent);
        if index % 2 == 0 {
            caller = caller.through("tramline-android");
            "Tramline/6.4 (Android 15; okhttp 4.12.0)".clone_into(&mut caller.agent);
        }
        for day in 0..2 {
            let mut at = story.waking(day);
            let run_out = format!("{name} {day} before");
            caller.token = Rng::named(&run_out).hex(32);
            if story.rng.chance(30) {
                story.say(at - 3_000, &caller, "GET", "/v4/me/tickets", 401, 58);
                let bare = Caller { principal: String::new(), token: String::new(), ..caller.clone() };
                story.say(at - 2_000, &bare, "POST", "/v4/token", 200, 610);
            }
            caller.token = Rng::named(&format!("{name} {day}")).hex(32);
            for _ in 0..=story.rng.below(4) {
                at += story.rng.between(5_000, 2 * HOUR);
                let stop = 100 + story.rng.famous(400);
                let bytes = story.size(800, 2_400);
                story.say(at, &caller, "GET", format!("/v4/stops/{stop}/departures"), 200, bytes);
                if story.rng.chance(40) {
                    story.say(at + 9_000, &caller, "GET", "/v4/me/tickets", 200, 1_290);
                }
                if story.rng.chance(10) {
                    caller.ip = Caller::at_home(&mut story.rng).ip;
                }
            }
        }
    }
    // A planner of trips, and a calendar that asks for the few friends somebody rides with.
    for index in 0..50 {
        let caller = Caller::at("203.0.113.150", "tripcal/2.0")
            .named(format!("rider{}", 7_000 + index * 9))
            .with_token(Rng::named(&format!("tripcal {index}")).hex(32))
            .through("tripcal");
        let mut at = story.waking(index % 2);
        for _ in 0..story.rng.below(5) {
            at += 1_500;
            let friend = 7_000 + story.rng.below(330) * 3;
            story.say(at, &caller, "GET", format!("/v4/riders/{friend}/name"), 200, 140);
        }
    }
    story
}

/// A utility's portal behind a balancer: preflights, sessions that ran out, public pages, a stranger who is refused.
fn portal() -> Story {
    let mut story = Story::new("portal", MONDAY, 2);
    for _ in 0..280 {
        let contract = 120_000 + story.rng.below(60_000);
        let caller = Caller::at_home(&mut story.rng).named(format!("contract-{contract}"));
        let bare = Caller::at(&caller.ip, &caller.agent);
        let bill = format!("/portal/contracts/{contract}/bills");
        for day in 0..2 {
            if story.rng.chance(40) {
                continue;
            }
            let mut at = story.waking(day);
            story.say(at, &bare, "GET", "/tariffs", 200, 12_210).rule = 5;
            if story.rng.chance(25) {
                story.say(at + 1_000, &bare, "GET", bill.as_str(), 401, 0);
            }
            story.say(at + 9_000, &bare, "POST", "/signin", 200, 300).rule = 5;
            for _ in 0..=story.rng.below(4) {
                at += story.rng.between(12_000, 80_000);
                story.say(at - 150, &bare, "OPTIONS", bill.as_str(), 204, 0);
                let bytes = story.size(2_000, 3_600);
                story.say(at, &caller, "GET", bill.as_str(), 200, bytes);
            }
        }
    }
    let stranger = Caller::at("198.19.200.3", "python-requests/2.32.4");
    for step in 0..140 {
        let at = story.start + DAY + 2 * HOUR + step * 4_000;
        story.say(at, &stranger, "GET", format!("/portal/contracts/{}/bills", 120_000 + step), 401, 0);
    }
    let prober = Caller::at("203.0.113.250", "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)");
    for step in 0..story.days * 24 * 6 {
        story.say(story.start + step * 10 * MINUTE, &prober, "GET", "/alive", 200, 2).rule = 1;
    }
    story
}
