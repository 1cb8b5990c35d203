//! Who runs the networks of client addresses and where they lie, from databases in `MaxMind`'s format.
//!
//! In: an address. Out: its autonomous system (`AS64500`), who runs it, and a country code, as far as the databases
//! know. They are opinions of their makers at the time of their making, so what was used is said in the notes. Fields
//! are looked up by the names of `GeoLite2` and of those who sell the same in other words.

use breachline_parsers::source::why;
use breachline_parsers::table::{ABSENT, Dictionary};
use breachline_parsers::value::hex;
use chrono::DateTime;
use maxminddb::{LookupResult, PathElement, Reader, path};
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::IpAddr;
use std::path::Path;

/// One database.
pub struct Database {
    reader: Reader<Vec<u8>>,
    /// The file, as given.
    pub path: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
}

/// The databases at hand.
#[derive(Default)]
pub struct Networks {
    /// Autonomous systems.
    pub asn: Option<Database>,
    /// Countries.
    pub geo: Option<Database>,
}

/// What is known of the networks of some addresses: tables by the code of the address; empty without a database.
#[derive(Clone, Default)]
pub struct Whereabouts {
    /// Address code -> code into `asns`.
    pub asn_of: Vec<u32>,
    /// Distinct autonomous systems, as `AS64500`.
    pub asns: Dictionary,
    /// Address code -> code into `orgs`.
    pub org_of: Vec<u32>,
    /// Distinct operators of autonomous systems.
    pub orgs: Dictionary,
    /// Address code -> code into `countries`.
    pub country_of: Vec<u32>,
    /// Distinct ISO 3166-1 codes.
    pub countries: Dictionary,
}

impl Database {
    /// Opens a file; the error says what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| {
            format!("{name} cannot be read: {}; give a database in MaxMind's format (.mmdb)", why(&error))
        })?;
        let sha256 = hex(&Sha256::digest(&bytes));
        let reader = Reader::from_source(bytes).map_err(|error| {
            format!("{name} is no database in MaxMind's format ({error}); give a .mmdb file, unpacked")
        })?;
        Ok(Self { reader, path: name, sha256 })
    }

    fn look_up(&self, address: IpAddr) -> Option<LookupResult<'_, Vec<u8>>> {
        self.reader.lookup(address).ok().filter(LookupResult::has_data)
    }

    /// `GeoLite2-ASN of 2026-11-20`.
    fn named(&self) -> String {
        let metadata = self.reader.metadata();
        let built = i64::try_from(metadata.build_epoch).ok().and_then(|epoch| DateTime::from_timestamp(epoch, 0));
        let built = built.map_or_else(|| "unknown date".to_owned(), |time| time.format("%Y-%m-%d").to_string());
        format!("{} of {built}", metadata.database_type)
    }
}

impl fmt::Debug for Networks {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |database: &Option<Database>| database.as_ref().map(|database| database.path.clone());
        out.debug_struct("Networks").field("asn", &named(&self.asn)).field("geo", &named(&self.geo)).finish()
    }
}

fn text<'a>(found: &LookupResult<'a, Vec<u8>>, path: &[PathElement<'_>]) -> Option<&'a str> {
    found.decode_path::<&str>(path).ok().flatten().filter(|text| !text.is_empty())
}

/// `AS64500`, from a number or from a text with or without the letters.
fn system(found: &LookupResult<'_, Vec<u8>>) -> Option<String> {
    let number = found.decode_path::<u32>(&path!["autonomous_system_number"]).ok().flatten();
    number.map(|number| format!("AS{number}")).or_else(|| {
        let said = text(found, &path!["asn"])?;
        let digits = said.trim_start_matches(['A', 'S', 'a', 's']);
        digits.parse::<u32>().ok().map(|number| format!("AS{number}"))
    })
}

fn organisation<'a>(found: &LookupResult<'a, Vec<u8>>) -> Option<&'a str> {
    [path!["autonomous_system_organization"].as_slice(), path!["as_name"].as_slice(), path!["name"].as_slice()]
        .into_iter()
        .find_map(|path| text(found, path))
}

fn country<'a>(found: &LookupResult<'a, Vec<u8>>) -> Option<&'a str> {
    [path!["country", "iso_code"].as_slice(), path!["country_code"].as_slice(), path!["country"].as_slice()]
        .into_iter()
        .find_map(|path| text(found, path))
}

impl Networks {
    /// Whether there is nothing to look into.
    pub const fn is_empty(&self) -> bool {
        self.asn.is_none() && self.geo.is_none()
    }

    /// Looks up addresses, in order of their codes, and says what was found where.
    pub fn whereabouts(&self, addresses: &Dictionary, notes: &mut Vec<String>) -> Whereabouts {
        let mut found = Whereabouts::default();
        let parsed: Vec<Option<IpAddr>> =
            (0..addresses.len() as u32).map(|code| addresses.text(code).parse().ok()).collect();
        let asked = parsed.iter().flatten().count();
        if let Some(database) = &self.asn {
            for address in &parsed {
                let known = address.and_then(|address| database.look_up(address));
                let asn = known.as_ref().and_then(system);
                let org = known.as_ref().and_then(organisation);
                found.asn_of.push(asn.map_or(ABSENT, |asn| found.asns.intern(asn.as_bytes())));
                found.org_of.push(org.map_or(ABSENT, |org| found.orgs.intern(org.as_bytes())));
            }
            notes.push(said(database, "autonomous system", "asn", &found.asn_of, asked));
        }
        if let Some(database) = &self.geo {
            for address in &parsed {
                let known = address.and_then(|address| database.look_up(address));
                let country = known.as_ref().and_then(country).map(str::to_ascii_uppercase);
                found.country_of.push(country.map_or(ABSENT, |code| found.countries.intern(code.as_bytes())));
            }
            notes.push(said(database, "country", "country", &found.country_of, asked));
        }
        found
    }
}

fn said(database: &Database, what: &str, column: &str, codes: &[u32], asked: usize) -> String {
    let known = codes.iter().filter(|&&code| code != ABSENT).count();
    format!(
        "`{column}` names the {what} of {known} of {asked} client addresses, as {} has it ({}, SHA-256 {}).",
        database.named(),
        database.path,
        database.sha256
    )
}
