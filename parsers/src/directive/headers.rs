//! What request headers, cookies and parameters mean, whatever language names them.

use super::Meaning;
use crate::decode::field::Field;
use crate::mask::{Named, judge_name};
use crate::schema::Text;

/// What a request header means; case, `_` and `-` make no difference.
pub(super) fn request(name: &str) -> Meaning {
    let name = name.to_ascii_lowercase().replace('_', "-");
    Meaning::Known(match name.as_str() {
        ":method" => Field::Plain(Text::Method),
        ":path" | "x-envoy-original-path" | "x-original-uri" | "x-original-url" => Field::Target,
        ":authority" | "host" => Field::Host,
        ":scheme" | "x-forwarded-proto" | "connection" => Field::Ignore,
        "x-forwarded-for" => Field::Forwarded,
        "user-agent" => Field::Plain(Text::UserAgent),
        "referer" => Field::Plain(Text::Referer),
        "x-request-id" | "x-correlation-id" => Field::Plain(Text::RequestId),
        "traceparent" | "x-b3-traceid" | "x-amzn-trace-id" | "x-cloud-trace-context" | "uber-trace-id" => {
            Field::Plain(Text::TraceId)
        }
        "authorization" | "proxy-authorization" => Field::Authorization,
        "x-api-key" | "apikey" | "api-key" => Field::ApiKey,
        "cookie" => Field::Cookies,
        "x-client-id" => Field::Plain(Text::ClientApp),
        "x-consumer-username" | "x-remote-user" | "x-forwarded-user" | "x-auth-request-user" => {
            Field::Plain(Text::Principal)
        }
        "ssl-ja3" | "ssl-ja3-hash" | "x-ja3" | "x-ja3-fingerprint" | "x-ja4" | "x-ja4-fingerprint" => {
            Field::Plain(Text::TlsFingerprint)
        }
        _ => return named(&name),
    })
}

/// What a cookie means.
pub(super) fn cookie(name: &str) -> Meaning {
    named(name)
}

/// What a parameter of the query means.
pub(super) fn argument(name: &str) -> Meaning {
    match name.to_ascii_lowercase().replace('-', "_").as_str() {
        "api_key" | "apikey" => Meaning::Known(Field::ApiKey),
        _ => named(name),
    }
}

/// The name under which a value is kept. One that tells of a secret stands alone, so that it is recognised as such.
pub(super) fn label(prefix: &str, name: &str) -> String {
    match judge_name(name.as_bytes()) {
        Named::Plain | Named::App => format!("{prefix}{name}"),
        _ => name.to_owned(),
    }
}

/// What a name alone says.
fn named(name: &str) -> Meaning {
    match judge_name(name.as_bytes()) {
        Named::Credential => Meaning::Known(Field::Authorization),
        Named::Session => Meaning::Known(Field::Session),
        Named::App => Meaning::Known(Field::Plain(Text::ClientApp)),
        Named::Plain | Named::Secret | Named::Perhaps | Named::Card => Meaning::Extra,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_however_they_are_spelt() {
        for (name, meaning) in [
            ("User-Agent", Meaning::Known(Field::Plain(Text::UserAgent))),
            ("x_forwarded_for", Meaning::Known(Field::Forwarded)),
            ("X-Auth-Token", Meaning::Known(Field::Authorization)),
            ("X-Tenant", Meaning::Extra),
        ] {
            assert_eq!(request(name), meaning, "{name}");
        }
        assert_eq!(cookie("JSESSIONID"), Meaning::Known(Field::Session));
        assert_eq!((label("sent_", "Set-Cookie"), label("sent_", "Age")), ("Set-Cookie".into(), "sent_Age".into()));
        assert_eq!(argument("api-key"), Meaning::Known(Field::ApiKey));
    }
}
