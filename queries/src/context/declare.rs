//! A context over one load: which paths are declared what, and which rows each entry speaks of.

use super::{Access, Context, Declared, Expected, Kind, Returns, Who};
use crate::derive::client::{key, mask};
use crate::requests::{Requests, TextView};
use chrono::{DateTime, TimeZone, Timelike};
use chrono_tz::Tz;
use fixedbitset::FixedBitSet;
use std::collections::BTreeMap;
use std::net::IpAddr;

const DAY: i64 = 86_400_000_000;

/// Shortest name of a crawler that is looked for in user agents.
const SHORTEST: usize = 4;

/// Whether a value is one of those listed.
type Fits<'a> = Box<dyn Fn(&str) -> bool + 'a>;

impl Context {
    /// Applies the context to requests. What it says of a route counts before what an `OpenAPI` document said.
    pub fn declare(&self, requests: &Requests, mut declared: Declared) -> Declared {
        declared.file = Some((self.path.clone(), self.sha256.clone()));
        self.routes(requests, &mut declared);
        for (kind, who) in &self.whos {
            self.expect(requests, *kind, who, &mut declared);
        }
        declared
    }

    fn routes(&self, requests: &Requests, declared: &mut Declared) {
        let paths = &requests.derived.paths;
        for access in Access::ALL {
            declared.accesses.intern(access.name().as_bytes());
        }
        let documented = std::mem::take(&mut declared.access_of_path);
        if !self.routes.is_empty() {
            declared.access_of_path = vec![0; paths.len().max(1)];
        }
        for route in &self.routes {
            let fitting: FixedBitSet =
                paths.iter().filter(|(_, path)| route.pattern.fits(path)).map(|(code, _)| code as usize).collect();
            if fitting.is_clear() {
                declared.notes.push(self.idle(route.line, &format!("route {}", route.pattern.text)));
            }
            if let Some(access) = route.access {
                for path in fitting.ones() {
                    // The first that fits counts, so that an exception stands before what it is an exception of.
                    let code = &mut declared.access_of_path[path];
                    if *code == 0 {
                        *code = access as u32 + 1;
                    }
                }
            }
            if route.bulk || !route.data.is_empty() {
                let (data, text) = (route.data.clone(), route.pattern.text.clone());
                declared.returns.push(Returns { route: text, data, bulk: route.bulk, paths: fitting });
            }
        }
        for (code, &said) in declared.access_of_path.iter_mut().zip(&documented) {
            *code = if *code == 0 { said } else { *code };
        }
        if self.routes.is_empty() {
            declared.access_of_path = documented;
        }
        withdraw(requests, declared);
        self.public_rows(requests, declared);
    }

    /// The rows of each route that is declared public.
    fn public_rows(&self, requests: &Requests, declared: &mut Declared) {
        let Some(paths) = requests.text("path").filter(|paths| !paths.is_absent()) else { return };
        for route in self.routes.iter().filter(|route| route.access == Some(Access::Public)) {
            let is_public = |code: u32| {
                declared.access_of_path[code as usize] == Access::Public as u32 + 1
                    && route.pattern.fits(paths.dictionary.text(code).as_bytes())
            };
            let table: Vec<bool> = (0..paths.dictionary.len() as u32).map(is_public).collect();
            let rows: FixedBitSet = (0..requests.rows()).filter(|&row| table[paths.code(row) as usize]).collect();
            let entry = route.pattern.text.clone();
            declared.expected.push(Expected { kind: Kind::PublicRoute, entry, at_home: false, rows });
        }
    }

