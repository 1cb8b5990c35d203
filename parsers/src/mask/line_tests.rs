use super::*;
use proptest::prelude::*;

const KEY: [u8; 32] = [3; 32];
const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

#[test]
fn secrets_of_any_shape_are_gone() {
    for (line, secret) in [
        (r#"{"authorization":"Bearer abcdefgh12345678"}"#, "abcdefgh12345678"),
        (r#"{"headers":{"x-api-key": ["k-5fe1"]}}"#, "k-5fe1"),
        (r#"{"cookie":"sid=1\"2; b=3","#, "sid="),
        (r#"{"otp":123456,"a":1}"#, "123456"),
        (r#"{"message":"{\"password\":\"hunter2\",\"a\":1}"}"#, "hunter2"),
        (r"body {\x22password\x22:\x22hunter2\x22}", "hunter2"),
        (r"body {\x22user\x22:{\x22accessToken\x22: \x22hunter2\x22}}", "hunter2"),
        (r"{#22password#22:#22hunter2#22}", "hunter2"),
        ("?q=%7B%22password%22%3A%22hunter2%22%7D&password%3Dhunter2", "password%3Dhunter2"),
        ("GET /a?token=abc123&b=2", "abc123"),
        ("GET /a?u=https%3A%2F%2Fh%2F%3Ftoken%3Dabc123 x", "abc123"),
        ("GET /a?u=https%253A%252F%252Fh%252F%253Ftoken%253Dabc123 x", "abc123"),
        ("GET /a?user[password]=abc123&b=2", "abc123"),
        ("GET /reset/q7Zt2Xb9Lm4Kp0Rv8Ns3Yw6D/x HTTP/1.1", "q7Zt2Xb9"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
        (r#"junk "Basic am9lOnB3MQ==" junk"#, "am9lOnB3MQ"),
        (r#""proxy-authorization: basic YTpi""#, "YTpi"),
        ("Bearer%20abcdefgh12345678", "abcdefgh12345678"),
        (r#"Digest username="a", nonce="x", response="6629fae49393a05397450978507c4ef1""#, "6629fae4"),
        ("AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
        ("https://joe:hunter2@host/", "hunter2"),
        ("password=hunter2 x", "hunter2"),
        ("200 0 ASP.NET_SessionId=abc123;+laravel_session=def -", "abc123"),
        ("200 0 a=b;+laravel_session=def345 -", "def345"),
        ("Cookie: theme=x; other=hush45", "hush45"),
        ("/a;jsessionid=ABC123/b", "ABC123"),
        ("#access_token=abc123&x", "abc123"),
        ("<soap:password type='x'>hunter2</soap:password>", "hunter2"),
        (r"form-data; name=\x22password\x22\x0D\x0A\x0D\x0Ahunter2\x0D", "hunter2"),
        ("{host.example|q7Zt2Xb9Lm4Kp0Rv8Ns3|x}", "q7Zt2Xb9"),
        ("GET /a?pin=1234&oldPass=hush HTTP/1.1", "=1234"),
        (r#"{"cvv":"123","a":1}"#, "123"),
        (r#"{"cardNumber": "4111 1111 1111 1111"}"#, "4111"),
        ("card_no=4111111111111111&x=1", "4111"),
        ("sent 4111-1111-1111-1111 by mail", "1111-1111"),
        ("sent 900101-1234568 by mail", "1234568"),
        ("crtfc_key=0a1b2c&encKey=x", "0a1b2c"),
        ("agent/1 (Bearer AbCdEfGhIj)", "AbCdEfGhIj"),
        (&format!("junk {JWT} junk"), JWT),
        (&format!(r"\x22{JWT}\x22"), JWT),
    ] {
        let masked = mask_line(line.as_bytes(), &KEY);
        assert!(!masked.contains(secret) && masked.contains('~'), "{line} -> {masked}");
        assert_eq!(mask_line(masked.as_bytes(), &KEY), masked, "masked twice");
    }
}

#[test]
fn plain_lines_stay() {
    for line in [
        r#"10.0.0.1 - - [x] "GET /tokens/7?page=2 HTTP/1.1" 200 5 "-" "basic agent""#,
        r#"{"time":"2024-01-01T00:00:00Z","status":200,"path":"/orders/550e8400-e29b-41d4-a716-446655440000"}"#,
        "fe be/srv 0/0/1/2/3 200 512 - - ---- 1/1/0/0/0 0/0 {api.example.com|curl/8.1.0} \"GET /a HTTP/1.1\"",
        "GET /verify/550e8400-e29b-41d4-a716-446655440000?state=california&key=name HTTP/1.1",
        "Root=1-67891233-abcdef012345678912345678",
        "GET /a?card_id=12&pincode=560001&id=4111111111111111&card=4111111111111112&day=20260102-1234567 HTTP/1.1",
        r#"{"session":{"id":7},"token":{"kind":"a"},"m":"{\"secret\":{\"a\":1}}"}"#,
        "inside=1 upside: 3 resid=7",
    ] {
        let masked = mask_line(line.as_bytes(), &KEY);
        if !line.contains("inside") {
            assert_eq!(masked, line);
        }
    }
}

#[test]
fn lines_and_columns_have_the_same_fingerprints() {
    let print = super::super::fingerprint(&KEY, b"s3c+ret");
    for line in ["token=s3c%2Bret", "token=s3c%252Bret", "token: s3c+ret"] {
        assert!(mask_line(line.as_bytes(), &KEY).ends_with(&print), "{line}");
    }
}

#[test]
fn headers_in_json_have_the_fingerprints_of_columns() {
    let print = |secret: &str| format!("~{}", super::super::fingerprint(&KEY, secret.as_bytes()));
    for (line, shown, secrets) in [
        (r#"{"authorization":"Bearer s3cret-7"}"#, r#"{"authorization":"Bearer @"}"#, vec!["s3cret-7"]),
        (r#"{"authorization": ["bearer s3cret-7"]}"#, r#"{"authorization": ["bearer @"]}"#, vec!["s3cret-7"]),
        (r#"{"m":"{\"authorization\":\"Basic YTpi\"}"}"#, r#"{"m":"{\"authorization\":\"Basic @\"}"}"#, vec!["YTpi"]),
        (
            r#"{"authorization":"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/2024/x, Signature=y"}"#,
            r#"{"authorization":"AWS4-HMAC-SHA256 @"}"#,
            vec!["AKIAIOSFODNN7EXAMPLE"],
        ),
        (r#"{"authorization":"Token token=\"abc\""}"#, r#"{"authorization":"Token @"}"#, vec!["abc"]),
        ("Authorization: Token token=\"abc123\"", "Authorization: Token token=\"@\"", vec!["abc123"]),
        (
            r#"{"authorization":"Digest username=\"ann\", realm=\"api\", response=\"0f1e\""}"#,
            r#"{"authorization":"Digest @"}"#,
            vec!["ann@api"],
        ),
        (r#"{"x-api-key":"k 1"}"#, r#"{"x-api-key":"@"}"#, vec!["k 1"]),
        (
            r#"{"cookie":"sid=one; theme=two","set-cookie":"sid=one; HttpOnly"}"#,
            r#"{"cookie":"sid=@; theme=@","set-cookie":"sid=@; HttpOnly"}"#,
            vec!["one", "two", "one"],
        ),
        ("Cookie: sid=one; theme=two", "Cookie: sid=@; theme=@", vec!["one", "two"]),
    ] {
        let expected = secrets.iter().fold(shown.to_owned(), |shown, secret| shown.replacen('@', &print(secret), 1));
        let masked = mask_line(line.as_bytes(), &KEY);
        assert_eq!(masked, expected, "{line}");
        assert_eq!(mask_line(masked.as_bytes(), &KEY), masked, "masked twice");
    }
}

#[test]
fn what_cannot_be_seen_is_spelt_out() {
    assert_eq!(mask_line(b"a\x1b[2Jb\xff\xe2\x80\xaec\0", &KEY), r"a\x1b[2Jb\xff\u{202e}c\x00");
}

#[test]
fn a_secret_is_not_parted() {
    let line = b"GET /a?token=hunter22&b HTTP";
    let (before, after) = mask_around(line, &KEY, 16, &[]);
    assert_eq!(before, "GET /a?token=");
    assert!(after.starts_with('~') && after.ends_with("&b HTTP"), "{after}");
    assert_eq!(mask_around("주문 x".as_bytes(), &KEY, 1, &[]).0, "");
    assert_eq!(mask_around(b"abc", &KEY, 9, &[]), ("abc".to_owned(), String::new()));
}

proptest! {
    #[test]
    fn parts_make_the_line(bytes: Vec<u8>, at in 0_usize..64) {
        let (before, after) = mask_around(&bytes, &KEY, at, &[]);
        prop_assert_eq!(before + &after, mask_line(&bytes, &KEY));
    }

    #[test]
    fn any_bytes_give_one_printable_line(bytes: Vec<u8>) {
        let masked = mask_line(&bytes, &KEY);
        prop_assert!(masked.chars().all(|c| c == '\t' || (!c.is_control() && !is_invisible(c))));
    }
}
