//! The one table, `requests`, defined once as data.
//!
//! In: nothing. Out: [`COLUMNS`], from which the batch builders, the SQL frame, `breachline schema`,
//! format and rule validation and the README table are made. A **fact** is what one record says;
//! a **derivation** depends on other records or on flags and is computed in `breachline-queries`.

/// How a column is stored and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time,
    /// A whole number.
    Number,
    /// Text, stored as a code into a dictionary of distinct values.
    Text,
}

impl Kind {
    /// The name that `breachline schema` prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Number => "number",
            Self::Text => "text",
        }
    }
}

/// Whether one record says it, or whether it follows from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Read from the record itself.
    Fact,
    /// Computed from all records and the analyst's flags.
    Derivation,
}

impl Origin {
    /// The name that `breachline schema` prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Derivation => "derivation",
        }
    }
}

/// One column of `requests`.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name in SQL, rules, JSON and CSV.
    pub name: &'static str,
    /// Storage and comparison.
    pub kind: Kind,
    /// Fact or derivation.
    pub origin: Origin,
    /// One sentence.
    pub doc: &'static str,
    /// Elastic Common Schema field, where one fits.
    pub ecs: Option<&'static str>,
    /// OCSF HTTP Activity attribute, where one fits.
    pub ocsf: Option<&'static str>,
    /// Whether a value of it makes a sensible thing to look at by itself.
    pub pivot: bool,
    /// Whether one record and the flags tell it, so that it can be written while records pass by.
    pub by_record: bool,
}

const fn fact(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, origin: Origin::Fact, doc, ecs: None, ocsf: None, pivot: false, by_record: true }
}

const fn derivation(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, origin: Origin::Derivation, doc, ecs: None, ocsf: None, pivot: false, by_record: false }
}

impl Column {
    const fn ecs(mut self, name: &'static str) -> Self {
        self.ecs = Some(name);
        self
    }

    const fn ocsf(mut self, name: &'static str) -> Self {
        self.ocsf = Some(name);
        self
    }

    const fn by_record(mut self) -> Self {
        self.by_record = true;
        self
    }

    const fn pivot(mut self) -> Self {
        self.pivot = true;
        self
    }
}

