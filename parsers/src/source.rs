//! Which files there are to read, and their bytes: as stored (hashed), as decompressed, and as UTF-8.
//!
//! In: paths, directories, globs, `-`. Out: [`Source`]s in natural order of path, each file once, one [`Problem`] for
//! each path that gave none, and the names [`Pruned`] for the time they state. [`Stored`] reads and hashes;
//! [`Inflated`] decompresses and decodes; [`unpack`] makes sources of the members of an archive; [`Seen`] finds
//! sources that hold the same bytes.
//!
//! [`Problem`]: crate::load::Problem

mod archive;
mod bound;
mod discover;
mod encoding;
mod extent;
mod inflated;
mod layers;
mod member;
mod order;
mod same;
mod span;
mod stored;
mod why;

pub use archive::{Archive, Unpacked, unpack};
pub(crate) use archive::{Listing, list};
pub(crate) use discover::explain_gone;
pub use discover::{Discovery, Origin, Pruned, Source, discover};
pub use encoding::Encoding;
pub(crate) use extent::{Extent, Stamp};
pub use inflated::Inflated;
pub use layers::Compression;
pub use member::Member;
pub use order::{natural, oldest_first};
pub use same::{Head, Seen};
pub use span::Window;
pub(crate) use span::likely;
pub use stored::Stored;
pub use why::{advice, why};
