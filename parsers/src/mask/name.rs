//! What names say of their values: parameters, headers, keys, columns, cookies.

/// What a name (of a parameter, header or JSON key) says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// Nothing secret.
    Plain,
    /// A secret that proves who asks (token, API key).
    Credential,
    /// A secret that proves nothing by itself (password, signature).
    Secret,
    /// A session id.
    Session,
    /// A secret only if the value looks random: the name is used for harmless things too.
    Perhaps,
    /// A secret only if the value is the number of a payment card: other ids of cards are none.
    Card,
    /// The id of an application; not secret.
    App,
}

impl Named {
    /// Whether a value under the name is a secret, or may be one.
    pub(crate) fn may_be_secret(self) -> bool {
        !matches!(self, Self::Plain | Self::App)
    }
}

/// Judges a name, whatever its case and whether words are joined by `-`, `_`, `.` or nothing.
pub(crate) fn judge_name(name: &[u8]) -> Named {
    let mut buffer = [0_u8; 48];
    let mut length = 0;
    for &byte in name {
        if matches!(byte, b'_' | b'-' | b'.' | b'[' | b']') {
            continue;
        }
        if length == buffer.len() {
            return Named::Plain;
        }
        buffer[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    match &buffer[..length] {
        b"token"
        | b"accesstoken"
        | b"authtoken"
        | b"apitoken"
        | b"idtoken"
        | b"refreshtoken"
        | b"bearer"
        | b"bearertoken"
        | b"jwt"
        | b"apikey"
        | b"xapikey"
        | b"subscriptionkey"
        | b"ocpapimsubscriptionkey"
        | b"authorization"
        | b"proxyauthorization"
        | b"xauthtoken"
        | b"xaccesstoken"
        | b"xamzsecuritytoken"
        | b"accesskey"
        | b"accesskeyid"
        | b"awsaccesskeyid"
        | b"servicekey"
        | b"authkey"
        | b"securitytoken"
        | b"usertoken"
        | b"xapitoken" => Named::Credential,
        b"pass" | b"passphrase" | b"sig" | b"hmac" | b"xamzcredential" | b"csrf" | b"otp" | b"totp" | b"mfacode"
        | b"onetimepassword" | b"clientassertion" | b"assertion" | b"codeverifier" | b"privatekey" | b"credentials"
        | b"samlresponse" | b"samlrequest" | b"samlart" | b"ticket" | b"connectionstring" => Named::Secret,
        b"session" | b"sessionid" | b"sid" | b"jsessionid" | b"phpsessid" | b"aspnetsessionid" | b"sessiontoken"
        | b"sessid" | b"cookie" | b"setcookie" | b"connectsid" => Named::Session,
        b"key" | b"code" | b"auth" | b"state" | b"nonce" | b"hash" | b"authcode" | b"authorizationcode" => {
            Named::Perhaps
        }
        b"clientid" | b"appid" | b"applicationid" | b"partnerid" | b"consumerkey" | b"consumerid" | b"appkey"
        | b"clientname" | b"appname" | b"partner" => Named::App,
        other => match judge_more(other) {
            Named::Plain => judge_words(name),
            judged => judged,
        },
    }
}

/// More names that are whole: of secrets that owners of services ask for themselves.
fn judge_more(name: &[u8]) -> Named {
    match name {
        b"pin" | b"pw" | b"credential" | b"oldpass" | b"newpass" | b"userpass" | b"loginpass" | b"adminpass"
        | b"curpass" | b"repass" | b"passwort" | b"userpw" | b"memberpw" | b"loginpw" | b"adminpw" | b"oldpw"
        | b"newpw" | b"passcode" | b"mpin" | b"tpin" | b"cvv" | b"cvv2" | b"cvc" | b"cvc2" | b"cardcvv"
        | b"cardcvc" | b"securitycode" | b"otpcode" | b"smscode" | b"totpcode" | b"twofactorcode"
        | b"verificationcode" | b"verifycode" | b"recoverycode" | b"backupcode" | b"securityanswer"
        | b"secretanswer" | b"mnemonic" | b"seedphrase" | b"recoveryphrase" | b"xsrf" | b"enckey" | b"encryptkey"
        | b"encryptionkey" | b"signkey" | b"signingkey" | b"masterkey" | b"licensekey" | b"sharedkey" => Named::Secret,
        b"crtfckey" | b"confmkey" => Named::Credential,
        b"magic" | b"magiclink" | b"magiccode" | b"invite" | b"invitation" | b"invitecode" | b"invitationcode"
        | b"activation" | b"activationcode" | b"confirmationcode" | b"resetcode" => Named::Perhaps,
        b"card" | b"cardno" | b"cardnum" | b"cardnumber" | b"creditcard" | b"creditcardno" | b"creditcardnumber"
        | b"ccnum" | b"ccnumber" | b"ccno" | b"pan" => Named::Card,
        other => judge_ending(other),
    }
}

/// Owners put words before a name: `x-shop-api-key`, `user[password]`.
fn judge_ending(name: &[u8]) -> Named {
    // The last letter spares most names the look.
    if !matches!(name.last(), Some(b'n' | b'y' | b'd' | b't' | b'e')) {
        return Named::Plain;
    }
    let ends = |endings: &[&[u8]]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&[b"accesstoken", b"authtoken", b"bearertoken", b"apitoken", b"apikey", b"subscriptionkey"]) {
        Named::Credential
    } else if ends(&[b"sessionid", b"sessid", b"sessiontoken"]) {
        Named::Session
    } else if ends(&[
        b"password",
        b"passphrase",
        b"passwd",
        b"pwd",
        b"secret",
        b"secretkey",
        b"privatekey",
        b"signature",
    ]) || (name.ends_with(b"token") && !is_page_token(name))
    {
        Named::Secret
    } else {
        Named::Plain
    }
}

/// Words that make a name one of a secret where they stand last as words of their own: `card_pin`, `encKey`, and not
/// `shipping` or `monkey`. The second list says which words must stand before it, where not any may.
const LAST_WORDS: [(&str, &[&str], Named); 13] = [
    ("pass", &["old", "new", "user", "login", "admin", "current", "confirm", "db", "member", "root"], Named::Secret),
    ("pw", &["old", "new", "user", "login", "admin", "current", "confirm", "db", "member", "root"], Named::Secret),
    (
        "pin",
        &["card", "user", "old", "new", "login", "atm", "upi", "security", "access", "account", "sim"],
        Named::Secret,
    ),
    ("passcode", &[], Named::Secret),
    ("credential", &[], Named::Secret),
    ("credentials", &[], Named::Secret),
    ("cvv", &[], Named::Secret),
    ("cvc", &[], Named::Secret),
    ("otp", &[], Named::Secret),
    (
        "key",
        &[
            "enc",
            "encrypt",
            "encryption",
            "decryption",
            "crtfc",
            "confm",
            "sign",
            "signing",
            "master",
            "license",
            "licence",
            "shared",
            "hmac",
            "aes",
            "rsa",
            "webhook",
            "deploy",
            "admin",
            "recovery",
            "activation",
            "session",
        ],
        Named::Secret,
    ),
    ("magic", &[], Named::Perhaps),
    ("invite", &[], Named::Perhaps),
    ("card", &["credit", "debit", "bank", "payment"], Named::Card),
];

/// Judges a name by the words that it is made of.
fn judge_words(name: &[u8]) -> Named {
    let name = name.strip_suffix(b"]").unwrap_or(name);
    // The last letter spares most names the look.
    if !matches!(
        name.last().map(u8::to_ascii_lowercase),
        Some(b's' | b'w' | b'n' | b'e' | b'l' | b'v' | b'c' | b'p' | b'y' | b'd')
    ) {
        return Named::Plain;
    }
    let Some(at) = last_word(name) else { return Named::Plain };
    let before = name[..at].strip_suffix(b"_").or_else(|| name[..at].strip_suffix(b"-")).unwrap_or(&name[..at]);
    let before = before.trim_ascii_end();
    let before = match before.last() {
        Some(b'.' | b'[') => &before[..before.len() - 1],
        _ => before,
    };
    let previous = &before[last_word(before).unwrap_or(0)..];
    let is = |word: &str| name[at..].eq_ignore_ascii_case(word.as_bytes());
    let follows =
        |words: &[&str]| words.is_empty() || words.iter().any(|word| previous.eq_ignore_ascii_case(word.as_bytes()));
    let found = LAST_WORDS.iter().find(|(word, before, _)| is(word) && follows(before));
    found.map_or(Named::Plain, |(.., named)| *named)
}

/// Where the last of several words begins, told by a separator or a capital; none where there is only one.
fn last_word(name: &[u8]) -> Option<usize> {
    let begins = |at: &usize| {
        let (before, here) = (name[*at - 1], name[*at]);
        matches!(before, b'_' | b'-' | b'.' | b'[') || (here.is_ascii_uppercase() && before.is_ascii_lowercase())
    };
    (1..name.len()).rev().find(begins)
}

/// Whether a token only says where a list goes on.
fn is_page_token(name: &[u8]) -> bool {
    [b"page".as_slice(), b"next", b"continu", b"cursor", b"sync", b"prev", b"resume", b"delta"]
        .iter()
        .any(|word| memchr::memmem::find(name, word).is_some())
}

/// Judges the name of a cookie: vendors end those of sessions alike.
pub(crate) fn judge_cookie(name: &[u8]) -> Named {
    let ends =
        |ending: &[u8]| name.len() >= ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending);
    match judge_name(name) {
        Named::Plain | Named::Perhaps if [b"session".as_slice(), b"sess", b".sid", b"_sid"].iter().any(|e| ends(e)) => {
            Named::Session
        }
        judged => judged,
    }
}

