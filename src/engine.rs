//! The one thread that owns the logs while the terminal view runs.
//!
//! ```text
//! view ── Ask (slot, number, request) ──► mailbox ──► engine thread ──► Event ──► view
//!                                             ▲                 load, derive, pages, raw lines
//!                                        hunt thread
//! ```
//!
//! Questions that take a pass over the requests have a mailbox and a thread of their own ([`Bench`]), so that
//! lists and details never wait for them.
//!
//! In: paths and options, then requests. Out: [`Event`]s with plain structs ([`answer`]), a few screens of
//! rows at most. In each [`Slot`] of the mailbox the newest request replaces the one that waits; the asker
//! drops answers whose number is not the last it gave out. The view never holds the table.

pub mod answer;
mod bench;
mod desk;
mod exporting;
mod extent;
mod glimpse;
mod mailbox;
mod rarity;
mod read;
mod scopes;
mod sketch;
mod sorting;

pub use bench::{Bench, Job, Look, column_of, kind_of};
pub use desk::Desk;
pub use exporting::{Exporting, Given};
pub use extent::{Extent, Part};
pub use glimpse::{Glimpse, Watched};
pub use mailbox::Mailbox;
pub use scopes::Verdicts;
pub use sorting::{Sort, Sorted};

use crate::export::rule_set::of_sigma;
use crate::notes::RowPlace;
use crate::render::sentence;
use crate::session::{Session, SessionOptions};
use answer::{
    Actors, Buckets, Detail, Exported, Findings, Found, Named, Order, Page, Profile, Queried, Rare, Rejects, Row,
    Scope, Sketch, Sources, Subject, Wanted,
};
use breachline_parsers::load::Progress;
use breachline_queries::hunt::HuntOptions;
use breachline_queries::indicators::Kind;
use breachline_queries::rule::Rule;
use breachline_queries::sql::Stop;
use chrono_tz::Tz;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Which part of the screen an answer is for; each has at most one request waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each is the request of the same name
pub enum Slot {
    Page,
    Buckets,
    Detail,
    Rarity,
    Rejects,
    Search,
    Actors,
    Profile,
    Sketch,
    Query,
    Marked,
    Export,
    Sort,
}

impl Slot {
    /// How many there are.
    pub const COUNT: usize = 13;
}

/// What can be asked of loaded logs.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Requests `first..first + count` of a scope, in its order; with `keep`, the page that holds that row.
    Page {
        /// Which requests.
        scope: Scope,
        /// Position in the scope of the first one wanted.
        first: usize,
        /// How many.
        count: usize,
        /// A row to look for; the answer says where it stands and starts a screen before it.
        keep: Option<u32>,
    },
    /// Put the requests of a scope into its order, so that pages of it come at once.
    Sort {
        /// Which requests.
        scope: Scope,
    },
    /// Counts over time.
    Buckets {
        /// Which requests.
        scope: Scope,
        /// At most this many buckets.
        columns: usize,
    },
    /// All that is known of one request.
    Detail {
        /// Its row.
        row: u32,
    },
    /// How often the values of one request occur.
    Rarity {
        /// Its row.
        row: u32,
    },
    /// Records of a source that could not be read.
    Rejects {
        /// The source.
        source: u32,
        /// The first wanted.
        first: usize,
        /// How many.
        count: usize,
    },
    /// The next request of a scope that contains a text.
    Search {
        /// Which requests.
        scope: Scope,
        /// The text; small letters match both cases.
        needle: String,
        /// Position to start from (not looked at itself).
        from: usize,
        /// Towards later requests, or towards earlier ones.
        forward: bool,
    },
    /// Entities of a kind in a scope.
    Actors {
        /// Which requests.
        scope: Scope,
        /// What they are.
        kind: Kind,
        /// What to sort by.
        order: Order,
        /// A text that their values contain; small letters match both cases.
        needle: String,
        /// The first wanted.
        first: usize,
        /// How many.
        count: usize,
    },
    /// All about one entity.
    Profile {
        /// Which.
        named: Named,
        /// The zone of its hours and days.
        zone: Tz,
    },
    /// Pictures of evidence.
    Sketch {
        /// Whose.
        subject: Subject,
    },
    /// SQL.
    Query {
        /// Its text.
        sql: String,
    },
    /// The requests at some places.
    Marked {
        /// The places.
        places: Vec<RowPlace>,
    },
    /// Write findings, their evidence and the notes into a directory.
    Export {
        /// What.
        wanted: Box<Wanted>,
    },
}

