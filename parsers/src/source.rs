//! Which files there are to read, and their bytes: as stored (hashed) and as decompressed.
//!
//! In: paths, directories, globs, `-`. Out: [`Source`]s in order of path, each file once, and one
//! [`Problem`] for each path that gave none. [`Stored`] reads and hashes; [`Inflated`] decompresses.

mod discover;
mod stored;

pub use discover::{Discovery, Origin, Source, discover};
pub use stored::{Compression, Inflated, Stored};
