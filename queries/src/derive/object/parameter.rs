//! Query parameters that identify an object, told by their names.

use super::{Context, decoded};
use std::borrow::Cow;

/// A parameter that identifies something.
pub struct Parameter<'a> {
    /// Its name as it stands in the query.
    pub raw: &'a [u8],
    /// Its name, in lower case with underscores.
    pub name: Vec<u8>,
    /// Its value, decoded.
    pub value: Cow<'a, [u8]>,
    /// Whether it names a person.
    pub personal: bool,
    /// What the name says about the value.
    pub context: Context,
}

/// The parameters of a query that identify something, in the order in which they stand.
pub fn parameters(query: &[u8]) -> impl Iterator<Item = Parameter<'_>> {
    let query = memchr::memchr(b'#', query).map_or(query, |at| &query[..at]);
    query.split(|&byte| byte == b'&').filter_map(|pair| {
        let at = memchr::memchr(b'=', pair)?;
        let (raw, value) = (&pair[..at], &pair[at + 1..]);
        if value.is_empty() || raw.is_empty() || raw.len() > 64 {
            return None;
        }
        let name = decoded(raw);
        let (name, personal) = identifying(&name, value)?;
        let name_text = std::str::from_utf8(&name).unwrap_or_default();
        let context = Context { phone: is_phone_name(name_text), national: is_national_name(name_text) };
        let plus = if context.phone { Cow::Borrowed(value) } else { spaced(value) };
        let value = match plus {
            Cow::Borrowed(value) => decoded(value),
            Cow::Owned(value) => Cow::Owned(decoded(&value).into_owned()),
        };
        Some(Parameter { raw, name, value, personal, context })
    })
}

/// In queries a plus sign is a space, except where a telephone number begins with it.
fn spaced(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'+', &value[1..]).is_none() {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect())
}

const PERSONAL: &[&str] = &[
    "mobile",
    "phone",
    "tel",
    "telephone",
    "msisdn",
    "email",
    "mail",
    "ssn",
    "aadhaar",
    "aadhar",
    "imei",
    "imsi",
    "iccid",
    "vin",
    "pan",
    "passport",
    "cpf",
    "nric",
    "rrn",
];
const NAMES: &[&str] = &["uid", "user", "username", "account", "login", "customer", "member", "subscriber", "owner"];
const ENDINGS: &[&str] = &["id", "uuid", "guid", "no", "num", "number", "code", "key"];
/// Words that make an id-like name something else: paging, applications, sessions, tracking, classifications.
const OTHERS: &[&str] = &[
    "page",
    "limit",
    "offset",
    "size",
    "count",
    "cursor",
    "lat",
    "lon",
    "lng",
    "ts",
    "time",
    "date",
    "version",
    "client",
    "app",
    "application",
    "api",
    "apikey",
    "token",
    "session",
    "sess",
    "jsession",
    "php",
    "callback",
    "utm",
    "gcl",
    "fbcl",
    "msclk",
    "dclid",
    "yclid",
    "ga",
    "click",
    "campaign",
    "tracking",
    "track",
    "trace",
    "span",
    "request",
    "req",
    "correlation",
    "transaction",
    "nonce",
    "state",
    "country",
    "currency",
    "lang",
    "language",
    "locale",
    "region",
    "zip",
    "post",
    "postal",
    "zone",
    "area",
    "status",
    "error",
    "response",
    "auth",
    "otp",
    "verification",
    "sort",
    "order_by",
    "cache",
    "build",
    "access",
    "secret",
    "public",
    "private",
    "sid",
    "s",
    "x",
    "grid",
    "valid",
    "paid",
    "void",
    "hybrid",
    "android",
    "visitor",
    "anonymous",
    "experiment",
    "variant",
    "gclid",
    "fbclid",
    "msclkid",
    "row",
    "start",
    "end",
    "last",
    "min",
    "max",
    "per",
];

/// The name in parts: lower case, cut at case changes and separators. `None` when it holds odd bytes.
fn parts(name: &[u8]) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut before = b'_';
    for &byte in name {
        match byte {
            b'_' | b'-' | b'.' | b'[' | b']' | b':' | b'$' => parts.push(String::new()),
            _ if byte.is_ascii_alphanumeric() => {
                if byte.is_ascii_uppercase() && before.is_ascii_lowercase() {
                    parts.push(String::new());
                }
                if let Some(last) = parts.last_mut() {
                    last.push(byte.to_ascii_lowercase() as char);
                }
            }
            _ => return None,
        }
        before = byte;
    }
    parts.retain(|part| !part.is_empty());
    (!parts.is_empty()).then_some(parts)
}

/// The normal form of a parameter name that identifies something, and whether it names a person.
fn identifying(name: &[u8], value: &[u8]) -> Option<(Vec<u8>, bool)> {
    let parts = parts(name)?;
    let last = parts.last()?.as_str();
    if matches!(value, b"null" | b"undefined" | b"true" | b"false" | b"none") || value.iter().all(|&byte| byte == b'*')
    {
        return None;
    }
    let full = parts.join("_").into_bytes();
    if parts.iter().any(|part| PERSONAL.contains(&part.as_str())) && !parts.iter().any(|part| part == "verified") {
        return Some((full, true));
    }
    if parts.iter().any(|part| OTHERS.contains(&part.as_str())) {
        return None;
    }
    if NAMES.contains(&last) {
        return Some((full, false));
    }
    if ENDINGS.contains(&last) {
        // `code` alone is what an authorisation server hands out, `key` alone is mostly a credential.
        return (parts.len() > 1 || !matches!(last, "code" | "key")).then_some((full, false));
    }
    // Written together (`orderid`, `invoiceno`): the value has to look the part.
    let stem = ENDINGS.iter().find_map(|ending| last.strip_suffix(ending))?;
    let plausible = stem.len() >= 2 && !OTHERS.contains(&stem) && value.iter().any(u8::is_ascii_digit);
    plausible.then_some((full, PERSONAL.contains(&stem)))
}

/// Whether a parameter or segment name says that a telephone number follows.
pub fn is_phone_name(name: &str) -> bool {
    parts(name.as_bytes()).is_some_and(|parts| {
        parts.iter().any(|part| {
            ["phone", "phones", "mobile", "mobiles", "tel", "telephone", "msisdn", "cell", "whatsapp", "sms"]
                .contains(&part.as_str())
                || ["phone", "phoneno", "phonenumber", "mobileno", "mobilenumber"].iter().any(|end| part.ends_with(end))
        })
    })
}

/// Whether a parameter or segment name says that a national identity number follows.
pub fn is_national_name(name: &str) -> bool {
    parts(name.as_bytes()).is_some_and(|parts| {
        parts.iter().any(|part| {
            ["ssn", "aadhaar", "aadhar", "rrn", "nric", "cpf", "nationalid", "national", "personnummer", "nin"]
                .contains(&part.as_str())
        })
    })
}