    fn expect(&self, requests: &Requests, kind: Kind, who: &Who, declared: &mut Declared) {
        let mut rows = rows_of(requests, who);
        let claims = kind == Kind::Crawler && claim(requests, who, declared);
        if rows.is_clear() && !claims {
            declared.notes.push(self.idle(who.line, &format!("{} {}", kind.name(), who.name)));
        }
        if let Some(quota) = who.quota {
            let over = over_quota(requests, who.zone, &rows, quota);
            if !over.is_empty() {
                declared.notes.push(format!(
                    "{}:{}: {} {} is over its quota of {quota} requests a day on {} day(s), the first {}; what it did then \
                     was judged like anybody's.",
                    self.path,
                    who.line,
                    kind.name(),
                    who.name,
                    over.len(),
                    day_name(over.keys().next().copied().unwrap_or(0))
                ));
            }
            for row in over.into_values().flatten() {
                rows.set(row as usize, false);
            }
        }
        let at_home = !who.networks.is_empty();
        declared.expected.push(Expected { kind, entry: who.name.clone(), at_home, rows });
    }

    fn idle(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what} fits no request of these logs", self.path)
    }
}

/// Notes the requests that claim to be a crawler whose networks are listed and come from elsewhere; whether there are any.
fn claim(requests: &Requests, who: &Who, declared: &mut Declared) -> bool {
    let (Some(agents), Some(clients)) = (requests.told("user_agent"), requests.told("client_ip")) else { return false };
    if who.networks.is_empty() || agents.is_absent() || clients.is_absent() {
        return false;
    }
    let name = who.name.to_lowercase();
    // A short name stands in too many words.
    let is_named = |agent: &str| name.len() >= SHORTEST && agent.to_lowercase().contains(&name);
    let is_claimed = |agent: &str| match who.user_agents.as_slice() {
        [] => is_named(agent),
        listed => listed.iter().any(|part| agent.contains(part.as_str())),
    };
    let table = |view: &TextView<'_>, fits: &dyn Fn(&str) -> bool| -> Vec<bool> {
        (0..view.dictionary.len() as u32).map(|code| code != 0 && fits(view.dictionary.text(code))).collect()
    };
    let claimed = table(&agents, &is_claimed);
    let strange = table(&clients, &|address| !in_networks(&who.networks, address));
    let from_elsewhere = |row: &usize| claimed[agents.code(*row) as usize] && strange[clients.code(*row) as usize];
    let rows: Vec<usize> = (0..requests.rows()).filter(from_elsewhere).collect();
    if !rows.is_empty() {
        let code = declared.claimed.intern(who.name.as_bytes());
        declared.claims.resize(requests.rows(), 0);
        for &row in &rows {
            declared.claims[row] = code;
        }
    }
    !rows.is_empty()
}

/// Takes back from what a document called public the rows of routes that the context calls protected.
fn withdraw(requests: &Requests, declared: &mut Declared) {
    let Some(paths) = requests.text("path").filter(|paths| !paths.is_absent()) else { return };
    let access = &declared.access_of_path;
    let is_protected =
        |row: usize| access.get(paths.code(row) as usize).is_some_and(|&access| access == Access::Protected as u32 + 1);
    for expected in &mut declared.expected {
        let gone: Vec<usize> = expected.rows.ones().filter(|&row| is_protected(row)).collect();
        for row in gone {
            expected.rows.set(row, false);
        }
    }
}

