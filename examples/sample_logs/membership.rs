//! Members' records: profiles read in bulk by throw-away accounts, and account pages that stop asking who is there.

use crate::folder::{Attack, Folder, Log, Suspects};
use crate::format::Format;
use crate::kit::{Caller, DAY, HOUR, MINUTE, Rng, Story};

fn token(name: &str) -> String {
    Rng::named(name).hex(40)
}

/// A networking site: eight accounts read stretches of member profiles; recruiters and crawlers read many too.
pub fn linkedin() -> Folder {
    // 9 June 2026, midnight in Berlin.
    let mut story = Story::new("linkedin", 1_780_956_000_000, 3);
    let card = |member: u64| format!("/gild/members/{member}/card");

    for index in 0..240_u64 {
        let member = 310_000 + story.rng.below(80_000);
        let name = format!("m{member}");
        let caller = Caller::at_home(&mut story.rng).with_token(token(&name)).named(name).through("web");
        browse(&mut story, &caller, index % 3 == 0);
    }
    // Recruiters of one agency share its address: they search first, open what they found, and come back to it.
    for index in 0..6 {
        let agent = Caller::at_home(&mut story.rng).agent;
        let name = format!("m{}", 322_410 + index * 977);
        let caller = Caller::at("203.0.113.61", &agent).with_token(token(&name)).named(name).through("talent");
        for day in 0..story.days {
            let mut shortlist = Vec::new();
            for search in 0..5 {
                let mut at = story.office(day);
                let bytes = story.size(11_000, 14_000);
                story.say(at, &caller, "GET", format!("/gild/search?skill=welder&page={}", search + 1), 200, bytes);
                for _ in 0..5 {
                    at += story.rng.between(20_000, 140_000);
                    let member = if !shortlist.is_empty() && story.rng.chance(40) {
                        *story.rng.pick(&shortlist)
                    } else {
                        310_000 + story.rng.famous(80_000)
                    };
                    shortlist.push(member);
                    let bytes = story.size(3_400, 6_900);
                    story.say(at, &caller, "GET", card(member), 200, bytes);
                    if story.rng.chance(30) {
                        story.say(at + 9_000, &caller, "POST", "/gild/messages", 201, 92);
                    }
                }
            }
        }
    }
    // Search engines read the public pages, which are made for them, in the order of the site map.
    for (ip, agent) in [
        ("192.0.2.17", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
        ("192.0.2.99", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
    ] {
        let crawler = Caller::at(ip, agent);
        story.say(story.start + HOUR, &crawler, "GET", "/robots.txt", 200, 344);
        story.say(story.start + HOUR + MINUTE, &crawler, "GET", "/sitemap/people-31.xml", 200, 48_112);
        let first = 317_000 + story.rng.below(900);
        for step in 0..330 {
            let at = story.start + HOUR + step * 12 * MINUTE + story.rng.between(0, 200_000);
            let (status, bytes) = if story.rng.chance(12) { (304, 0) } else { (200, story.size(21_000, 34_000)) };
            story.say(at, &crawler, "GET", format!("/people/{}", first + step as u64), status, bytes);
        }
    }

    // People who follow a link from such an engine, without an account.
    for _ in 0..150 {
        let caller = Caller::at_home(&mut story.rng);
        let day = story.rng.between(0, 2);
        let at = story.waking(day);
        for step in 0..=(story.rng.below(3) as i64) {
            let person = 310_000 + story.rng.famous(80_000);
            let bytes = story.size(21_000, 34_000);
            let event = story.say(at + step * 33_000, &caller, "GET", format!("/people/{person}"), 200, bytes);
            event.referer = "https://www.google.com/";
        }
    }

    // Eight fresh accounts divide the members among themselves; a few other pages in between, as cover.
    let mut accounts = Vec::new();
    for index in 0..8_u64 {
        let name = format!("m{}", 389_020 + index * 41);
        accounts.push(name.clone());
        let agent = Caller::at_home(&mut story.rng).agent;
        let exits = [format!("198.51.100.{}", 40 + index * 2), format!("192.0.2.{}", 120 + index * 3)];
        let mut members: Vec<u64> = (0..210).map(|step| 330_000 + index * 1_900 + step * 2).collect();
        for block in members.chunks_mut(35) {
            story.rng.shuffle(block);
        }
        let mut at = story.start + DAY / 2 + index as i64 * 5 * HOUR;
        let join = Caller::at(&exits[0], &agent).through("web");
        story.say(at, &join, "POST", "/gild/join", 201, 188);
        for (step, member) in members.into_iter().enumerate() {
            at += story.rng.between(22_000, 88_000);
            let caller =
                Caller::at(&exits[step / 25 % 2], &agent).with_token(token(&name)).named(name.as_str()).through("web");
            let (status, bytes) = if story.rng.chance(5) { (404, 77) } else { (200, story.size(3_400, 6_900)) };
            story.say(at, &caller, "GET", card(member), status, bytes).attack = true;
            if story.rng.chance(8) {
                story.say(at + 7_000, &caller, "GET", "/gild/feed", 200, 15_020);
            }
        }
    }
    Folder {
        name: "linkedin",
        logs: vec![Log { name: "edge.log.gz", format: Format::NginxJson("www.gildhall.example", 120), story }],
        attack: Some(Attack { modelled_on: "linkedin", suspects: Suspects { kind: "principal", any_of: accounts } }),
    }
}

/// A member signs in, reads the feed, looks at a few people, most of whom others look at too.
fn browse(story: &mut Story, caller: &Caller, keen: bool) {
    for day in 0..story.days {
        if !keen && story.rng.chance(45) {
            continue;
        }
        let mut at = story.waking(day);
        let visitor = Caller::at(&caller.ip, &caller.agent).through("web");
        if story.rng.chance(6) {
            story.say(at - 8_000, &visitor, "POST", "/gild/session", 401, 64);
        }
        story.say(at, &visitor, "POST", "/gild/session", 200, 512);
        for asset in ["/static/app.91ab.js", "/static/app.91ab.css"] {
            let (status, bytes) = if story.rng.chance(50) { (304, 0) } else { (200, 88_410) };
            story.say(at + 300, &visitor, "GET", asset, status, bytes);
        }
        for _ in 0..2 + story.rng.below(5) {
            at += story.rng.between(6_000, 90_000);
            match story.rng.below(10) {
                0..=2 => {
                    let bytes = story.size(12_000, 19_000);
                    story.say(at, caller, "GET", "/gild/feed", 200, bytes);
                }
                3 => {
                    story.say(at, caller, "GET", "/gild/notifications", 200, 2_204);
                }
                4 => {
                    story.say(at, caller, "POST", "/gild/messages", 201, 92);
                }
                5 => {
                    let own = caller.principal.trim_start_matches('m').to_owned();
                    story.say(at, caller, "GET", format!("/gild/members/{own}/card"), 200, 5_120);
                }
                _ => {
                    let member = 310_000 + story.rng.famous(80_000);
                    let bytes = story.size(3_400, 6_900);
                    story.say(at, caller, "GET", format!("/gild/members/{member}/card"), 200, bytes);
                }
            }
        }
    }
}

/// A carrier's self-care: from the second day a rule of the balancer forwards what it should have refused.
pub fn tmobile() -> Folder {
    // 14 September 2026, midnight in Dublin.
    let mut story = Story::new("tmobile", 1_789_340_400_000, 4);
    let account = |line: u64| format!("/care/lines/{line}/account");

    for _ in 0..300 {
        let line = 353_870_000_000 + story.rng.below(9_999_999);
        let caller = Caller::at_home(&mut story.rng).named(format!("line-{line}"));
        subscriber(&mut story, &caller, line);
    }
    // Care agents in one office open the account of whoever rings.
    for index in 0..5 {
        let agent = Caller::at_home(&mut story.rng).agent;
        let caller = Caller::at("203.0.113.44", &agent).named(format!("agent-{index}"));
        for day in 0..story.days {
            for _ in 0..32 {
                let line = 353_870_000_000 + story.rng.below(9_999_999);
                let at = story.office(day);
                for again in 0..=(story.rng.below(3) as i64) {
                    let bytes = story.size(1_500, 2_600);
                    story.say(at + again * 70_000, &caller, "GET", account(line), 200, bytes);
                }
            }
        }
    }
    let prober = Caller::at("203.0.113.250", "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)");
    for step in 0..story.days * 24 * 6 {
        story.say(story.start + step * 10 * MINUTE, &prober, "GET", "/healthz", 200, 2).rule = 1;
    }
    // Somebody tried the account route without signing in, was refused each time, and left.
    let stray = Caller::at("198.19.4.201", "curl/8.5.0");
    for step in 0..9 {
        let at = story.start + 15 * HOUR + step * 21_000;
        story.say(at, &stray, "GET", account(353_870_114_000 + step as u64), 401, 0);
    }

    // The gap is found on the second day: first a refusal, then answers, and then the same pace day and night.
    let sources = ["198.51.100.180", "198.51.100.181", "192.0.2.53", "192.0.2.54"];
    let finder = Caller::at(sources[0], "okhttp/4.12.0");
    let found = story.start + DAY + 3 * HOUR;
    for step in 0..6 {
        let at = found - 20 * MINUTE + step * 47_000;
        story.say(at, &finder, "GET", account(353_870_500_000 + step as u64), 401, 0);
    }
    let mut lines: Vec<u64> = (0..1_900).map(|step| 353_870_500_000 + step * 7).collect();
    for block in lines.chunks_mut(60) {
        story.rng.shuffle(block);
    }
    let mut at = found;
    for (step, line) in lines.into_iter().enumerate() {
        at += story.rng.between(108_000, 144_000);
        let caller = Caller::at(sources[step % 4], "okhttp/4.12.0");
        let (status, bytes) = if story.rng.chance(14) { (404, 102) } else { (200, story.size(1_500, 2_600)) };
        let event = story.say(at, &caller, "GET", account(line), status, bytes);
        event.attack = true;
        event.rule = 12;
    }
    Folder {
        name: "tmobile",
        logs: vec![Log { name: "balancer.log.gz", format: Format::Balancer("selfcare.northcell.example"), story }],
        attack: Some(Attack {
            modelled_on: "t-mobile",
            suspects: Suspects { kind: "client_ip", any_of: sources.map(str::to_owned).to_vec() },
        }),
    }
}

/// A subscriber signs in and looks at their own line; a browser asks leave first, and sessions run out.
fn subscriber(story: &mut Story, caller: &Caller, line: u64) {
    let bare = Caller::at(&caller.ip, &caller.agent);
    let own = format!("/care/lines/{line}/account");
    for day in 0..story.days {
        if story.rng.chance(45) {
            continue;
        }
        let mut at = story.waking(day);
        story.say(at, &bare, "GET", "/status/outages", 200, 1_240).rule = 5;
        story.say(at + 2_000, &bare, "GET", "/web/app.3b7.js", 200, 140_221).rule = 5;
        if story.rng.chance(18) {
            // The session of yesterday has run out: one refusal, then the sign-in page.
            at += 3_000;
            story.say(at, &bare, "GET", own.as_str(), 401, 0);
        }
        at += story.rng.between(6_000, 20_000);
        let (status, bytes) = if story.rng.chance(6) { (403, 90) } else { (200, 377) };
        story.say(at, &bare, "POST", "/signin", status, bytes).rule = 5;
        if status == 403 {
            at += 15_000;
            story.say(at, &bare, "POST", "/signin", 200, 377).rule = 5;
        }
        for _ in 0..=story.rng.below(3) {
            at += story.rng.between(4_000, 70_000);
            if story.rng.chance(35) {
                story.say(at - 200, &bare, "OPTIONS", own.as_str(), 204, 0);
            }
            let bytes = story.size(1_500, 2_600);
            story.say(at, caller, "GET", own.as_str(), 200, bytes);
            if story.rng.chance(40) {
                let bytes = story.size(700, 5_200);
                story.say(at + 9_000, caller, "GET", format!("/care/lines/{line}/usage"), 200, bytes);
            }
        }
    }
}
