//! Names that are alike: what differs between the objects of one bucket or the files of one rotation becomes `*`.
//!
//! In: paths. Out: for each the number of its group, and one pattern a group, which reads (and works) as a glob.
//! Folders are looked at like names. A word is one that differs when it is a number, a long hexadecimal number or a
//! long mixture of digits and letters; digits in any other word are replaced where they stand. Random words without
//! a digit in them are caught by a second look: a rare pattern joins a frequent one that differs by a single word.
//! Where very many patterns are left, rare ones are told by folder and extension alone.

use std::collections::HashMap;

/// Patterns of fewer files than this look for a frequent one that they are a case of.
const RARE: usize = 8;

/// Letters from which on a mixture of letters and digits is no name that somebody gave.
const LONG: usize = 8;

/// From so many patterns on, rare ones are made wider: nobody would read them, and each is opened.
const MANY: usize = 500;

/// A path in pieces: words, and what stands between them.
type Pieces = Vec<String>;

/// Puts names into groups; returns the group of each, and the patterns in order of first appearance.
pub(super) fn group<'n>(names: impl Iterator<Item = &'n str>) -> (Vec<usize>, Vec<String>) {
    let mut patterns: Vec<(String, usize)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut groups = Vec::new();
    for name in names {
        let next = patterns.len();
        let group = *known.entry(pieces(name).concat()).or_insert_with_key(|pattern| {
            patterns.push((pattern.clone(), 0));
            next
        });
        patterns[group].1 += 1;
        groups.push(group);
    }
    let joined: Vec<usize> = (0..patterns.len()).map(|at| frequent(&patterns, &known, at).unwrap_or(at)).collect();
    let rare = (0..patterns.len()).filter(|&at| joined[at] == at && patterns[at].1 < RARE).count();
    let mut texts: Vec<String> = joined.into_iter().map(|at| patterns[at].0.clone()).collect();
    if rare > MANY {
        let is_rare = |text: &String| known.get(text).is_some_and(|&at| patterns[at].1 < RARE);
        texts.iter_mut().filter(|text| is_rare(text)).for_each(|text| *text = wide(text));
    }
    number(&groups, &texts)
}

/// The folder and the extension of a pattern.
fn wide(pattern: &str) -> String {
    let (folder, name) = pattern.split_at(pattern.rfind('/').map_or(0, |at| at + 1));
    let extension = name.rfind('.').map_or("", |at| &name[at..]);
    format!("{folder}*{extension}")
}

/// Numbers the patterns, in order of first appearance. `texts` are those of the groups as numbered before.
fn number(groups: &[usize], texts: &[String]) -> (Vec<usize>, Vec<String>) {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut patterns = Vec::new();
    let number = |&group: &usize| {
        let text = texts[group].as_str();
        let next = patterns.len();
        *numbers.entry(text).or_insert_with(|| {
            patterns.push(text.to_owned());
            next
        })
    };
    (groups.iter().map(number).collect(), patterns)
}

/// The most frequent pattern that a rare one is a case of.
fn frequent(patterns: &[(String, usize)], known: &HashMap<String, usize>, at: usize) -> Option<usize> {
    let (pattern, files) = &patterns[at];
    if *files >= RARE {
        return None;
    }
    let pieces = pieces(pattern);
    let mut wider = pieces.clone();
    let mut best: Option<usize> = None;
    for place in 0..pieces.len() {
        // Short words are names and extensions, unless a number ends them.
        let piece = &pieces[place];
        if piece.len() < LONG && !(piece.len() > 1 && piece.ends_with('*')) {
            continue;
        }
        let word = std::mem::replace(&mut wider[place], "*".to_owned());
        // A star beside it takes it in.
        if let Some(&other) = known.get(&squeeze(wider.clone()).concat())
            && patterns[other].1 >= RARE
            && best.is_none_or(|best| patterns[other].1 > patterns[best].1)
        {
            best = Some(other);
        }
        wider[place] = word;
    }
    best
}

fn pieces(name: &str) -> Pieces {
    let mut pieces = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        // A star may stand for part of a word.
        let word = rest.len() - rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '*').len();
        let cut = if word > 0 { word } else { rest.chars().next().map_or(1, char::len_utf8) };
        let (piece, after) = rest.split_at(cut);
        pieces.push(if word > 0 { starred(piece) } else { piece.to_owned() });
        rest = after;
    }
    squeeze(pieces)
}