impl Request {
    /// The slot that its answer goes to.
    pub const fn slot(&self) -> Slot {
        match self {
            Self::Page { .. } => Slot::Page,
            Self::Buckets { .. } => Slot::Buckets,
            Self::Detail { .. } => Slot::Detail,
            Self::Rarity { .. } => Slot::Rarity,
            Self::Rejects { .. } => Slot::Rejects,
            Self::Search { .. } => Slot::Search,
            Self::Actors { .. } => Slot::Actors,
            Self::Profile { .. } => Slot::Profile,
            Self::Sketch { .. } => Slot::Sketch,
            Self::Query { .. } => Slot::Query,
            Self::Marked { .. } => Slot::Marked,
            Self::Export { .. } => Slot::Export,
            Self::Sort { .. } => Slot::Sort,
        }
    }

    /// Whether it takes a pass over the requests.
    pub const fn is_long(&self) -> bool {
        matches!(
            self,
            Self::Actors { .. }
                | Self::Profile { .. }
                | Self::Sketch { .. }
                | Self::Rarity { .. }
                | Self::Query { .. }
                | Self::Export { .. }
        )
    }
}

/// A numbered request.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Grows by one with each request of a slot.
    pub generation: u64,
    /// What is asked.
    pub request: Request,
}

/// An answer to a [`Request`].
#[derive(Clone, Debug)]
#[allow(missing_docs)] // each answers the request of the same name
pub enum Reply {
    Page(Page),
    Buckets(Buckets),
    Detail(Box<Detail>),
    Rarity(Rare),
    Rejects(Rejects),
    Search(Found),
    Actors(Actors),
    /// `None` where there is nothing that a profile could be made of.
    Profile(Option<Box<Profile>>),
    Sketch(Subject, Sketch),
    Query(Box<Queried>),
    Marked(Vec<(RowPlace, Option<Row>)>),
    /// What was written, or why not.
    Export(Result<Exported, String>),
    /// The scope that is in its order now.
    Sort(Scope),
}

/// How far reading is, with the time it has taken.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What the reader says.
    pub progress: Progress,
    /// Since the start.
    pub elapsed: Duration,
    /// Bytes of the source at hand, as stored; 0 where nobody knows.
    pub size: u64,
}

/// What the engine has to tell.
#[derive(Clone, Debug)]
pub enum Event {
    /// Reading goes on.
    Reading(Reading),
    /// What came so far.
    Glimpse(Box<Glimpse>),
    /// Requests can be looked at; rules are being judged.
    Ready(Arc<Sources>),
    /// Rules are judged.
    Hunted(Arc<Findings>),
    /// An answer.
    Answer {
        /// The slot it is for.
        slot: Slot,
        /// The number of its request.
        generation: u64,
        /// The answer.
        reply: Reply,
    },
    /// No work can be done any more; the sentence says why.
    Failed(String),
}

/// A running engine.
pub struct Engine {
    mailbox: Arc<Mailbox>,
    long: Arc<Mailbox>,
    stop: Arc<AtomicBool>,
    stop_hunt: Arc<AtomicBool>,
    query: Arc<Mutex<Running>>,
    sort: Arc<Mutex<Running>>,
    thread: std::thread::JoinHandle<()>,
}

