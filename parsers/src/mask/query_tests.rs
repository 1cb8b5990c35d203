#![allow(clippy::unwrap_used)]
use super::*;
use crate::mask::fingerprint;
use proptest::prelude::*;

const KEY: [u8; 32] = [7; 32];
const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefg";

fn text(target: &str) -> String {
    let masked = mask_target(target.as_bytes(), &KEY);
    masked.text.map_or_else(|| target.to_owned(), |text| String::from_utf8(text).unwrap())
}

/// Checks that a target with `{secret}` in braces comes out with its fingerprint instead.
fn check(target: &str) {
    let (before, rest) = target.split_once('{').unwrap();
    let (secret, after) = rest.split_once('}').unwrap();
    let print = crate::mask::fingerprint_decoded(&KEY, secret.as_bytes());
    let whole = target.replace(['{', '}'], "");
    assert_eq!(text(&whole), format!("{before}~{print}{after}"), "{whole}");
}

#[test]
fn secrets_are_masked_in_place_and_nothing_else() {
    for target in [
        "/a?id=7&token={s3cret}&x=1",
        "/a?api%5Fkey={s3cret}",
        "/a?PASSWORD={s3cret}#f",
        "/a?code={a1b2c3d4}",
        "/a?key={k1}",
        "http://{u:p}@h/x?y=1",
        "http://{u:p@ss}@h/x?y=1",
        "//{u:p}@h/x",
        "/a?u=http://{u:p}@h/x&v=1",
        "/a?u=http%3A%2F%2F{u:p}%40h%2Fx&v=1",
        "/a?user[password]={s3cret}&x",
        "/a?user%5Bpassword%5D={s3cret}&x",
        "/a?token={ab?cd/ef}&x=1",
        "/a?token={ab%26cd}&x=1",
        "/a?token={ab;cd}",
        "/a?token={ab};x=1",
        "/a;jsessionid={ABC123}/orders?x=1",
        "/a;jsessionid={ABC123}?x=1",
        "/a%3Bjsessionid%3D{ABC123}/b",
        "/cb#access_token={abc}&x=1",
        "/cb#/login?access_token={abc}",
        "/a?redirect=https%3A%2F%2Fh%2F%3Ftoken%3D{abc}%26x%3D1&y=2",
        "/a?redirect=https%3A%2F%2Fh%2F%3Ftoken%3D{abc}&y=2",
        "/a?redirect=https%253A%252F%252Fh%252F%253Ftoken%253D{abc}%2526x%253D1&y=2",
        "/a?u=https://h/x?token={abc}&y=2",
        "/a?pin={1234}&x=1",
        "/a?oldPass={s3cr}",
        "/a?encKey={x1}",
        "/a?crtfc_key={x1}",
        "/a?card={4111111111111111}",
        "/a?card_no={4111-1111-1111-1111}&x=1",
        "/a?memo={4111-1111-1111-1111}",
        "/a?magic={abcd1234}",
        "/a?team_invite={Zq9xPw3m}",
        "/a?h=Bearer%20{opaqueTokenOfSomebody}&x=1",
        "/a?h=basic+{dXNlcjpwYXNz}",
    ] {
        check(target);
    }
    let print = fingerprint(&KEY, b"s3cret");
    for json in [r#"/a?q={"a":1,"password":"s3cret","b":2}"#, "/a?q=%7B%22password%22%3A%22s3cret%22%7D&x=1"] {
        assert_eq!(text(json), json.replace("s3cret", &format!("~{print}")));
    }
}

#[test]
fn secrets_of_a_shape_are_masked_wherever_they_stand() {
    for target in [
        format!("/a?q={{{JWT}}}&b=1"),
        format!("/a?{{{JWT}}}"),
        format!("/a/{{{JWT}}}/b"),
        format!("/a?u=https%3A%2F%2Fh%2F{{{JWT}}}%3Fx"),
        format!("/a?x=before,{{{JWT}}},after"),
        "/keys/{AKIAIOSFODNN7EXAMPLE}/use".to_owned(),
        "/a?v={sk_live_4eC39HqLyjWDarjtT1zdp7dc}".to_owned(),
        "/reset/{q7Zt2Xb9Lm4Kp0Rv8Ns3Yw6D}?x=1".to_owned(),
        "https://h/services/T00000000/B00000000/{XXXXXXXXXXXXXXXXXXXXXXXX}".to_owned(),
    ] {
        check(&target);
    }
}

