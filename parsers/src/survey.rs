//! What is here, from samples: files and formats, hours and gaps, fields, copies, and how much there is to read.
//!
//! ```text
//! paths ─► discover ─► groups of like names ─► a spread of each ─► look (head, tail) ─► sources, facts of the samples
//!                        ▲                                           │
//!                        └────────────── members of archives ◄───────┘
//! ```
//!
//! In: paths and the options of a load. Out: [`Survey`]. Nothing is read whole but what is small, and of many like
//! objects only [`MOST_OF_GROUP`] are opened; the rest is listed by name. What is estimated says so. The answer
//! depends on the files alone, not on threads; only [`Pace`] is a measurement.

mod copies;
mod hours;
mod pattern;
mod pool;
mod spread;

pub use crate::load::sample::Reach;
pub use hours::{Basis, Hours, Span};

use crate::load::sample::{Bounds, Look, Sample};
use crate::load::{LoadError, LoadOptions, Problem, Progress, Setup};
use crate::report::{Completeness, Reject, SourceReport};
use crate::source::{Discovery, Pruned, Source, Window, discover, likely, natural};
use crate::table::FactTable;
use std::sync::Arc;
use std::time::Duration;

/// Of files with like names, at most so many are opened.
pub const MOST_OF_GROUP: usize = 200;

/// Of all files, about so many are opened; each group has at least two of its own, and very many groups are made wider.
const MOST: usize = 4_000;

/// Archives in archives are looked into so deep.
const DEEPEST: usize = 4;

/// Decompressed bytes looked at of all sources of a round, at the begin and at the end.
const HEADS: usize = 32 << 20;
const TAILS: usize = 8 << 20;

/// Bytes looked at of one source.
const HEAD: (usize, usize) = (32 << 10, 1 << 20);
const TAIL: (usize, usize) = (4 << 10, 64 << 10);

/// Stored bytes that are decompressed to the end, of all sources of a round, so that their last hour is known.
const DRAINED: u64 = 64 << 20;

/// Bytes of archives gone through to list their members, of all archives of a round, and least and most of one.
const LISTED: u64 = 512 << 20;
const LISTED_OF_ONE: (u64, u64) = (1 << 20, 128 << 20);

/// Bytes of a record at the edge of what was looked at that say nothing, and how many times as long as others it may be.
const EVEN: (u64, u64) = (16 << 10, 16);

/// What is here.
pub struct Survey {
    /// Sources that were opened, in natural order of name; `report.id` is the place in this list.
    pub sources: Vec<Surveyed>,
    /// Files with like names, in natural order of pattern. Archives that were looked into are no part of it.
    pub groups: Vec<Group>,
    /// Archives whose listing was ended before their end.
    pub listings: Vec<Unlisted>,
    /// Facts of the samples; source numbers are those of `sources`.
    pub facts: FactTable,
    /// First rejected record of each source that has one.
    pub rejects: Vec<Reject>,
    /// Files found and their bytes as stored, before archives are opened.
    pub files: usize,
    /// Bytes of those.
    pub bytes: u64,
    /// Paths that gave nothing.
    pub problems: Vec<Problem>,
    /// Files left out for the time in their names.
    pub pruned: Pruned,
    /// The time to be loaded. It decides which files are opened and clips [`Survey::hours`]; records are counted
    /// whatever their time.
    pub window: Window,
    /// How fast the samples were read.
    pub pace: Pace,
}

/// A source that was opened.
pub struct Surveyed {
    /// As after a load, but only records that were looked at are counted; `bytes` is the stored size.
    pub report: SourceReport,
    /// How far the look reaches; `first` and `last` of the report are to be read with it.
    pub reach: Reach,
    /// Records of all of it: counted if `reach` is [`Reach::Whole`], else estimated. `None` where nothing tells.
    pub records: Option<u64>,
    /// Bytes of all of it as decompressed, likewise; exact also where all was decompressed.
    pub text: Option<u64>,
    /// Whether `text` was counted.
    pub counted: bool,
    /// Columns that some of its records have.
    pub columns: Vec<&'static str>,
    /// An earlier source that it is likely a copy of: as large, and equal at both ends as far as those are known.
    pub copy_of: Option<u32>,
}

