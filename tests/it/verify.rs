//! `verify`: what was changed is found and named, what was not is left alone.

use crate::logs::{self, arg, put};
use crate::run;
use breachline::export::verify::{Bundle, Fault, match_sources};
use breachline::export::{Contents, Export};
use breachline::session::{Session, SessionOptions};
use breachline_parsers::load::LoadOptions;
use breachline_queries::derive::DeriveOptions;
use breachline_queries::hunt::HuntOptions;
use breachline_queries::rule;
use breachline_queries::selection::Selection;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn hash(text: &str) -> String {
    breachline_parsers::value::hex(&Sha256::digest(text.as_bytes()))
}

/// A log and a bundle made of it.
struct World {
    folder: tempfile::TempDir,
    log: PathBuf,
    bundle: PathBuf,
}

impl World {
    fn new(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = put(folder.path(), "gw.log", logs::text(&logs::walked()));
        let bundle = folder.path().join("evidence");
        run(["export", arg(&log), "--out", arg(&bundle), "-q"].iter().chain(options)).expect_end(0, &[]);
        Self { folder, log, bundle }
    }

    /// Changes one byte of a file for as long as `look` looks.
    fn with_flipped<T>(file: &Path, at: usize, bit: u8, look: impl FnOnce() -> T) -> T {
        let whole = std::fs::read(file).unwrap();
        let mut changed = whole.clone();
        changed[at] ^= bit;
        std::fs::write(file, changed).unwrap();
        let seen = look();
        std::fs::write(file, whole).unwrap();
        seen
    }

    /// Files of the bundle by name.
    fn files(&self) -> Vec<String> {
        logs::files(&self.bundle).into_keys().collect()
    }

    /// The lines of the source that are cited: where each begins, where it ends, and its number.
    fn cited(&self) -> BTreeMap<u64, (u64, u64)> {
        std::fs::read_to_string(self.bundle.join("rows.jsonl"))
            .unwrap()
            .lines()
            .map(|line| {
                let row: serde_json::Value = serde_json::from_str(line).unwrap();
                let number = |name: &str| row[name].as_u64().unwrap();
                (number("byte_offset"), (number("byte_offset") + number("byte_len"), number("line_no")))
            })
            .collect()
    }

    /// Writes the hashes of manifest and custody log anew, as somebody would who changed them.
    fn reseal(&self) {
        let read = |name: &str| std::fs::read_to_string(self.bundle.join(name)).unwrap();
        let write = |name: &str, text: String| std::fs::write(self.bundle.join(name), text).unwrap();
        let custody = read("custody.jsonl");
        let entry: serde_json::Value = serde_json::from_str(custody.lines().last().unwrap()).unwrap();
        let files = entry["detail"]["files"].as_array().unwrap();
        let known = files.iter().find(|file| file["path"] == "manifest.json").unwrap()["sha256"].as_str().unwrap();
        let manifest = hash(&read("manifest.json"));
        write("custody.jsonl", custody.replace(known, &manifest));
        let mut sums = read("SHA256SUMS").replace(known, &manifest);
        let known = sums.lines().find(|line| line.ends_with("custody.jsonl")).unwrap()[..64].to_owned();
        sums = sums.replace(&known, &hash(&read("custody.jsonl")));
        write("SHA256SUMS", sums);
    }

    /// Checks the bundle against a log, as the command does.
    fn check(&self, log: &Path) -> Vec<Fault> {
        let mut bundle = Bundle::check(&self.bundle).unwrap();
        let options = SessionOptions {
            case: None,
            paths: vec![arg(log).to_owned()],
            load: LoadOptions { keep_raw: true, ..LoadOptions::default() },
            report: Selection::default(),
            derive: DeriveOptions::default(),
            hunt: HuntOptions::default(),
            display_tz: chrono_tz::Tz::UTC,
        };
        let mut origins = Vec::new();
        let stated = bundle.stated.sources.clone();
        let session =
            Session::open_as(&options, &mut |_| {}, &mut |given| origins = match_sources(&stated, given)).unwrap();
        bundle.check_lines(&session, &origins);
        let rules = rule::builtin();
        let hunt = session.hunt(&rules, &options.hunt);
        let contents = Contents { key: options.load.key, ..Contents::default() };
        let export = Export { session: &session, hunt: &hunt, rules: &rules, options: &[], contents: &contents };
        bundle.derive_again(export, &origins, false).unwrap();
        bundle.faults
    }
}

