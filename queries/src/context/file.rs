//! The TOML of a context, and every check that can be made before logs are read.

use super::pattern::Pattern;
use super::{Access, ContextError, Kind, Route, Who};
use crate::derive::client::network;
use crate::expr::Span;
use crate::expr::parse::{caret, nearest};
use chrono::{DateTime, NaiveDate, NaiveTime, Timelike};
use chrono_tz::Tz;
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    route: Vec<RouteText>,
    #[serde(default)]
    partner: Vec<Spanned<WhoText>>,
    #[serde(default)]
    consent: Vec<Spanned<WhoText>>,
    #[serde(default)]
    crawler: Vec<Spanned<WhoText>>,
    #[serde(default)]
    scanner: Vec<Spanned<WhoText>>,
    #[serde(default)]
    health_check: Vec<Spanned<WhoText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteText {
    path: Spanned<String>,
    access: Option<Access>,
    #[serde(default)]
    bulk: bool,
    #[serde(default)]
    data: Vec<String>,
    /// Why; for people.
    #[serde(rename = "why")]
    _why: Option<String>,
}

/// Somebody, of whatever kind; what does not go with a kind is refused after reading.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhoText {
    name: String,
    #[serde(default)]
    networks: Vec<Spanned<String>>,
    #[serde(default)]
    principals: Vec<String>,
    #[serde(default)]
    client_apps: Vec<String>,
    #[serde(default)]
    credentials: Vec<String>,
    #[serde(default)]
    user_agents: Vec<String>,
    #[serde(default)]
    routes: Vec<Spanned<String>>,
    from: Option<Spanned<String>>,
    until: Option<Spanned<String>>,
    quota_per_day: Option<Spanned<u64>>,
    #[serde(default)]
    schedule: Vec<Spanned<String>>,
    zone: Option<Spanned<String>>,
    #[serde(rename = "why")]
    _why: Option<String>,
}

struct Reader<'a> {
    text: &'a str,
    path: &'a str,
}

type Read = (Vec<Route>, Vec<(Kind, Who)>);

/// Reads and checks a context.
pub(super) fn read(text: &str, path: &str) -> Result<Read, ContextError> {
    let reader = Reader { text, path };
    let file: File = toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        reader.error(span, &with_hint(error.message()))
    })?;
    let routes = file.route.into_iter().map(|route| reader.route(route)).collect::<Result<_, _>>()?;
    let kinds = [
        (Kind::Partner, file.partner),
        (Kind::Consent, file.consent),
        (Kind::Crawler, file.crawler),
        (Kind::Scanner, file.scanner),
        (Kind::HealthCheck, file.health_check),
    ];
    let mut whos = Vec::new();
    for (kind, entries) in kinds {
        for entry in entries {
            whos.push((kind, reader.who(kind, entry)?));
        }
    }
    Ok((routes, whos))
}

/// The message of the reader with the nearest name that it expected.
fn with_hint(message: &str) -> String {
    let message = message.trim().replace('\n', " ");
    let mut quoted = message.split('`').skip(1).step_by(2);
    let Some(wrong) = quoted.next().filter(|_| message.starts_with("unknown ")) else { return message };
    match nearest(wrong, quoted) {
        Some(near) => format!("{message}; did you mean `{near}`?"),
        None => message,
    }
}

