//! Log formats: built in (one TOML file each) or compiled from a vendor's directive.

use crate::decode::{Decode, Verdict};
use crate::load::DirectiveKind;
use crate::report::Vantage;
use crate::table::{FactTable, Place};

/// One log format.
#[derive(Clone, Debug)]
pub struct Format {
    /// Short name, as in `--input-format`.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// Where the vendor documents it.
    pub docs: String,
    /// Where such a log usually stands.
    pub vantage: Option<Vantage>,
    /// Whether a record has a place for a principal or a credential.
    pub records_identity: bool,
}

/// What decoding needs beside the bytes.
#[derive(Clone, Debug)]
pub struct DecodeContext {
    /// Key of the fingerprints that stand in for secrets.
    pub key: [u8; 32],
    /// Zone of times that carry none.
    pub zone: chrono_tz::Tz,
    /// Year of times that carry none.
    pub year_hint: Option<i32>,
}

/// Why a directive does not compile: a sentence, then the directive with a caret under the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DirectiveError(pub String);

/// Why a format file does not load.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(pub String);

struct Nothing;
impl Decode for Nothing {
    fn decode(&self, _: &[u8], _: u32, _: Place, _: &mut FactTable) -> Verdict {
        Verdict::Reject("no format".into())
    }
}

impl Format {
    /// A decoder of this format.
    pub fn decoder(&self, _context: &DecodeContext) -> Box<dyn Decode> {
        Box::new(Nothing)
    }
    /// Whether its times carry their zone.
    pub fn states_zone(&self) -> bool {
        true
    }
    /// What `formats show` prints.
    pub fn describe(&self) -> String {
        self.title.clone()
    }
    /// Failures of its own samples.
    pub fn test(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Looks a built-in format up by id.
pub fn find(id: &str) -> Option<&'static Format> {
    builtin().iter().find(|format| format.id == id)
}

/// All built-in formats, sorted by id.
pub fn builtin() -> &'static [Format] {
    &[]
}

/// Compiles a vendor's directive.
pub fn compile(_kind: Option<DirectiveKind>, _directive: &str) -> Result<Format, DirectiveError> {
    Err(DirectiveError("not yet".into()))
}

/// Reads a format file.
pub fn parse_format(_toml: &str, _name: &str) -> Result<Format, FormatError> {
    Err(FormatError("not yet".into()))
}
