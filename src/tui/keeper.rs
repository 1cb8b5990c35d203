//! Writes notes to their file on a thread of its own: the newest that waits, and the last one before the end.

use super::state::Msg;
use crate::notes::{Held, Notes};
use crate::render::sentence;
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Where only the view moved, writing waits until nothing has been pressed for this long …
const REST: Duration = Duration::from_millis(300);

/// … and no longer than this.
const PATIENCE: Duration = Duration::from_secs(2);

enum Task {
    Save(PathBuf, Box<Notes>),
    SaveSoon(PathBuf, Box<Notes>),
    Open(String),
}

/// The thread that keeps notes.
pub(super) struct Keeper {
    tasks: Sender<Task>,
    thread: JoinHandle<Option<String>>,
}

impl Keeper {
    /// Starts the thread, with the file that notes were read from; what became of each task is sent back.
    pub fn start(sender: Sender<Msg>, held: Option<Held>) -> anyhow::Result<Self> {
        let (tasks, inbox) = channel();
        let thread = std::thread::Builder::new()
            .name("notes".to_owned())
            .spawn(move || work(&inbox, &sender, held.unwrap_or_default()))
            .context("no thread for notes")?;
        Ok(Self { tasks, thread })
    }

    /// Writes notes into a file, if there is one; at once, or when nothing more comes for a moment.
    pub fn save(&self, path: Option<&str>, notes: Box<Notes>, soon: bool) {
        let Some(path) = path.map(PathBuf::from) else { return };
        let task = if soon { Task::SaveSoon(path, notes) } else { Task::Save(path, notes) };
        self.tasks.send(task).ok();
    }

    /// Reads the notes of a file.
    pub fn open(&self, path: String) {
        self.tasks.send(Task::Open(path)).ok();
    }

    /// Waits until all is written; gives why not, if the last notes are not.
    pub fn close(self) -> Option<String> {
        drop(self.tasks);
        self.thread.join().unwrap_or_else(|_| Some("the thread that saves them stopped by a defect".to_owned()))
    }
}

fn work(inbox: &Receiver<Task>, sender: &Sender<Msg>, mut held: Held) -> Option<String> {
    let mut failed = None;
    while let Ok(first) = inbox.recv() {
        let mut newest = None;
        for task in gather(first, inbox) {
            match task {
                Task::Save(path, notes) | Task::SaveSoon(path, notes) => newest = Some((path, notes)),
                Task::Open(path) => {
                    let opened = Notes::open(Path::new(&path)).map_err(|error| sentence(&error));
                    let notes = opened.map(|(notes, now_held)| {
                        held = now_held;
                        Box::new(notes)
                    });
                    sender.send(Msg::Notes(path, notes)).ok();
                }
            }
        }
        if let Some((path, notes)) = newest {
            let done = notes.write(&path, &mut held).map_err(|error| sentence(&error));
            failed = done.as_ref().err().cloned();
            sender.send(Msg::Saved(done)).ok();
        }
    }
    failed
}

/// What waits; if that can wait a little, what comes in a moment as well.
fn gather(first: Task, inbox: &Receiver<Task>) -> Vec<Task> {
    let start = Instant::now();
    let mut tasks = vec![first];
    tasks.extend(inbox.try_iter());
    while tasks.iter().all(|task| matches!(task, Task::SaveSoon(..))) && start.elapsed() < PATIENCE {
        match inbox.recv_timeout(REST) {
            Ok(task) => tasks.push(task),
            Err(_) => break,
        }
    }
    tasks
}
