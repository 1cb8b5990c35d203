//! Look-ups by a personal number: a booking portal's shared token, and an endpoint nobody switched off.

use crate::folder::{Attack, Folder, Log, Suspects};
use crate::format::Format;
use crate::kit::{Caller, DAY, HOUR, MINUTE, Rng, Story};

/// The check digit of a national number (Verhoeff's scheme: the dihedral group of the pentagon).
fn check_digit(number: u64) -> u64 {
    const INVERSE: [u64; 10] = [0, 4, 3, 2, 1, 5, 6, 7, 8, 9];
    let product = |left: u64, right: u64| match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right - 5) % 5,
        (false, true) => 5 + (left - 5 + 5 - right) % 5,
        (false, false) => (left + 5 - right) % 5,
    };
    let permuted = |digit: u64, times: u64| {
        const ONCE: [u64; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
        (0..times % 8).fold(digit, |digit, _| ONCE[digit as usize])
    };
    let mut sum = 0;
    let mut rest = number;
    let mut place = 1;
    while rest > 0 {
        sum = product(sum, permuted(rest % 10, place));
        rest /= 10;
        place += 1;
    }
    INVERSE[sum as usize]
}

/// Twelve digits out of eleven.
fn national(eleven: u64) -> u64 {
    eleven * 10 + check_digit(eleven)
}

const APP_KEY: &str = "gp-web-4c1d9e0b7a52f836";

/// Gas-cylinder booking: one token baked into the public app, numbers tried by counting.
pub fn aadhaar() -> Folder {
    // 6 April 2026, midnight in India.
    let mut story = Story::new("aadhaar", 1_775_413_800_000, 3);
    let app = |caller: Caller| caller.named("booking-app").with_token(APP_KEY);
    let lookup = |number: u64| format!("/kyc/lookup/{number}");

    for _ in 0..620 {
        let caller = app(Caller::at_home(&mut story.rng));
        household(&mut story, &caller);
    }
    // A carrier's translated address: ninety households behind one number.
    for _ in 0..90 {
        let agent = Caller::at_home(&mut story.rng).agent;
        let caller = app(Caller::at("203.0.113.88", &agent));
        household(&mut story, &caller);
    }
    // Dealers with keys of their own look their customers up all day, the same ones week after week.
    for dealer in 0..7_u64 {
        let customers: Vec<u64> = (0..55).map(|_| national(40_000_000_000 + story.rng.below(50_000_000_000))).collect();
        let caller = Caller::at(&format!("203.0.113.{}", 20 + dealer), "CylinderDesk/4.2 (Windows; dealer terminal)")
            .named(format!("dealer-{}", 3_120 + dealer * 17))
            .with_token(format!("gd-{:016x}", Rng::named(&format!("dealer {dealer}")).next()));
        for day in 0..story.days {
            for _ in 0..28 {
                let at = story.office(day);
                let number = *story.rng.pick(&customers);
                if story.rng.chance(4) {
                    let bytes = story.size(86, 88);
                    story.say(at, &caller, "GET", lookup(number + 1), 404, bytes);
                }
                let bytes = story.size(760, 1_240);
                story.say(at + 9_000, &caller, "GET", lookup(number), 200, bytes);
                if story.rng.chance(60) {
                    let refill = story.size(51_000_000, 52_999_999);
                    story.say(at + 31_000, &caller, "POST", "/booking/v2/refills", 201, 244);
                    story.say(at + 50_000, &caller, "GET", format!("/booking/v2/refills/{refill}"), 200, 530);
                }
            }
        }
    }
    let probe = Caller::at("10.40.0.7", "kube-probe/1.31");
    for minute in 0..story.days * 24 * 12 {
        story.say(story.start + minute * 5 * MINUTE, &probe, "GET", "/healthz", 200, 2);
    }

    // Four rented machines, each counting through a stretch of its own with the app's key.
    let sources = ["198.51.100.14", "198.51.100.77", "192.0.2.201", "203.0.113.219"];
    let agents = ["python-requests/2.32.4", "python-requests/2.32.4", "Go-http-client/2.0", "python-requests/2.31.0"];
    for (index, source) in sources.iter().enumerate() {
        let caller = app(Caller::at(source, agents[index]));
        let first = 29_104_000_000 + index as u64 * 8_310_000_000;
        let mut at = story.start + DAY + 22 * HOUR + index as i64 * 17 * MINUTE;
        for eleven in first..first + 440 {
            at += story.rng.between(18_000, 46_000);
            let known = story.rng.chance(39);
            let bytes = if known { story.size(760, 1_240) } else { story.size(86, 88) };
            let status = if known { 200 } else { 404 };
            story.say(at, &caller, "GET", lookup(national(eleven)), status, bytes).attack = true;
        }
    }
    Folder {
        name: "aadhaar",
        logs: vec![Log { name: "gateway.log.gz", format: Format::Kong("api.saathi-cylinders.example"), story }],
        attack: Some(Attack {
            modelled_on: "aadhaar",
            suspects: Suspects { kind: "client_ip", any_of: sources.map(str::to_owned).to_vec() },
        }),
    }
}

