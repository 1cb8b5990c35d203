//! Writes notes to their file on a thread of its own: the newest that waits, and the last one before the end.

use super::state::Msg;
use crate::notes::Notes;
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

enum Task {
    Save(PathBuf, Box<Notes>),
    Open(String),
}

/// The thread that keeps notes.
pub(super) struct Keeper {
    tasks: Sender<Task>,
    thread: JoinHandle<Option<String>>,
}

impl Keeper {
    /// Starts the thread; what became of each task is sent back.
    pub fn start(sender: Sender<Msg>) -> anyhow::Result<Self> {
        let (tasks, inbox) = channel();
        let thread = std::thread::Builder::new()
            .name("notes".to_owned())
            .spawn(move || work(&inbox, &sender))
            .context("no thread for notes")?;
        Ok(Self { tasks, thread })
    }

    /// Writes notes into a file.
    pub fn save(&self, path: PathBuf, notes: Box<Notes>) {
        self.tasks.send(Task::Save(path, notes)).ok();
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

fn work(inbox: &Receiver<Task>, sender: &Sender<Msg>) -> Option<String> {
    let mut failed = None;
    while let Ok(first) = inbox.recv() {
        let mut newest = None;
        for task in std::iter::once(first).chain(inbox.try_iter()) {
            match task {
                Task::Save(path, notes) => newest = Some((path, notes)),
                Task::Open(path) => {
                    let notes = Notes::read(Path::new(&path)).map(Box::new).map_err(|error| format!("{error:#}"));
                    sender.send(Msg::Notes(path, notes)).ok();
                }
            }
        }
        if let Some((path, notes)) = newest {
            let done = notes.write(&path).map_err(|error| format!("{error:#}"));
            failed = done.as_ref().err().cloned();
            sender.send(Msg::Saved(done)).ok();
        }
    }
    failed
}
