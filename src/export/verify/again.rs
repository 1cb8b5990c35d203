//! The bundle made again from the logs and compared with the one at hand, value by value where they differ.

use super::bundle::{Bundle, is_csv};
use super::{Fault, MOST, differ};
use crate::export::{self, CUSTODY, Export, MANIFEST, SUMS};
use anyhow::Context;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Makes the bundle again and names what differs. The custody log and the sums tell of one export, not of the logs.
pub(super) fn compare(bundle: &Bundle, export: Export<'_>) -> anyhow::Result<Vec<Fault>> {
    let place = tempfile::tempdir().context("no temporary directory can be made (TMPDIR says where)")?;
    export::write(export, place.path())?;
    let mut faults = Vec::new();
    let mut names: BTreeSet<String> = bundle.names().cloned().collect();
    names.extend(made(place.path(), ""));
    if !bundle.is_intact(MANIFEST) {
        // With other options than those of the export other things follow.
        names.retain(|name| name == MANIFEST);
    }
    // What the analyst wrote follows from no log; that it was not changed the sums say.
    names.retain(|name| !name.starts_with("marks."));
    names.remove(CUSTODY);
    names.remove(SUMS);
    for name in names {
        match (bundle.open(&name), File::open(place.path().join(&name))) {
            (Ok(here), Ok(again)) => {
                faults.extend(file(&name, here, BufReader::with_capacity(1 << 16, again))?);
            }
            (Ok(_), Err(_)) => {
                faults.push(Fault::of(&name, "does not follow from the logs: no such file does".to_owned()));
            }
            (Err(_), _) => faults.push(Fault::of(&name, "is missing, and follows from the logs".to_owned())),
        }
    }
    Ok(faults)
}

fn made(directory: &Path, within: &str) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory.join(within)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = if within.is_empty() { name } else { format!("{within}/{name}") };
        if entry.path().is_dir() { names.extend(made(directory, &name)) } else { names.push(name) }
    }
    names
}

/// Compares a file line by line.
fn file(name: &str, here: impl BufRead, again: impl BufRead) -> anyhow::Result<Vec<Fault>> {
    if name == MANIFEST {
        return document(name, here, again);
    }
    let is_csv = is_csv(name);
    let (mut here, mut again) = (here.split(b'\n'), again.split(b'\n'));
    let mut faults = Vec::new();
    let mut header = Vec::new();
    for number in 1.. {
        let (here, again) = (here.next().transpose()?, again.next().transpose()?);
        match (here, again) {
            (None, None) => break,
            (Some(_), None) => {
                faults.push(Fault::at(name, number, "is one line more than follow from the logs".to_owned()));
            }
            (None, Some(_)) => {
                faults.push(Fault::at(name, number, "is missing here and follows from the logs".to_owned()));
            }
            (Some(here), Some(again)) => {
                if number == 1 {
                    header.clone_from(&again);
                }
                if here == again {
                    continue;
                }
                let differences = if is_csv { of_csv(&header, &here, &again) } else { of_json(&here, &again) };
                let of_line =
                    |(field, what): (Option<String>, String)| Fault { field, ..Fault::at(name, number, what) };
                faults.extend(differences.into_iter().map(of_line));
                if faults.len() < MOST {
                    continue;
                }
            }
        }
        break;
    }
    Ok(faults)
}

/// What differs, by field where the line can be taken apart.
type Differences = Vec<(Option<String>, String)>;

fn of_csv(header: &[u8], here: &[u8], again: &[u8]) -> Differences {
    let cells = |line: &[u8]| -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line);
        let first = reader.byte_records().next().and_then(Result::ok).unwrap_or_default();
        first.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
    };
    let (names, mine, theirs) = (cells(header), cells(here), cells(again));
    if mine.len() != theirs.len() {
        return vec![(None, format!("has {} cells and should have {}", mine.len(), theirs.len()))];
    }
    let each = names.iter().zip(mine.iter().zip(&theirs)).filter(|(_, (mine, theirs))| mine != theirs);
    let found: Differences = each.map(|(name, (mine, theirs))| (Some(name.clone()), words(mine, theirs))).collect();
    if found.is_empty() { vec![(None, "is written otherwise than it follows from the logs".to_owned())] } else { found }
}

fn of_json(here: &[u8], again: &[u8]) -> Differences {
    let (Ok(mine), Ok(theirs)) = (serde_json::from_slice(here), serde_json::from_slice(again)) else {
        return vec![(None, "is no JSON any more".to_owned())];
    };
    let mut found = Vec::new();
    values("", &mine, &theirs, &mut found);
    if found.is_empty() { vec![(None, "is written otherwise than it follows from the logs".to_owned())] } else { found }
}

