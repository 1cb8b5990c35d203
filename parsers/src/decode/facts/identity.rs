//! Who asks: what tokens, credentials and cookies of a record tell, once its own fields have spoken.
//!
//! Secrets end here: what leaves is a fingerprint, a user name, or a claim of a token.

use super::{Facts, Value};
use crate::mask::{self, Claims, Named};
use crate::schema::{Number, Text};
use crate::table::{EXTRA_SEPARATOR, FactTable, NO_NUMBER};
use crate::value;
use std::borrow::Cow;

/// Where a token was shown, weakest first: of several, the strongest says who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    Elsewhere,
    Parameter,
    Cookie,
    Key,
    Header,
}

/// What was shown so far.
#[derive(Default)]
pub(super) struct Identity {
    /// Fingerprints: of the Authorization header, an API key, a cookie or parameter.
    authorization: Option<String>,
    api_key: Option<String>,
    other: Option<String>,
    named: Option<Box<Names>>,
}

/// What credentials and tokens name.
#[derive(Default)]
struct Names {
    /// The user of Basic or Digest credentials.
    principal: Option<String>,
    client_app: Option<String>,
    claims: Option<(Shown, Claims)>,
}

impl<'a> Facts<'a> {
    fn print(&self, secret: &[u8]) -> String {
        mask::fingerprint_decoded(&self.context.key, secret)
    }

    fn names(&mut self) -> &mut Names {
        self.identity.named.get_or_insert_default()
    }

    /// Takes what a token says, unless a stronger one spoke.
    fn heed(&mut self, token: &[u8], shown: Shown) {
        let weaker = self.identity.named.as_ref().and_then(|names| names.claims.as_ref());
        if weaker.is_some_and(|(before, _)| *before >= shown) {
            return;
        }
        if let Some(claims) = mask::claims(token) {
            self.names().claims = Some((shown, claims));
        }
    }

    /// Takes the tokens within a value.
    fn heed_within(&mut self, value: &[u8], shown: Shown) {
        if let Some((range, true)) = mask::first_shape(value) {
            self.heed(&value[range], shown);
        }
    }

    /// Notes a part of a value as a secret that its raw line may not show.
    pub(crate) fn hide(&mut self, value: &[u8], part: &[u8]) {
        self.secrets.note(value, part);
    }

    /// Takes a query that stands by itself: in its raw line no question mark says that its parameters are some.
    pub(super) fn take_query(&mut self, raw: Value<'a>) {
        for pair in raw.split(|&byte| byte == b'&') {
            let Some(equals) = memchr::memchr(b'=', pair) else { continue };
            let (name, value) = (pair[..equals].strip_prefix(b"?").unwrap_or(&pair[..equals]), &pair[equals + 1..]);
            let is_secret = match mask::judge_name(name) {
                Named::Credential | Named::Secret | Named::Session => true,
                Named::Perhaps => {
                    name.eq_ignore_ascii_case(b"key") || mask::looks_mixed(value) || mask::looks_random(value)
                }
                Named::Card => mask::is_card(value),
                Named::Plain | Named::App => false,
            };
            if is_secret {
                self.secrets.note(&raw, value);
            }
        }
        self.query = Some(raw);
    }

    pub(super) fn take_authorization(&mut self, raw: &[u8]) {
        let shown = mask::authorization(raw);
        if mask::is_masked(&shown.secret) {
            return;
        }
        self.hide(raw, mask::split_scheme(raw).1);
        self.identity.authorization = Some(self.print(&shown.secret));
        self.heed_within(&shown.secret, Shown::Header);
        if shown.principal.is_some() || shown.client_app.is_some() {
            let names = self.names();
            (names.principal, names.client_app) = (shown.principal, shown.client_app);
        }
    }

    pub(super) fn take_api_key(&mut self, raw: &[u8]) {
        let (_, secret) = mask::split_scheme(raw);
        if mask::is_masked(secret) {
            return;
        }
        self.hide(raw, secret);
        let print = self.print(secret);
        if mask::is_jwt(secret) {
            // It names its application itself, and another token of the same is another key.
            self.heed(secret, Shown::Key);
            self.identity.other = Some(print);
        } else {
            self.identity.api_key = Some(print);
        }
    }

    pub(super) fn take_session(&mut self, raw: &[u8]) {
        if !mask::is_masked(raw) {
            self.hide(raw, raw);
            self.heed_within(raw, Shown::Cookie);
            let print = self.print(raw);
            self.set(Text::Session, Cow::Owned(print.into_bytes()));
        }
    }