/// Files with like names.
pub struct Group {
    /// Their names, what differs replaced by `*`.
    pub pattern: String,
    /// How many there are.
    pub files: usize,
    /// Bytes as stored.
    pub bytes: u64,
    /// Those that were opened and are no archives, by number.
    pub opened: Vec<u32>,
    /// Archives among them that were opened.
    pub archives: usize,
    /// Bytes as stored of those that were not opened.
    pub unopened_bytes: u64,
    /// Hours of those not opened, as their names state them, and how many do.
    pub by_name: (usize, Vec<Span>),
    /// Hours of those not opened whose names state none, as their opened neighbours in order of name have them.
    pub by_neighbours: (usize, Vec<Span>),
    /// Records in all: what was counted or estimated of those opened, and the others in proportion to bytes. Likely
    /// copies and what fits no format are left out.
    pub records: Option<u64>,
    /// Bytes as decompressed, likewise.
    pub text: Option<u64>,
    /// Files opened whose records cannot be told: a line is longer than what was looked at of them.
    pub uncounted: usize,
}

/// An archive that goes on after what was looked at.
pub struct Unlisted {
    /// Its path.
    pub path: String,
    /// Bytes as stored that were gone through, and of all of it (0: not known).
    pub taken: u64,
    /// Bytes of all of it (0: not known).
    pub bytes: u64,
    /// Members found up to there.
    pub members: usize,
}

/// How fast the samples were read: differs from run to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// What opening and recognising all files will take on one thread, and whatever was read beside that.
    pub opening: Duration,
    /// Bytes of text that this holds.
    pub opened: u64,
    /// Time of decoding a MiB of text, on one thread.
    pub decoding: Duration,
}

impl Group {
    /// Files that were only listed.
    pub fn unopened(&self) -> usize {
        self.files - self.opened.len() - self.archives
    }
}

impl Survey {
    /// Records of all files: how many, and whether that is counted and not estimated.
    pub fn records(&self) -> (u64, bool) {
        let counted = |source: &Surveyed| source.reach == Reach::Whole;
        (self.groups.iter().filter_map(|group| group.records).sum(), self.all(counted))
    }

    /// Files opened whose records cannot be told.
    pub fn uncounted(&self) -> usize {
        self.groups.iter().map(|group| group.uncounted).sum()
    }

    /// Bytes of all files as decompressed, likewise.
    pub fn text(&self) -> (u64, bool) {
        (self.groups.iter().filter_map(|group| group.text).sum(), self.all(|source| source.counted))
    }

    fn all(&self, counted: impl Fn(&Surveyed) -> bool) -> bool {
        let opened = |group: &Group| group.unopened() == 0;
        let mut usable = self.sources.iter().filter(|source| !is_unusable(&source.report));
        self.listings.is_empty() && self.groups.iter().all(opened) && usable.all(counted)
    }
}

/// Looks at samples of everything that the paths name. Fails on bad options only; what is wrong with sources is said
/// in their reports.
///
/// Members of compressed archives are copied into a private temporary file: at most some 512 MiB of text of all
/// archives of one depth together, or 1 MiB of each.
pub fn survey(
    paths: &[String],
    options: &LoadOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Survey, LoadError> {
    let window = options.window();
    // First and last of a file are those of all of it, or its inside would look like a gap.
    let unclipped = LoadOptions { load_since: None, load_until: None, ..options.clone() };
    let setup = Setup::new(&unclipped, HEAD.1)?;
    let Discovery { sources, problems, pruned } = discover(paths, window);
    let sizes = sources.iter().map(Source::stored).map(Option::unwrap_or_default);
    let (files, bytes) = (sources.len(), sizes.sum());
    let mut search = Search { setup: &setup, groups: Vec::new(), found: Vec::new(), listings: Vec::new() };
    let mut next = sources;
    // What is in the deepest archives is refused when it is opened, with its reason.
    for _ in 0..=DEEPEST {
        if next.is_empty() {
            break;
        }
        next = search.round(next, progress);
    }
    let Search { groups, found, listings, .. } = search;
    Ok(finish(groups, found, Survey { listings, files, bytes, problems, pruned, window, ..Survey::empty() }))
}

impl Survey {
    fn empty() -> Self {
        Self {
            sources: Vec::new(),
            groups: Vec::new(),
            listings: Vec::new(),
            facts: FactTable::default(),
            rejects: Vec::new(),
            files: 0,
            bytes: 0,
            problems: Vec::new(),
            pruned: Pruned::default(),
            window: Window::default(),
            pace: Pace::default(),
        }
    }
}

/// What was found so far.
struct Search<'s> {
    setup: &'s Setup<'s>,
    groups: Vec<Draft>,
    found: Vec<Found>,
    listings: Vec<Unlisted>,
}

