//! JSON records, read along a tree of the paths that are wanted.

mod bytes;
mod scan;
mod trail;
mod walk;

use super::keyed::{Keyed, Slots};
use super::paths::Paths;
use super::repair::repair;
use super::{Decode, Refusal, Verdict};
use crate::table::{FactTable, Place};
use crate::value;
use bytes::Survey;
use std::cell::RefCell;
use std::sync::Arc;
use trail::Trail;

/// Decodes one JSON object a record.
pub(crate) struct JsonDecoder(pub Keyed);

/// Trees whose trails a thread keeps: a source may mix formats.
const TRAILS: usize = 8;

thread_local! {
    /// What this thread has seen of the order of keys, by the tree of paths, which lives as long as its trail.
    static SEEN: RefCell<Vec<(Arc<Paths>, Trail)>> = const { RefCell::new(Vec::new()) };
}

impl JsonDecoder {
    /// Reads a record that is UTF-8 with the guesses of those before it; `None` where only `serde_json` can tell.
    fn scan<'de>(&self, text: &'de [u8], survey: Survey) -> Option<Slots<'_, 'de>> {
        let paths = &self.0.paths;
        SEEN.with_borrow_mut(|seen| {
            let at = seen.iter().position(|(known, _)| Arc::ptr_eq(known, paths)).unwrap_or_else(|| {
                seen.truncate(TRAILS - 1);
                seen.insert(0, (Arc::clone(paths), Trail::new(paths.places())));
                0
            });
            scan::scan(text, survey, &paths.root, self.0.slots(), &mut seen[at].1)
        })
    }

    fn walk<'de>(&self, text: &'de str) -> Result<Slots<'_, 'de>, serde_json::Error> {
        walk::walk(text, &self.0.paths.root, self.0.slots())
    }
}

impl Decode for JsonDecoder {
    fn decode(&self, record: &[u8], source: u32, place: Place, table: &mut FactTable) -> Verdict {
        let record = record.trim_ascii();
        if record.is_empty() {
            return Verdict::Skip("blank");
        }
        if record[0] != b'{' {
            return Verdict::Reject("no JSON object".into());
        }
        let survey = Survey::of(record);
        // What stands in for bytes that are no UTF-8 is neither control byte nor backslash.
        let clean = if survey.ascii { record.into() } else { value::clean(record) };
        if let Some(slots) = self.scan(&clean, survey) {
            return self.0.row(slots, source, place, table);
        }
        let Ok(text) = std::str::from_utf8(&clean) else {
            return Verdict::Reject("no JSON object".into());
        };
        let error = match self.walk(text) {
            Ok(slots) => return self.0.row(slots, source, place, table),
            Err(error) => error,
        };
        // An object that is cut short stays cut short: repairing it would invent its end.
        if record.last() == Some(&b'}') {
            let repaired = value::clean(&repair(&clean)).into_owned();
            if let Ok(text) = std::str::from_utf8(&repaired)
                && let Ok(slots) = self.walk(text)
            {
                return self.0.row(slots, source, place, table);
            }
        }
        let reason = if error.is_eof() {
            "the JSON object is cut short".into()
        } else {
            format!("no readable JSON at column {}", error.column())
        };
        Verdict::Reject(reason.into())
    }

    fn refusal(&self, record: &[u8]) -> Option<Refusal> {
        let front = record.len() - record.trim_ascii_start().len();
        let object = record.trim_ascii();
        let refusal = |at, reason: &str| Some(Refusal { at: front + at, reason: reason.to_owned() });
        if object.first() != Some(&b'{') {
            return refusal(0, "no JSON object");
        }
        let error = self.walk(std::str::from_utf8(object).ok()?).err()?;
        if error.is_eof() {
            return refusal(object.len(), "the JSON object is cut short");
        }
        // Columns count from 1, and records hold no line ends but within values of several lines.
        let at = if error.line() == 1 { error.column().saturating_sub(1).min(object.len()) } else { 0 };
        refusal(at, "no readable JSON from here on")
    }
}

#[cfg(test)]
mod tests {
    use super::bytes::Survey;
    use super::scan::scan;
    use super::trail::Trail;
    use super::walk::walk;
    use crate::decode::field::Field;
    use crate::decode::keyed::Slots;
    use crate::decode::paths::{Alias, Paths};
    use crate::schema::{Number, Text};
    use proptest::prelude::*;

    fn paths() -> Paths {
        let mut paths = Paths::default();
        for (path, field) in [
            ("a", Field::Plain(Text::Host)),
            ("b.c", Field::Status),
            ("d.e.f", Field::Plain(Text::Target)),
            ("h[].x", Field::Forwarded),
            ("h[].y.z", Field::Plain(Text::UserAgent)),
            ("n", Field::Count(Number::BytesOut)),
            ("u", Field::Upstream),
        ] {
            let alias = [Alias::of(path, field), Alias::of(&format!("other.{path}"), field)];
            paths.add(&alias);
        }
        let extra = Field::Extra(paths.name("flag"));
        paths.add(&[Alias::of("flag", extra)]);
        paths
    }

