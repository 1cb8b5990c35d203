//! An application that asks for what its users' friends never agreed to.

use crate::folder::{Attack, Folder, Log, Suspects};
use crate::format::Format;
use crate::kit::{Caller, DAY, HOUR, Rng, Story};

const FIELDS: [&str; 3] =
    ["birthday,hometown,likes", "likes,events,groups,work,education", "photos,checkins,relationship,religion"];

/// A social graph with ten applications; one of them reads hundreds of people for each user it has.
pub fn facebook() -> Folder {
    // 17 March 2026, midnight UTC.
    let mut story = Story::new("facebook", 1_773_705_600_000, 3);
    let member = |index: u64| 70_400_000 + index * 37;
    let people = 4_000;

    // People on the site itself.
    for _ in 0..420 {
        let own = member(story.rng.below(people));
        let caller = Caller::at_home(&mut story.rng)
            .with_token(Rng::named(&format!("web {own}")).hex(32))
            .named(format!("u{own}"))
            .through("kinfolk-web");
        let day = story.rng.between(0, story.days - 1);
        let mut at = story.waking(day);
        for _ in 0..3 + story.rng.below(6) {
            at += story.rng.between(5_000, 80_000);
            let bytes = story.size(2_400, 9_800);
            match story.rng.below(4) {
                0 => story.say(at, &caller, "GET", "/graph/v2/me/stream", 200, bytes),
                1 => story.say(at, &caller, "GET", "/graph/v2/me/inbox", 200, bytes),
                _ => {
                    let friend = member((own / 37 + story.rng.famous(90)) % people);
                    story.say(at, &caller, "GET", format!("/graph/v2/people/{friend}"), 200, bytes)
                }
            };
        }
    }
    // Applications as they should be: the user, and a handful of friends.
    let apps: [(&str, u64, u64); 9] = [
        ("birthday-calendar", 40, 11),
        ("chess-with-friends", 45, 4),
        ("photo-prints", 30, 0),
        ("farmyard", 60, 6),
        ("news-reader", 30, 0),
        ("run-tracker", 24, 3),
        ("recipe-box", 20, 1),
        ("gift-finder", 26, 8),
        ("dating-nearby", 22, 9),
    ];
    for (index, (app, users, friends)) in apps.into_iter().enumerate() {
        let server = format!("203.0.113.{}", 140 + index);
        for _ in 0..users {
            let own = story.rng.below(people);
            let caller = Caller::at(&server, "kinfolk-sdk-php/2.3")
                .with_token(Rng::named(&format!("{app} {own}")).hex(32))
                .named(format!("u{}", member(own)))
                .through(app);
            let day = story.rng.between(0, story.days - 1);
            let mut at = story.waking(day);
            let bytes = story.size(500, 900);
            story.say(at, &caller, "GET", "/graph/v1/me?fields=name,picture", 200, bytes);
            if friends > 0 {
                let bytes = story.size(4_000, 9_000);
                story.say(at + 800, &caller, "GET", "/graph/v1/me/friends?limit=50", 200, bytes);
                for _ in 0..story.rng.below(friends + 1) {
                    at += story.rng.between(900, 4_000);
                    let friend = member((own + 1 + story.rng.below(90)) % people);
                    let bytes = story.size(300, 700);
                    story.say(
                        at,
                        &caller,
                        "GET",
                        format!("/graph/v1/people/{friend}?fields=name,birthday"),
                        200,
                        bytes,
                    );
                }
            }
        }
    }

    // The quiz: fourteen people agreed; all their friends are read, field after field.
    let servers = ["198.51.100.91", "198.51.100.92"];
    for index in 0..14_u64 {
        let own = 150 + index * 270;
        let name = format!("u{}", member(own));
        let caller = Caller::at(servers[index as usize % 2], "starsign-quiz/1.1 (curl)")
            .with_token(Rng::named(&format!("quiz {own}")).hex(32))
            .named(name)
            .through("starsign-quiz");
        let mut at = story.start + DAY / 2 + index as i64 * 4 * HOUR + story.rng.between(0, HOUR);
        story.say(at, &caller, "GET", "/graph/v1/me?fields=name,picture", 200, 710);
        let bytes = story.size(41_000, 66_000);
        story.say(at + 900, &caller, "GET", "/graph/v1/me/friends?limit=5000", 200, bytes).attack = true;
        for step in 1..=story.rng.between(95, 150) as u64 {
            at += story.rng.between(1_400, 9_000);
            let friend = member((own + step * 2) % people);
            let fields = FIELDS[step as usize % 3];
            let bytes = story.size(5_200, 19_000);
            story
                .say(at, &caller, "GET", format!("/graph/v1/people/{friend}?fields={fields}&limit=1000"), 200, bytes)
                .attack = true;
        }
    }
    Folder {
        name: "facebook",
        logs: vec![Log { name: "graph.log.gz", format: Format::NginxJson("api.kinfolk.example", 0), story }],
        attack: Some(Attack {
            modelled_on: "facebook",
            suspects: Suspects { kind: "client_app", any_of: vec!["starsign-quiz".to_owned()] },
        }),
    }
}
