//! How much a compressed file may grow: the bound that stops a decompression bomb.
//!
//! Memory is bounded without it, since everything is streamed; it bounds time and temporary disk. One count holds for
//! a file on disk and everything inside it, however deeply nested.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// A file may always grow to this many bytes.
pub(crate) const FLOOR: u64 = 1 << 30;

/// Beyond [`FLOOR`], decompressed bytes for each stored byte. Logs reach about 100; deflate cannot exceed 1,032.
pub(crate) const RATIO: u64 = 2_000;

/// What one file on disk has grown to so far.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    stored: AtomicU64,
    made: AtomicU64,
}

impl Growth {
    /// Counts bytes as they are stored.
    pub(crate) fn stored(&self, bytes: u64) {
        self.stored.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts bytes that decompression made; an error once they are too many.
    pub(crate) fn made(&self, bytes: u64) -> io::Result<()> {
        let made = self.made.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let allowed = FLOOR.max(self.stored.load(Ordering::Relaxed).saturating_mul(RATIO));
        if made <= allowed {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "it grows more than {RATIO}-fold and past {} GiB, as made to exhaust its reader (a decompression bomb)",
            FLOOR >> 30
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_may_grow_much_and_large_ones_in_proportion() {
        let growth = Growth::default();
        growth.stored(10);
        assert!(growth.made(FLOOR).is_ok());
        assert!(growth.made(1).is_err_and(|error| error.to_string().contains("bomb")));
        growth.stored(FLOOR);
        assert!(growth.made(FLOOR * 100).is_ok());
    }
}