/// A word with what differs replaced.
fn starred(word: &str) -> String {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.len() - digits;
    let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    // What somebody numbered has its digits at the end.
    let numbered = word.trim_end_matches(|c: char| c.is_ascii_digit()).bytes().all(|byte| !byte.is_ascii_digit());
    if digits > 0 && (letters == 0 || word.len() >= LONG && (is_hex || !numbered)) {
        return "*".to_owned();
    }
    let mut shown = String::with_capacity(word.len());
    for c in word.chars() {
        if !c.is_ascii_digit() {
            shown.push(c);
        } else if !shown.ends_with('*') {
            shown.push('*');
        }
    }
    shown
}

/// Stars joined by one of `-._` are one star: `2024-03-12-10` and `192.0.2.1` differ as a whole.
fn squeeze(pieces: Pieces) -> Pieces {
    let mut squeezed: Pieces = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let joint = squeezed.last().is_some_and(|last| matches!(last.as_str(), "-" | "." | "_"));
        let before = squeezed.len().checked_sub(2).is_some_and(|at| squeezed[at] == "*");
        if piece == "*" && joint && before {
            squeezed.pop();
        } else {
            squeezed.push(piece);
        }
    }
    squeezed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(name: &str) -> String {
        pieces(name).concat()
    }

    #[test]
    fn what_differs_becomes_a_star() {
        for (name, expected) in [
            ("logs/access.log", "logs/access.log"),
            ("logs/access.log.12.gz", "logs/access.log.*.gz"),
            ("logs/access-2024-03-12.log", "logs/access-*.log"),
            ("gw1/access.log", "gw*/access.log"),
            (
                "b/2024/03/12/1_elasticloadbalancing_eu-west-1_app.web.5f1_20240312T1015Z_192.0.2.9_3x9k2j9a.log.gz",
                "b/*/*/*/*_elasticloadbalancing_eu-west-*_app.web.*f*_*.log.gz",
            ),
            ("cf/E2ABC.2024-03-12-10.a1b2c3d4.gz", "cf/E*ABC.*.gz"),
            ("waf/x-2024-03-12-10-15-32-0c3f6e9a-1111-2222.gz", "waf/x-*.gz"),
            ("day-1.tar.gz!var/log/a.log", "day-*.tar.gz!var/log/a.log"),
            ("접속-2024.log", "접속-*.log"),
        ] {
            assert_eq!(pattern(name), expected);
        }
    }

    #[test]
    fn a_random_word_without_digits_joins_its_like() {
        let mut names: Vec<String> = (0..20).map(|at| format!("alb/web_{at}_3x9k2j{at:02}.log.gz")).collect();
        for random in ["kqzjwvbx", "kqzjwvb7", "7kqzjwvb", "kq7zjwvb", "abcdefab", "abcd1234"] {
            names.push(format!("alb/web_20_{random}.log.gz"));
        }
        names.push("alb/readme.txt".to_owned());
        let (groups, patterns) = group(names.iter().map(String::as_str));
        assert_eq!(patterns, ["alb/web_*.log.gz", "alb/readme.txt"]);
        assert!(groups[..26].iter().all(|&group| group == 0));
        assert_eq!(groups[26], 1);
    }

    #[test]
    fn a_thousand_names_of_their_own_are_told_by_their_folder() {
        let word =
            |at: u32| -> String { (0..4).map(|place| char::from(b'a' + (at >> (3 * place) & 7) as u8)).collect() };
        let names: Vec<String> = (0..1_000).map(|at| format!("logs/{}.json", word(at))).collect();
        assert_eq!(group(names.iter().map(String::as_str)).1, ["logs/*.json"]);
        assert_eq!(group(names[..100].iter().map(String::as_str)).1.len(), 100);
    }

    #[test]
    fn names_that_people_gave_stay_apart() {
        let names = ["a/gateway.log", "a/balancer.log", "b/gateway.log", "a/gateway.log.gz"];
        assert_eq!(group(names.into_iter()).1, names);
    }

    proptest! {
        #[test]
        fn every_name_has_a_group_and_equal_patterns_are_one(names in proptest::collection::vec("[a-c1-3/._-]{0,12}", 0..60)) {
            let (groups, patterns) = group(names.iter().map(String::as_str));
            prop_assert_eq!(groups.len(), names.len());
            prop_assert!(groups.iter().all(|&group| group < patterns.len()));
            let mut unique = patterns.clone();
            unique.sort();
            unique.dedup();
            prop_assert_eq!(unique.len(), patterns.len());
        }
    }
}