/// A group while its members are known.
struct Draft {
    group: Group,
    /// Its files in natural order.
    members: Vec<Source>,
    /// Places in `members` of those that were opened, in order.
    chosen: Vec<usize>,
}

/// A source that was opened, and the group it is of.
struct Found {
    group: usize,
    /// Its place among the members of the group.
    member: usize,
    name: String,
    sample: Result<Box<Sample>, Box<SourceReport>>,
}

impl Search<'_> {
    /// Looks at a spread of sources, and returns what is in the archives among them.
    fn round(&mut self, mut sources: Vec<Source>, progress: &mut dyn FnMut(&Progress)) -> Vec<Source> {
        sources.sort_by(|a, b| natural(&a.name, &b.name));
        let first = self.groups.len();
        self.groups.extend(drafts(sources));
        let drafts = &self.groups[first..];
        let places = drafts.iter().zip(first..).flat_map(|(draft, group)| {
            draft.chosen.iter().map(move |&member| (group, member, Arc::new(draft.members[member].clone())))
        });
        let places: Vec<(usize, usize, Arc<Source>)> = places.collect();
        let looks = pool::look_at_all(self.setup, &places, bounds(places.len()), progress);
        let mut inside = Vec::new();
        for ((group, member, source), look) in places.iter().zip(looks) {
            let found = |sample| Found { group: *group, member: *member, name: source.name.clone(), sample };
            match look {
                Look::Text(sample) => self.found.push(found(Ok(sample))),
                Look::Refused(report) => self.found.push(found(Err(report))),
                Look::Archive(report, listing) => {
                    if listing.goes_on {
                        self.listings.push(Unlisted {
                            path: source.name.clone(),
                            taken: listing.taken,
                            bytes: source.stored().unwrap_or(0),
                            members: listing.members.len(),
                        });
                    }
                    if listing.trouble.is_some() {
                        self.found.push(found(Err(report)));
                    } else {
                        self.groups[*group].group.archives += 1;
                    }
                    inside.extend(listing.members);
                }
            }
        }
        inside
    }
}

/// Puts sources, in natural order, into groups, and chooses those to be opened.
fn drafts(sources: Vec<Source>) -> Vec<Draft> {
    let (numbers, patterns) = pattern::group(sources.iter().map(|source| source.name.as_str()));
    let most = (MOST / patterns.len().max(1)).clamp(2, MOST_OF_GROUP);
    let mut drafts: Vec<Draft> = patterns.into_iter().map(Draft::new).collect();
    for (source, number) in sources.into_iter().zip(numbers) {
        drafts[number].add(source);
    }
    for draft in &mut drafts {
        draft.chosen = spread::spread(draft.members.len(), most);
    }
    drafts
}

impl Draft {
    fn new(pattern: String) -> Self {
        let group = Group {
            pattern,
            files: 0,
            bytes: 0,
            opened: Vec::new(),
            archives: 0,
            unopened_bytes: 0,
            by_name: (0, Vec::new()),
            by_neighbours: (0, Vec::new()),
            records: None,
            text: None,
            uncounted: 0,
        };
        Self { group, members: Vec::new(), chosen: Vec::new() }
    }