/// Compares two documents as a whole.
fn document(name: &str, here: impl BufRead, again: impl BufRead) -> anyhow::Result<Vec<Fault>> {
    let read = |from: &mut dyn BufRead| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let (mut here, mut again) = (here, again);
    let (here, again) = (read(&mut here)?, read(&mut again)?);
    if here == again {
        return Ok(Vec::new());
    }
    let lines = here.split(|&byte| byte == b'\n').zip(again.split(|&byte| byte == b'\n'));
    let line = lines.take_while(|(here, again)| here == again).count() as u64 + 1;
    let mut found = of_json(&here, &again);
    // What the analyst marked follows from no log, and so do not the files of it.
    if let (Ok(mut mine), Ok(theirs)) = (serde_json::from_slice(&here), serde_json::from_slice::<Value>(&again))
        && leave_out_marks(&mut mine)
    {
        found.clear();
        values("", &mine, &theirs, &mut found);
    }
    found.truncate(MOST);
    let found = found.into_iter();
    Ok(found.map(|(field, what)| Fault { field, ..Fault::at(name, line, what) }).collect())
}

/// Takes the files of what the analyst marked out of a manifest. Gives whether there were any.
fn leave_out_marks(document: &mut Value) -> bool {
    let named = |output: &Value| output["path"].as_str().is_some_and(|path| path.starts_with("marks."));
    let Some(outputs) = document.get_mut("outputs").and_then(Value::as_array_mut) else { return false };
    let before = outputs.len();
    outputs.retain(|output| !named(output));
    outputs.len() < before
}

/// Names the values in which two trees differ, with the keys down to them.
fn values(path: &str, mine: &Value, theirs: &Value, found: &mut Differences) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (mine, theirs) {
        (Value::Object(mine), Value::Object(theirs)) => {
            let keys: BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
            for key in keys {
                let none = Value::Null;
                values(&below(key), mine.get(key).unwrap_or(&none), theirs.get(key).unwrap_or(&none), found);
            }
        }
        (Value::Array(mine), Value::Array(theirs)) if mine.len() == theirs.len() => {
            for ((mine, theirs), at) in mine.iter().zip(theirs).zip(0..) {
                values(&below(&at.to_string()), mine, theirs, found);
            }
        }
        (mine, theirs) if mine != theirs => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            found.push((Some(path.to_owned()), words(&text(mine), &text(theirs))));
        }
        _ => {}
    }
}

fn words(here: &str, again: &str) -> String {
    let (here, again) = differ(here, again);
    format!("is {here}, and from the logs follows {again}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn faults(name: &str, here: &str, again: &str) -> Vec<String> {
        file(name, here.as_bytes(), again.as_bytes()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_cell_that_differs_is_named() {
        let (here, again) = ("a,b\r\n1,2\r\n3,4\r\n", "a,b\r\n1,2\r\n3,5\r\n");
        assert_eq!(faults("x.csv", here, again), ["x.csv:3: b: is `4`, and from the logs follows `5`"]);
        assert_eq!(faults("x.csv", here, here), [""; 0]);
        assert_eq!(faults("x.csv", "a\r\n", "a\r\n1\r\n"), ["x.csv:2: is missing here and follows from the logs"]);
        assert_eq!(faults("x.csv", "a,b\r\n1\r\n", "a,b\r\n1,2\r\n"), ["x.csv:2: has 1 cells and should have 2"]);
    }

    #[test]
    fn the_value_that_differs_is_named() {
        let (here, again) = ("{\"a\":{\"b\":[1,2]}}\n", "{\"a\":{\"b\":[1,3]}}\n");
        assert_eq!(faults("x.jsonl", here, again), ["x.jsonl:1: a.b.1: is `2`, and from the logs follows `3`"]);
        assert_eq!(faults(MANIFEST, here, again), ["manifest.json:1: a.b.1: is `2`, and from the logs follows `3`"]);
        // Files of what the analyst marked are no difference, and hide none.
        let marked = |a: u8| format!("{{\"a\":{a},\"outputs\":[{{\"path\":\"x.csv\"}},{{\"path\":\"marks.csv\"}}]}}\n");
        let plain = "{\"a\":1,\"outputs\":[{\"path\":\"x.csv\"}]}\n";
        assert_eq!(faults(MANIFEST, &marked(1), plain), [""; 0]);
        assert_eq!(faults(MANIFEST, &marked(2), plain), ["manifest.json:1: a: is `2`, and from the logs follows `1`"]);
        assert_eq!(faults("x.jsonl", "{", again), ["x.jsonl:1: is no JSON any more"]);
    }
}