    /// Takes what proves who asks out of a Cookie header; the header itself is not kept.
    pub(super) fn take_cookies(&mut self, raw: &[u8]) {
        mask::values_of_cookies(raw, |value| self.secrets.note(raw, value));
        for (name, value) in mask::cookies(raw) {
            if mask::is_masked(value) {
                continue;
            }
            self.heed_within(value, Shown::Cookie);
            match mask::judge_cookie(name) {
                Named::Session if !self.has(Text::Session) => {
                    let print = self.print(value);
                    self.set(Text::Session, Cow::Owned(print.into_bytes()));
                }
                Named::Credential if self.identity.other.is_none() => self.identity.other = Some(self.print(value)),
                Named::Plain | Named::Perhaps if self.identity.other.is_none() && mask::is_jwt(value) => {
                    self.identity.other = Some(self.print(value));
                }
                _ => {}
            }
        }
    }

    pub(super) fn take_plain(&mut self, which: Text, raw: Value<'a>) {
        if which == Text::Credential {
            let (scheme, secret) = mask::split_scheme(&raw);
            if !scheme.is_empty() || mask::first_shape(&raw).is_some() {
                self.hide(&raw, secret);
                let print = self.print(secret);
                self.heed_within(&raw, Shown::Key);
                return self.set(which, Cow::Owned(print.into_bytes()));
            }
        }
        // A token in the place of a name says who asks by its claims.
        if which == Text::Principal && mask::is_jwt(&raw) {
            self.heed(&raw, Shown::Key);
            self.identity.other = Some(self.print(&raw));
            return;
        }
        self.set(which, raw);
    }

    /// Keeps a field that the table has no column for.
    pub(crate) fn take_extra(&mut self, name: &str, raw: &[u8]) {
        let kept = self.extra_value(name, raw);
        if !self.extra.is_empty() {
            self.extra.push(EXTRA_SEPARATOR);
        }
        self.extra.extend_from_slice(name.as_bytes());
        self.extra.push(b'=');
        self.extra.extend(kept.iter().map(|&byte| if byte == EXTRA_SEPARATOR { b' ' } else { byte }));
    }

