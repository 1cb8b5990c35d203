//! One process at a time changes a case; several may read it.

use anyhow::{Context, bail};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

/// A case that is held, until this is dropped or the process ends, however it does.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code)] Option<File>);

impl Lock {
    /// Holds a case for changing it. Fails when somebody else works on it.
    pub fn exclusive(directory: &Path) -> anyhow::Result<Self> {
        let mut file = open(directory)?;
        taken(file.try_lock(), &mut file, directory)?;
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "process {}", std::process::id())?;
        Ok(Self(Some(file)))
    }

    /// Holds a case for reading it. Fails when somebody changes it.
    pub fn shared(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join("lock");
        // On a medium that cannot be written to, nobody changes anything either.
        let Ok(mut file) = File::open(&path).or_else(|_| File::create_new(&path)) else { return Ok(Self(None)) };
        taken(file.try_lock_shared(), &mut file, directory)?;
        Ok(Self(Some(file)))
    }
}

fn open(directory: &Path) -> anyhow::Result<File> {
    let path = directory.join("lock");
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    opened.with_context(|| format!("{}: the lock of the case cannot be opened", path.display()))
}

fn taken(result: Result<(), TryLockError>, file: &mut File, directory: &Path) -> anyhow::Result<()> {
    let shown = directory.display();
    match result {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Who it is is good to know; that it is somebody is enough.
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.is_empty() { "another process".to_owned() } else { holder };
            bail!("{shown}: {holder} is working on this case; wait until it has ended")
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("{shown}: the case cannot be locked")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_and_readers_share() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::exclusive(folder.path()).unwrap();
        let told = Lock::exclusive(folder.path()).unwrap_err().to_string();
        assert!(told.contains(&format!("process {}", std::process::id())), "{told}");
        assert!(Lock::shared(folder.path()).is_err());
        drop(held);
        let (one, two) = (Lock::shared(folder.path()).unwrap(), Lock::shared(folder.path()).unwrap());
        assert!(Lock::exclusive(folder.path()).is_err());
        drop((one, two));
        Lock::exclusive(folder.path()).unwrap();
    }
}