impl Engine {
    /// Starts the thread; `words` are the options as typed, for manifests. `send` is called with each event, from the engine's threads.
    pub fn start(
        mut options: SessionOptions,
        rules: Vec<Rule>,
        words: Vec<String>,
        send: impl Fn(Event) + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let stop = options.load.stop.get_or_insert_with(Arc::default).clone();
        let stop_hunt = options.hunt.stop.get_or_insert_with(Arc::default).clone();
        let (mailbox, long) = (Arc::new(Mailbox::default()), Arc::new(Mailbox::default()));
        let (query, sort) = (Arc::<Mutex<Running>>::default(), Arc::<Mutex<Running>>::default());
        let inboxes = Inboxes {
            inbox: Arc::clone(&mailbox),
            long: Arc::clone(&long),
            query: Arc::clone(&query),
            sort: Arc::clone(&sort),
        };
        let thread = std::thread::Builder::new().name("engine".to_owned()).spawn(move || {
            let send = Arc::new(send);
            let teller = Arc::clone(&send);
            // A defect below must not take the screen with it: it is told and the view stays.
            if let Err(cause) = catch_unwind(AssertUnwindSafe(|| work(&options, rules, words, &inboxes, &send))) {
                teller(Event::Failed(format!("reading stopped by a defect: {}", describe(&*cause))));
            }
        })?;
        Ok(Self { mailbox, long, stop, stop_hunt, query, sort, thread })
    }

    /// Hands a request in; it replaces one that waits in the same slot.
    pub fn ask(&self, ask: Ask) {
        let mailbox = if ask.request.is_long() { &self.long } else { &self.mailbox };
        mailbox.ask(ask);
    }

    /// Stops reading; what was read stays.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Stops judging after the rule at hand; what is found by then is told.
    pub fn stop_hunt(&self) {
        self.stop_hunt.store(true, Ordering::Relaxed);
    }

    /// Ends queries up to a request; the answer says so.
    pub fn stop_query(&self, generation: u64) {
        Running::give_up(&self.query, generation);
    }

    /// Ends sorting up to a request; there is no answer then.
    pub fn stop_sort(&self, generation: u64) {
        Running::give_up(&self.sort, generation);
    }

    /// Stops everything and gives the thread a moment to remove what it spooled.
    pub fn close(self) {
        self.stop();
        self.stop_hunt();
        self.stop_query(u64::MAX);
        self.stop_sort(u64::MAX);
        self.mailbox.close();
        self.long.close();
        let patience = Instant::now() + Duration::from_millis(1500);
        while !self.thread.is_finished() && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(5));
        }
        if self.thread.is_finished() {
            // A panic inside was caught and told already.
            self.thread.join().ok();
        }
    }
}

