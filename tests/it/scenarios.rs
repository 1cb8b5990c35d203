//! The sample logs: what each folder says must be found is found, with its lines, and nothing is made of the quiet ones.

use crate::logs::arg;
use crate::run;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every log of a folder of samples, with what must be found.
struct Sample {
    folder: PathBuf,
    expected: toml::Table,
}

fn samples() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs");
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    // Judged in `worlds.rs`.
    folders.retain(|path| !path.ends_with("worlds"));
    folders.sort();
    folders
        .into_iter()
        .map(|folder| {
            let text = std::fs::read_to_string(folder.join("expected.toml"))
                .unwrap_or_else(|error| panic!("{}: no expected.toml: {error}", folder.display()));
            Sample { folder, expected: text.parse().unwrap() }
        })
        .collect()
}

impl Sample {
    fn hunted(&self) -> Value {
        // The folder as it is: the notes beside the logs must do no harm.
        let options = self.expected.get("options").and_then(toml::Value::as_array);
        let options = options.into_iter().flatten().map(|option| option.as_str().unwrap());
        let run = run(["hunt", arg(&self.folder), "--format", "json", "-q"].into_iter().chain(options));
        run.expect_end(0, &[]);
        run.json()
    }

    /// Line numbers of the attack.
    fn attack(&self, expected: &toml::Value) -> BTreeSet<u64> {
        let name = expected["attack_ranges"].as_str().unwrap();
        let text = std::fs::read_to_string(self.folder.join(name)).unwrap();
        text.lines()
            .flat_map(|range| {
                let (first, last) = range.split_once('-').unwrap();
                first.parse::<u64>().unwrap()..=last.parse().unwrap()
            })
            .collect()
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn rank(level: &str) -> usize {
    ["informational", "low", "medium", "high", "critical"]
        .iter()
        .position(|name| *name == level)
        .unwrap_or_else(|| panic!("no level: {level}"))
}

fn level(finding: &Value) -> usize {
    rank(finding["level"].as_str().unwrap())
}

/// Lines of a file that a finding cites.
fn cited(hunt: &Value, finding: &Value, file: &str) -> BTreeSet<u64> {
    let number = |value: &Value| value.as_u64().unwrap();
    let is_file = |source: &&Value| source["path"].as_str().unwrap().rsplit('/').next() == Some(file);
    let id = &list(&hunt["sources"]).iter().find(is_file).unwrap_or_else(|| panic!("{file} was not read"))["id"];
    list(&finding["evidence"]["lines"])
        .iter()
        .filter(|of| of["source"] == *id)
        .flat_map(|of| list(&of["ranges"]))
        .flat_map(|range| number(&range[0])..=number(&range[1]))
        .collect()
}

/// Whether a finding names one of the values, as the kind of thing and in the part expected.
fn names(finding: &Value, expected: &toml::Value) -> bool {
    let values: Vec<&str> =
        expected["any_of"].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect();
    list(&finding["entities"]).iter().any(|entity| {
        entity["kind"] == expected["kind"].as_str().unwrap()
            && entity["role"] == expected["role"].as_str().unwrap()
            && values.contains(&entity["value"].as_str().unwrap())
    })
}

/// Why a finding is not the one expected; nothing when it is.
fn objections(sample: &Sample, hunt: &Value, finding: &Value, expected: &toml::Value) -> Vec<String> {
    let mut objections = Vec::new();
    let mut check = |holds: bool, objection: String| objections.extend((!holds).then_some(objection));
    check(level(finding) >= rank(expected["level_at_least"].as_str().unwrap()), format!("level {}", finding["level"]));
    for entity in expected["entities"].as_array().unwrap() {
        check(names(finding, entity), format!("names none of {}, but {}", entity["any_of"], finding["entities"]));
    }
    let lines = &expected["evidence_lines"];
    let cited = cited(hunt, finding, lines["file"].as_str().unwrap());
    let bounds = lines["at_least"].as_integer().unwrap()..=lines["at_most"].as_integer().unwrap();
    check(bounds.contains(&(cited.len() as i64)), format!("cites {} lines, not {bounds:?}", cited.len()));
    let attack = sample.attack(expected);
    let right = cited.intersection(&attack).count() as f64;
    let precision = right / cited.len().max(1) as f64;
    let recall = right / attack.len() as f64;
    check(precision >= expected["precision"].as_float().unwrap(), format!("precision {precision:.3}"));
    check(recall >= expected["recall"].as_float().unwrap(), format!("recall {recall:.3}"));
    objections
}

#[test]
fn every_story_is_found_as_expected() {
    let mut failures = Vec::new();
    let mut stories = 0;
    for sample in samples() {
        let Some(wanted) = sample.expected.get("finding") else { continue };
        let hunt = sample.hunted();
        for expected in wanted.as_array().unwrap() {
            stories += 1;
            let model = expected["modelled_on"].as_str().unwrap();
            let of_model = list(&hunt["findings"]).iter().filter(|finding| finding["modelled_on"] == model);
            let judged: Vec<_> = of_model.map(|finding| objections(&sample, &hunt, finding, expected)).collect();
            if !judged.iter().any(Vec::is_empty) {
                failures.push(format!("{model}: {} findings: {judged:#?}", judged.len()));
            }
        }
    }
    assert_eq!(stories, 9, "one story an incident, and one that three logs tell");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn quiet_logs_stay_quiet() {
    let mut quiet = 0;
    for sample in samples() {
        let Some(allowed) = sample.expected.get("findings") else { continue };
        quiet += 1;
        let hunt = sample.hunted();
        let loud: Vec<String> = list(&hunt["findings"])
            .iter()
            .filter(|finding| level(finding) >= rank("medium"))
            .map(|finding| format!("{} {}: {}", finding["level"], finding["rule"], finding["title"]))
            .collect();
        assert_eq!(loud.len() as i64, allowed.as_integer().unwrap(), "{}: {loud:#?}", sample.folder.display());
    }
    assert!(quiet > 0, "there is nothing that must stay quiet");
}

/// Files below a folder with their bytes, by path relative to it.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, bytes)| (name.join(inner), bytes)));
        } else {
            found.push((name, std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn the_generator_writes_the_committed_bytes() {
    // Cargo builds examples beside the program before it runs the tests of the package.
    let generator = Path::new(env!("CARGO_BIN_EXE_breachline")).with_file_name("examples").join("sample_logs");
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(&generator).arg(folder.path()).output().unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo build --example sample_logs` makes it", generator.display())
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs");
    let written = files(folder.path());
    assert!(written.len() > 20, "{}", written.len());
    for (name, bytes) in written {
        let there = std::fs::read(committed.join(&name)).unwrap_or_else(|error| panic!("{}: {error}", name.display()));
        assert!(there == bytes, "{} is not what the generator writes", name.display());
    }
}