#[test]
fn what_is_no_secret_stays() {
    for target in [
        "/a/b?page=2&code=12",
        "/a?state=california&nonce=12345678",
        "/a@b",
        "https://h/@user/x?a=b@c",
        "//a//b",
        "/a?token=&b",
        "/a?next_page_token=abcdefgh1234567890",
        "/orders/550e8400-e29b-41d4-a716-446655440000/items/507f1f77bcf86cd799439011",
        "/blobs/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "/users/q7Zt2Xb9Lm4Kp0Rv8Ns3Yw6D?fields=a,b",
        "/a?cursor=eyJpZCI6MTIzNDU2Nzg5fQ==",
        "/a?redirect=https%3A%2F%2Fh%2F%3Fid%3D7%26x%3D1",
        "/a?x=%zz%3&y==%",
        "/a?q=basic+training&h=bearer+of+news&b=basic",
        "/a?rrn=900101-1234568&ssn=123-45-6789",
        "/a?card_id=12&card=12&cardNo=4111111111111112&pan=left",
        "/a?pincode=560001&sort_key=name&invite=7&magic=on&boarding_pass=LH12&id=4111111111111111",
    ] {
        assert_eq!(text(target), target);
    }
}

#[test]
fn parameters_tell_who_asks() {
    let masked = mask_target(b"/a?client_id=shop&apikey=k1&password=x", &KEY);
    assert_eq!(masked.credential, Some(fingerprint(&KEY, b"k1")));
    assert_eq!(masked.client_app, Some(13..17));
    assert_eq!(mask_target(b"/a?key=name", &KEY).credential, None);
    assert!(mask_target(b"/a?key=a1b2c3d4", &KEY).credential.is_some());
    for target in [format!("/a?q={JWT}"), format!("/a?access_token={JWT}&x=1"), format!("/a/{JWT}/b")] {
        let masked = mask_target(target.as_bytes(), &KEY);
        assert_eq!(masked.credential, Some(fingerprint(&KEY, JWT.as_bytes())));
        assert_eq!(&target[masked.token.unwrap()], JWT);
    }
}

#[test]
fn one_secret_has_one_fingerprint_however_escaped() {
    let print = fingerprint(&KEY, b"ab+c/d=");
    for value in ["ab+c/d=", "ab%2Bc%2Fd%3D", "ab%252Bc%252Fd%253D"] {
        assert_eq!(mask_target(format!("/?token={value}").as_bytes(), &KEY).credential, Some(print.clone()));
    }
}

#[test]
fn what_was_masked_before_identifies_nobody() {
    assert_eq!(mask_target(b"/a?token=REDACTED&api_key=****", &KEY), Masked::default());
    let once = text("/a?token=s3cret&u=%3Fsig%3Dx1");
    assert_eq!(text(&once), once);
}

proptest! {
    #[test]
    fn no_bytes_break_it(
        bytes: Vec<u8>,
        text in "(http://)?([a-z/?&#;=%@:\"{} ]|%(25)*(3D|26|3F|22|2F)|token|password|eyJhbGciOiJIUzI1NiJ9\\.eyJzdWI|reset/){0,24}",
    ) {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            let masked = mask_target(bytes, &KEY);
            if let Some(range) = masked.token {
                prop_assert!(range.end <= bytes.len());
            }
        }
    }

    #[test]
    fn a_named_secret_never_shows(
        secret in "[A-Za-z0-9+/=?;,:.~_-]{6,40}", level in 0usize..4, before in "[a-z/]{0,9}", after in "(&b=[a-z]{3})?",
    ) {
        prop_assume!(!is_masked(secret.as_bytes()));
        // Escaped as often as the equals sign before it, or once more.
        let escape = |text: &str, times: usize| (0..times).fold(text.to_owned(), |text, _| {
            text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else {
                format!("%{byte:02X}")
            }).collect()
        });
        let inner = escape(&format!("?token={}", escape(&secret, 1)), level);
        let target = format!("/{before}?u={inner}{after}");
        let masked = mask_target(target.as_bytes(), &KEY);
        let print = fingerprint(&KEY, secret.as_bytes());
        prop_assert_eq!(masked.credential, Some(print), "{}", target);
        prop_assert!(masked.text.unwrap().ends_with(after.as_bytes()));
    }
}