/// Every column of `requests`, in the order in which `SELECT *` returns them.
pub const COLUMNS: &[Column] = &[
    fact("ts", Kind::Time, "When the request was logged, in UTC with microseconds.").ecs("@timestamp").ocsf("time"),
    derivation("hour", Kind::Time, "`ts` cut to the hour.").by_record(),
    derivation("day", Kind::Time, "`ts` cut to the day (UTC).").by_record(),
    fact("duration_us", Kind::Number, "How long the request took, in microseconds.")
        .ecs("event.duration")
        .ocsf("duration"),
    fact("peer_ip", Kind::Text, "The address that opened the connection to the logging hop.")
        .ecs("source.address")
        .ocsf("src_endpoint.ip")
        .pivot(),
    fact("client_port", Kind::Number, "The peer's port.").ecs("source.port").ocsf("src_endpoint.port"),
    fact("forwarded", Kind::Text, "The forwarded-for chain as sent; its left end is the client's own word.")
        .ecs("http.request.headers.x-forwarded-for"),
    derivation("client_ip", Kind::Text, "The first address from the right of the chain that is not a trusted proxy.")
        .by_record()
        .ecs("client.ip")
        .ocsf("src_endpoint.ip")
        .pivot(),
    derivation("client_net", Kind::Text, "The /24 (IPv4) or /48 (IPv6) of `client_ip`.").by_record().pivot(),
    derivation("asn", Kind::Text, "The autonomous system of `client_ip` (`AS64500`), where --asn-db names it.")
        .by_record()
        .ecs("client.as.number")
        .ocsf("src_endpoint.autonomous_system.number")
        .pivot(),
    derivation("as_org", Kind::Text, "Who runs that system, where --asn-db names it.")
        .by_record()
        .ecs("client.as.organization.name")
        .ocsf("src_endpoint.autonomous_system.name")
        .pivot(),
    derivation("country", Kind::Text, "The country of `client_ip` (ISO 3166-1), where --geo-db names it.")
        .by_record()
        .ecs("client.geo.country_iso_code")
        .ocsf("src_endpoint.location.country")
        .pivot(),
    fact("user_agent", Kind::Text, "The User-Agent header.")
        .ecs("user_agent.original")
        .ocsf("http_request.user_agent")
        .pivot(),
    fact("tls_fingerprint", Kind::Text, "JA3, JA4 or the like, where logged.").ecs("tls.client.ja3").pivot(),
    fact("principal", Kind::Text, "Who the request was made as (user, consumer, subject of a token).")
        .ecs("user.name")
        .ocsf("actor.user.name")
        .pivot(),
    fact("client_app", Kind::Text, "The application the request was made by (client id, API key id, partner).")
        .ecs("client.user.id")
        .ocsf("actor.app_name")
        .pivot(),
    fact("credential", Kind::Text, "Keyed fingerprint or log-side id of the credential shown, never the secret.")
        .pivot(),
    fact("session", Kind::Text, "Session id, as a fingerprint where it is a secret.").ocsf("actor.session.uid").pivot(),
    fact("scope", Kind::Text, "Scopes of the token, where logged."),
    fact("token_iat", Kind::Time, "When the token was issued, where logged."),
    fact("token_exp", Kind::Time, "When the token ends, where logged."),
    derivation(
        "auth",
        Kind::Text,
        "none, presented, verified, refused or unknown; none only where this source demonstrably records credentials.",
    )
    .pivot(),
    fact("method", Kind::Text, "The request method; absent where the request line was malformed.")
        .ecs("http.request.method")
        .ocsf("http_request.http_method")
        .pivot(),
    fact("host", Kind::Text, "The host the client asked for.")
        .ecs("url.domain")
        .ocsf("http_request.url.hostname")
        .pivot(),
    fact("target", Kind::Text, "The request target as logged, secrets masked.")
        .ecs("url.original")
        .ocsf("http_request.url.url_string"),
    derivation("path", Kind::Text, "`target` up to the question mark.")
        .by_record()
        .ecs("url.path")
        .ocsf("http_request.url.path")
        .pivot(),
    derivation("query", Kind::Text, "`target` after the question mark, secrets masked.")
        .by_record()
        .ecs("url.query")
        .ocsf("http_request.url.query_string"),
    derivation("route", Kind::Text, "The endpoint: `path` with the parts that vary replaced by {id} and the like.")
        .pivot(),
    derivation(
        "spelling",
        Kind::Text,
        "case, escape or suffix where `path` is another spelling of a path that is guarded; absent otherwise.",
    ),
    derivation("leads_to", Kind::Text, "Host and path of the URL elsewhere that a parameter of `target` holds, where one does.")
        .pivot(),
    derivation("api_version", Kind::Text, "The version in the path, such as v1.").pivot(),
    derivation(
        "resource",
        Kind::Text,
        "The route up to its first placeholder, with {version} for its version: what its versions have in common.",
    )
    .pivot(),
    derivation("edition", Kind::Text, "What stands for {version} in `resource`: v1, beta, or none where nothing does.")
        .pivot(),
    derivation("access", Kind::Text, "public or protected, where --context or --openapi declares the route to be so."),
    derivation("documented", Kind::Text, "documented, deprecated or undocumented in --openapi; absent without one."),
    derivation(
        "claims",
        Kind::Text,
        "The crawler of --context whose name or user agent the request shows from outside of its networks.",
    ),
    derivation("object_id", Kind::Text, "The object that the request names.").pivot(),
    derivation("object_kind", Kind::Text, "int, uuid, phone, email, national_id, hex or slug."),
    fact("status", Kind::Number, "The status that the client saw.")
        .ecs("http.response.status_code")
        .ocsf("http_response.code")
        .pivot(),
    fact("bytes_out", Kind::Number, "Bytes sent to the client; body or whole response, as the format says.")
        .ecs("http.response.bytes")
        .ocsf("traffic.bytes_out"),
    fact("bytes_in", Kind::Number, "Bytes received from the client.")
        .ecs("http.request.bytes")
        .ocsf("traffic.bytes_in"),
    fact("upstream", Kind::Text, "The server that answered behind the gateway.").ecs("destination.address").pivot(),
    fact("upstream_status", Kind::Number, "The status that server gave (the last one where several were tried)."),
    fact("error", Kind::Text, "Response flags or error reason of the gateway.").ecs("error.message"),
    fact("waf_action", Kind::Text, "What the firewall or balancer did with the request.").ecs("event.action"),
    derivation("answer", Kind::Text, "hit, miss, denied, error or other: what the response amounts to for the caller. A hit of a HEAD holds nothing.")
        .pivot(),
    derivation(
        "audience",
        Kind::Text,
        "closed when very few of the callers ever get an answer on the route, nobody when none does, else open.",
    ),
    derivation(
        "route_kind",
        Kind::Text,
        "What the route is for, where its name says so: sign_in, sign_out, renewal, recovery, verification, sign_up, \
         consent or setting.",
    )
    .pivot(),
    derivation(
        "attempt",
        Kind::Text,
        "failed or succeeded, on routes where one signs in, recovers, verifies or signs up; NULL where it cannot be told.",
    )
    .pivot(),
    fact("referer", Kind::Text, "The Referer header.")
        .ecs("http.request.referrer")
        .ocsf("http_request.referrer")
        .pivot(),
    fact("request_id", Kind::Text, "The gateway's request id.").ecs("http.request.id").ocsf("http_request.uid"),
    fact("trace_id", Kind::Text, "The distributed trace id.").ecs("trace.id"),
    fact("extra", Kind::Text, "Fields that the directive has and this table has not, and ids of other hops in headers, as name=value."),
    derivation("format", Kind::Text, "The format that the source was read as.").by_record(),
    derivation("vantage", Kind::Text, "edge, balancer, gateway or application: where the source stands.")
        .by_record()
        .pivot(),
    derivation("exchange", Kind::Number, "Which request this is: lines of several vantages that tell of one share it."),
    derivation(
        "exchange_basis",
        Kind::Text,
        "How the line is known to tell of the same request as others: request_id, trace_id or inferred; absent alone.",
    ),
    derivation("ts_zone", Kind::Text, "stated or assumed: whether the source's times carry a zone."),
    fact("source", Kind::Text, "The source, named as given.").ecs("log.file.path").pivot(),
    fact("line_no", Kind::Number, "Line in the source as decompressed, counted from 1."),
    fact("line_span", Kind::Number, "How many lines the record took; absent when one."),
    fact("item", Kind::Number, "Which of several records on the line, counted from 0; absent when one."),
    fact("byte_offset", Kind::Number, "Where the record starts in the source as decompressed.").ecs("log.offset"),
    fact("byte_len", Kind::Number, "How many bytes it has, line end excluded."),
];

