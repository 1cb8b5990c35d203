//! The YAML of a rule as it is written.

use super::Role;
use super::look_alikes::RuledOutText;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub(super) struct Document {
    pub(super) title: String,
    pub(super) id: String,
    pub(super) status: String,
    pub(super) level: String,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) fields: Vec<String>,
    pub(super) falsepositives: Vec<String>,
    pub(super) breachline: Block,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Block {
    pub(super) modelled_on: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) innocent_if: String,
    pub(super) next_steps: String,
    pub(super) headline: String,
    #[serde(default)]
    pub(super) needs: Vec<String>,
    #[serde(rename = "let", default)]
    pub(super) named: Ordered<String>,
    #[serde(rename = "where")]
    pub(super) condition: Option<String>,
    pub(super) per: Vec<Level>,
    pub(super) within: Option<String>,
    pub(super) measure: Ordered<String>,
    pub(super) among: Option<AmongText>,
    #[serde(default)]
    pub(super) signs: Ordered<SignText>,
    pub(super) when: String,
    pub(super) when_alone: Option<String>,
    pub(super) sequence: Option<SequenceText>,
    pub(super) absent: Option<AbsentText>,
    pub(super) join: Option<JoinText>,
    #[serde(default)]
    pub(super) yields_to: Vec<String>,
    pub(super) evidence: Option<String>,
    pub(super) evidence_at: Option<String>,
    pub(super) evidence_after: Option<String>,
    pub(super) attempted: Option<String>,
    #[serde(default)]
    pub(super) undecided: Ordered<SignText>,
    pub(super) roles: BTreeMap<String, Role>,
    pub(super) confidence: Option<String>,
    #[serde(default)]
    pub(super) ruled_out: BTreeMap<usize, RuledOutText>,
    #[serde(default)]
    pub(super) open: BTreeMap<usize, String>,
    #[serde(default)]
    pub(super) tests: Vec<SampleText>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Level {
    Column(String),
    Columns(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AmongText {
    #[serde(default)]
    pub(super) peers_on: Vec<String>,
    pub(super) at_least: usize,
    pub(super) enough: Option<usize>,
    pub(super) only: Option<String>,
    pub(super) ordinary: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignText {
    pub(super) when: String,
    pub(super) say: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SequenceText {
    pub(super) steps: Vec<String>,
    pub(super) within: String,
    #[serde(default)]
    pub(super) same: Vec<String>,
    #[serde(default)]
    pub(super) differs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AbsentText {
    pub(super) step: String,
    pub(super) before: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JoinText {
    pub(super) on: Vec<String>,
    #[serde(default)]
    pub(super) measure: Ordered<String>,
    pub(super) when: Option<String>,
    pub(super) alongside: Option<String>,
    #[serde(default)]
    pub(super) apart: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleText {
    pub(super) name: String,
    pub(super) format: Option<String>,
    pub(super) log: String,
    #[serde(default)]
    pub(super) fires: Vec<u64>,
    #[serde(default)]
    pub(super) attempts: Vec<u64>,
    #[serde(default)]
    pub(super) asks: Vec<u64>,
    #[serde(default)]
    pub(super) silent: bool,
    #[serde(default)]
    pub(super) not_evaluable: Vec<String>,
    #[serde(default)]
    pub(super) look_alikes: Vec<usize>,
    pub(super) just_under: Option<String>,
    #[serde(default)]
    pub(super) countries: BTreeMap<String, String>,
}

/// A YAML mapping in the order of the file: measures and signs are shown as their author wrote them.
pub(super) struct Ordered<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Ordered<T>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a mapping")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_map(Visitor(std::marker::PhantomData))
    }
}