    /// Returns whether both could read it, the second time with what the first has taught.
    fn agree(text: &str) -> bool {
        let paths = paths();
        let mut trail = Trail::new(paths.places());
        agree_after(text, &paths, &mut trail);
        agree_after(text, &paths, &mut trail)
    }

    /// The same, once, after the records that left this trail.
    fn agree_after(text: &str, paths: &Paths, trail: &mut Trail) -> bool {
        let survey = Survey::of(text.as_bytes());
        let scanned = scan(text.as_bytes(), survey, &paths.root, Slots::new(paths), trail).map(|slots| slots.told());
        let walked = walk(text, &paths.root, Slots::new(paths)).ok().map(|slots| slots.told());
        assert_eq!(scanned, walked, "{text}");
        scanned.is_some()
    }

    #[test]
    fn both_readers_agree_on_corners() {
        for text in [
            r#"{"a":"x","b":{"c":200},"n":12}"#,
            r#" { "a" : "x" , "b" : { "c" : "200" } , "n" : -1 } "#,
            "{\"a\":\"x\",\t\"n\":1}",
            "{\"a\":\"x\ty\"}",
            r#"{"a":"\u00e9\n\"","q":"\ud800","\u0061":1}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"\ud800":1}"#,
            r#"{"q":{"\ud800":1}}"#,
            r#"{"a":"\x22"}"#,
            r#"{"a":"\u12"}"#,
            r#"{"h":[{"name":"x","value":"1"},{"value":{"v":["2",3]},"key":"X"},{"name":"y.z","value":true},{"name":7,"value":1}]}"#,
            r#"{"h":[{"name":"x","value":{"\ud800":1}}]}"#,
            r#"{"h":{"x":"1"}}"#,
            r#"{"h":[["x"],[{"name":"x","value":9}]]}"#,
            r#"{"flag":true,"a":false,"n":null}"#,
            r#"{"flag":truex}"#,
            r#"{"q":truex}"#,
            r#"{"n":01}"#,
            r#"{"n":-0,"u":-0.0,"a":1e3}"#,
            r#"{"n":1.50,"a":0.000073649,"u":1761019828.6153953}"#,
            r#"{"n":18446744073709551615,"u":-9223372036854775808,"a":99999999999999999999}"#,
            r#"{"n":1e999}"#,
            r#"{"q":1e999,"r":-,"s":1.}"#,
            r#"{"q":1e999,"r":-1.5E+7}"#,
            r#"{"q":1e}"#,
            r#"{"q":1e+}"#,
            r#"{"n":1e+"#,
            r#"{"n":-"#,
            r#"{"a":1,}"#,
            r#"{"q":[1,],"a":1}"#,
            r#"{"q":{"r":1,},"a":1}"#,
            r#"{"q":{,},"a":1}"#,
            r#"{"q":{"r" 1}}"#,
            r#"{"q":[1}}"#,
            r#"{"a":"x"}}"#,
            r#"{"a":"x"} x"#,
            r#"{"a":"x""#,
            r#"{"a":"x"#,
            r#"{"a"}"#,
            r"{a:1}",
            "{}",
            "{",
            "",
            "[1]",
            r#""a""#,
            r#"{"other":{"a":"y"},"a":"x"}"#,
            r#"{"a":"x","a":"y","u":["1","2"],"h":{"x":["3","4"]}}"#,
        ] {
            agree(text);
        }
        assert!(agree(r#"{"a":"é\n","b":{"c":200},"h":[{"name":"x","value":[1.5]}],"q":[{"r":[{}]},-1.5E+7,null]}"#));
        assert!(agree(&format!(r#"{{"q":{}1{},"a":"x"}}"#, "[".repeat(60), "]".repeat(60))));
        assert!(agree(&format!(r#"{{"a":{}1{}}}"#, "[".repeat(90), "]".repeat(90))));
    }

    #[test]
    fn what_nests_too_deep_is_no_record() {
        use crate::decode::{Decode, Verdict, keyed::Keyed};
        let (zone, captures) = (chrono_tz::Tz::UTC, std::sync::Arc::default());
        let context = crate::format::DecodeContext { key: [0; 32], zone, year_hint: None, captures };
        let decoder = super::JsonDecoder(Keyed { paths: std::sync::Arc::new(paths()), context, strict: false });
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let record = format!(r#"{{"a":{}1{}}}"#, open.repeat(100_000), close.repeat(100_000));
            let mut table = crate::table::FactTable::default();
            let verdict = decoder.decode(record.as_bytes(), 0, crate::table::Place::default(), &mut table);
            assert!(matches!(verdict, Verdict::Reject(_)), "{verdict:?}");
        }
    }

    /// JSON texts with the keys of [`paths`] among others.
    fn json() -> impl Strategy<Value = String> {
        let key = prop_oneof![
            Just(r#""a""#.to_owned()),
            Just(r#""b""#.to_owned()),
            Just(r#""c""#.to_owned()),
            Just(r#""d.e""#.to_owned()),
            Just(r#""f""#.to_owned()),
            Just(r#""h""#.to_owned()),
            Just(r#""x""#.to_owned()),
            Just(r#""name""#.to_owned()),
            Just(r#""value""#.to_owned()),
            Just(r#""other""#.to_owned()),
            r#""[a-z.\u{0}-\u{24}é]{0,3}(\\["/bfnrtux])?(\\u[0-9a-d]{4})?""#,
        ];
        let string =
            prop_oneof![key.clone(), r#""[ !#-\[\]-~é]{0,40}""#, Just(r#""x""#.to_owned()), Just(r#""h""#.to_owned())];
        let number = "-?(0|[1-9][0-9]{0,20})([.][0-9]{1,18})?([eE][+-]?[0-9]{1,3})?";
        let leaf = prop_oneof![
            string,
            number,
            "-?(0|[1-9][0-9]{0,2})",
            Just("true".to_owned()),
            Just("false".to_owned()),
            Just("null".to_owned())
        ];
        leaf.prop_recursive(5, 60, 6, move |inner| {
            let member = (key.clone(), "[ \t]{0,1}", inner.clone())
                .prop_map(|(key, space, value)| format!("{key}{space}:{value}"));
            prop_oneof![
                proptest::collection::vec(inner, 0..5).prop_map(|all| format!("[{}]", all.join(","))),
                proptest::collection::vec(member, 0..7).prop_map(|all| format!("{{{}}}", all.join(" ,"))),
            ]
        })
    }

    #[test]
    fn guesses_give_way_to_what_is_written() {
        let paths = paths();
        let mut trail = Trail::new(paths.places());
        let whole = r#"{"q":123456789,"a":"x","d.e.f":"y","r":{"s":"constant"},"b":{"t":1,"c":200},"n":12}"#;
        for text in [
            whole.to_owned(),
            whole.replace("123456789", "1234567890"),
            whole.replace("constant", "constant\\u0020"),
            whole.replace("constant", "another"),
            whole.replace("\"t\":1,", ""),
            whole.replace("\"a\":\"x\",", "").replace("}}", "},\"a\":\"x\"}"),
            whole.replace("\"a\":", "\"a\" : "),
            whole.replace("\"a\":\"x\",", "\"a\":\"x\",\"a\":\"y\","),
            whole.replace("\"q\":", "\"new\":\"constant\",\"q\":"),
            whole.replace('}', ""),
            whole.to_owned(),
        ] {
            agree_after(&text, &paths, &mut trail);
        }
        assert!(agree_after(whole, &paths, &mut trail));
    }

    #[test]
    fn keys_that_never_recur_are_no_longer_learned() {
        let paths = paths();
        let mut trail = Trail::new(paths.places());
        for number in 0..3_000 {
            let text = format!(r#"{{"k{number}":"a value","a":"{number}","b":{{"c":{}}}}}"#, number % 600);
            assert!(agree_after(&text, &paths, &mut trail));
        }
    }

    /// Records of the same members in ever other orders, some left out.
    fn records() -> impl Strategy<Value = Vec<String>> {
        let key = prop_oneof![
            Just("a"),
            Just("b"),
            Just("c"),
            Just("d"),
            Just("d.e.f"),
            Just("other.h"),
            Just("x"),
            Just("q"),
            Just("a longer key that nobody wants"),
            Just("\\u0061"),
        ];
        let member = (key, json()).prop_map(|(key, value)| format!("\"{key}\":{value}"));
        proptest::collection::vec(member, 1..8).prop_flat_map(|members| {
            let some = proptest::sample::subsequence(members.clone(), 0..=members.len()).prop_shuffle();
            let one = prop_oneof![Just(members), some];
            let record = one.prop_map(|members| format!("{{{}}}", members.join(",")));
            proptest::collection::vec(record, 2..12)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn both_readers_agree_on_any_json(text in json()) {
            agree(&text);
        }

        #[test]
        fn both_readers_agree_whatever_came_before(texts in records()) {
            let paths = paths();
            let mut trail = Trail::new(paths.places());
            for text in texts {
                agree_after(&text, &paths, &mut trail);
            }
        }

        #[test]
        fn both_readers_agree_on_damage_after_sound_records(texts in records(), at: prop::sample::Index, length in 0_usize..4, by in "[\"{}\\[\\],:0-9eE.+\\\\utn -]{0,3}") {
            let paths = paths();
            let mut trail = Trail::new(paths.places());
            for text in &texts {
                agree_after(text, &paths, &mut trail);
            }
            let mut damaged: Vec<char> = texts[0].chars().collect();
            let at = at.index(damaged.len() + 1);
            let end = (at + length).min(damaged.len());
            damaged.splice(at..end, by.chars());
            agree_after(&damaged.into_iter().collect::<String>(), &paths, &mut trail);
            agree_after(&texts[0], &paths, &mut trail);
        }

        #[test]
        fn both_readers_agree_on_damaged_json(text in json(), at: prop::sample::Index, length in 0_usize..4, by in "[\"{}\\[\\],:0-9eE.+\\\\utn -]{0,3}") {
            let mut damaged: Vec<char> = text.chars().collect();
            let at = at.index(damaged.len() + 1);
            let end = (at + length).min(damaged.len());
            damaged.splice(at..end, by.chars());
            agree(&damaged.into_iter().collect::<String>());
        }
    }
}