/// Looks a column up by name.
pub fn column(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.name == name)
}

/// The text facts that live in dictionaries, as indexes into a [`crate::table::FactTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // each is the column of the same name in COLUMNS
pub enum Text {
    PeerIp,
    Forwarded,
    UserAgent,
    TlsFingerprint,
    Principal,
    ClientApp,
    Credential,
    Session,
    Scope,
    Method,
    Host,
    Target,
    Upstream,
    Error,
    WafAction,
    Referer,
    RequestId,
    TraceId,
    Extra,
}

impl Text {
    /// All of them, in index order.
    pub const ALL: [Self; 19] = [
        Self::PeerIp,
        Self::Forwarded,
        Self::UserAgent,
        Self::TlsFingerprint,
        Self::Principal,
        Self::ClientApp,
        Self::Credential,
        Self::Session,
        Self::Scope,
        Self::Method,
        Self::Host,
        Self::Target,
        Self::Upstream,
        Self::Error,
        Self::WafAction,
        Self::Referer,
        Self::RequestId,
        Self::TraceId,
        Self::Extra,
    ];

    /// The column's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PeerIp => "peer_ip",
            Self::Forwarded => "forwarded",
            Self::UserAgent => "user_agent",
            Self::TlsFingerprint => "tls_fingerprint",
            Self::Principal => "principal",
            Self::ClientApp => "client_app",
            Self::Credential => "credential",
            Self::Session => "session",
            Self::Scope => "scope",
            Self::Method => "method",
            Self::Host => "host",
            Self::Target => "target",
            Self::Upstream => "upstream",
            Self::Error => "error",
            Self::WafAction => "waf_action",
            Self::Referer => "referer",
            Self::RequestId => "request_id",
            Self::TraceId => "trace_id",
            Self::Extra => "extra",
        }
    }

    /// Whether nearly every record has a value of its own, so that looking for equal ones is wasted work.
    pub const fn mostly_distinct(self) -> bool {
        matches!(self, Self::RequestId | Self::TraceId)
    }

    /// Whether records near each other seldom share a value, so that remembering the last ones is wasted work.
    pub(crate) const fn varies(self) -> bool {
        matches!(self, Self::PeerIp | Self::Forwarded | Self::Target | Self::Extra)
    }
}

/// The numeric facts that many sources lack, as indexes into a [`crate::table::FactTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // each is the column of the same name in COLUMNS
pub enum Number {
    DurationUs,
    ClientPort,
    TokenIat,
    TokenExp,
    BytesOut,
    BytesIn,
    UpstreamStatus,
    LineSpan,
    Item,
}

impl Number {
    /// All of them, in index order.
    pub const ALL: [Self; 9] = [
        Self::DurationUs,
        Self::ClientPort,
        Self::TokenIat,
        Self::TokenExp,
        Self::BytesOut,
        Self::BytesIn,
        Self::UpstreamStatus,
        Self::LineSpan,
        Self::Item,
    ];

    /// The column's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DurationUs => "duration_us",
            Self::ClientPort => "client_port",
            Self::TokenIat => "token_iat",
            Self::TokenExp => "token_exp",
            Self::BytesOut => "bytes_out",
            Self::BytesIn => "bytes_in",
            Self::UpstreamStatus => "upstream_status",
            Self::LineSpan => "line_span",
            Self::Item => "item",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_and_number_is_a_column_of_its_name() {
        for text in Text::ALL {
            assert_eq!(column(text.name()).map(|c| c.kind), Some(Kind::Text), "{}", text.name());
        }
        for number in Number::ALL {
            assert!(column(number.name()).is_some(), "{}", number.name());
        }
    }

    #[test]
    fn names_are_unique_and_docs_are_sentences() {
        for (index, column) in COLUMNS.iter().enumerate() {
            assert!(COLUMNS[..index].iter().all(|other| other.name != column.name), "{} twice", column.name);
            assert!(column.doc.ends_with('.'), "{}", column.name);
        }
    }
}