impl Reader<'_> {
    fn error(&self, span: Range<usize>, message: &str) -> ContextError {
        let line = self.line(span.start);
        let shown = caret(self.text, Span { start: span.start, end: span.end }, message);
        ContextError(format!("{}:{line}: {shown}", self.path))
    }

    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
    }

    fn pattern(&self, text: &Spanned<String>) -> Result<Pattern, ContextError> {
        Pattern::parse(text.get_ref()).map_err(|why| self.error(text.span(), &why))
    }

    fn route(&self, route: RouteText) -> Result<Route, ContextError> {
        let pattern = self.pattern(&route.path)?;
        if route.access.is_none() && !route.bulk && route.data.is_empty() {
            let why =
                "nothing is said of this route; give access = \"public\" or \"protected\", bulk = true or data = [...]";
            return Err(self.error(route.path.span(), why));
        }
        let line = self.line(route.path.span().start);
        Ok(Route { pattern, access: route.access, bulk: route.bulk, data: route.data, line })
    }

    fn who(&self, kind: Kind, entry: Spanned<WhoText>) -> Result<Who, ContextError> {
        let span = entry.span();
        let text = entry.into_inner();
        self.check(kind, &text, &span)?;
        let networks = text.networks.iter().map(|network| self.network(network)).collect::<Result<_, _>>()?;
        let routes = text.routes.iter().map(|route| self.pattern(route)).collect::<Result<_, _>>()?;
        let zone = text.zone.as_ref().map_or(Ok(Tz::UTC), |zone| self.zone(zone))?;
        let time = |time: &Option<Spanned<String>>| time.as_ref().map(|time| self.time(time)).transpose();
        let (from, until) = (time(&text.from)?, time(&text.until)?);
        if let (Some(a), Some(b), Some(place)) = (from, until, &text.until)
            && a >= b
        {
            return Err(self.error(place.span(), "`until` is not after `from`"));
        }
        Ok(Who {
            name: text.name,
            networks,
            principals: text.principals,
            client_apps: text.client_apps,
            credentials: text.credentials,
            user_agents: text.user_agents,
            routes,
            from,
            until,
            quota: text.quota_per_day.map(Spanned::into_inner),
            schedule: text.schedule.iter().map(|hours| self.hours(hours)).collect::<Result<_, _>>()?,
            zone,
            line: self.line(span.start),
        })
    }

    /// What a kind must have, and what only a partner has.
    fn check(&self, kind: Kind, text: &WhoText, span: &Range<usize>) -> Result<(), ContextError> {
        let named = !text.principals.is_empty() || !text.client_apps.is_empty() || !text.credentials.is_empty();
        let told = !text.networks.is_empty();
        let why = match kind {
            Kind::Crawler | Kind::Scanner if !told => {
                "is told by its networks, since anybody can send its user agent; give networks = [\"192.0.2.0/24\"]"
            }
            Kind::Partner if !told && !named => "has no networks, principals, client_apps or credentials to tell it by",
            Kind::Partner if text.routes.is_empty() => "has no contracted routes; give routes = [\"/exports/{id}\"]",
            Kind::Consent if text.client_apps.is_empty() || text.routes.is_empty() => {
                "needs client_apps, which were consented to, and routes, to which they may read"
            }
            Kind::HealthCheck if text.routes.is_empty() => "has no routes; give routes = [\"/healthz\"]",
            _ => "",
        };
        if !why.is_empty() {
            return Err(self.error(span.clone(), &format!("this {} {why}", kind.name())));
        }
        let alien = match (&text.quota_per_day, text.schedule.first()) {
            (Some(quota), _) => Some(("quota_per_day", quota.span())),
            (None, Some(hours)) => Some(("schedule", hours.span())),
            (None, None) => None,
        };
        match alien {
            Some((name, span)) if kind != Kind::Partner => {
                Err(self.error(span, &format!("`{name}` is of partners; a {} has none", kind.name())))
            }
            _ => Ok(()),
        }
    }

    fn network(&self, text: &Spanned<String>) -> Result<(u128, u32), ContextError> {
        network(text.get_ref()).ok_or_else(|| {
            let why = "neither a network nor an address; write 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7";
            self.error(text.span(), why)
        })
    }

    fn zone(&self, text: &Spanned<String>) -> Result<Tz, ContextError> {
        let name = text.get_ref();
        chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied().ok_or_else(|| {
            let near = nearest(name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
            let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            self.error(text.span(), &format!("unknown zone `{name}`{hint}"))
        })
    }

    /// RFC 3339, or a day in UTC.
    fn time(&self, text: &Spanned<String>) -> Result<i64, ContextError> {
        let written = text.get_ref();
        if let Ok(time) = DateTime::parse_from_rfc3339(written) {
            return Ok(time.timestamp_micros());
        }
        let day = NaiveDate::parse_from_str(written, "%Y-%m-%d");
        day.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_micros())
            .map_err(|_| self.error(text.span(), "no time; write \"2026-03-04T02:11:40Z\" or \"2026-03-04\" (UTC)"))
    }

    /// `01:00-05:00` in minutes of the day; over midnight where the end is earlier.
    fn hours(&self, text: &Spanned<String>) -> Result<(u32, u32), ContextError> {
        let minute = |text: &str| -> Option<u32> {
            let text = text.trim();
            if text == "24:00" {
                return Some(24 * 60);
            }
            NaiveTime::parse_from_str(text, "%H:%M").ok().map(|time| time.hour() * 60 + time.minute())
        };
        let both = text.get_ref().split_once('-').and_then(|(from, until)| minute(from).zip(minute(until)));
        both.filter(|(from, until)| from != until)
            .ok_or_else(|| self.error(text.span(), "no hours; write \"01:00-05:30\""))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Context;

    #[test]
    fn mistakes_are_shown_where_they_are() {
        for (text, line, words) in [
            ("[[route]]\npath = \"/a\"\nacces = \"public\"\n", 3, "did you mean `access`?"),
            ("[[rout]]\npath = \"/a\"\n", 1, "did you mean `route`?"),
            ("[[route]]\npath = \"/a\"\naccess = \"pubic\"\n", 3, "did you mean `public`?"),
            ("[[route]]\npath = \"a\"\nbulk = true\n", 2, "a route begins with /"),
            ("[[route]]\npath = \"/a\"\n", 2, "nothing is said of this route"),
            ("\n[[crawler]]\nname = \"bot\"\nuser_agents = [\"Bot\"]\n", 2, "anybody can send its user agent"),
            ("[[scanner]]\nname = \"s\"\nnetworks = [\"192.0.2.0/99\"]\n", 3, "neither a network nor an address"),
            ("[[partner]]\nname = \"p\"\nclient_apps = [\"a\"]\n", 1, "has no contracted routes"),
            (
                "[[health_check]]\nname = \"h\"\nroutes = [\"/h\"]\nquota_per_day = 3\n",
                4,
                "`quota_per_day` is of partners",
            ),
            (
                "[[partner]]\nname = \"p\"\nprincipals = [\"a\"]\nroutes = [\"/e\"]\nschedule = [\"1-5\"]\n",
                5,
                "write \"01:00-05:30\"",
            ),
            (
                "[[scanner]]\nname = \"s\"\nnetworks = [\"192.0.2.1\"]\nfrom = \"2026-03-05\"\nuntil = \"2026-03-04\"\n",
                5,
                "not after `from`",
            ),
            ("[[route]\n", 1, ""),
        ] {
            let error = Context::parse(text, "c.toml").unwrap_err().0;
            assert!(error.starts_with(&format!("c.toml:{line}: ")), "{error}");
            assert!(error.contains(words) && error.contains('^'), "{error}");
        }
    }

    #[test]
    fn an_empty_context_is_one() {
        let context = Context::parse("", "c.toml").unwrap();
        assert_eq!(context.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
