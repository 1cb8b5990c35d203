//! The words of [`super`], a line for a few languages, as they are spelt there and as they are written in Latin letters.
//! Accents, marks and letter case are folded on both sides, so each stands once; what German and the
//! Nordic languages write in two letters (`aendern`) stands beside it.
//!
//! A word that a language uses for other things as well (`giris` is an entry, `daftar` a list) belongs to [`WHOLE`]
//! or [`ENTRIES`].

use crate::derive::purpose::RouteKind;

/// Kinds and their words.
pub type Lists = &'static [(RouteKind, &'static [&'static str])];

/// Words, each of them enough at the end of a template, or as a part of its last segment; the first kind that fits
/// counts.
pub const STRONG: Lists = &[
    (
        RouteKind::SignOut,
        &[
            "logout signout logoff signoff revoke revocation endsession",
            "salir cerrarsesion sair encerrarsessao terminarsessao deconnexion sedeconnecter disconnetti deconectare",
            "abmelden ausloggen uitloggen afmelden loggaut utloggning loggut utlogging logud loguit",
            "kirjauduulos uloskirjautuminen kijelentkezes odhlasit odhlaseni odhlasenie wyloguj wylogowanie",
            "cikisyap oturumukapat αποσύνδεση aposyndesi выход выйти vyhod vyjti вихід вийти vyhid vyity",
            "odjava odjavise odhlaska logivalja valjalogimine atsijungti izrakstities utskraning tancarsessio излизане",
            "התנתקות hitnatkut تسجيلالخروج tasjilalkhuruj लॉगआउट dangxuat logkeluar ออกจากระบบ",
            "로그아웃 로그오프 rogeuaut 登出 退出登录 dengchu tuichudenglu ログアウト サインアウト roguauto",
        ],
    ),
    (
        RouteKind::Recovery,
        &[
            "forgot forgotpassword forgottenpassword resetpassword passwordreset recover recovery recoverpassword",
            "lostpassword requestreset passwordrecovery resetpw forgotpw",
            "olvido olvide olvidado recuperar recuperacion restablecer esqueci redefinir recuperarsenha",
            "motdepasseoublie oublie passworddimenticata passworddimenticato recuperapassword reimpostapassword",
            "parolauitata resetareparola passwortvergessen vergessen kennwortvergessen passwortzuruecksetzen",
            "wachtwoordvergeten vergeten glomtlosenord",
            "losenordsaterstallning aterstallosenord glemtpassord glemtpasswort",
            "glemtadgangskode glemtkodeord nulstiladgangskode unohtunutsalasana salasanaunohtui unohditkosalasanan",
            "elfelejtettjelszo jelszoemlekezteto zapomenuteheslo zabudnuteheslo obnovaheslo obnovahesla",
            "przypomnijhaslo zapomnianehaslo odzyskajhaslo resethasla sifremiunuttum sifreunuttum sifresifirla",
            "ξεχασατονκωδικο επαναφοράκωδικού epanaforakodikou забылпароль восстановлениепароля",
            "zaboravljenalozinka zaboravilistelozinku zaboravljenasifra pozabljenogeslo obnovalozinke",
            "unustasinparooli parooliunustamine",
            "сброспароля zabylparol vosstanovlenieparolya забулипароль відновленняпароля",
            "vidnovlennyaparolyu שכחתיסיסמה שחזורסיסמה shachachtisisma نسيتكلمةالمرور استعادةكلمةالمرور",
            "pamirsaislaptazodi aizmirsuparoli gleymtlykilord contrasenyaoblidada забравенапарола",
            "पासवर्डभूलगए quenmatkhau datlaimatkhau khoiphucmatkhau",
            "lupapassword lupakatasandi lupasandi lupakatalaluan",
            "ลืมรหัสผ่าน รีเซ็ตรหัสผ่าน 비밀번호찾기 아이디찾기 비밀번호재설정 bimilbeonhochatgi aidichatgi",
            "找回密码 重置密码 忘记密码 忘記密碼 zhaohuimima wangjimima chongzhimima パスワード再設定 パスワードを忘れた",
            "パスワードリセット pasuwadosaisettei",
        ],
    ),
    (
        RouteKind::Renewal,
        &[
            "refresh refreshtoken tokenrefresh renew renewal",
            "renovar actualiser fornytoken uusitoken",
            "obnovittoken обновитьтокен оновититокен perbaruitoken lammoitoken",
            "갱신 gaengsin 刷新 更新トークン トークン更新 shuaxin",
        ],
    ),
    (
        RouteKind::Verification,
        &[
            "otp totp mfa 2fa twofactor twofa verify verifyotp verifycode verification onetimecode passcode smscode",
            "verificar verificacion verificacao verifier verifica verificazione verificare codiceotp verifizieren",
            "verifizierung verifieer verifieren verifiera",
            "verifiering verifiser verificer vahvistuskoodi ellenorzokod",
            "overovacikod overitkod weryfikacja weryfikuj kodsms dogrulamakodu dogrulama επαληθευση epalithefsi",
            "подтвердитькод אימותקוד رمزالتحقق",
            "potvrdakoda potvrdikod kinnituskood smskood apstiprinajumakods patvirtinimokodas",
            "ओटीपी सत्यापन xacthuc xacminh maxacthuc verifikasi kodeotp ยืนยันรหัส รหัสotp",
            "인증번호 본인인증 인증확인 injeungbeonho boninjeung 验证码 驗證碼 yanzhengma 認証コード ninshokodo",
        ],
    ),
    (
        RouteKind::SignUp,
        &[
            "signup register registration createaccount",
            "registro registrarse registrar alta crearcuenta cadastro cadastrar cadastrese criarconta inscription",
            "sinscrire creeruncompte creercompte registrati registrazione creaaccount inregistrare creeazacont",
            "registrieren registrierung kontoerstellen registreren",
            "accountaanmaken skapakonto opprettkonto opretkonto",
            "opretbruger rekisteroidy rekisteroityminen luotili regisztracio registrace registracia zaregistrovat",
            "rejestracja zarejestruj zalozkonto kayitol uyeol hesapolustur εγγραφή eggrafi регистрация registraciya",
            "registrirajse napravinalog registreeru registreerimine registreties registruotis nyskraning",
            "registratsiya registracija реєстрація reyestratsiya reestraciya",
            "הרשמה harshama hirshamu تسجيلجديد إنشاءحساب",
            "पंजीकरण dangky dangkytaikhoan daftarakun buatakun registrasi daftarbaru สมัครสมาชิก ลงทะเบียน",
            "회원가입 가입 hoewongaip hoiwongaip 注册 註冊 zhuce 新規登録 会員登録 shinkitoroku kaiintoroku",
        ],
    ),
    (
        RouteKind::Consent,
        &[
            "authorize authorise consent consents grants consentimiento consentimento consentement consenso",
            "einwilligung toestemming samtycke samtykke suostumus hozzajarulas souhlas suhlas zgoda consimtamant",
            "συγκατάθεση согласие soglasie згода הסכמה موافقة सहमति persetujuan 동의 dongui 授权 授權 同意 shouquan",
        ],
    ),
    (
        RouteKind::SignIn,
        &[
            "login signin logon signon authenticate logmein",
            "iniciarsesion iniciosesion iniciarsessao autenticar",
            "autenticarse seconnecter sidentifier accedi autenticati",
            "autentificare einloggen anmelden inloggen inlogg inloggning loggain innlogging logginn logpaa logind",
            "kirjaudu kirjautuminen kirjaudusisaan sisaankirjautuminen tunnistaudu tunnistautuminen",
            "bejelentkezes bejelentkezek prihlasit prihlaseni prihlasenie prihlaste zaloguj logowanie zalogujsie",
            "girisyap oturumac uyegirisi kullanicigirisi συνδεθείτε",
            "prijavise prijavitese logisisse sisselogimine pieslegties pieslegsanas prisijungti prisijungimas",
            "innskraning iniciarsessio iniciasessio saioahasi hasisaioa kycu identifikohu meldaan",
            "нэвтрэх увайсці најава შესვლა մուտք লগইন ورودبهحساب",
            "войти авторизация авторизоваться логин vojti voyti",
            "avtorizaciya avtorizatsiya avtorizacija увійти авторизація",
            "логін uviyty uvijty avtoryzatsiya avtoryzaciya",
            "התחבר התחברות hitchabrut hithabrut hitchaber تسجيلالدخول tasjilaldukhul tasjiladdukhul",
            "लॉगिन लॉगइन साइनइन dangnhap logmasuk daftarmasuk เข้าสู่ระบบ ล็อกอิน ลงชื่อเข้าใช้ khaosurabop",
            "로그인 로그온 rogeuin logeuin 登录 登錄 登入 登陆 denglu dengru ログイン サインイン roguin sainin",
        ],
    ),
];

/// Words that mean it only as the whole last segment: alone they say other things too.
pub const WHOLE: Lists = &[
    (
        RouteKind::SignIn,
        &[
            "session sessions auth authentication token tokens accesstoken 인증 토큰 injeung 認証 身份验证 ninsho",
            "sesion sesiones autenticacion sessao autenticacao authentification autenticazione authentifizierung",
            "autentisering godkendelse tunnistus oturum kimlikdogrulama",
            "sesiune sesiuni sessione sessioni sitzung sitzungen sessie sessies sesja sesje relace munkamenet istunto sesija",
            "сессия сеанс сесія sessiya seans 세션 セッション 会话",
        ],
    ),
    (
        RouteKind::SignUp,
        &["daftar kayit uyelik registreer registrera registrer iscriviti jelentkezes pendaftaran عضويةجديدة تسجيل"],
    ),
    (RouteKind::SignOut, &["cikis exit keluar uitlog יציאה خروج"]),
];

/// Words for the way in: they sign in as the whole last segment, and before whom it is for ([`WHOM`]).
pub const ENTRIES: &[&str] = &[
    "entrar acceso acceder ingresar ingreso acesso connexion accesso entra conectare conecteaza",
    "anmeldung aanmelden belepes vstup giris σύνδεση είσοδος syndesi eisodos вход vhod vkhod вхід vhid vkhid",
    "prijava vpis sisene sisenemine ieiet ieeja hyrje hyr ingia влизане ورود кіру kiru",
    "כניסה knisa دخول dukhul प्रवेश masuk เข้าระบบ 접속 jeopsok",
];

/// Whom or what one signs in with, behind a word for it (`/login/user`).
pub const WHOM: &[&str] = &[
    "user account member customer username usuario cuenta miembro cliente conta membro compte utilisateur membre client",
    "utente conto socio cont konto benutzer kunde mitglied gebruiker klant anvandare kund bruker bruger kayttaja tili",
    "felhasznalo fiok uzivatel ucet zakaznik uzytkownik klient kullanici hesap uye χρήστης λογαριασμός",
    "пользователь аккаунт клиент polzovatel користувач משתמש חשבון مستخدم حساب उपयोगकर्ता खाता",
    "korisnik nalog uporabnik racun kasutaja lietotajs konts vartotojas notandi usuari",
    "nguoidung taikhoan pengguna akun ผู้ใช้ บัญชี 회원 계정 사용자 hoewon gyejeong 用户 用戶 账号 帐号 yonghu ユーザー アカウント",
];

/// What a code is called, and what is done with it: together, within the last two segments, they verify.
pub const CODES: &[&str] = &[
    "code codes codigo codigos codice pin sms challenge challenges kode kodes kood koodi kod kodu kodi kody haslosms",
    "κωδικός kodikos код קוד رمز कोड รหัส 코드 번호 kodeu beonho 代码 代碼 コード",
];

/// See [`CODES`].
pub const CHECKS: &[&str] = &[
    "confirm confirmation confirmar confirma conferma check validate validar valida comprobar submit attempt answer",
    "valider bestaetigen bestatigen bevestig bevestigen bekrafta",
    "bekraeft bekreft vahvista megerosites potvrdit potvrd",
    "подтверждение podtverzhdenie підтвердження pidtverdzhennya pengesahan",
    "potwierdz onayla dogrula επιβεβαίωση подтвердить podtverdit",
    "підтвердити אישור تأكيد पुष्टि xacnhan konfirmasi sahkan",
    "ยืนยัน 확인 검증 hwagin 确认 確認 kakunin queren",
];

/// What an account is reached and reset by: who changes it can keep the account.
pub const SETTINGS: &[&str] = &[
    "password passwd email emailaddress mail phone phonenumber mobile msisdn mfadevice credentials",
    "contrasena clave correo telefono senha telefone motdepasse courriel parola passwort kennwort",
    "wachtwoord losenord passord adgangskode kodeord epost epostadresse salasana sahkoposti puhelinnumero",
    "lozinka lozinku geslo parool slaptazodis parole lykilord contrasenya telefonskibroj",
    "jelszo heslo haslo sifre eposta telefon κωδικόςπρόσβασης пароль parol почта telefonnomer סיסמה",
    "كلمةالمرور पासवर्ड matkhau katasandi katalaluan doimatkhau รหัสผ่าน 비밀번호 이메일 전화번호 휴대폰 bimilbeonho imeil",
    "密码 邮箱 手机号 密碼 mima shoujihao パスワード メールアドレス pasuwado",
];

/// What changes something, put before or behind what it changes.
pub const CHANGES: &[&str] = &[
    "change update set edit replace cambiar cambio",
    "cambia modificar modifica actualizar alterar mudar changer modifier",
    "schimba aendern andern wijzig wijzigen byt bytt andra skift vaihda muuta modositas zmenit zmena zmien zmiana",
    "promeni promena promijeni spremeni muuda muutmine mainit keisti pakeisti breyta",
    "degistir guncelle αλλαγή allagi изменить сменить смена izmenit smena змінити зміна שינוי shinui تغيير बदलें",
    "doi thaydoi ubah ganti tukar เปลี่ยน 변경 수정 byeongyeong 修改 xiugai 変更 henko",
];

/// What is asked beside a form (`/signup/available`).
pub const ASKS: &[&str] = &[
    "available availability exists check lookup status",
    "disponible disponibilidad existe estado disponivel disponibile",
    "verfuegbar verfugbar beschikbaar tillganglig ledig vapaa",
    "saatavilla elerheto dostupne dostupnost dostepny musait",
    "중복확인 중복체크 확인 jungbokhwagin 存在 検索",
];
