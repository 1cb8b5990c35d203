//! What a route is for, told by the words of its template.
//!
//! Gateways do not say what an endpoint does; its name does, in whatever language its makers speak. Only the ends of
//! templates are read: `/login/history` is not where one signs in. A word list is no proof, so what follows from a kind
//! is asked of the traffic ([`super`]), never of the name alone.

use super::RouteKind;

/// Words, each of them enough at the end of a template, or as a part of its last segment.
const STRONG: &[(RouteKind, &[&str])] = &[
    (
        RouteKind::SignOut,
        &[
            "logout",
            "signout",
            "logoff",
            "signoff",
            "revoke",
            "revocation",
            "endsession",
            "salir",
            "cerrarsesion",
            "abmelden",
            "ausloggen",
            "deconnexion",
            "sair",
            "uitloggen",
            "로그아웃",
            "로그오프",
            "登出",
            "退出登录",
            "ログアウト",
            "サインアウト",
        ],
    ),
    (
        RouteKind::Recovery,
        &[
            "forgot",
            "forgotpassword",
            "forgottenpassword",
            "resetpassword",
            "passwordreset",
            "recover",
            "recovery",
            "recoverpassword",
            "lostpassword",
            "olvido",
            "olvide",
            "olvidado",
            "recuperar",
            "recuperacion",
            "restablecer",
            "passwortvergessen",
            "vergessen",
            "motdepasseoublie",
            "oublie",
            "esqueci",
            "redefinir",
            "비밀번호찾기",
            "아이디찾기",
            "비밀번호재설정",
            "找回密码",
            "重置密码",
            "パスワード再設定",
        ],
    ),
    (
        RouteKind::Renewal,
        &[
            "refresh",
            "refreshtoken",
            "tokenrefresh",
            "renew",
            "renewal",
            "renovar",
            "actualiser",
            "갱신",
            "刷新",
            "更新トークン",
        ],
    ),
    (
        RouteKind::Verification,
        &[
            "otp",
            "totp",
            "mfa",
            "2fa",
            "twofactor",
            "twofa",
            "verify",
            "verifyotp",
            "verifycode",
            "verification",
            "verificar",
            "verificacion",
            "verificacao",
            "verifier",
            "verifizieren",
            "onetimecode",
            "passcode",
            "smscode",
            "인증번호",
            "본인인증",
            "인증확인",
            "验证码",
            "認証コード",
        ],
    ),
    (
        RouteKind::SignUp,
        &[
            "signup",
            "register",
            "registration",
            "createaccount",
            "registro",
            "registrarse",
            "registrar",
            "alta",
            "inscription",
            "sinscrire",
            "registrieren",
            "registrierung",
            "cadastro",
            "cadastrar",
            "회원가입",
            "가입",
            "注册",
            "註冊",
            "新規登録",
        ],
    ),
    (
        RouteKind::Consent,
        &["authorize", "authorise", "consent", "consents", "grants", "consentimiento", "동의", "授权"],
    ),
    (
        RouteKind::SignIn,
        &[
            "login",
            "signin",
            "logon",
            "signon",
            "authenticate",
            "iniciarsesion",
            "iniciosesion",
            "einloggen",
            "anmelden",
            "seconnecter",
            "inloggen",
            "로그인",
            "로그온",
            "登录",
            "登錄",
            "登入",
            "ログイン",
            "サインイン",
        ],
    ),
];

/// Words that mean it only as the whole last segment: alone they say other things too.
const WHOLE: &[(RouteKind, &[&str])] = &[(
    RouteKind::SignIn,
    &[
        "session",
        "sessions",
        "auth",
        "authentication",
        "token",
        "tokens",
        "accesstoken",
        "entrar",
        "acceso",
        "acceder",
        "ingresar",
        "ingreso",
        "sesion",
        "sesiones",
        "anmeldung",
        "connexion",
        "acesso",
        "sessao",
        "인증",
        "토큰",
        "접속",
        "認証",
        "身份验证",
    ],
)];

/// What a code is called, and what is done with it: together, within the last two segments, they verify.
const CODES: &[&str] = &["code", "codes", "codigo", "codigos", "pin", "sms", "challenge", "challenges", "코드", "번호"];
const CHECKS: &[&str] = &[
    "confirm",
    "confirmation",
    "confirmar",
    "check",
    "validate",
    "validar",
    "comprobar",
    "submit",
    "attempt",
    "answer",
    "valider",
    "bestaetigen",
    "확인",
    "검증",
    "确认",
    "確認",
];

