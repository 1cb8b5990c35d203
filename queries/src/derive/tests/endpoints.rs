//! Paths, routes, versions and objects.

use crate::requests::{ObjectKind, Requests};
use crate::testing::Log;

/// A log of 200s for these targets.
fn log<T: AsRef<str>>(targets: impl IntoIterator<Item = T>) -> Requests {
    targets.into_iter().fold(Log::new(), |log, target| log.row(|r| r.get(target.as_ref()).status(200))).build()
}

fn column(requests: &Requests, name: &str, target: &str) -> String {
    let targets = requests.text("target").unwrap();
    let row = (0..requests.rows()).find(|&row| targets.get(row) == Some(target)).unwrap();
    requests.text(name).unwrap().get(row).unwrap_or("-").to_owned()
}

fn route(target: &str) -> String {
    column(&log([target]), "route", target)
}

fn object(target: &str) -> String {
    column(&log([target]), "object_id", target)
}

fn kind(requests: &Requests, id: &str) -> ObjectKind {
    requests.derived.kind_of_object[requests.derived.objects.code(id.as_bytes()).unwrap() as usize]
}

#[test]
fn segments_that_look_like_ids_become_placeholders() {
    for (target, want) in [
        ("/", "/"),
        ("/?a=b", "/"),
        ("/boats/17", "/boats/{id}"),
        ("/boats/17/", "/boats/{id}"),
        ("//boats///17", "/boats/{id}"),
        ("/%62oats/1%37?x=1#top", "/boats/{id}"),
        ("/boats/17;v=1", "/boats/{id}"),
        ("/boats/./17/%2e/log", "/boats/{id}/log"),
        ("/배/%EC%A3%BC%EB%AC%B8/17/état", "/배/주문/{id}/état"),
        ("/boats/%B9%E8", "/boats/{slug}"),
        ("/boats/a%E2%80%AEb", "/boats/{slug}"),
        ("/boats/-17", "/boats/{id}"),
        ("/sms/+4915112345678", "/sms/{id}"),
        ("/crews/5f0c7a52-9a0e-4f1e-8d27-1f8f3f6a2b11/log", "/crews/{uuid}/log"),
        ("/blobs/9f86d081884c7d659a2f", "/blobs/{hex}"),
        ("/inbox/ann%40mail.example", "/inbox/{email}"),
        ("/tides/2026-03-04", "/tides/{date}"),
        ("/tides/2026-03-04T10:00:00Z", "/tides/{date}"),
        ("/keys/Ab3dE9xQ2zL0pWq7Rt", "/keys/{slug}"),
        ("/bills/17.pdf", "/bills/{id}.pdf"),
        ("/assets/js/main.3f2a.js", "/assets/js/{file}"),
        ("/boats/1%27%20OR%201=1", "/boats/{slug}"),
        ("/%EA%B3%A0%EA%B0%9D/17/%EA%B3%84%EC%95%BD", "/고객/{id}/계약"),
        ("/se%C3%B1ales/17", "/señales/{id}"),
        ("/boats/%F0%9F%98%80", "/boats/{slug}"),
        ("/boats/%FF%FE", "/boats/{slug}"),
        ("/boats/{id}", "/boats/{slug}"),
        ("/api/v2/boats/1", "/api/v2/boats/{id}"),
        ("/2017-06-30/boats", "/2017-06-30/boats"),
        ("/api/1.1/boats", "/api/1.1/boats"),
        ("http://boats.example/boats/3", "/boats/{id}"),
        ("*", "*"),
        ("/oauth2/token", "/oauth2/token"),
    ] {
        assert_eq!(route(target), want, "{target}");
    }
    let deep = format!("/{}", ["a"; 40].join("/"));
    assert_eq!(route(&deep), format!("/{}/{{slug}}", ["a"; 12].join("/")));
}

#[test]
fn the_path_is_kept_as_it_was() {
    let requests = log(["/Boats//17;v=1?x=1", "/plain#frag"]);
    assert_eq!(column(&requests, "path", "/Boats//17;v=1?x=1"), "/Boats//17;v=1");
    assert_eq!(column(&requests, "path", "/plain#frag"), "/plain");
}

#[test]
fn versions_are_the_first_version_like_segment() {
    for (target, want) in [
        ("/api/v2/boats/1", "v2"),
        ("/boats/v1.3/x", "v1.3"),
        ("/2017-06-30/boats", "2017-06-30"),
        ("/v1beta1/boats", "v1beta1"),
        ("/fleet/2.1/boats?id=7", "2.1"),
        ("/boats/vintage", "-"),
        ("/boats/7/2.1", "-"),
    ] {
        assert_eq!(column(&log([target]), "api_version", target), want, "{target}");
    }
}

