//! What a route is for, told by the words of its template.
//!
//! Gateways do not say what an endpoint does; its name does, in whatever language its makers speak. Only the ends of
//! templates are read: `/login/history` is not where one signs in. Where the operation is a part of the route
//! (`/rpc?method=signIn`), it is the end. A word list is no proof, so what follows from a kind is asked of the traffic
//! ([`super`]), never of the name alone.

mod fold;
mod lists;

pub use fold::is_mark;

use super::RouteKind;
use fold::fold;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use lists::{ASKS, CHANGES, CHECKS, CODES, ENTRIES, Lists, SETTINGS, STRONG, WHOLE, WHOM};
use std::sync::LazyLock;

/// The lists as they are asked: folded as the words of templates are.
struct Known {
    strong: Kinds,
    whole: Kinds,
    entries: Words,
    whom: Words,
    codes: Words,
    checks: Words,
    settings: Words,
    changes: Words,
    asks: Words,
}

type Words = HashSet<String, FixedState>;
/// Word -> kind; of several the first in the lists.
type Kinds = HashMap<String, RouteKind, FixedState>;

static KNOWN: LazyLock<Known> = LazyLock::new(|| Known {
    strong: kinds(STRONG),
    whole: kinds(WHOLE),
    entries: folded(ENTRIES).collect(),
    whom: folded(WHOM).collect(),
    codes: folded(CODES).collect(),
    checks: folded(CHECKS).collect(),
    settings: folded(SETTINGS).collect(),
    changes: folded(CHANGES).collect(),
    asks: folded(ASKS).collect(),
});

fn folded(lines: &[&str]) -> impl Iterator<Item = String> {
    lines.iter().flat_map(|line| line.split(' ')).map(|word| word.chars().filter_map(fold).collect())
}

fn kinds(lists: Lists) -> Kinds {
    let mut kinds = Kinds::default();
    for (kind, lines) in lists {
        for word in folded(lines) {
            kinds.entry(word).or_insert(*kind);
        }
    }
    kinds
}

/// The kind of a template, if its end names one.
pub fn kind(template: &str) -> Option<RouteKind> {
    let (path, operation) = template.split_once('?').unwrap_or((template, ""));
    let operation = operation.split_once('=').map(|(_, operation)| operation);
    let segments: Vec<Vec<String>> = path
        .split('/')
        .chain(operation)
        .filter(|segment| !segment.is_empty() && !is_parameter(segment))
        .map(words)
        .filter(|words| !words.is_empty())
        .collect();
    let known = &*KNOWN;
    let last = segments.last()?;
    let joined = last.concat();
    let before = segments.len().checked_sub(2).map(|at| &segments[at]);
    // What is asked beside the form of a kind (`/signup/available`) stands behind it and is looked for below.
    let strong = [
        known.strong.get(&joined),
        first(&known.strong, last.iter().cloned()),
        first(&known.strong, last.windows(2).map(<[String]>::concat)),
        before.and_then(|before| known.strong.get(&(before.concat() + &joined))),
    ];
    if let Some(kind) = strong.into_iter().flatten().min_by_key(|kind| rank(**kind)) {
        return Some(*kind);
    }
    let near = || before.into_iter().flatten().chain(last);
    if near().any(|word| known.codes.contains(word)) && near().any(|word| known.checks.contains(word)) {
        return Some(RouteKind::Verification);
    }
    let changed: String = last.iter().filter(|word| !known.changes.contains(*word)).map(String::as_str).collect();
    if known.settings.contains(&changed) {
        return Some(RouteKind::Setting);
    }
    if known.entries.contains(&joined) || before.is_some_and(|before| signs_in(before, &joined)) {
        return Some(RouteKind::SignIn);
    }
    known.whole.get(&joined).copied().or_else(|| beside(before?, &joined))
}

/// `/login/user`: a word for signing in, and whom it is for.
fn signs_in(before: &[String], last: &str) -> bool {
    let before = before.concat();
    KNOWN.whom.contains(last)
        && (KNOWN.entries.contains(&before) || KNOWN.strong.get(&before) == Some(&RouteKind::SignIn))
}

/// The kind of the words that stands first in the lists.
fn first(kinds: &Kinds, words: impl Iterator<Item = String>) -> Option<&RouteKind> {
    words.filter_map(|word| kinds.get(&word)).min_by_key(|kind| rank(**kind))
}

fn rank(kind: RouteKind) -> usize {
    STRONG.iter().position(|(known, _)| *known == kind).unwrap_or(STRONG.len())
}

/// `/signup/available`, `/forgot/check`: a question asked beside a form of that kind.
fn beside(before: &[String], last: &str) -> Option<RouteKind> {
    if !KNOWN.asks.contains(last) {
        return None;
    }
    let whole = KNOWN.strong.get(&before.concat()).into_iter();
    let found = whole.chain(before.iter().filter_map(|word| KNOWN.strong.get(word)));
    found
        .copied()
        .filter(|kind| matches!(kind, RouteKind::SignUp | RouteKind::Recovery | RouteKind::SignIn))
        .min_by_key(|kind| rank(*kind))
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') || segment.starts_with(':') || segment.starts_with('*')
}