    /// What is kept of an extra field: a fingerprint where the name tells a secret, else the text without secrets.
    fn extra_value<'v>(&mut self, name: &str, raw: &'v [u8]) -> Cow<'v, [u8]> {
        let (named, is_cookie) = mask::judge_variable(name);
        self.heed_within(raw, Shown::Elsewhere);
        let is_secret = mask::is_grouped_card(raw)
            || match named {
                Named::Plain | Named::App => is_cookie && mask::looks_mixed(raw),
                Named::Perhaps => mask::looks_random(raw) || (is_cookie && mask::looks_mixed(raw)),
                Named::Card => mask::is_card(raw),
                Named::Credential | Named::Secret | Named::Session => true,
            };
        if is_secret && !mask::is_masked(raw) {
            let secret = mask::split_scheme(raw).1;
            self.hide(raw, secret);
            let print = self.print(secret);
            return Cow::Owned(format!("~{print}").into_bytes());
        }
        if raw.len() < 8 {
            return Cow::Borrowed(raw);
        }
        if matches!(raw.first(), Some(b'/' | b'?')) || memchr::memmem::find(&raw[..raw.len().min(16)], b"://").is_some()
        {
            return mask::look(raw, &self.context.key)
                .and_then(|found| found.text)
                .map_or(Cow::Borrowed(raw), Cow::Owned);
        }
        self.masked_text(raw).map_or(Cow::Borrowed(raw), Cow::Owned)
    }

    /// A text without its secrets, if it has any. Numbers and words are not looked at closely.
    fn masked_text(&self, text: &[u8]) -> Option<Vec<u8>> {
        let marks = memchr::memchr3(b'=', b'"', b'@', text).is_some() || memchr::memchr2(b'/', b' ', text).is_some();
        let may_name = marks && text.iter().any(u8::is_ascii_alphabetic);
        (may_name || mask::first_shape(text).is_some()).then(|| mask::mask_text(text, &self.context.key)).flatten()
    }

    /// Masks what is left in values that clients or gateways write freely.
    pub(super) fn mask_texts(&mut self, table: &FactTable) {
        for which in [Text::Referer, Text::Upstream] {
            if !self.recall(which, table) {
                self.mask_url(which);
            }
        }
        if let Some(masked) = self.get(Text::Error).and_then(|error| self.masked_text(error)) {
            self.set(Text::Error, Cow::Owned(masked));
        }
        self.mask_target();
        self.mask_others(table);
    }

    /// Whether a text is one in which nothing was to be seen a short while ago; its code is then known.
    fn recall(&mut self, which: Text, table: &FactTable) -> bool {
        let code = if self.valid { self.get(which).and_then(|text| table.quiet_code(which, text)) } else { None };
        if let Some(code) = code {
            self.codes[which as usize] = code;
        }
        code.is_some()
    }

    fn mask_url(&mut self, which: Text) {
        let Some(url) = self.get(which) else { return };
        match mask::look(url, &self.context.key) {
            Some(mask::Masked { text: Some(text), .. }) => self.set(which, Cow::Owned(text)),
            Some(_) => {}
            None => self.quiet |= 1 << which as u8,
        }
    }

    /// Masks secrets in the values that are neither URLs nor fingerprints, where an equals sign or a shape shows them.
    fn mask_others(&mut self, table: &FactTable) {
        const DONE: [Text; 8] = [
            Text::Error,
            Text::PeerIp,
            Text::Credential,
            Text::Session,
            Text::Method,
            Text::Target,
            Text::Upstream,
            Text::Referer,
        ];
        let mut left = DONE.iter().fold(self.present, |left, &done| left & !(1 << done as u8));
        while left != 0 {
            let which = Text::ALL[left.trailing_zeros() as usize];
            left &= left - 1;
            if self.recall(which, table) {
                continue;
            }
            let text = &self.texts[which as usize];
            let shaped = mask::shows_secret(text) || mask::may_hold_scheme(text);
            if !shaped && memchr::memchr2(b'=', b'@', text).is_none_or(|at| text[at] == b'@' && !is_url_within(text)) {
                self.quiet |= 1 << which as u8;
                continue;
            }
            let text = text.clone();
            let key = &self.context.key;
            // Prose needs the closer look; ids with an equals sign are many.
            let masked = if shaped || which == Text::UserAgent {
                mask::mask_text(&text, key)
            } else {
                mask::look(&text, key).and_then(|found| found.text)
            };
            self.heed_within(&text, Shown::Elsewhere);
            if let Some(masked) = masked {
                self.set(which, Cow::Owned(masked));
            }
        }
    }

    fn mask_target(&mut self) {
        let key = &self.context.key;
        let Some(target) = self.get(Text::Target) else {
            return;
        };
        // What is no request line may be anything, a header for one.
        if !self.has(Text::Method)
            && let Some(text) = mask::mask_text(target, key)
        {
            self.set(Text::Target, Cow::Owned(text));
            return;
        }
        let Some(found) = mask::look(target, key) else {
            return;
        };
        if let Some(range) = found.token {
            let token = target[range].to_vec();
            self.heed(&token, Shown::Parameter);
        }
        let Some(target) = self.get(Text::Target) else {
            return;
        };
        // Percent escapes can spell bytes that are no text.
        let client_app = found.client_app.map(|range| value::clean(&mask::percent_decode(&target[range])).into_owned());
        if let Some(client_app) = client_app.filter(|_| !self.has(Text::ClientApp)) {
            self.set(Text::ClientApp, Cow::Owned(client_app));
        }
        if self.identity.other.is_none() {
            self.identity.other = found.credential;
        }
        if let Some(session) = found.session.filter(|_| !self.has(Text::Session)) {
            self.set(Text::Session, Cow::Owned(session.into_bytes()));
        }
        if let Some(text) = found.text {
            self.set(Text::Target, Cow::Owned(text));
        }
    }

    /// What credentials say stands in for ids that the gateway did not log.
    pub(super) fn join_identity(&mut self) {
        let Identity { authorization, api_key, other, named } = std::mem::take(&mut self.identity);
        if let Some(names) = named {
            self.join_names(*names);
        }
        if let Some(print) = &api_key {
            self.set_absent(Text::ClientApp, Some(format!("key:{print}")));
        }
        self.set_absent(Text::Credential, authorization.or(api_key).or(other));
    }

    fn join_names(&mut self, names: Names) {
        self.set_absent(Text::Principal, names.principal);
        self.set_absent(Text::ClientApp, names.client_app);
        let Some((_, claims)) = names.claims else { return };
        self.set_absent(Text::Principal, claims.principal);
        self.set_absent(Text::ClientApp, claims.client_app);
        self.set_absent(Text::Scope, claims.scope);
        let session = claims.session.map(|session| self.print(session.as_bytes()));
        self.set_absent(Text::Session, session);
        for (which, time) in [(Number::TokenIat, claims.issued), (Number::TokenExp, claims.expires)] {
            let number = &mut self.numbers[which as usize];
            if let Some(time) = time.filter(|_| *number == NO_NUMBER) {
                *number = time;
            }
        }
        if claims.unsigned {
            self.take_extra("jwt_alg", b"none");
        }
    }

    /// A value that the record states by itself wins.
    fn set_absent(&mut self, which: Text, value: Option<String>) {
        if let Some(value) = value.filter(|_| !self.has(which)) {
            self.set(which, Cow::Owned(value.into_bytes()));
        }
    }
}

/// Whether a URL stands in a text, which may hold user info.
fn is_url_within(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"://").is_some()
}
