//! Formats that a server's own configuration names.

use super::{Format, compile};
use crate::directive::DirectiveError;
use crate::directive::config::{self, Named};
use crate::load::DirectiveKind;
use std::path::Path;

/// A format of a configuration, ready to read with.
#[derive(Clone, Debug)]
pub struct NamedDirective {
    /// Its name in the configuration, which is the id of the format too.
    pub name: String,
    /// The format.
    pub format: Format,
    /// Paths of the logs that are written in it.
    pub logs: Vec<String>,
}

impl NamedDirective {
    /// Whether a source is one of its logs, or rotated from one.
    pub fn writes(&self, source: &str) -> bool {
        self.logs.iter().any(|log| config::writes(log, source))
    }
}

/// What a configuration says of formats.
#[derive(Clone, Debug, Default)]
pub struct Configured {
    /// Formats that can be read with.
    pub directives: Vec<NamedDirective>,
    /// Formats that cannot, one sentence each.
    pub notes: Vec<String>,
}

/// Reads the formats of a server's configuration. A format that cannot be read with (without a time, say) is noted
/// and left out: a configuration is not wrong because of it.
///
/// # Errors
/// The file cannot be read or is no configuration, or there is no format in it.
pub fn configured(kind: DirectiveKind, path: &Path) -> Result<Configured, DirectiveError> {
    let named = match kind {
        DirectiveKind::Apache => config::apache(path)?,
        _ => config::nginx(path)?,
    };
    if named.is_empty() {
        return Err(DirectiveError {
            sentence: "no format is named in this configuration; is it the main file, and are its includes beside it?"
                .into(),
            directive: path.display().to_string(),
            place: 0,
        });
    }
    let mut configured = Configured::default();
    for named in named {
        match directive(&named) {
            Ok(directive) => configured.directives.push(directive),
            Err(error) => configured.notes.push(format!("{}: {}: {error}", named.place, named.name)),
        }
    }
    Ok(configured)
}

fn directive(named: &Named) -> Result<NamedDirective, DirectiveError> {
    let mut format = compile(Some(named.kind), &named.written())?;
    format.id.clone_from(&named.name);
    format.title = format!("as named in {}", named.place);
    Ok(NamedDirective { name: named.name.clone(), format, logs: named.logs.clone() })
}

/// The format of a source by its name, as the configuration has it. Two servers may write logs of one name in different
/// formats: then none is certain, and the content decides.
pub fn of_source<'a>(directives: &'a [NamedDirective], source: &str) -> Option<&'a Format> {
    let mut writers = directives.iter().filter(|directive| directive.writes(source));
    let first = writers.next()?;
    writers.next().is_none().then_some(&first.format)
}

/// What a source may be whose name says nothing: what a configuration says comes before what is known of vendors.
pub fn known(directives: &[NamedDirective]) -> Vec<&Format> {
    candidates(directives).into_iter().chain(super::builtin()).collect()
}

/// The formats of a configuration, most used first: candidates where a source's name says nothing.
fn candidates(directives: &[NamedDirective]) -> Vec<&Format> {
    let mut sorted: Vec<&NamedDirective> = directives.iter().collect();
    sorted.sort_by_key(|directive| std::cmp::Reverse(directive.logs.len()));
    sorted.into_iter().map(|directive| &directive.format).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::load::{LoadOptions, load};
    use std::fs;

    #[test]
    fn sources_find_their_format() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nginx.conf");
        let text = "log_format a escape=json '{\"t\":\"$msec\",\"s\":\"$status\"}'; log_format b '$host'; log_format c '$msec $status';\n\
                    access_log x/a.log a; access_log x/c.log c; access_log y/a.log c; access_log z/only.log a;";
        fs::write(&path, text).unwrap();
        let Configured { directives, notes } = configured(DirectiveKind::Nginx, &path).unwrap();
        assert!(notes.len() == 1 && notes[0].contains("nginx.conf:1: b: there is no time"), "{notes:?}");
        assert_eq!(of_source(&directives, "c.log.1.gz").map(|format| &*format.id), Some("c"));
        assert_eq!(of_source(&directives, "only.log").map(|format| &*format.id), Some("a"));
        assert!(of_source(&directives, "a.log").is_none() && of_source(&directives, "d.log").is_none());
        assert_eq!(candidates(&directives).len(), 2);
        fs::write(&path, "events {}").unwrap();
        assert!(configured(DirectiveKind::Nginx, &path).unwrap_err().sentence.contains("no format is named"));
    }

    #[test]
    fn a_configuration_reads_what_content_does_not_tell() {
        let folder = tempfile::tempdir().unwrap();
        let conf = folder.path().join("nginx.conf");
        fs::write(&conf, "log_format odd '$status|$msec|$request_uri|$remote_addr'; access_log /var/log/odd.log odd;")
            .unwrap();
        let log = folder.path().join("odd.log.1");
        fs::write(&log, "404|1710238532.250|/a?b|192.0.2.7\n").unwrap();
        let directives = configured(DirectiveKind::Nginx, &conf).unwrap().directives;
        let options = LoadOptions { directives, threads: 1, ..LoadOptions::default() };
        let loaded = load(&[log.display().to_string()], &options, &mut |_| {}).unwrap();
        assert_eq!((loaded.sources[0].format.as_deref(), loaded.facts.status(0)), (Some("odd"), Some(404)));
    }
}
