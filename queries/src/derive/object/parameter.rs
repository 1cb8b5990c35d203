//! Query parameters that identify an object, told by their names, or by a value that names a person whatever its name.

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
        if let Some(member) = member(raw, value) {
            return Some(member);
        }
        let name = decoded(raw);
        let shape = shape(&decoded(value));
        let (name, personal) = match (identifying(&name, value), shape) {
            (Some((name, personal)), _) => (name, personal || shape.is_some()),
            (None, Some(_)) => (name.to_ascii_lowercase(), true),
            (None, None) => return None,
        };
        let name_text = std::str::from_utf8(&name).unwrap_or_default();
        let phone = is_phone_name(name_text) || shape == Some(Shape::Phone);
        let context = Context { phone, national: is_national_name(name_text) };
        let plus = if context.phone { Cow::Borrowed(value) } else { spaced(value) };
        let value = match plus {
            Cow::Borrowed(value) => decoded(value),
            Cow::Owned(value) => Cow::Owned(decoded(&value).into_owned()),
        };
        Some(Parameter { raw, name, value, personal, context })
    })
}

/// Longest value that is looked at as JSON, in bytes.
const MOST_JSON: usize = 4_096;

/// How deep members are looked for.
const DEPTH: usize = 3;

/// The one member of a JSON object in a value that identifies something, as in `variables={"id":"7"}`, itself or in an
/// object inside (`{"input":{"id":"7"}}`).
fn member<'a>(raw: &'a [u8], value: &[u8]) -> Option<Parameter<'a>> {
    if value.len() > MOST_JSON || ![&b"{"[..], b"%7B", b"%7b"].iter().any(|brace| value.starts_with(brace)) {
        return None;
    }
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&decoded(&spaced(value))).ok()?;
    let mut found = Vec::new();
    identifying_members(&members, DEPTH, &mut found);
    let [(name, personal, value)] = found.try_into().ok()?;
    let text = std::str::from_utf8(&name).unwrap_or_default();
    let context = Context { phone: is_phone_name(text), national: is_national_name(text) };
    Some(Parameter { raw, name, value: Cow::Owned(value), personal, context })
}

/// Name, whether it names a person, and value of members that identify something.
fn identifying_members(
    members: &serde_json::Map<String, serde_json::Value>,
    depth: usize,
    found: &mut Vec<(Vec<u8>, bool, Vec<u8>)>,
) {
    for (name, value) in members {
        let value = match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::Object(inner) if depth > 1 => {
                identifying_members(inner, depth - 1, found);
                continue;
            }
            _ => continue,
        };
        if let Some((name, personal)) = identifying(name.as_bytes(), value.as_bytes()).filter(|_| !value.is_empty()) {
            found.push((name, personal, value.into_bytes()));
        }
    }
}

/// In queries a plus sign is a space, except where a telephone number begins with it.
fn spaced(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'+', &value[1..]).is_none() {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect())
}

/// A value that names a person by what it looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Phone,
    Email,
}

/// An international telephone number or an e-mail address.
fn shape(value: &[u8]) -> Option<Shape> {
    if let Some(number) = value.strip_prefix(b"+") {
        let digits = number.iter().filter(|byte| byte.is_ascii_digit()).count();
        let plain = number.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'(' | b')'));
        return (plain && (8..=15).contains(&digits)).then_some(Shape::Phone);
    }
    let at = memchr::memchr(b'@', value).filter(|&at| at > 0 && value.len() <= 254)?;
    let host = &value[at + 1..];
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let dotted = memchr::memchr(b'.', host).is_some_and(|dot| dot > 0 && dot + 1 < host.len());
    let local = value[..at].iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b':' | b'<' | b'>'));
    (dotted && local && host.iter().all(plain)).then_some(Shape::Email)
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
    "correo",
    "telefono",
    "celular",
    "movil",
    "telefone",
    "telefon",
    "courriel",
    "dni",
    "curp",
    "cedula",
    "cnpj",
    "휴대폰",
    "휴대폰번호",
    "핸드폰",
    "전화번호",
    "이메일",
    "주민번호",
    "주민등록번호",
    "手机号",
    "邮箱",
    "身份证",
    "電話番号",
];
const NAMES: &[&str] = &["uid", "user", "username", "account", "login", "customer", "member", "subscriber", "owner"];
const ENDINGS: &[&str] =
    &["id", "uuid", "guid", "no", "num", "number", "code", "key", "numero", "codigo", "번호", "아이디"];
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
pub fn parts(name: &[u8]) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut before = '_';
    for c in std::str::from_utf8(name).ok()?.chars() {
        match c {
            '_' | '-' | '.' | '[' | ']' | ':' | '$' => parts.push(String::new()),
            _ if c.is_alphanumeric() => {
                if c.is_uppercase() && before.is_lowercase() {
                    parts.push(String::new());
                }
                if let Some(last) = parts.last_mut() {
                    last.extend(c.to_lowercase());
                }
            }
            _ => return None,
        }
        before = c;
    }
    parts.retain(|part| !part.is_empty());
    (!parts.is_empty()).then_some(parts)
}

/// Whether a part of a name makes it that of something else than an id.
pub fn is_other(part: &str) -> bool {
    OTHERS.contains(&part)
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
        return (parts.len() > 1 || !matches!(last, "code" | "key" | "codigo")).then_some((full, false));
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
            [
                "phone",
                "phones",
                "mobile",
                "mobiles",
                "tel",
                "telephone",
                "msisdn",
                "cell",
                "whatsapp",
                "sms",
                "telefono",
                "celular",
                "movil",
                "telefone",
                "telefon",
                "휴대폰",
                "휴대폰번호",
                "핸드폰",
                "전화번호",
                "手机号",
                "電話番号",
            ]
            .contains(&part.as_str())
                || ["phone", "phoneno", "phonenumber", "mobileno", "mobilenumber"].iter().any(|end| part.ends_with(end))
        })
    })
}

/// Whether a parameter or segment name says that a national identity number follows.
pub fn is_national_name(name: &str) -> bool {
    parts(name.as_bytes()).is_some_and(|parts| {
        parts.iter().any(|part| {
            [
                "ssn",
                "aadhaar",
                "aadhar",
                "rrn",
                "nric",
                "cpf",
                "nationalid",
                "national",
                "personnummer",
                "nin",
                "주민번호",
                "주민등록번호",
                "身份证",
            ]
            .contains(&part.as_str())
        })
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn found(query: &str) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        parameters(query.as_bytes()).map(|found| (text(&found.name), text(&found.value))).collect()
    }

    #[test]
    fn one_identifying_member_of_a_json_value_stands_for_the_parameter() {
        let one = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        assert_eq!(found("variables=%7B%22id%22%3A%22boV%22%7D"), one("id", "boV"));
        assert_eq!(found("variables={\"userId\":71,\"first\":20}&v=2"), one("user_id", "71"));
        assert_eq!(found("variables=%7b%22order_id%22:%22a+b%22%7d"), one("order_id", "a b"));
        assert_eq!(found(r#"variables={"input":{"orderId":"x7","note":"a"}}"#), one("order_id", "x7"));
        // Two that identify something leave open which; none, operators, and what is no object say nothing.
        for query in [
            "variables={\"id\":1,\"userId\":2}",
            "where={\"age\":{\"$gt\":1}}",
            "variables={\"id\":\"\"}",
            "variables={\"id\":",
            "variables=[{\"id\":1}]",
        ] {
            assert_eq!(found(query), Vec::new(), "{query}");
        }
    }
}
