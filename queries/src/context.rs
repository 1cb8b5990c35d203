//! What the analyst knows of the system beyond its logs: `--context FILE`, in TOML.
//!
//! ```text
//! TOML ─► file (checked) ─► Context ─► declare (over the requests) ─► Declared: access of paths, rows of each entry
//! ```
//!
//! Nothing here accuses or acquits by itself. Rules read the column `access`; a hunt takes the rows of an entry out of
//! the rules that the entry answers (`hunt/suppress.rs`), counts them and says so.

mod declare;
mod file;
pub mod openapi;
mod pattern;

use breachline_parsers::table::Dictionary;
use breachline_parsers::value::hex;
use fixedbitset::FixedBitSet;
use pattern::Pattern;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// A context that cannot be used: file, line, a caret under the place, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ContextError(pub String);

/// Whether a route is meant to answer without a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// It answers anybody.
    Public,
    /// It answers nobody without a credential.
    Protected,
}

impl Access {
    /// All of them, in order of their code in the column `access`, less one.
    pub const ALL: [Self; 2] = [Self::Public, Self::Protected];

    /// The value in the column `access`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Protected => "protected",
        }
    }
}

/// What kind of thing the analyst knows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A route that answers anybody.
    PublicRoute,
    /// A partner within its contract.
    Partner,
    /// An application that its users consented to.
    Consent,
    /// A search engine or the like, told by its networks.
    Crawler,
    /// A scanner under contract.
    Scanner,
    /// A health check.
    HealthCheck,
}

impl Kind {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PublicRoute => "public route",
            Self::Partner => "partner",
            Self::Consent => "consent",
            Self::Crawler => "crawler",
            Self::Scanner => "scanner",
            Self::HealthCheck => "health check",
        }
    }
}

/// A route and what is known of it.
#[derive(Clone, Debug)]
struct Route {
    pattern: Pattern,
    access: Option<Access>,
    bulk: bool,
    data: Vec<String>,
    line: usize,
}

/// Somebody whose requests are expected. What is given must all hold; of a list, one.
#[derive(Clone, Debug, Default)]
struct Who {
    name: String,
    networks: Vec<(u128, u32)>,
    principals: Vec<String>,
    client_apps: Vec<String>,
    credentials: Vec<String>,
    user_agents: Vec<String>,
    routes: Vec<Pattern>,
    from: Option<i64>,
    until: Option<i64>,
    quota: Option<u64>,
    schedule: Vec<(u32, u32)>,
    zone: chrono_tz::Tz,
    line: usize,
}

/// A checked context.
#[derive(Clone, Debug)]
pub struct Context {
    /// The file, as given.
    pub path: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    routes: Vec<Route>,
    whos: Vec<(Kind, Who)>,
}

impl Context {
    /// Reads and checks a context. `path` names the file in errors and output.
    pub fn parse(text: &str, path: &str) -> Result<Self, ContextError> {
        let (routes, whos) = file::read(text, path)?;
        Ok(Self { path: path.to_owned(), sha256: sha256(text), routes, whos })
    }
}

/// SHA-256 of a text, in hex.
fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// What a context says of one load.
#[derive(Clone, Default)]
pub struct Declared {
    /// Path and SHA-256 of the file; `None` without one.
    pub file: Option<(String, String)>,
    /// Path and SHA-256 of the `OpenAPI` document; `None` without one.
    pub openapi: Option<(String, String)>,
    /// `path` code -> code into `accesses`; empty where no route is declared.
    pub access_of_path: Vec<u32>,
    /// The values of `access`.
    pub accesses: Dictionary,
    /// `path` code -> code into `documents`; empty without an `OpenAPI` document.
    pub documented_of_path: Vec<u32>,
    /// The values of `documented`.
    pub documents: Dictionary,
    /// Of each row the code into `claimed` of the crawler that it claims to be and is not; empty where none does.
    pub claims: Vec<u32>,
    /// The values of `claims`.
    pub claimed: Dictionary,
    /// Paths, by code, whose operations ask for a scope that few others ask for.
    pub restricted: BTreeSet<u32>,
    /// Requests that are expected, by entry.
    pub expected: Vec<Expected>,
    /// What routes return, by entry.
    pub returns: Vec<Returns>,
    /// What the context says that these logs do not bear out, in sentences.
    pub notes: Vec<String>,
}

/// Rows that an entry of the context speaks of.
#[derive(Clone)]
pub struct Expected {
    /// What it is.
    pub kind: Kind,
    /// Its name in the file, or its route.
    pub entry: String,
    /// Whether it states from which networks its requests come.
    pub at_home: bool,
    /// Its rows.
    pub rows: FixedBitSet,
}

/// What a declared route returns.
#[derive(Clone)]
pub struct Returns {
    /// The route as written.
    pub route: String,
    /// Data items of an answer.
    pub data: Vec<String>,
    /// Whether an answer holds many objects.
    pub bulk: bool,
    /// Whether a path, by code, is of this route.
    pub paths: FixedBitSet,
}