#[test]
fn what_was_not_changed_holds() {
    let world = World::new(&["--raw", "--ecs", "--containment", "--unmask", "--by", "k. lee"]);
    let alone = run(["verify", arg(&world.bundle)]);
    alone.expect_end(0, &["the one that was written down", "only --against tells"]);
    assert!(alone.out.contains("holds"), "{}", alone.out);
    assert!(alone.out.contains("looked at: 11 files, 6 lines of the custody log, "), "{}", alone.out);
    let root = alone.out.lines().find_map(|line| line.strip_prefix("root ")).unwrap().to_owned();
    let again = run(["verify", arg(&world.bundle), "--against", arg(&world.log), "--root", &root, "--format", "json"]);
    again.expect_end(0, &[]);
    let document = again.json();
    assert_eq!((document["holds"].clone(), document["faults"].clone()), (true.into(), serde_json::json!([])));
    assert_eq!(document["checked"]["sources"], 1);
    assert_eq!(document["checked"]["findings"], 1);
    assert_eq!(document["checked"]["lines"], document["checked"]["lines_read_back"]);
    assert_eq!(document["root"], root.as_str());
    let other = root.replace(|c: char| c.is_ascii_hexdigit(), "0");
    run(["verify", arg(&world.bundle), "--root", &other]).expect_end(1, &[]);
    run(["verify", arg(&world.bundle), "--root", "abc"]).expect_end(2, &["64 hexadecimal digits"]);
}

#[test]
fn logs_may_have_moved_and_a_directory_without_a_bundle_is_none() {
    let world = World::new(&[]);
    let elsewhere = world.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let moved = elsewhere.join("renamed.log");
    std::fs::rename(&world.log, &moved).unwrap();
    run(["verify", arg(&world.bundle), "--against", arg(&moved)]).expect_end(0, &[]);
    let quiet = put(&elsewhere, "other.log", logs::text(&logs::quiet()));
    run(["verify", arg(&world.bundle), "--against", arg(&quiet)])
        .expect_end(3, &["is not among the logs given", "not derived again"]);
    run(["verify", arg(&elsewhere)]).expect_end(2, &["no evidence bundle"]);
    run(["verify", "nowhere"]).expect_end(2, &["nowhere"]);
}

/// Every changed byte of a bundle is found by the bundle alone, and the file that it is in is named.
#[test]
fn every_changed_byte_of_a_bundle_is_found_and_its_file_named() {
    let world = World::new(&["--raw", "--ecs", "--containment"]);
    let mut dice = logs::Dice::new(11);
    for name in world.files() {
        let path = world.bundle.join(&name);
        let length = std::fs::metadata(&path).unwrap().len() as u32;
        for _ in 0..6 {
            let (at, bit) = (dice.roll(length) as usize, 1 << dice.roll(8));
            let faults = World::with_flipped(&path, at, bit, || Bundle::check(&world.bundle).unwrap().faults);
            assert!(!faults.is_empty(), "{name}: byte {at} bit {bit}");
            // A changed name in the sums speaks of two other files; a changed hash there of a file that only the sums know.
            let in_sums = name == "SHA256SUMS";
            let named = |fault: &Fault| fault.file == name || in_sums && fault.what.contains("SHA256SUMS");
            assert!(faults.iter().any(named), "{name}: byte {at} bit {bit}: {faults:?}");
            for fault in faults.iter().filter(|_| !in_sums) {
                assert_eq!(fault.file, name, "byte {at} bit {bit}: {fault}");
            }
        }
    }
    assert!(Bundle::check(&world.bundle).unwrap().faults.is_empty());
}