/// The words of a panic.
fn describe(cause: &(dyn Any + Send)) -> String {
    cause
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

/// What the engine thread has in common with whoever asks.
struct Inboxes {
    inbox: Arc<Mailbox>,
    long: Arc<Mailbox>,
    query: Arc<Mutex<Running>>,
    sort: Arc<Mutex<Running>>,
}

/// The life of the engine thread: read, derive, then answer until the mailbox closes.
fn work<S: Fn(Event) + Send + Sync + 'static>(
    options: &SessionOptions,
    rules: Vec<Rule>,
    words: Vec<String>,
    Inboxes { inbox, long, query, sort }: &Inboxes,
    send: &Arc<S>,
) {
    let start = Instant::now();
    let mut last: Option<Instant> = None;
    let mut watched = Watched::default();
    let (mut of, mut size) = (String::new(), 0);
    let mut told = |progress: &Progress| {
        // The reader may report each block; the screen needs about thirty a second.
        if last.is_none_or(|last| last.elapsed() >= Duration::from_millis(33)) {
            last = Some(Instant::now());
            if of != progress.source {
                of.clone_from(&progress.source);
                // Standard input and what is packed in an archive have none of their own.
                size = std::fs::metadata(&of).map_or(0, |file| if file.is_file() { file.len() } else { 0 });
            }
            send(Event::Reading(Reading { progress: progress.clone(), elapsed: start.elapsed(), size }));
        }
    };
    let session = Session::open_watched(options, &mut told, &mut |source, facts| {
        watched.take(source, facts);
        if let Some(glimpse) = watched.due() {
            send(Event::Glimpse(Box::new(glimpse)));
        }
    });
    let session = match session {
        Ok(session) => session,
        Err(error) => return send(Event::Failed(sentence(&error))),
    };
    let mut desk = Desk::new(session, options.load.key);
    send(Event::Ready(Arc::new(desk.sources())));
    let given = Arc::new(Given {
        rules: rules.clone(),
        options: words,
        key: options.load.key,
        case: options.case.clone(),
        sigma: of_sigma(&options.hunt),
    });
    if let Err(error) = start_hunt(desk.session(), rules, options.hunt.clone(), inbox, send) {
        send(Event::Failed(format!("no thread for the rules: {error}")));
    }
    let look = Look { key: options.load.key, extract: options.hunt.extract };
    if let Err(error) = start_bench(Bench::new(desk.session(), look, given), long, query, send) {
        send(Event::Failed(format!("no thread for long questions: {error}")));
    }
    while let Some(task) = inbox.wait() {
        match task {
            mailbox::Task::Ask(ask) => match &ask.request {
                // It may take seconds: lists and details do not wait for it, and the next one ends it.
                Request::Sort { scope } => match desk.sort(scope) {
                    Some(work) => {
                        Running::lock(sort).replace(ask.generation, work.stop());
                        start_sort(work, &ask, inbox, send);
                    }
                    None => tell(&ask, Some(Reply::Sort(scope.clone())), &**send),
                },
                request => tell(&ask, desk.answer(request), &**send),
            },
            mailbox::Task::Sorted(ask, work, rows) => {
                desk.take_sorted(&work, rows);
                if let Request::Sort { scope } = &ask.request {
                    tell(&ask, Some(Reply::Sort(scope.clone())), &**send);
                }
            }
            mailbox::Task::Hunted(hunt, rules) => {
                let findings = desk.take_hunt(*hunt, &rules);
                if let Some(verdicts) = desk.verdicts() {
                    long.found(verdicts);
                }
                send(Event::Hunted(Arc::new(findings)));
            }
            mailbox::Task::Found(_) => {}
        }
    }
}

/// Sends an answer, if there is one.
fn tell(ask: &Ask, reply: Option<Reply>, send: &impl Fn(Event)) {
    if let Some(reply) = reply {
        send(Event::Answer { slot: ask.request.slot(), generation: ask.generation, reply });
    }
}

/// Answers long questions on a thread of their own until the mailbox closes.
fn start_bench<S: Fn(Event) + Send + Sync + 'static>(
    mut bench: Bench,
    inbox: &Arc<Mailbox>,
    query: &Arc<Mutex<Running>>,
    send: &Arc<S>,
) -> std::io::Result<()> {
    let (inbox, query, send) = (Arc::clone(inbox), Arc::clone(query), Arc::clone(send));
    std::thread::Builder::new().name("bench".to_owned()).spawn(move || {
        let work = || {
            while let Some(task) = inbox.wait() {
                match task {
                    mailbox::Task::Ask(ask) => match &ask.request {
                        // A query may take long: the next question does not wait for it, and the next query ends it.
                        Request::Query { sql } => {
                            let job = bench.job(sql);
                            Running::lock(&query).replace(ask.generation, job.stop());
                            start_job(Work::Query(job), &ask, &send);
                        }
                        Request::Export { wanted } => start_job(Work::Export(bench.exporting(wanted)), &ask, &send),
                        request => tell(&ask, bench.answer(request), &*send),
                    },
                    mailbox::Task::Found(verdicts) => bench.take(verdicts),
                    mailbox::Task::Hunted(..) | mailbox::Task::Sorted(..) => {}
                }
            }
        };
        if let Err(cause) = catch_unwind(AssertUnwindSafe(work)) {
            send(Event::Failed(format!("a long question stopped by a defect: {}", describe(&*cause))));
        }
    })?;
    Ok(())
}