    fn add(&mut self, source: Source) {
        self.group.files += 1;
        self.group.bytes += source.stored().unwrap_or(0);
        self.members.push(source);
    }

    /// Says what is known of the members that were not opened. `spans` has the hours of those that were, by place.
    fn pass_over(&mut self, spans: &[(usize, Option<Span>)]) {
        let mut named = Vec::new();
        let mut between = Vec::new();
        let mut chosen = self.chosen.iter().copied().peekable();
        let mut known = spans.iter().copied().filter_map(|(at, span)| Some((at, span?))).peekable();
        let mut before: Option<Span> = None;
        for (at, source) in self.members.iter().enumerate() {
            while let Some((_, span)) = known.next_if(|(place, _)| *place <= at) {
                before = Some(span);
            }
            if chosen.next_if_eq(&at).is_some() {
                continue;
            }
            self.group.unopened_bytes += source.stored().unwrap_or(0);
            if let Some((from, until)) = likely(&source.name) {
                named.push(Span { from, until });
                self.group.by_name.0 += 1;
            } else if let (Some(before), Some((_, after))) = (before, known.peek()) {
                between.push(before.hull(*after));
                self.group.by_neighbours.0 += 1;
            }
        }
        self.group.by_name.1 = hours::union(named);
        self.group.by_neighbours.1 = hours::union(between);
    }
}

impl Source {
    /// Bytes as stored, of a member as extracted; `None` for streams.
    fn stored(&self) -> Option<u64> {
        crate::load::sample::stored_bytes(self)
    }
}

/// How much each of so many sources may cost.
fn bounds(sources: usize) -> Bounds {
    let sources = sources.max(1);
    Bounds {
        head: (HEADS / sources).clamp(HEAD.0, HEAD.1),
        tail: (TAILS / sources).clamp(TAIL.0, TAIL.1),
        drained: DRAINED / sources as u64,
        listed: (LISTED / sources as u64).clamp(LISTED_OF_ONE.0, LISTED_OF_ONE.1),
    }
}

/// Numbers the sources in order of name and adds up what is known of them.
fn finish(mut drafts: Vec<Draft>, mut found: Vec<Found>, mut survey: Survey) -> Survey {
    found.sort_by(|a, b| natural(&a.name, &b.name));
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by(|&a, &b| natural(&drafts[a].group.pattern, &drafts[b].group.pattern));
    let mut rank = vec![0; drafts.len()];
    order.iter().enumerate().for_each(|(at, &draft)| rank[draft] = at);
    let mut spans: Vec<Vec<(usize, Option<Span>)>> = vec![Vec::new(); drafts.len()];
    let mut copies = copies::Copies::default();
    let mut watch = Watch::new(drafts.len());
    for (id, Found { group, member, sample, .. }) in (0..).zip(found) {
        let source = match sample {
            Ok(mut sample) => {
                watch.add(group, &sample);
                sample.facts.relabel(id);
                survey.facts.append(&sample.facts);
                survey.rejects.extend(sample.reject.take().map(|reject| Reject { source: id, ..reject }));
                let copy_of = copies.earlier(id, &sample);
                surveyed(*sample, copy_of)
            }
            Err(report) => refused(*report),
        };
        let span = source.report.first.zip(source.report.last).map(|(from, until)| Span { from, until });
        spans[group].push((member, span));
        drafts[group].group.opened.push(id);
        survey.sources.push(Surveyed { report: SourceReport { id, ..source.report }, ..source });
    }
    survey.facts.finish();
    survey.pace = watch.pace(&drafts);
    for (draft, spans) in drafts.iter_mut().zip(&mut spans) {
        spans.sort_by_key(|(member, _)| *member);
        draft.pass_over(spans);
        estimate(&mut draft.group, &survey.sources);
    }
    let mut groups: Vec<(usize, Group)> = rank.into_iter().zip(drafts.into_iter().map(|draft| draft.group)).collect();
    groups.sort_by_key(|(rank, _)| *rank);
    survey.groups = groups.into_iter().map(|(_, group)| group).collect();
    survey
}