/// A household looks itself up, now and then after a slip of the finger, and books a refill.
fn household(story: &mut Story, caller: &Caller) {
    let number = national(20_000_000_000 + story.rng.below(79_000_000_000));
    let day = story.rng.between(0, story.days - 1);
    let mut at = story.waking(day);
    let tariffs = story.size(3_900, 4_100);
    story.say(at, caller, "GET", "/content/v1/tariffs", 200, tariffs);
    if story.rng.chance(7) {
        at += story.rng.between(9_000, 30_000);
        story.say(at, caller, "GET", format!("/kyc/lookup/{}", number - 3), 404, 87);
    }
    let profile = story.size(760, 1_240);
    for _ in 0..=story.rng.below(2) {
        at += story.rng.between(8_000, 50_000);
        story.say(at, caller, "GET", format!("/kyc/lookup/{number}"), 200, profile);
    }
    if story.rng.chance(70) {
        at += story.rng.between(10_000, 60_000);
        let refill = story.size(51_000_000, 52_999_999);
        story.say(at, caller, "POST", "/booking/v2/refills", 201, 244);
        for _ in 0..=story.rng.below(4) {
            at += story.rng.between(10_000, 4 * HOUR);
            story.say(at, caller, "GET", format!("/booking/v2/refills/{refill}"), 200, 530);
        }
    }
}

const OLD_APPS: [&str; 6] = [
    "PataBook/1.3 (Android 4.4.2; Micromax A106)",
    "PataBook/1.3 (Android 5.1.1; SM-J200G)",
    "PataBook/1.4 (Android 6.0; Lenovo K5)",
    "PataBook/1.4 (Android 7.1.2; Redmi 4A)",
    "PataBook/1.4.2 (Android 8.1.0; Redmi 5A)",
    "PataBook/1.4.2 (Android 9; Nokia 2.2)",
];

