//! Worlds that no rule was tuned on (`sample-logs/worlds`, written by `sweep/worlds`): which attacks are found, and that
//! nobody innocent is accused. What is not so today stands in two tables below. They are exact: whoever makes the program
//! find a missed attack, or leave an innocent alone, takes the entry out, so the tables only get shorter.

use crate::logs::arg;
use crate::run;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Attacks that today's rules do not find, as `world/attack`.
const KNOWN_MISSES: &[&str] = &[
    "aker/foreign-codes",
    "billet/gift-cards",
    "billet/guests",
    "campus/unpaid",
    "kestrel/cached",
    "kestrel/holds",
    "paylark/bank-accounts",
    "paylark/salaries",
    "rinpatra/harvested",
    "rinpatra/referrals",
    "rinpatra/withdrawn",
    "rinpatra/without-consent",
];

/// Innocents that today's rules accuse, as `world/decoy rule`; `traffic` is whoever is no decoy.
const KNOWN_ACCUSATIONS: &[&str] = &[];

/// Share of an attack's lines that right findings must cite.
const FOUND_RECALL: f64 = 0.2;

/// Levels that accuse.
const LOUD: [&str; 3] = ["medium", "high", "critical"];

type Lines = BTreeSet<u64>;

struct World {
    name: String,
    folder: PathBuf,
    truth: Value,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn worlds() -> Vec<World> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs/worlds");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("truth.json").is_file())
        .collect();
    folders.sort();
    folders
        .into_iter()
        .map(|folder| {
            let truth: Value =
                serde_json::from_str(&std::fs::read_to_string(folder.join("truth.json")).unwrap()).unwrap();
            assert_eq!(truth["schema"], "breachline.world/1", "{}", folder.display());
            World { name: text(&truth["world"]).to_owned(), folder, truth }
        })
        .collect()
}

/// `3-9 12 15-20` of every file; a world has one.
fn numbers(of: &Value) -> Lines {
    let Some(files) = of.as_object() else { return Lines::new() };
    assert!(files.len() <= 1, "{of}");
    files
        .values()
        .flat_map(|ranges| text(ranges).split_whitespace())
        .flat_map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            first.parse::<u64>().unwrap()..=last.parse().unwrap()
        })
        .collect()
}

fn cited(finding: &Value) -> Lines {
    list(&finding["evidence"]["lines"])
        .iter()
        .flat_map(|of| list(&of["ranges"]))
        .flat_map(|range| range[0].as_u64().unwrap()..=range[1].as_u64().unwrap())
        .collect()
}

impl World {
    fn hunted(&self) -> Value {
        let files: Vec<PathBuf> =
            list(&self.truth["files"]).iter().map(|file| self.folder.join(text(&file["file"]))).collect();
        let options = list(&self.truth["options"]).iter().map(text);
        let run = run(["hunt", "--format", "json", "-q"]
            .into_iter()
            .chain(files.iter().map(|file| arg(file)))
            .chain(options));
        run.expect_end(0, &[]);
        let hunt = run.json();
        for (file, source) in list(&self.truth["files"]).iter().zip(list(&hunt["sources"])) {
            assert_eq!((&file["format"], &file["lines"]), (&source["format"], &source["lines"]), "{}", self.name);
            assert_eq!(source["rejects"], 0, "{}", self.name);
        }
        hunt
    }

    /// Attacks missed and innocents accused, as the tables name them.
    fn judged(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let hunt = self.hunted();
        let attacks = list(&self.truth["attacks"]);
        let guilty: Lines = attacks
            .iter()
            .flat_map(|attack| [numbers(&attack["lines"]), numbers(&attack["related"])])
            .flatten()
            .collect();
        let (mut reached, mut accused) = (Lines::new(), BTreeSet::new());
        for finding in list(&hunt["findings"]).iter().filter(|finding| LOUD.contains(&text(&finding["level"]))) {
            let lines = cited(finding);
            if 2 * lines.intersection(&guilty).count() >= lines.len() {
                reached.extend(lines);
            } else {
                accused.insert(format!("{}/{} {}", self.name, self.charged(&lines), text(&finding["rule"])));
            }
        }
        let missed = attacks
            .iter()
            .filter(|attack| !found(attack, &reached, &hunt))
            .map(|attack| format!("{}/{}", self.name, text(&attack["id"])));
        (missed.collect(), accused)
    }

    /// The decoy with the most of these lines.
    fn charged(&self, lines: &Lines) -> &str {
        let shared = |decoy: &Value| numbers(&decoy["lines"]).intersection(lines).count();
        let most = list(&self.truth["decoys"]).iter().rev().max_by_key(|decoy| shared(decoy));
        most.filter(|decoy| shared(decoy) > 0).map_or("traffic", |decoy| text(&decoy["id"]))
    }
}

/// Whether enough of an attack's lines were reached.
fn found(attack: &Value, reached: &Lines, hunt: &Value) -> bool {
    let own = numbers(&attack["lines"]);
    assert!(!own.is_empty(), "{} has no lines", attack["id"]);
    if let Some(gap) = attack.get("gap") {
        return gap_told(gap, &own, hunt);
    }
    own.intersection(reached).count() as f64 / own.len() as f64 >= FOUND_RECALL
}

/// A gap has no lines: it is told by the coverage, to the hour, or by a finding of any level about a line beside it.
fn gap_told(gap: &Value, beside: &Lines, hunt: &Value) -> bool {
    let told = hunt["coverage"]["gaps"].to_string();
    let about = |finding: &Value| {
        let lines = cited(finding);
        !lines.is_empty() && 2 * lines.intersection(beside).count() >= lines.len()
    };
    list(gap).iter().any(|end| told.contains(&text(end)[..13])) || list(&hunt["findings"]).iter().any(about)
}

#[test]
fn what_is_missed_and_who_is_accused_is_known() {
    let (mut missed, mut accused) = (BTreeSet::new(), BTreeSet::new());
    let worlds = worlds();
    assert!(worlds.len() >= 21, "{}", worlds.len());
    for world in &worlds {
        let (misses, accusations) = world.judged();
        missed.extend(misses);
        accused.extend(accusations);
    }
    let known = |table: &[&str]| table.iter().map(|entry| (*entry).to_owned()).collect::<BTreeSet<String>>();
    for (table, known, now) in
        [("KNOWN_MISSES", known(KNOWN_MISSES), missed), ("KNOWN_ACCUSATIONS", known(KNOWN_ACCUSATIONS), accused)]
    {
        let worse: Vec<_> = now.difference(&known).collect();
        let better: Vec<_> = known.difference(&now).collect();
        assert!(worse.is_empty(), "new, not in {table}: {worse:#?}");
        assert!(better.is_empty(), "no longer so; take out of {table}: {better:#?}");
    }
}

#[test]
fn every_world_has_attacks_and_innocents_with_lines() {
    for world in worlds() {
        let lines = world.truth["files"][0]["lines"].as_u64().unwrap();
        for of in ["attacks", "decoys"] {
            let entries = list(&world.truth[of]);
            assert!(entries.len() >= 3, "{}: {} {of}", world.name, entries.len());
            for entry in entries {
                let own = numbers(&entry["lines"]);
                assert!(!own.is_empty() && *own.last().unwrap() <= lines, "{}/{}", world.name, entry["id"]);
            }
        }
    }
}