/// The words of a segment, folded: cut at everything that is no letter or digit, and where capitals begin.
fn words(segment: &str) -> Vec<String> {
    let decoded = String::from_utf8_lossy(&breachline_parsers::mask::percent_decode(segment.as_bytes())).into_owned();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for c in decoded.chars() {
        if is_mark(c) {
            // Part of the letter before it.
            continue;
        }
        let end = !c.is_alphanumeric() || (small && c.is_uppercase());
        if end && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase().filter_map(fold));
        }
        small = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    // File endings of old pages say nothing.
    let ending = words.len() > 1 && decoded.contains('.');
    if ending
        && words.last().is_some_and(|end| ["php", "do", "jsp", "aspx", "asp", "html", "cgi"].contains(&end.as_str()))
    {
        words.pop();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_template_says_what_it_is_for() {
        for (template, expected) in [
            ("/api/v2/auth/login", Some(RouteKind::SignIn)),
            ("/Account/LogOn", Some(RouteKind::SignIn)),
            ("/wp-login.php", Some(RouteKind::SignIn)),
            ("/oauth2/token", Some(RouteKind::SignIn)),
            ("/api/v3/%EB%A1%9C%EA%B7%B8%EC%9D%B8", Some(RouteKind::SignIn)),
            ("/portal/Cuenta/Entrar", Some(RouteKind::SignIn)),
            ("/sesi%C3%B3n", Some(RouteKind::SignIn)),
            ("/v1/sessions/{id}", Some(RouteKind::SignIn)),
            ("/oauth/token/refresh", Some(RouteKind::Renewal)),
            ("/sign-out", Some(RouteKind::SignOut)),
            ("/auth/log_out", Some(RouteKind::SignOut)),
            ("/users/password/reset", Some(RouteKind::Recovery)),
            ("/acceso/olvido", Some(RouteKind::Recovery)),
            ("/v4/telefono/codigo/{id}/confirmar", Some(RouteKind::Verification)),
            ("/mfa/verify", Some(RouteKind::Verification)),
            ("/signup", Some(RouteKind::SignUp)),
            ("/alta/disponible", Some(RouteKind::SignUp)),
            ("/members/{id}/email", Some(RouteKind::Setting)),
            ("/account/change-password", Some(RouteKind::Setting)),
            ("/portal/Cuenta/CambiarCorreo", Some(RouteKind::Setting)),
            ("/oauth/authorize", Some(RouteKind::Consent)),
            ("/kirjaudu", Some(RouteKind::SignIn)),
            ("/login/user", Some(RouteKind::SignIn)),
            ("/anmeldung/kunde", Some(RouteKind::SignIn)),
            ("/vstup", Some(RouteKind::SignIn)),
            ("/cont/v2/sesiune", Some(RouteKind::SignIn)),
            ("/kunden/sitzung", Some(RouteKind::SignIn)),
            ("/sessione/storico", None),
            ("/auth/user", None),
            ("/vstup/cenik", None),
            ("/kirjaudu-ulos", Some(RouteKind::SignOut)),
            ("/konto/logga-in", Some(RouteKind::SignIn)),
            ("/hesap/Oturum-A%C3%A7", Some(RouteKind::SignIn)),
            ("/giri%C5%9F", Some(RouteKind::SignIn)),
            ("/u/p%C5%99ihl%C3%A1%C5%A1en%C3%AD", Some(RouteKind::SignIn)),
            ("/u/prihla\u{301}senie", Some(RouteKind::SignIn)),
            ("/zaloguj", Some(RouteKind::SignIn)),
            ("/portal/prijava", Some(RouteKind::SignIn)),
            ("/poreska-prijava/{id}", None),
            ("/prijava/{id}/korisnik", Some(RouteKind::SignIn)),
            ("/odjava", Some(RouteKind::SignOut)),
            ("/konto/sisselogimine", Some(RouteKind::SignIn)),
            ("/prisijungti", Some(RouteKind::SignIn)),
            ("/nalog/promeni-lozinku", Some(RouteKind::Setting)),
            ("/innskr%C3%A1ning", Some(RouteKind::SignIn)),
            ("/ورود", Some(RouteKind::SignIn)),
            ("/kabinet/войти", Some(RouteKind::SignIn)),
            ("/σύνδεση", Some(RouteKind::SignIn)),
            ("/लॉग-इन", Some(RouteKind::SignIn)),
            ("/เข้าสู่ระบบ", Some(RouteKind::SignIn)),
            ("/تسجيل-الدخول", Some(RouteKind::SignIn)),
            ("/dang-nhap", Some(RouteKind::SignIn)),
            ("/đăng-nhập", Some(RouteKind::SignIn)),
            ("/user/denglu.do", Some(RouteKind::SignIn)),
            ("/rogeuin", Some(RouteKind::SignIn)),
            ("/hoewon/hoewongaip", Some(RouteKind::SignUp)),
            ("/daftar-akun", Some(RouteKind::SignUp)),
            ("/rekisteroidy", Some(RouteKind::SignUp)),
            ("/unohtunut-salasana", Some(RouteKind::Recovery)),
            ("/hes%C5%82o/zmie%C5%84", None),
            ("/konto/zmie%C5%84-has%C5%82o", Some(RouteKind::Setting)),
            ("/kod/potwierd%C5%BA", Some(RouteKind::Verification)),
            ("/graphql?operationName=SignIn", Some(RouteKind::SignIn)),
            ("/rpc?method=user.resetPassword", Some(RouteKind::Recovery)),
            ("/daftar-harga", None),
            ("/registre-du-commerce", None),
            ("/login/history", None),
            ("/articles/how-to-login-safely/comments", None),
            ("/orders/{id}", None),
            ("/emails/{id}/attachments", None),
            ("/", None),
            ("/%ff%fe", None),
            ("/auth/{id}/devices", None),
        ] {
            assert_eq!(kind(template), expected, "{template}");
        }
    }
}