/// Rows for which all holds that is given, quota aside.
fn rows_of(requests: &Requests, who: &Who) -> FixedBitSet {
    let lists: [(&str, Fits<'_>, bool); 6] = [
        ("client_ip", Box::new(|text| in_networks(&who.networks, text)), !who.networks.is_empty()),
        ("principal", Box::new(|text| who.principals.iter().any(|known| known == text)), !who.principals.is_empty()),
        ("client_app", Box::new(|text| who.client_apps.iter().any(|known| known == text)), !who.client_apps.is_empty()),
        ("credential", Box::new(|text| who.credentials.iter().any(|known| known == text)), !who.credentials.is_empty()),
        (
            "user_agent",
            Box::new(|text| who.user_agents.iter().any(|part| text.contains(part.as_str()))),
            !who.user_agents.is_empty(),
        ),
        ("path", Box::new(|text| who.routes.iter().any(|route| route.fits(text.as_bytes()))), !who.routes.is_empty()),
    ];
    let mut rows = FixedBitSet::with_capacity(requests.rows());
    rows.insert_range(..);
    for (column, fits, _) in lists.iter().filter(|(.., given)| *given) {
        let Some(view) = requests.told(column).filter(|view| !view.is_absent()) else {
            rows.clear();
            return rows;
        };
        let table: Vec<bool> =
            (0..view.dictionary.len() as u32).map(|code| code != 0 && fits(view.dictionary.text(code))).collect();
        let fitting: FixedBitSet = (0..requests.rows()).filter(|&row| table[view.code(row) as usize]).collect();
        rows.intersect_with(&fitting);
    }
    if who.from.is_some() || who.until.is_some() || !who.schedule.is_empty() {
        let outside: Vec<usize> = rows.ones().filter(|&row| !in_time(requests.facts.ts(row), who)).collect();
        for row in outside {
            rows.set(row, false);
        }
    }
    rows
}

fn in_networks(networks: &[(u128, u32)], text: &str) -> bool {
    let Ok(address) = text.parse::<IpAddr>() else { return false };
    let key = key(address);
    networks.iter().any(|&(base, bits)| mask(key, bits) == base)
}

/// Whether a time is within the dates and hours of an entry; a request without a time is not.
fn in_time(ts: Option<i64>, who: &Who) -> bool {
    let Some(ts) = ts else { return false };
    if who.from.is_some_and(|from| ts < from) || who.until.is_some_and(|until| ts >= until) {
        return false;
    }
    let Some(time) = local(ts, who.zone) else { return false };
    let minute = time.hour() * 60 + time.minute();
    who.schedule.is_empty()
        || who.schedule.iter().any(|&(from, until)| {
            if from < until { (from..until).contains(&minute) } else { minute >= from || minute < until }
        })
}

fn local(ts: i64, zone: Tz) -> Option<DateTime<Tz>> {
    DateTime::from_timestamp_micros(ts).map(|utc| zone.from_utc_datetime(&utc.naive_utc()))
}

/// Rows of the days, by local day number, on which there are more requests than the quota.
fn over_quota(requests: &Requests, zone: Tz, rows: &FixedBitSet, quota: u64) -> BTreeMap<i64, Vec<u32>> {
    let mut days: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for row in rows.ones().map(|row| row as u32) {
        let Some(time) = requests.facts.ts(row as usize).and_then(|ts| local(ts, zone)) else { continue };
        days.entry(time.naive_local().and_utc().timestamp_micros().div_euclid(DAY)).or_default().push(row);
    }
    let counted = |rows: &[u32]| rows.iter().filter(|&&row| requests.counts(row)).count() as u64;
    days.retain(|_, rows| counted(rows) > quota);
    days
}

fn day_name(day: i64) -> String {
    DateTime::from_timestamp_micros(day.saturating_mul(DAY))
        .map_or_else(|| "unknown".to_owned(), |time| time.format("%Y-%m-%d").to_string())
}

impl Declared {
    /// What routes of these paths return, by entry.
    pub fn returned_by(&self, paths: &FixedBitSet) -> Vec<&Returns> {
        self.returns.iter().filter(|returns| returns.paths.intersection(paths).next().is_some()).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::Log;

    fn declared(toml: &str) -> (Requests, Vec<String>) {
        let context = Context::parse(toml, "c.toml").unwrap();
        let log = Log::new()
            .row(|row| row.at(60.0).ip("192.0.2.1").get("/export/1").status(200).user("acme").ua("Sync/1"))
            .row(|row| row.at(7_200.0).ip("192.0.2.1").get("/export/2").status(200).user("acme").ua("Sync/1"))
            .row(|row| row.at(7_201.0).ip("198.51.100.9").get("/export/3").status(200).user("acme").ua("Sync/1"))
            .row(|row| row.at(90_000.0).ip("192.0.2.1").get("/open/x").status(200).ua("Bot/2"));
        let requests = log.context(context).build();
        let rows = |expected: &Expected| {
            let rows: Vec<usize> = expected.rows.ones().collect();
            format!("{} {} {rows:?}", expected.kind.name(), expected.entry)
        };
        let said = requests.derived.declared.expected.iter().map(rows).collect();
        (requests, said)
    }

    #[test]
    fn all_that_is_given_must_hold() {
        let who = |more: &str| {
            let toml =
                format!("[[partner]]\nname = \"a\"\nprincipals = [\"acme\"]\nroutes = [\"/export/{{id}}\"]\n{more}");
            declared(&toml).1
        };
        assert_eq!(who(""), ["partner a [0, 1, 2]"]);
        assert_eq!(who("networks = [\"192.0.2.0/24\"]"), ["partner a [0, 1]"]);
        assert_eq!(who("schedule = [\"23:00-01:00\"]"), ["partner a [0]"]);
        assert_eq!(who("schedule = [\"10:00-12:00\"]\nzone = \"Asia/Seoul\""), ["partner a [1, 2]"]);
        assert_eq!(who("from = \"2026-03-04T02:00:01Z\""), ["partner a [2]"]);
        assert_eq!(who("user_agents = [\"Other\"]"), ["partner a []"]);
    }

    #[test]
    fn who_claims_to_be_a_crawler_from_outside_of_its_networks_is_told() {
        let claims = |toml: &str| {
            let (requests, _) = declared(toml);
            let view = requests.text("claims").unwrap();
            (0..requests.rows()).filter_map(|row| view.get(row).map(|name| format!("{row} {name}"))).collect::<Vec<_>>()
        };
        let crawler = |more: &str| claims(&format!("[[crawler]]\n{more}\n"));
        assert_eq!(crawler("name = \"sync\"\nnetworks = [\"192.0.2.0/24\"]"), ["2 sync"]);
        assert_eq!(crawler("name = \"it\"\nuser_agents = [\"Sync/\"]\nnetworks = [\"192.0.2.0/24\"]"), ["2 it"]);
        assert_eq!(crawler("name = \"sync\"\nnetworks = [\"0.0.0.0/0\"]"), [""; 0]);
        assert_eq!(crawler("name = \"bot\"\nnetworks = [\"203.0.113.0/24\"]"), [""; 0], "too short");
    }

    #[test]
    fn a_day_over_the_quota_is_not_expected_and_said() {
        let toml = "[[partner]]\nname = \"a\"\nprincipals = [\"acme\"]\nroutes = [\"/export/*\"]\nquota_per_day = 2\n";
        let (requests, said) = declared(toml);
        assert_eq!(said, ["partner a []"]);
        let notes = requests.derived.declared.notes.join(" ");
        assert!(
            notes.contains(
                "c.toml:1: partner a is over its quota of 2 requests a day on 1 day(s), the first 2026-03-04"
            )
        );
    }

    #[test]
    fn the_first_route_that_fits_counts_and_idle_entries_are_said() {
        let toml = "[[route]]\npath = \"/export/2\"\naccess = \"public\"\n[[route]]\npath = \"/export/*\"\naccess = \"protected\"\n\
                    data = [\"name\"]\n[[route]]\npath = \"/gone\"\nbulk = true\n";
        let (requests, said) = declared(toml);
        let access: Vec<_> = (0..4).map(|row| requests.text("access").unwrap().get(row)).collect();
        assert_eq!(access, [Some("protected"), Some("public"), Some("protected"), None]);
        assert_eq!(said, ["public route /export/2 [1]"]);
        assert_eq!(requests.derived.declared.notes, ["c.toml:9: route /gone fits no request of these logs"]);
    }
}