#[test]
fn a_number_with_a_point_is_a_version_and_many_are_ids() {
    let requests = log(["/fleet/2.1/boat.json?id=7", "/fleet/2.1/boat.json?id=8"]);
    assert_eq!(column(&requests, "route", "/fleet/2.1/boat.json?id=7"), "/fleet/2.1/boat.json");
    assert_eq!(column(&requests, "object_id", "/fleet/2.1/boat.json?id=7"), "7");
    let many: Vec<String> = (0..40).map(|i| format!("/charts/{}.{}", i, i % 7)).collect();
    assert_eq!(column(&log(&many), "route", &many[5]), "/charts/{slug}");
}

#[test]
fn parameters_of_any_part_of_a_path_name_objects() {
    let target = "/berths/v2/guest;passport=K1234567;lang=en/state";
    assert_eq!(column(&log([target]), "route", target), "/berths/v2/guest/state");
    assert_eq!(column(&log([target]), "object_id", target), "K1234567");
    let other = "/berths;lang=en/guest?passport=K7654321";
    assert_eq!(column(&log([other]), "object_id", other), "K7654321");
    let session = "/berths;jsessionid=1A2B3C4D5E6F/list";
    assert_eq!(column(&log([session]), "object_id", session), "-");
}

#[test]
fn words_beside_ids_stay_and_names_collapse() {
    let mut targets: Vec<String> = (0..80).map(|i| format!("/sailors/{}/boats", name(i))).collect();
    targets.extend(["/sailors/me", "/sailors/search", "/sailors/17/boats"].map(String::from));
    let requests = log(&targets);
    assert_eq!(column(&requests, "route", &targets[0]), "/sailors/{slug}/boats");
    assert_eq!(column(&requests, "object_id", &targets[0]), name(0));
    for (target, want) in [
        ("/sailors/me", "/sailors/me"),
        ("/sailors/search", "/sailors/search"),
        // One number among many names is a name too.
        ("/sailors/17/boats", "/sailors/{slug}/boats"),
    ] {
        assert_eq!(column(&requests, "route", target), want);
    }
}

/// A word without digits, a different one for each number.
fn name(mut number: usize) -> String {
    let mut name = String::from("q");
    for _ in 0..4 {
        name.push((b'a' + (number % 26) as u8) as char);
        number /= 26;
    }
    name
}

#[test]
fn many_collections_or_operations_are_no_ids() {
    let collections: Vec<String> = (0..90).map(|i| format!("/api/{}/{}", name(i), 100 + i)).collect();
    let requests = log(&collections);
    assert_eq!(column(&requests, "route", &collections[5]), format!("/api/{}/{{id}}", name(5)));
    let operations: Vec<String> = (0..90).map(|i| format!("/rpc/get_{}", name(i))).collect();
    assert_eq!(column(&log(&operations), "route", &operations[5]), operations[5]);
}

#[test]
fn many_mixed_siblings_are_ids_and_few_are_not() {
    let many: Vec<String> = (0..20).map(|i| format!("/hulls/NL-{}B", 100 + i)).collect();
    assert_eq!(column(&log(&many), "route", &many[3]), "/hulls/{slug}");
    assert_eq!(route("/hulls/NL-117B"), "/hulls/NL-117B");
}

#[test]
fn probes_do_not_explode_the_routes_nor_take_endpoints_along() {
    let mut log = Log::new().row(|r| r.get("/tide-table").status(200)).rows(30, |r, _| r.get("/berths").status(200));
    for i in 0..3000 {
        log = log.row(|r| r.get(&format!("/{}", name(i))).status(404));
        log = log.row(|r| r.get(&format!("/berths/{}/{}", name(i), name(i * 7))).status(404));
    }
    let requests = log.build();
    assert!(requests.derived.routes.len() < 10, "{}", requests.derived.routes.len());
    assert_eq!(column(&requests, "route", "/tide-table"), "/tide-table");
    assert_eq!(column(&requests, "route", "/berths"), "/berths");
    assert_eq!(column(&requests, "route", &format!("/{}", name(9))), "/{slug}");
}

#[test]
fn random_ids_with_few_all_digit_ones_share_a_route() {
    let mut targets: Vec<String> =
        (0..100u64).map(|i| format!("/r/a{:011x}", i.wrapping_mul(0x9e37_79b9_7f4a))).collect();
    targets.push("/r/123456789012".to_owned());
    let requests = log(&targets);
    assert_eq!(column(&requests, "route", "/r/123456789012"), "/r/{hex}");
}