fn surveyed(sample: Sample, copy_of: Option<u32>) -> Surveyed {
    let Sample { report, reach, stored, text, taken, head, decoded, cut, facts, .. } = sample;
    // A record much longer than the others tells that what was looked at is not what the rest is like.
    let is_even = cut <= EVEN.0.max(EVEN.1 * decoded / report.records.max(1));
    let all = match (text, stored) {
        (Some(text), _) => Some(text),
        (None, Some(stored)) if taken > 0 => Some((stored as f64 / taken as f64 * head as f64) as u64),
        (None, _) => None,
    };
    let records = match (reach, all) {
        (Reach::Whole, _) => Some(report.records),
        (_, Some(all)) if decoded > 0 && is_even => {
            Some((all as f64 / decoded as f64 * report.records as f64).round() as u64)
        }
        _ => None,
    };
    Surveyed { columns: facts.present(), counted: text.is_some(), report, reach, records, text: all, copy_of }
}

fn refused(report: SourceReport) -> Surveyed {
    let reach = Reach::Head;
    Surveyed { report, reach, records: None, text: None, counted: false, columns: Vec::new(), copy_of: None }
}

/// Adds up a group: those opened as they are, the others in proportion to their bytes as stored.
fn estimate(group: &mut Group, sources: &[Surveyed]) {
    let opened = || group.opened.iter().filter_map(|&id| sources.get(id as usize));
    let usable = || opened().filter(|source| !is_unusable(&source.report));
    let stored: u64 = opened().map(|source| source.report.bytes).sum();
    let all = |of: fn(&Surveyed) -> Option<u64>| {
        let seen: u64 = usable().filter_map(of).sum();
        let own: u64 = usable().filter(|source| source.copy_of.is_none()).filter_map(of).sum();
        let rest = if stored == 0 { 0.0 } else { seen as f64 / stored as f64 * group.unopened_bytes as f64 };
        usable().any(|source| of(source).is_some()).then_some(own + rest.round() as u64)
    };
    let (records, text) = (all(|source| source.records), all(|source| source.text));
    let uncounted = usable().filter(|source| source.records.is_none()).count();
    (group.records, group.text, group.uncounted) = (records, text, uncounted);
}

/// Adds up what the samples took.
struct Watch {
    /// By group: sources, time of opening them, bytes of text that this went through.
    opening: Vec<(u32, Duration, u64)>,
    decoding: Duration,
    decoded: u64,
}

impl Watch {
    fn new(groups: usize) -> Self {
        Self { opening: vec![(0, Duration::ZERO, 0); groups], decoding: Duration::ZERO, decoded: 0 }
    }

    fn add(&mut self, group: usize, sample: &Sample) {
        let (sources, time, bytes) = &mut self.opening[group];
        *sources += 1;
        *time += sample.spent.0;
        *bytes += sample.text.filter(|_| sample.report.compression.is_some()).unwrap_or(sample.head);
        self.decoding += sample.spent.1;
        self.decoded += sample.decoded;
    }

    fn pace(&self, drafts: &[Draft]) -> Pace {
        let mut pace = Pace::default();
        for (&(sources, time, bytes), draft) in
            self.opening.iter().zip(drafts).filter(|((sources, ..), _)| *sources > 0)
        {
            let files = draft.members.len() as f64 / f64::from(sources);
            pace.opening += time.mul_f64(files);
            pace.opened += (bytes as f64 * files) as u64;
        }
        let per_mib = self.decoding.as_secs_f64() / (self.decoded as f64 / f64::from(1 << 20)).max(1e-3);
        pace.decoding = Duration::try_from_secs_f64(per_mib).unwrap_or_default();
        pace
    }
}

/// Whether nothing of a source can be used.
pub(crate) fn is_unusable(report: &SourceReport) -> bool {
    matches!(report.completeness, Completeness::Unreadable(_) | Completeness::Unknown(_))
}

#[cfg(test)]
#[path = "survey/tests.rs"]
mod tests;