/// A directory of shops: the old version still answers by telephone number, to anybody.
pub fn justdial() -> Folder {
    // 13 May 2026, midnight in India.
    let mut story = Story::new("justdial", 1_778_610_600_000, 3);
    let old = |number: u64| format!("/v1/subscriber?phone=91{number}");

    for _ in 0..430 {
        let caller = Caller::at_home(&mut story.rng);
        visitor(&mut story, &caller);
    }
    // Old apps ask for the number of the telephone they run on, each time they are opened.
    for index in 0..170 {
        let mut caller = Caller::at_home(&mut story.rng);
        if index < 28 {
            // Behind one carrier's translated address.
            "203.0.113.131".clone_into(&mut caller.ip);
        }
        (*story.rng.pick(&OLD_APPS)).clone_into(&mut caller.agent);
        let number = 7_000_000_000 + story.rng.below(2_900_000_000);
        let mut bytes = story.size(640, 1_390);
        if story.rng.chance(4) {
            // Uninstalled long ago from the books: the answer is a shell.
            bytes = 29;
        }
        for day in 0..story.days {
            for _ in 0..story.rng.below(8) {
                let at = story.waking(day);
                story.say(at, &caller, "GET", old(number), 200, bytes);
                if story.rng.chance(50) {
                    let found = story.size(2_100, 9_000);
                    let town = *story.rng.pick(&["nagpur", "pune", "indore", "surat"]);
                    story.say(at + 14_000, &caller, "GET", format!("/v1/near?town={town}&what=plumber"), 200, found);
                }
            }
        }
    }
    // A search engine reads the public shop pages in the order of their numbers.
    let crawler = Caller::at("192.0.2.66", "Mozilla/5.0 (compatible; KhojBot/2.1; +http://khoj.example/bot.html)");
    story.say(story.start + 2 * HOUR, &crawler, "GET", "/robots.txt", 200, 118);
    for page in 0..420 {
        let at = story.start + 2 * HOUR + page * 11 * MINUTE / 2;
        let bytes = story.size(9_000, 17_000);
        let (status, bytes) = if story.rng.chance(3) { (404, 1_204) } else { (200, bytes) };
        story.say(at, &crawler, "GET", format!("/shop/{}", 88_210 + page), status, bytes);
    }
    // Somebody looks for open doors and finds none.
    let scanner = Caller::at("198.19.77.140", "Mozilla/5.0 zgrab/0.x");
    for (index, path) in ["/.env", "/wp-login.php", "/admin", "/v1/admin", "/phpmyadmin/", "/.git/config", "/v1/export"]
        .iter()
        .enumerate()
    {
        let at = story.start + DAY + 5 * HOUR + index as i64 * 900;
        story.say(at, &scanner, "GET", *path, 404, 1_204);
    }

    // Three addresses, stretches of numbers each, under the name of the old app.
    let sources = ["198.51.100.33", "198.51.100.34", "192.0.2.150"];
    for (index, source) in sources.iter().enumerate() {
        let caller = Caller::at(source, OLD_APPS[4]);
        let mut numbers: Vec<u64> = (0..520).map(|step| 9_822_040_000 + index as u64 * 1_370_000 + step).collect();
        for block in numbers.chunks_mut(40) {
            story.rng.shuffle(block);
        }
        let mut at = story.start + DAY + index as i64 * 3 * HOUR + 21 * HOUR;
        for number in numbers {
            at += story.rng.between(9_000, 62_000);
            let bytes = if story.rng.chance(54) { story.size(640, 1_390) } else { 29 };
            story.say(at, &caller, "GET", old(number), 200, bytes).attack = true;
        }
    }
    Folder {
        name: "justdial",
        logs: vec![Log { name: "access.log", format: Format::Combined(330), story }],
        attack: Some(Attack {
            modelled_on: "justdial",
            suspects: Suspects { kind: "client_ip", any_of: sources.map(str::to_owned).to_vec() },
        }),
    }
}

/// Somebody looks for a shop on the site of today.
fn visitor(story: &mut Story, caller: &Caller) {
    const SITE: &str = "https://www.patabook.example/";
    let day = story.rng.between(0, story.days - 1);
    let mut at = story.waking(day);
    story.say(at, caller, "GET", "/", 200, 18_240).referer = "https://www.google.com/";
    for asset in ["/assets/main.5f2c.css", "/assets/main.5f2c.js", "/assets/logo.svg"] {
        at += 120;
        let status = if story.rng.chance(30) { 304 } else { 200 };
        let bytes = if status == 304 { 0 } else { 31_400 };
        story.say(at, caller, "GET", asset, status, bytes).referer = SITE;
    }
    for _ in 0..=story.rng.below(4) {
        at += story.rng.between(7_000, 60_000);
        let shop = 88_000 + story.rng.famous(3_000);
        let bytes = story.size(9_000, 17_000);
        story.say(at, caller, "GET", format!("/shop/{shop}"), 200, bytes).referer = SITE;
        let bytes = story.size(800, 2_600);
        story.say(at + 400, caller, "GET", format!("/v3/shops/{shop}/reviews"), 200, bytes).referer = SITE;
    }
    if story.rng.chance(25) {
        at += story.rng.between(9_000, 40_000);
        if story.rng.chance(20) {
            story.say(at, caller, "POST", "/v3/session", 401, 61).referer = SITE;
            at += 12_000;
        }
        story.say(at, caller, "POST", "/v3/session", 200, 412).referer = SITE;
        story.say(at + 900, caller, "GET", "/v3/me", 200, 806).referer = SITE;
    }
}