/// Against the logs, the line and the column as well.
#[test]
fn a_changed_value_is_named_with_its_line_and_column() {
    let world = World::new(&[]);
    let changes = [
        ("evidence.csv", ",python-requests/2.31,", ",python-requests/2.32,", "user_agent"),
        ("rows.jsonl", "\"status\":200", "\"status\":201", "columns.status"),
        ("timeline.csv", "Request logged", "Request lagged", "timestamp_desc"),
        ("timeline.jsonl", "breachline:request", "breachline:raquest", "data_type"),
        ("affected.csv", ",object,", ",abject,", "kind"),
        ("findings.csv", "object-walk", "abject-walk", "rule"),
        ("manifest.json", "\"masked\": true", "\"masked\": trua", ""),
        ("manifest.json", "breachline.manifest/1", "breachline.manifest/2", "schema"),
    ];
    for (name, from, to, field) in changes {
        let path = world.bundle.join(name);
        let whole = std::fs::read_to_string(&path).unwrap();
        let at = whole.find(from).unwrap_or_else(|| panic!("{name} has no {from}"));
        let line = whole[..at].matches('\n').count() as u64 + 1;
        std::fs::write(&path, whole.replacen(from, to, 1)).unwrap();
        let faults = world.check(&world.log);
        std::fs::write(&path, &whole).unwrap();
        let named = |fault: &Fault| {
            fault.file == name
                && fault.line == Some(line)
                && (field.is_empty() || fault.field.as_deref() == Some(field))
        };
        assert!(faults.iter().any(named), "{name}: {faults:?}");
        assert!(faults.iter().all(|fault| fault.file == name), "{name}: {faults:?}");
    }
    assert_eq!(world.check(&world.log), []);
}

/// New sums for a changed bundle are no way out: it does not follow from the logs.
#[test]
fn a_bundle_with_new_sums_does_not_follow_from_the_logs() {
    let world = World::new(&[]);
    let path = world.bundle.join("affected.csv");
    let whole = std::fs::read_to_string(&path).unwrap();
    let changed = whole.replacen(",object,", ",abject,", 1);
    std::fs::write(&path, &changed).unwrap();
    for name in ["manifest.json", "custody.jsonl", "SHA256SUMS"] {
        let path = world.bundle.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(&hash(&whole), &hash(&changed))).unwrap();
    }
    world.reseal();
    assert_eq!(Bundle::check(&world.bundle).unwrap().faults, [], "the forgery fits itself");
    let faults = world.check(&world.log);
    assert!(
        faults.iter().any(|fault| fault.file == "affected.csv" && fault.field.as_deref() == Some("kind")),
        "{faults:?}"
    );
}

/// The cited line that a byte of the source lies in.
fn line_at(cited: &BTreeMap<u64, (u64, u64)>, at: u64) -> Option<u64> {
    cited.range(..=at).next_back().filter(|(_, (end, _))| at < *end).map(|(_, &(_, line))| line)
}

/// Every changed byte of a source that lies in a cited line is found and the line named; others change no line.
#[test]
fn every_changed_byte_of_a_cited_line_is_found_and_no_other_line_is_named() {
    let world = World::new(&[]);
    let cited = world.cited();
    let length = std::fs::metadata(&world.log).unwrap().len() as u32;
    let mut dice = logs::Dice::new(3);
    let mut hits = 0;
    for _ in 0..40 {
        let (at, bit) = (u64::from(dice.roll(length)), 1 << dice.roll(8));
        let faults = World::with_flipped(&world.log, at as usize, bit, || world.check(&world.log));
        let line = line_at(&cited, at);
        let lines: Vec<u64> = faults.iter().filter_map(|fault| fault.line).collect();
        assert_eq!(lines, line.into_iter().collect::<Vec<_>>(), "byte {at} bit {bit}: {faults:?}");
        assert!(faults.iter().all(|fault| fault.file == arg(&world.log)), "{faults:?}");
        assert!(faults.iter().any(|fault| fault.line.is_none() && fault.what.contains("not byte for byte")));
        hits += usize::from(line.is_some());
    }
    assert!((5..35).contains(&hits), "{hits}");
}

/// A manifest is somebody else's text: it cannot make `verify` write anywhere, and names in the sums stay inside.
#[test]
fn a_hostile_bundle_gets_nothing_done() {
    let world = World::new(&[]);
    let manifest = world.bundle.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    for option in ["--out=/tmp/elsewhere", "/etc/passwd", "--memory=1T"] {
        let hostile = text.replacen("\"options\": []", &format!("\"options\": [\"{option}\"]"), 1);
        assert_ne!(hostile, text);
        std::fs::write(&manifest, hostile).unwrap();
        // The sums do not fit, so that the options are not even looked at; the lines are.
        let changed = run(["verify", arg(&world.bundle), "--against", arg(&world.log), "--format", "json"]);
        assert_eq!((changed.code, changed.json()["checked"]["lines_read_back"] == 0), (1, false));
        // With sums that fit they are refused.
        world.reseal();
        run(["verify", arg(&world.bundle), "--against", arg(&world.log)]).expect_end(2, &["is no option of an export"]);
        std::fs::write(&manifest, &text).unwrap();
        world.reseal();
    }
    let sums = world.bundle.join("SHA256SUMS");
    let text = std::fs::read_to_string(&sums).unwrap();
    std::fs::write(&sums, format!("{text}{}  ../gw.log\n", "0".repeat(64))).unwrap();
    let run = run(["verify", arg(&world.bundle)]);
    assert!(run.out.contains("is no line of sums"), "{}", run.out);
    assert_eq!(run.code, 1);
}

