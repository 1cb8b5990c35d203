//! A service's own key, used by somebody else: few requests, very large answers.

use crate::folder::{Attack, Folder, Log, Suspects};
use crate::format::Format;
use crate::kit::{Caller, DAY, HOUR, MINUTE, Rng, Story};

fn key(name: &str) -> String {
    Rng::named(name).hex(10)
}

const DRIVER_APPS: [&str; 4] = [
    "Haulage/9.2 (Android 14; SM-G525F)",
    "Haulage/9.2 (Android 15; Pixel 7a)",
    "Haulage/9.1 (Android 13; CAT S75)",
    "Haulage/9.2 CFNetwork/1568.300.101 Darwin/24.2.0",
];

/// A freight company's archive behind an API gateway.
pub fn uber() -> Folder {
    // 2 February 2026, midnight UTC.
    let mut story = Story::new("uber", 1_769_990_400_000, 4);
    for _ in 0..330 {
        let name = format!("driver-{}", 20_000 + story.rng.below(30_000));
        let mut caller = Caller::at_home(&mut story.rng).with_token(key("mobile app")).named(name);
        (*story.rng.pick(&DRIVER_APPS)).clone_into(&mut caller.agent);
        driver(&mut story, &caller);
    }
    // Depot staff read manifests by day, and once a month somebody asks for a large report.
    for index in 0..8 {
        let agent = Caller::at_home(&mut story.rng).agent;
        let caller =
            Caller::at("203.0.113.30", &agent).with_token(key("depot console")).named(format!("depot-{index}"));
        for day in 0..story.days {
            for _ in 0..18 {
                let at = story.office(day);
                let manifest = 610_000 + story.rng.famous(4_000);
                let bytes = story.size(2_000, 8_000);
                story.say(at, &caller, "GET", format!("/freight/manifests/{manifest}"), 200, bytes);
            }
        }
    }
    let agent = Caller::at_home(&mut story.rng).agent;
    let controller = Caller::at("203.0.113.31", &agent).with_token(key("depot console")).named("controller-anna");
    for day in 0..story.days {
        for _ in 0..12 {
            let at = story.office(day);
            story.say(at, &controller, "GET", "/freight/reports", 200, 4_410);
        }
    }
    let at = story.start + 2 * DAY + 14 * HOUR;
    story.say(at, &controller, "GET", "/freight/reports/monthly-2026-01", 200, 64_882_113).millis = 8_120;

    // Two services fetch what is new, each night from the same place; one of them moves to another address.
    let mut newest = 4_100_u64;
    for day in 0..story.days {
        let moved = if day < 2 { "198.51.100.200" } else { "198.51.100.207" };
        for (name, ip, agent, hour) in [
            ("svc-ledger", "198.51.100.24", "aws-sdk-java/2.25.11 Linux/5.10 OpenJDK_64-Bit_Server_VM/17", 1),
            ("svc-forecast", moved, "aws-sdk-go-v2/1.30.4 os/linux lang/go#1.23.2", 3),
        ] {
            let caller = Caller::at(ip, agent).with_token(key(name)).named(name);
            let mut at = story.start + day * DAY + hour * HOUR + story.rng.between(4, 9) * MINUTE;
            story.say(at, &caller, "GET", "/archive/sets", 200, 18_332);
            for step in 0..16 {
                at += story.rng.between(40_000, 95_000);
                let bytes = story.size(2_100_000, 6_400_000);
                let target = format!("/archive/sets/{}/content", newest + step);
                story.say(at, &caller, "GET", target, 200, bytes).millis = 700;
            }
        }
        newest += 16;
    }

    // The key of one of them, an hour before midnight on the third day, from a rented machine: list, then take.
    let thief = Caller::at("192.0.2.232", "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#6.1.0 lang/python#3.11.2")
        .with_token(key("svc-ledger"))
        .named("svc-ledger");
    let mut at = story.start + 2 * DAY + 23 * HOUR;
    for _ in 0..3 {
        at += story.rng.between(15_000, 40_000);
        story.say(at, &thief, "GET", "/archive/collections", 200, 2_204).attack = true;
    }
    for collection in ["riders-backup", "drivers-backup", "licences-backup"] {
        for page in 0..6 {
            at += story.rng.between(4_000, 15_000);
            let target = format!("/archive/collections/{collection}/pages/{page}");
            let bytes = story.size(88_000, 96_000);
            story.say(at, &thief, "GET", target, 200, bytes).attack = true;
        }
    }
    let mut set = 1_204;
    for _ in 0..150 {
        at += story.rng.between(60_000, 420_000);
        set += story.rng.between(1, 9);
        let bytes = story.size(180_000_000, 940_000_000);
        let event = story.say(at, &thief, "GET", format!("/archive/sets/{set}/content"), 200, bytes);
        event.attack = true;
        event.millis = 29_000;
    }
    Folder {
        name: "uber",
        logs: vec![Log { name: "apigw.json.gz", format: Format::ApiGateway("live"), story }],
        attack: Some(Attack {
            modelled_on: "uber",
            suspects: Suspects { kind: "client_ip", any_of: vec!["192.0.2.232".to_owned()] },
        }),
    }
}

/// A driver opens the app, looks at the jobs, and takes some.
fn driver(story: &mut Story, caller: &Caller) {
    for day in 0..story.days {
        if story.rng.chance(35) {
            continue;
        }
        let mut at = story.waking(day);
        if story.rng.chance(8) {
            story.say(at - 5_000, caller, "GET", "/freight/me", 401, 34);
        }
        story.say(at, caller, "GET", "/freight/me", 200, 904);
        for _ in 0..=story.rng.below(4) {
            at += story.rng.between(20_000, HOUR);
            let job = 7_200_000 + story.rng.below(90_000);
            let bytes = story.size(3_000, 7_500);
            story.say(at, caller, "GET", "/freight/jobs", 200, bytes);
            let bytes = story.size(900, 1_700);
            story.say(at + 12_000, caller, "GET", format!("/freight/jobs/{job}"), 200, bytes);
            if story.rng.chance(40) {
                story.say(at + 30_000, caller, "POST", format!("/freight/jobs/{job}/accept"), 200, 61);
            }
        }
    }
}
