//! Embeds every file of `formats/`: adding a format is adding a file.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new("formats");
    println!("cargo::rerun-if-changed=formats");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    let mut code =
        String::from("/// Id and text of every format file.\npub(crate) const FILES: &[(&str, &str)] = &[\n");
    for name in names {
        // Resolved when the crate is compiled: a build folder may be shared by checkouts at several places.
        let path = format!("/formats/{name}.toml");
        let _ = writeln!(code, "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),");
    }
    code.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    fs::write(Path::new(&out).join("formats.rs"), code)
}