/// Changes one byte at random places of bundle and source, by their sizes, and of cited lines in turn. What lies in the bundle or in a cited line is
/// found and named, and nothing else is. Gives how many places were in the bundle, in cited lines, in other lines.
fn tamper(world: &World, times: u32, seed: u64) -> [u32; 3] {
    let cited = world.cited();
    let mut files: Vec<PathBuf> = world.files().iter().map(|name| world.bundle.join(name)).collect();
    files.push(world.log.clone());
    let sizes: Vec<u32> = files.iter().map(|file| std::fs::metadata(file).unwrap().len() as u32).collect();
    let mut dice = logs::Dice::new(seed);
    let mut places = [0; 3];
    let starts: Vec<u64> = cited.keys().copied().collect();
    for turn in 0..times {
        // The source is a small part of all, and cited lines are one of it: every fourth place is in a cited line, every fourth anywhere in the source.
        let (before, source) = (sizes[..sizes.len() - 1].iter().sum::<u32>(), sizes[sizes.len() - 1]);
        let mut at = match turn % 4 {
            0 => {
                let start = starts[dice.roll(starts.len() as u32) as usize];
                before + start as u32 + dice.roll((cited[&start].0 - start) as u32)
            }
            1 => before + dice.roll(source),
            _ => dice.roll(before + source),
        };
        let which = sizes
            .iter()
            .position(|&size| {
                if at < size {
                    true
                } else {
                    at -= size;
                    false
                }
            })
            .unwrap();
        let (file, bit) = (&files[which], 1 << dice.roll(8));
        let what = format!("{}: byte {at} bit {bit}", file.display());
        if *file == world.log {
            let faults = World::with_flipped(file, at as usize, bit, || world.check(&world.log));
            let at = u64::from(at);
            let line = line_at(&cited, at);
            let named: Vec<u64> = faults.iter().filter_map(|fault| fault.line).collect();
            assert_eq!(named, line.into_iter().collect::<Vec<_>>(), "{what}: {faults:?}");
            assert!(faults.iter().all(|fault| fault.file == arg(&world.log)), "{what}: {faults:?}");
            assert!(!faults.is_empty(), "{what}");
            places[if line.is_some() { 1 } else { 2 }] += 1;
        } else {
            let faults = World::with_flipped(file, at as usize, bit, || Bundle::check(&world.bundle).unwrap().faults);
            let name = file.strip_prefix(&world.bundle).unwrap().to_str().unwrap();
            let in_sums = name == "SHA256SUMS";
            let named = |fault: &Fault| fault.file == name || in_sums && fault.what.contains("SHA256SUMS");
            assert!(faults.iter().any(named), "{what}: {faults:?}");
            assert!(in_sums || faults.iter().all(|fault| fault.file == name), "{what}: {faults:?}");
            places[0] += 1;
        }
    }
    assert_eq!(Bundle::check(&world.bundle).unwrap().faults, [], "nothing is left changed");
    places
}

#[test]
fn a_changed_byte_anywhere_is_found_and_named() {
    let places = tamper(&World::new(&[]), 40, 5);
    assert!(places.iter().all(|&count| count > 0), "{places:?}");
}

/// `cargo test --test it -- --ignored two_hundred`: more of the same.
#[test]
#[ignore = "takes minutes"]
fn two_hundred_changed_bytes_are_found_and_named() {
    let places = tamper(&World::new(&["--raw", "--ecs", "--containment"]), 200, 6);
    assert!(places.iter().sum::<u32>() == 200 && places.iter().all(|&count| count > 0), "{places:?}");
}

