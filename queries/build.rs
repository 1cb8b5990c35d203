//! Embeds `rules/*.yml`, sorted by name, so that adding a detection is adding one file.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=rules");
    let root = env::var("CARGO_MANIFEST_DIR").map_err(std::io::Error::other)?;
    let folder = Path::new(&root).join("rules");
    let mut files: Vec<_> =
        fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yml"));
    files.sort();
    let mut out = String::from("/// The rule files, by name.\nconst BUILTIN: &[(&str, &str)] = &[\n");
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Resolved when the crate is compiled: a build folder may be shared by checkouts at several places.
        let place = format!("/rules/{name}");
        writeln!(out, "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {place:?}))),")
            .map_err(std::io::Error::other)?;
    }
    out.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR").map_err(std::io::Error::other)?).join("rules.rs"), out)
}