/// What the name of a column or of a directive's variable says of its values, and whether they are cookies.
pub(crate) fn judge_variable(variable: &str) -> (Named, bool) {
    let (bare, is_cookie) = bare_name(variable);
    (if is_cookie { judge_cookie(bare.as_bytes()) } else { judge_name(bare.as_bytes()) }, is_cookie)
}

/// The name within a variable of a directive (`sent_http_set_cookie`, `{Set-Cookie}o`, `RESP(SET-COOKIE)`,
/// `cs(Cookie)`), and whether it is that of a cookie.
pub(crate) fn bare_name(variable: &str) -> (&str, bool) {
    let inner = variable.split_once(['{', '(']).map_or(variable, |(_, rest)| rest);
    let inner = inner.split(['}', ')']).next().unwrap_or(inner);
    let cookie = inner.strip_prefix("cookie_").or_else(|| variable.strip_suffix("}C").map(|_| inner));
    if let Some(name) = cookie {
        return (name, true);
    }
    let prefixes = ["sent_http_", "upstream_http_", "sent_trailer_", "http_", "arg_"];
    (prefixes.iter().find_map(|prefix| inner.strip_prefix(prefix)).unwrap_or(inner), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_through() {
        for (variable, name, is_cookie) in [
            ("sent_http_set_cookie", "set_cookie", false),
            ("{Set-Cookie}o", "Set-Cookie", false),
            ("{sid}C", "sid", true),
            ("cookie_sid", "sid", true),
            ("RESP(SET-COOKIE)", "SET-COOKIE", false),
            ("cs(Cookie)", "Cookie", false),
            ("arg_token", "token", false),
            ("tail", "tail", false),
        ] {
            assert_eq!(bare_name(variable), (name, is_cookie));
        }
    }

    #[test]
    fn names_are_judged_whatever_their_spelling() {
        for name in ["api_key", "apiKey", "API-Key", "access_token", "Authorization"] {
            assert_eq!(judge_name(name.as_bytes()), Named::Credential, "{name}");
        }
        for name in ["x-shop-api-key", "myAccessToken"] {
            assert_eq!(judge_name(name.as_bytes()), Named::Credential, "{name}");
        }
        for name in ["user[password]", "password_confirm_pwd", "X-Hub-Signature", "invite_token", "client-secret"] {
            assert_eq!(judge_name(name.as_bytes()), Named::Secret, "{name}");
        }
        for name in
            ["page", "next_token_page_number_of_the_whole_list", "id", "", "nextPageToken", "continuation_token", "day"]
        {
            assert_eq!(judge_name(name.as_bytes()), Named::Plain, "{name}");
        }
        for name in ["laravel_session", "connect.sid", "JSESSIONID", "my_sess"] {
            assert_eq!(judge_cookie(name.as_bytes()), Named::Session, "{name}");
        }
    }

    #[test]
    fn names_of_more_secrets_are_whole_words() {
        for name in [
            "pin",
            "card_pin",
            "userPin",
            "oldPass",
            "new_pw",
            "user[pass]",
            "cvv",
            "card.cvc",
            "credential",
            "aws_credentials",
            "encKey",
            "enc_key",
            "signing-key",
            "otp_code",
            "passcode",
            "security_answer",
        ] {
            assert_eq!(judge_name(name.as_bytes()), Named::Secret, "{name}");
        }
        for name in ["crtfc_key", "confmKey"] {
            assert_eq!(judge_name(name.as_bytes()), Named::Credential, "{name}");
        }
        for name in ["magic", "invite", "team_invite", "invite_code"] {
            assert_eq!(judge_name(name.as_bytes()), Named::Perhaps, "{name}");
        }
        for name in ["card", "cardNo", "card_number", "credit_card", "pan"] {
            assert_eq!(judge_name(name.as_bytes()), Named::Card, "{name}");
        }
        for name in [
            "card_id",
            "pincode",
            "pin_code",
            "shipping",
            "spin",
            "monkey",
            "sort_key",
            "cache-key",
            "primaryKey",
            "boarding_pass",
            "compass",
            "map_pin",
            "credential_id",
            "invited",
            "magician",
            "lesson",
            "cards",
            "discard",
            "japan",
            "expand",
            "keyword",
            "pins",
            "company",
            "id",
            "",
            "_",
            "[]",
            "a_",
        ] {
            assert_eq!(judge_name(name.as_bytes()), Named::Plain, "{name}");
        }
    }
}