#[test]
fn objects_come_from_the_path_or_else_from_the_query() {
    for (target, want) in [
        ("/boats/17/crew/23/sign", "23"),
        ("/boats/17?mast_id=3", "17"),
        ("/bills/17.pdf", "17"),
        ("/inbox/ann%40mail.example", "ann@mail.example"),
        ("/boats/17;v=1/", "17"),
        ("/tides/2026-03-04", "-"),
        ("/img/17/mast.png", "-"),
        ("/boats?page=3&limit=20&offset=9", "-"),
        ("/boats?pageNo=3&page_num=4", "-"),
        ("/boats?boatId=17&page=2", "17"),
        ("/boats?filter[boat_id]=17", "17"),
        ("/boats?invoiceno=A17", "A17"),
        ("/boats;boat_id=17;size=9", "17"),
        ("/boats;boat_id=17?page=2", "17"),
        ("/boats;page=17;jsessionid=18", "-"),
        ("/boats?q=17&search=18&query=19", "-"),
        ("/boats?client_id=7&app_id=8&api_key=9&session_id=1&utm_id=4&gclid=5", "-"),
        ("/boats?country_code=31&valid=1&casino=x&grid=12", "-"),
        ("/boats?mobile=%2B31612345678", "+31612345678"),
        ("/boats?email=ann%40mail.example", "ann@mail.example"),
        ("/boats?user=ann", "ann"),
        ("/boats?who=ann%40mail.example", "ann@mail.example"),
        ("/boats?ask=%2B31612345678", "+31612345678"),
        ("/boats?ask=%2B31", "-"),
        ("/boats?at=now@noon", "-"),
        ("/boats?%EC%A3%BC%EB%AC%B8%EB%B2%88%ED%98%B8=17", "17"),
        ("/boats?%EC%A0%84%ED%99%94%EB%B2%88%ED%98%B8=01012345678", "01012345678"),
        ("/boats?boat_id=&x=", "-"),
        ("/boats?boat_id=null", "-"),
        ("/login?code=17&state=18", "-"),
    ] {
        assert_eq!(object(target), want, "{target}");
    }
}

#[test]
fn of_several_parameters_the_one_that_varies_is_the_object() {
    let targets: Vec<String> = (0..30)
        .map(|i| if i % 2 == 0 { format!("/x?fleet_id=9&boat_id={i}") } else { format!("/x?boat_id={i}&fleet_id=9") })
        .collect();
    let requests = log(&targets);
    for (i, target) in targets.iter().enumerate() {
        assert_eq!(column(&requests, "object_id", target), i.to_string());
    }
}

#[test]
fn long_ids_are_cut_and_stay_apart() {
    let [a, b] = ["x", "y"].map(|end| format!("/boats?boat_id={}{end}", "ä".repeat(200)));
    let requests = log([&a, &b]);
    let [a, b] = [&a, &b].map(|target| column(&requests, "object_id", target));
    assert!(a.len() < 128 && b.len() < 128 && a != b && a.starts_with('ä'), "{a} {b}");
}

#[test]
fn kinds_follow_from_value_name_and_neighbours() {
    let single = |target: &str, id: &str| kind(&log([target]), id);
    assert_eq!(single("/boats/17", "17"), ObjectKind::Int);
    assert_eq!(single("/boats?boat_id=-17", "-17"), ObjectKind::Int);
    assert_eq!(single("/boats/1726354433", "1726354433"), ObjectKind::Int);
    assert_eq!(single("/phone/1726354433", "1726354433"), ObjectKind::Phone);
    assert_eq!(single("/b?mobileNo=1726354433", "1726354433"), ObjectKind::Phone);
    assert_eq!(single("/b/01012345678", "01012345678"), ObjectKind::Phone);
    assert_eq!(single("/b/+31612345678", "+31612345678"), ObjectKind::Phone);
    assert_eq!(single("/b?email=a%40b.example", "a@b.example"), ObjectKind::Email);
    assert_eq!(single("/b?aadhaar=234512341234", "234512341234"), ObjectKind::NationalId);
    assert_eq!(single("/b?ssn=123-45-6789", "123-45-6789"), ObjectKind::NationalId);
    assert_eq!(single("/b/900101-1234567", "900101-1234567"), ObjectKind::NationalId);
    assert_eq!(
        single("/b/5f0c7a52-9a0e-4f1e-8d27-1f8f3f6a2b11", "5f0c7a52-9a0e-4f1e-8d27-1f8f3f6a2b11"),
        ObjectKind::Uuid
    );
    assert_eq!(single("/b/9f86d081884c7d65", "9f86d081884c7d65"), ObjectKind::Hex);
    assert_eq!(single("/b?user=ann", "ann"), ObjectKind::Slug);
    let scattered: Vec<String> =
        (0..60u64).map(|i| format!("/kin/{}", 234_500_000_000 + i * 7_919_000_003 % 500_000_000_000)).collect();
    let requests = log(&scattered);
    assert_eq!(kind(&requests, &scattered[7][5..]), ObjectKind::NationalId);
    let mobiles: Vec<String> = (0..60u64).map(|i| format!("/kin/{}", 7_000_000_000 + i * 37_919_033)).collect();
    assert_eq!(kind(&log(&mobiles), &mobiles[7][5..]), ObjectKind::Phone);
    let counter: Vec<String> = (0..60u64).map(|i| format!("/kin/{}", 7_000_000_000 + i * 3)).collect();
    assert_eq!(kind(&log(&counter), &counter[7][5..]), ObjectKind::Int);
}
