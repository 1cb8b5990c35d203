//! Apache's configuration, as far as logs are named in it.

use super::{DirectiveError, Named, error, included, text_of};
use crate::load::DirectiveKind;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Formats that distributions name outside of the file that uses them.
const USUAL: &[(&str, &str)] = &[
    ("common", r#"%h %l %u %t "%r" %>s %b"#),
    ("combined", r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
    ("vhost_combined", r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#),
    ("combinedio", r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %I %O"#),
];

/// What is read while files are walked.
struct Reader {
    root: PathBuf,
    seen: BTreeSet<PathBuf>,
    formats: Vec<Named>,
    /// Path of a log, its format or the name of it, and where that is said.
    logs: Vec<(String, String, String)>,
    /// The format of logs that name none.
    transfer: String,
}

pub(super) fn read(path: &Path) -> Result<Vec<Named>, DirectiveError> {
    let root = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let transfer = "common".to_owned();
    let mut reader = Reader { root, seen: BTreeSet::new(), formats: Vec::new(), logs: Vec::new(), transfer };
    reader.file(path)?;
    let Reader { mut formats, logs, .. } = reader;
    for (log, format, place) in logs {
        let known = formats.iter_mut().find(|known| known.name == format || known.directive == format);
        if let Some(known) = known {
            if !known.logs.contains(&log) {
                known.logs.push(log);
            }
            continue;
        }
        let usual = USUAL.iter().find(|(name, _)| *name == format);
        if usual.is_none() && !format.contains('%') {
            continue;
        }
        let (name, directive) = usual.map_or_else(
            || (log.clone(), format.clone()),
            |(name, directive)| ((*name).to_owned(), (*directive).to_owned()),
        );
        formats.push(Named { name, kind: DirectiveKind::Apache, directive, escape: None, logs: vec![log], place });
    }
    Ok(formats)
}

impl Reader {
    fn file(&mut self, path: &Path) -> Result<(), DirectiveError> {
        let text = text_of(path)?;
        let mut byte = 0;
        let mut lines = text.split_inclusive('\n');
        while let Some(first) = lines.next() {
            let begin = byte;
            byte += first.len();
            let mut line = first.trim_end().to_owned();
            // A backslash at the end continues a line.
            while line.ends_with('\\') {
                line.pop();
                let Some(more) = lines.next() else { break };
                byte += more.len();
                line.push_str(more.trim_end());
            }
            let place = || format!("{}:{}", path.display(), text[..begin].matches('\n').count() + 1);
            self.line(path, &text, begin, line.trim(), &place)?;
        }
        Ok(())
    }

    fn line(
        &mut self,
        path: &Path,
        text: &str,
        begin: usize,
        line: &str,
        place: &dyn Fn() -> String,
    ) -> Result<(), DirectiveError> {
        let keyword = line.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        if !matches!(
            keyword.as_str(),
            "logformat" | "customlog" | "globallog" | "transferlog" | "include" | "includeoptional" | "serverroot"
        ) {
            return Ok(());
        }
        let words = words(line);
        if quotes_are_open(line) {
            let indent = text.get(begin..).map_or(0, |rest| rest.len() - rest.trim_start().len());
            return Err(error(path, text, begin + indent, "a quote in this line does not end"));
        }
        match (keyword.as_str(), words.get(1..).unwrap_or_default()) {
            ("serverroot", [root, ..]) => {
                let root = PathBuf::from(root);
                // The configuration of another machine is read beside its copy.
                if root.is_dir() {
                    self.root = root;
                }
            }
            ("include" | "includeoptional", [pattern, ..]) => {
                for file in included(pattern, &self.root, &mut self.seen) {
                    self.file(&file)?;
                }
            }
            ("logformat", [format, name]) => {
                let directive = crate::directive::apache::unescape(format);
                let named = Named {
                    name: name.clone(),
                    kind: DirectiveKind::Apache,
                    directive,
                    escape: None,
                    logs: Vec::new(),
                    place: place(),
                };
                // The last of a name counts.
                self.formats.retain(|known| known.name != named.name);
                self.formats.push(named);
            }
            ("logformat", [format]) => self.transfer = crate::directive::apache::unescape(format),
            ("customlog" | "globallog", [log, format, ..]) => {
                self.logs.push((path_of(log), crate::directive::apache::unescape(format), place()));
            }
            ("transferlog", [log]) => self.logs.push((path_of(log), self.transfer.clone(), place())),
            _ => {}
        }
        Ok(())
    }
}

/// The path of a log, of a piped one the path that the program is given.
fn path_of(log: &str) -> String {
    let Some(command) = log.strip_prefix('|') else { return log.to_owned() };
    let words: Vec<&str> = command.trim_start_matches(['|', '$']).split_whitespace().collect();
    let path = words.iter().skip(1).find(|word| word.contains('/') && !word.starts_with('-'));
    path.or(words.last()).map_or_else(String::new, |word| word.trim_matches(['"', '\'']).to_owned())
}

/// The words of a line; quotes group, and a backslash lets a quote stand in them.
pub(in crate::directive) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let quote = Some(first).filter(|first| matches!(first, '"' | '\''));
        let mut word = String::new();
        let mut characters = rest.char_indices().skip(usize::from(quote.is_some())).peekable();
        let mut end = rest.len();
        while let Some((at, character)) = characters.next() {
            let ends = quote.map_or(character.is_whitespace(), |quote| character == quote);
            if ends {
                end = at + character.len_utf8();
                break;
            }
            // Other escapes are the directive's own.
            if character == '\\' && characters.peek().is_some_and(|(_, next)| quote == Some(*next) || *next == '\\') {
                word.extend(characters.next().map(|(_, next)| next));
            } else {
                word.push(character);
            }
        }
        words.push(word);
        rest = rest[end..].trim_start();
    }
    words
}

fn quotes_are_open(line: &str) -> bool {
    let mut quote = None;
    let mut characters = line.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        match quote {
            Some(_) if character == '\\' => drop(characters.next()),
            Some(open) if character == open => quote = None,
            None if before.is_whitespace() && matches!(character, '"' | '\'') => quote = Some(character),
            _ => {}
        }
        before = character;
    }
    quote.is_some()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    #[test]
    fn formats_and_their_logs_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("httpd.conf");
        fs::create_dir(folder.path().join("sites")).unwrap();
        fs::write(
            &main,
            r#"
# LogFormat "%h" commented
LogFormat "%h %t \"%r\" %>s" short
<IfModule log_config_module>
  LogFormat "%h %l %u %t \"%r\" \
%>s %b" long
  CustomLog ${APACHE_LOG_DIR}/access.log long env=!dontlog
  CustomLog "|/usr/bin/rotatelogs -l /var/log/httpd/piped.%Y%m%d 86400" short
</IfModule>
CustomLog logs/odd_log "%t %m %U%q %>s"
LogFormat "%t %>s"
TransferLog logs/transfer_log
CustomLog logs/usual_log combined
CustomLog logs/unknown_log nowhere
IncludeOptional sites/*.conf
Include nothing/here.conf
"#,
        )
        .unwrap();
        fs::write(folder.path().join("sites/a.conf"), "CustomLog logs/a_log short\nInclude sites/a.conf\n").unwrap();
        let formats = read(&main).unwrap();
        let told: Vec<(&str, &str, Vec<&str>)> =
            formats.iter().map(|f| (&*f.name, &*f.directive, f.logs.iter().map(String::as_str).collect())).collect();
        assert_eq!(told[0], ("short", r#"%h %t "%r" %>s"#, vec!["/var/log/httpd/piped.%Y%m%d", "logs/a_log"]));
        assert_eq!(told[1], ("long", r#"%h %l %u %t "%r" %>s %b"#, vec!["${APACHE_LOG_DIR}/access.log"]));
        assert_eq!(told[2], ("logs/odd_log", "%t %m %U%q %>s", vec!["logs/odd_log"]));
        assert_eq!(told[3], ("logs/transfer_log", "%t %>s", vec!["logs/transfer_log"]));
        assert_eq!((told[4].0, told[4].2.clone()), ("combined", vec!["logs/usual_log"]));
        assert_eq!(told.len(), 5);
        assert!(formats[1].place.ends_with("httpd.conf:5"), "{}", formats[1].place);
    }

    #[test]
    fn mistakes_are_pointed_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("httpd.conf");
        fs::write(&path, "\n  LogFormat \"%h %t short\n").unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.sentence.ends_with("httpd.conf:2: a quote in this line does not end"), "{error}");
        assert_eq!(error.place, 2);
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(text in "([a-z% \n'\"\\\\é]|LogFormat |CustomLog ){0,40}") {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.conf");
            fs::write(&path, text).unwrap();
            let _ = read(&path);
        }
    }
}