#[test]
fn a_bundle_of_sigma_rules_is_derived_again_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    let rule = "title: Walked\nid: walked\nlevel: high\nlogsource: {category: webserver}\ndetection: {s: {sc-status: 200}, condition: s}\n";
    put(&rules, "walked.yml", rule);
    let world = World::new(&["--rules", arg(&rules)]);
    let check = || run(["verify", arg(&world.bundle), "--against", arg(&world.log)]);
    check().expect_end(0, &[]);
    // Another rule under that name is not what judged.
    put(&rules, "walked.yml", format!("# reviewed\n{rule}"));
    let changed = check();
    assert!(changed.code == 1 && changed.out.contains("rule_set"), "{}", changed.out);
}

/// Programs that sign and stamp, as the README calls them, where they are there.
#[test]
fn a_time_stamp_of_the_sums_is_accepted_and_the_root_is_what_it_stamps() {
    let world = World::new(&[]);
    let query = |arguments: &[&str]| {
        std::process::Command::new("openssl").args(arguments).current_dir(&world.bundle).output().ok()
    };
    let made = query(&["ts", "-query", "-data", "SHA256SUMS", "-sha256", "-cert", "-out", "SHA256SUMS.tsq"]);
    if !made.is_some_and(|output| output.status.success()) {
        crate::skipped("there is no openssl to make a query for a time stamp with");
        return;
    }
    let shown = query(&["ts", "-query", "-in", "SHA256SUMS.tsq", "-text"]).unwrap();
    let stamped: String = String::from_utf8(shown.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_once(" - ").filter(|(at, _)| at.trim().starts_with("00")))
        .flat_map(|(_, hex)| hex.chars().take(49).filter(char::is_ascii_hexdigit).collect::<Vec<_>>())
        .collect();
    let alone = run(["verify", arg(&world.bundle)]);
    alone.expect_end(0, &["SHA256SUMS.tsq lies beside the sums"]);
    let root = alone.out.lines().find_map(|line| line.strip_prefix("root ")).unwrap();
    assert_eq!(stamped, root, "what is stamped is the root");
}

/// The recipe of the README, without breachline.
#[cfg(unix)]
#[test]
fn a_bundle_is_checked_by_hand_as_the_readme_says() {
    let world = World::new(&[]);
    let shell = |script: &str| {
        let output = std::process::Command::new("bash")
            .args(["-euc", script])
            .current_dir(&world.bundle)
            .env("LOG", &world.log)
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
    };
    let root = run(["verify", arg(&world.bundle)]).out;
    let root = root.lines().find_map(|line| line.strip_prefix("root ")).unwrap().to_owned();
    assert_eq!(shell("sha256sum SHA256SUMS"), root);
    shell("sha256sum -c --strict SHA256SUMS");
    let entry = |line: usize| -> serde_json::Value {
        let custody = std::fs::read_to_string(world.bundle.join("custody.jsonl")).unwrap();
        serde_json::from_str(custody.lines().nth(line - 1).unwrap()).unwrap()
    };
    assert_eq!(shell("sed -n 2p custody.jsonl | sha256sum"), entry(3)["prev"]);
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.bundle.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(shell("sha256sum \"$LOG\""), manifest["sources"][0]["sha256"]);
    let first = std::fs::read_to_string(world.bundle.join("rows.jsonl")).unwrap();
    let row: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    let (offset, length) = (row["byte_offset"].as_u64().unwrap(), row["byte_len"].as_u64().unwrap());
    let line = format!("cat \"$LOG\" | tail -c +{} | head -c {length} | sha256sum", offset + 1);
    assert_eq!(shell(&line), row["line_sha256"]);
    let rules = &manifest["rule_set"]["rules"];
    let mut listed = String::new();
    for rule in rules.as_array().unwrap() {
        listed.push_str(rule["sha256"].as_str().unwrap());
        listed.push_str("  ");
        listed.push_str(rule["id"].as_str().unwrap());
        listed.push('\n');
    }
    assert_eq!(hash(&listed), manifest["rule_set"]["sha256"]);
}

#[test]
fn a_signature_may_lie_beside_the_sums_and_nothing_else() {
    let world = World::new(&[]);
    put(&world.bundle, "SHA256SUMS.minisig", "untrusted comment: signature");
    run(["verify", arg(&world.bundle)]).expect_end(0, &["SHA256SUMS.minisig lies beside the sums"]);
    put(&world.bundle, "added.csv", "a");
    let run = run(["verify", arg(&world.bundle)]);
    assert!(run.out.contains("added.csv: is not listed"), "{}", run.out);
}