/// What an account is reached and reset by: who changes it can keep the account.
const SETTINGS: &[&str] = &[
    "password",
    "passwd",
    "email",
    "emailaddress",
    "mail",
    "phone",
    "phonenumber",
    "mobile",
    "msisdn",
    "mfadevice",
    "credentials",
    "contrasena",
    "clave",
    "correo",
    "telefono",
    "passwort",
    "motdepasse",
    "courriel",
    "senha",
    "비밀번호",
    "이메일",
    "전화번호",
    "휴대폰",
    "密码",
    "邮箱",
    "手机号",
    "パスワード",
    "メールアドレス",
];

/// What changes something, put before or behind what it changes.
const CHANGES: &[&str] = &[
    "change",
    "update",
    "set",
    "edit",
    "replace",
    "cambiar",
    "cambio",
    "modificar",
    "actualizar",
    "aendern",
    "changer",
    "modifier",
    "alterar",
    "mudar",
    "변경",
    "수정",
    "修改",
    "変更",
];

/// The kind of a template, if its end names one.
pub fn kind(template: &str) -> Option<RouteKind> {
    let segments: Vec<Vec<String>> = template
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .split('/')
        .filter(|segment| !segment.is_empty() && !is_parameter(segment))
        .map(words)
        .filter(|words| !words.is_empty())
        .collect();
    let last = segments.last()?;
    let joined = last.concat();
    let before = segments.len().checked_sub(2).map(|at| &segments[at]);
    let is = |list: &[&str], word: &str| list.contains(&word);
    for (kind, list) in STRONG {
        let pair = before.map(|before| before.concat() + &joined);
        let found = is(list, &joined)
            || last.iter().any(|word| is(list, word))
            || last.windows(2).any(|two| is(list, &two.concat()))
            || pair.is_some_and(|pair| is(list, &pair));
        if found {
            // What is asked beside the form of a kind (`/signup/available`) stands behind it and is looked for below.
            return Some(*kind);
        }
    }
    let near: Vec<&str> = before.into_iter().flatten().chain(last).map(String::as_str).collect();
    if near.iter().any(|word| is(CODES, word)) && near.iter().any(|word| is(CHECKS, word)) {
        return Some(RouteKind::Verification);
    }
    let changed = last.iter().filter(|word| !is(CHANGES, word)).cloned().collect::<Vec<_>>().concat();
    if is(SETTINGS, &changed) {
        return Some(RouteKind::Setting);
    }
    let whole = WHOLE.iter().find(|(_, list)| is(list, &joined));
    whole.map(|(kind, _)| *kind).or_else(|| beside(before?, last))
}

/// `/signup/available`, `/forgot/check`: a question asked beside a form of that kind.
fn beside(before: &[String], last: &[String]) -> Option<RouteKind> {
    const ASKS: &[&str] = &[
        "available",
        "availability",
        "exists",
        "check",
        "lookup",
        "disponible",
        "disponibilidad",
        "existe",
        "estado",
        "status",
        "verfuegbar",
        "중복확인",
        "중복체크",
        "확인",
        "存在",
        "検索",
    ];
    let joined = last.concat();
    if !ASKS.contains(&joined.as_str()) {
        return None;
    }
    let asked = before.concat();
    let kinds = [RouteKind::SignUp, RouteKind::Recovery, RouteKind::SignIn];
    STRONG
        .iter()
        .filter(|(kind, _)| kinds.contains(kind))
        .find(|(_, list)| list.contains(&asked.as_str()) || before.iter().any(|word| list.contains(&word.as_str())))
        .map(|(kind, _)| *kind)
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') || segment.starts_with(':') || segment.starts_with('*')
}

/// The words of a segment in lower case: cut at everything that is no letter or digit, and where capitals begin.
fn words(segment: &str) -> Vec<String> {
    let decoded = String::from_utf8_lossy(&breachline_parsers::mask::percent_decode(segment.as_bytes())).into_owned();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for c in decoded.chars() {
        let end = !c.is_alphanumeric() || (small && c.is_uppercase());
        if end && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase().map(plain));
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

/// Letters without the accents that the word lists leave out.
fn plain(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ã' => 'a',
        'é' | 'è' | 'ê' => 'e',
        'í' | 'î' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' | 'û' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    }
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
