//! Embeds `rules/*.yml`, sorted by name, so that adding a detection is adding one file; and names what derivations are
//! made by, so that a case knows those that another version made.

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
    println!("cargo::rustc-env=BREACHLINE_DERIVATIONS={:016x}", derivations(Path::new(&root))?);
    out.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR").map_err(std::io::Error::other)?).join("rules.rs"), out)
}

/// A sum of the code that derives.
fn derivations(root: &Path) -> std::io::Result<u64> {
    let mut sum = 0xcbf2_9ce4_8422_2325;
    let mut waiting: Vec<_> =
        ["derive.rs", "derive", "exchanges.rs", "requests.rs", "context.rs", "context", "pattern.rs", "pattern"]
            .map(|name| root.join("src").join(name))
            .into();
    // And of what it calls.
    let called = ["table.rs", "table", "schema.rs", "report.rs", "value.rs", "mask.rs", "mask", "decode/hop_id.rs"];
    waiting.extend(called.map(|name| root.join("../parsers/src").join(name)));
    for path in &waiting {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let mut files = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    for file in files {
        for byte in fs::read(&file)? {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Ok(sum)
}
