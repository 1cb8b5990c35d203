//! What the pages say is what the program does, and no test is left out.

use crate::run;
use std::path::{Path, PathBuf};

fn at_root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// First column of a list that the program prints.
fn listed(what: &str) -> Vec<String> {
    let list = run([what, "list"]);
    list.expect_end(0, &[]);
    let ids: Vec<String> = list.out.lines().skip(1).map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert!(ids.len() > 5, "{ids:?}");
    ids
}

#[test]
fn both_readmes_list_every_rule_and_format() {
    for page in ["README.md", "README.ko.md"] {
        let text = std::fs::read_to_string(at_root(page)).unwrap();
        for id in listed("rules").iter().chain(&listed("formats")) {
            assert!(text.contains(&format!("`{id}`")), "{page} does not name `{id}`");
        }
    }
}

#[test]
fn both_readmes_show_how_many_rules_can_be_judged() {
    let path = |name: &str| at_root(name).to_str().unwrap().to_owned();
    let hunt = run(["hunt".to_owned(), path("sample-logs/aadhaar/gateway.log.gz")]).out;
    let hops =
        ["balancer.log.gz", "edge.json.gz", "gateway.json.gz"].map(|hop| path("sample-logs/three-hops") + "/" + hop);
    let survey = run(["survey".to_owned()].into_iter().chain(hops)).out;
    let line = |out: &str, begins: &str, until: &str| {
        let line = out.lines().find(|line| line.trim_start().starts_with(begins)).unwrap();
        line[..line.find(until).unwrap()].to_owned()
    };
    let shown = [line(&hunt, "rules  ", " judged"), line(&survey, "can be judged  ", ":")];
    assert!(shown.iter().all(|shown| shown.contains(" of ")), "{shown:?}");
    for page in ["README.md", "README.ko.md"] {
        let text = std::fs::read_to_string(at_root(page)).unwrap();
        for shown in &shown {
            assert!(text.lines().any(|line| line.starts_with(shown.as_str())), "{page} does not show {shown:?}");
        }
    }
}

#[test]
fn both_readmes_list_the_keys_as_the_view_has_them() {
    use breachline::words::Lang;
    let code = |text: &str| format!("`{}`", text.replace('|', "\\|"));
    for (page, lang) in [("README.md", Lang::En), ("README.ko.md", Lang::Ko)] {
        let text = std::fs::read_to_string(at_root(page)).unwrap();
        let (_, rest) = text.split_once("<!-- keys -->\n").unwrap();
        let (table, _) = rest.split_once("<!-- /keys -->").unwrap();
        let rows = breachline::tui::commands::listed(lang);
        assert!(rows.len() > 60);
        let expected = rows
            .iter()
            .map(|[keys, name, what]| {
                let keys: Vec<String> = keys.split(' ').filter(|key| !key.is_empty()).map(code).collect();
                format!("| {} | {} | {what} |\n", keys.join(" "), code(name))
            })
            .collect::<Vec<_>>()
            .concat();
        let found = table.lines().skip(2).map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
        assert_eq!(found, expected, "{page}: the table between the marks is not that of the view");
    }
}

#[test]
fn every_sample_that_a_readme_names_is_there() {
    for page in ["README.md", "README.ko.md"] {
        let text = std::fs::read_to_string(at_root(page)).unwrap();
        let named: Vec<&str> = text
            .match_indices("sample-logs/")
            .map(|(at, _)| &text[at..])
            .map(|rest| &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-/._".contains(c)).unwrap()])
            .collect();
        assert!(named.len() > 6, "{page}: {named:?}");
        for path in named {
            assert!(at_root(path).exists(), "{page} names {path}, which is not there");
        }
    }
}

#[test]
fn every_file_of_tests_is_part_of_this_binary() {
    let main = std::fs::read_to_string(at_root("tests/it/main.rs")).unwrap();
    for entry in std::fs::read_dir(at_root("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|extension| extension == "rs") && name != "main" {
            assert!(main.lines().any(|line| line == format!("mod {name};")), "main.rs does not declare `mod {name};`");
        }
    }
}