/// The query, or the sort, that runs, and up to which request they were given up.
#[derive(Default)]
struct Running {
    given_up: u64,
    stop: Stop,
}

impl Running {
    fn lock(running: &Mutex<Self>) -> MutexGuard<'_, Self> {
        // Nothing in here can be left half done, so a poisoned lock is still good.
        running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends those up to a request.
    fn give_up(running: &Mutex<Self>, generation: u64) {
        let mut running = Self::lock(running);
        running.given_up = running.given_up.max(generation);
        running.stop.stop();
    }

    /// A query takes the place of the one that runs, which ends; one that was given up before it began ends, too.
    fn replace(&mut self, generation: u64, by: Stop) {
        std::mem::replace(&mut self.stop, by).stop();
        if generation <= self.given_up {
            self.stop.stop();
        }
    }
}

/// Something that runs on a thread of its own.
enum Work {
    Query(Job),
    Export(Exporting),
}

/// Runs a query or an export on a thread of its own.
fn start_job<S: Fn(Event) + Send + Sync + 'static>(work: Work, ask: &Ask, send: &Arc<S>) {
    let (answer, failed) = (Arc::clone(send), Arc::clone(send));
    let ask = ask.clone();
    let started = std::thread::Builder::new().name("query".to_owned()).spawn(move || {
        let start = Instant::now();
        let run = || match &work {
            Work::Query(job) => Reply::Query(Box::new(Queried { took: Some(start.elapsed()), ..job.run() })),
            Work::Export(exporting) => Reply::Export(exporting.run()),
        };
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(reply) => tell(&ask, Some(reply), &*answer),
            Err(cause) => answer(Event::Failed(format!("stopped by a defect: {}", describe(&*cause)))),
        }
    });
    if let Err(error) = started {
        failed(Event::Failed(format!("no thread for the query: {error}")));
    }
}

/// Sorts on a thread of its own and hands the rows to the one that answers from them.
fn start_sort<S: Fn(Event) + Send + Sync + 'static>(work: Sort, ask: &Ask, inbox: &Arc<Mailbox>, send: &Arc<S>) {
    let (inbox, answer, failed) = (Arc::clone(inbox), Arc::clone(send), Arc::clone(send));
    let ask = ask.clone();
    let started = std::thread::Builder::new().name("sort".to_owned()).spawn(move || {
        match catch_unwind(AssertUnwindSafe(|| work.run())) {
            Ok(Some(rows)) => inbox.sorted(ask, work, rows),
            Ok(None) => {}
            Err(cause) => answer(Event::Failed(format!("sorting stopped by a defect: {}", describe(&*cause)))),
        }
    });
    if let Err(error) = started {
        failed(Event::Failed(format!("no thread for sorting: {error}")));
    }
}

/// Judges the rules on a thread of its own, so that requests can be read meanwhile.
fn start_hunt<S: Fn(Event) + Send + Sync + 'static>(
    session: Arc<Session>,
    rules: Vec<Rule>,
    options: HuntOptions,
    inbox: &Arc<Mailbox>,
    send: &Arc<S>,
) -> std::io::Result<()> {
    let (inbox, send) = (Arc::clone(inbox), Arc::clone(send));
    std::thread::Builder::new().name("hunt".to_owned()).spawn(move || {
        match catch_unwind(AssertUnwindSafe(|| session.hunt(&rules, &options))) {
            Ok(hunt) => inbox.hunted(hunt, rules),
            Err(cause) => {
                send(Event::Failed(format!("judging the rules stopped by a defect: {}", describe(&*cause))));
            }
        }
    })?;
    Ok(())
}
