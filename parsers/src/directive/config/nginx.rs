//! nginx's configuration, as far as logs are named in it.

use super::{DirectiveError, Named, error, included, text_of};
use crate::load::DirectiveKind;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while1};
use nom::character::complete::{anychar, none_of, one_of};
use nom::combinator::{map, recognize, value, verify};
use nom::multi::{many0_count, many1_count};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A piece of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    End,
    Open,
    Close,
    /// White space or a comment.
    Nothing,
}

fn quoted(input: &str, quote: char) -> IResult<&str, Token> {
    let (rest, _) = nom::character::complete::char(quote).parse(input)?;
    let escaped = recognize(preceded(tag("\\"), anychar));
    let plain = recognize(verify(anychar, move |c: &char| *c != quote && *c != '\\'));
    let (rest, inner) = recognize(many0_count(alt((escaped, plain)))).parse(rest)?;
    let (rest, _) = nom::character::complete::char(quote).parse(rest)?;
    Ok((rest, Token::Word(undo(inner))))
}

fn word(input: &str) -> IResult<&str, Token> {
    let braced = recognize(delimited(tag("${"), take_till(|c| c == '}'), tag("}")));
    let escaped = recognize(preceded(tag("\\"), anychar));
    let plain = recognize(none_of(" \t\r\n;{}\\"));
    map(recognize(many1_count(alt((braced, escaped, plain)))), |text: &str| Token::Word(undo(text))).parse(input)
}

fn token(input: &str) -> IResult<&str, Token> {
    alt((
        value(Token::Nothing, take_while1(char::is_whitespace)),
        value(Token::Nothing, recognize((tag("#"), take_till(|c| c == '\n')))),
        map(one_of(";{}"), |c| match c {
            ';' => Token::End,
            '{' => Token::Open,
            _ => Token::Close,
        }),
        |input| quoted(input, '\''),
        |input| quoted(input, '"'),
        verify(word, |_| !input_is_quote(input)),
    ))
    .parse(input)
}

/// A quote at the begin of a word must end.
fn input_is_quote(input: &str) -> bool {
    input.starts_with(['\'', '"'])
}

/// Undoes the escapes that nginx knows; a backslash before anything else stays.
fn undo(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some(escaped @ ('"' | '\'' | '\\')) => out.push(escaped),
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

/// What is read while files are walked.
struct Reader {
    root: PathBuf,
    seen: BTreeSet<PathBuf>,
    formats: Vec<Named>,
    /// Path of a log and name of its format.
    logs: Vec<(String, String)>,
}

pub(super) fn read(path: &Path) -> Result<Vec<Named>, DirectiveError> {
    let root = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let mut reader = Reader { root, seen: BTreeSet::new(), formats: Vec::new(), logs: Vec::new() };
    reader.file(path)?;
    let Reader { mut formats, logs, .. } = reader;
    for (log, name) in logs {
        if let Some(format) = formats.iter_mut().find(|format| format.name == name) {
            if !format.logs.contains(&log) {
                format.logs.push(log);
            }
        } else if name == "combined" {
            // It is there without being written.
            let directive = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"";
            formats.push(Named {
                name,
                kind: DirectiveKind::Nginx,
                directive: directive.into(),
                escape: None,
                logs: vec![log],
                place: path.display().to_string(),
            });
        }
    }
    Ok(formats)
}

impl Reader {
    fn file(&mut self, path: &Path) -> Result<(), DirectiveError> {
        let text = text_of(path)?;
        let mut rest = text.as_str();
        let mut words: Vec<String> = Vec::new();
        let mut begin = 0;
        let at = |rest: &str| text.len() - rest.len();
        while !rest.is_empty() {
            let Ok((next, token)) = token(rest) else {
                let sentence = if input_is_quote(rest) { "this quote does not end" } else { "this cannot be read" };
                return Err(error(path, &text, at(rest), sentence));
            };
            match token {
                Token::Nothing => {}
                Token::Word(word) => {
                    if words.is_empty() {
                        begin = at(rest);
                    }
                    words.push(word);
                }
                Token::End => {
                    self.statement(path, &text, begin, &words)?;
                    words.clear();
                }
                Token::Open => {
                    let is_code = words.first().is_some_and(|word| word.ends_with("_by_lua_block"));
                    words.clear();
                    if is_code {
                        rest = after_code(next);
                        continue;
                    }
                }
                Token::Close => words.clear(),
            }
            rest = next;
        }
        if words.first().is_some_and(|word| matches!(word.as_str(), "log_format" | "access_log")) {
            return Err(error(path, &text, begin, "this line does not end with `;`"));
        }
        Ok(())
    }

    fn statement(&mut self, path: &Path, text: &str, begin: usize, words: &[String]) -> Result<(), DirectiveError> {
        match words {
            [keyword, pattern] if keyword == "include" => {
                for file in included(pattern, &self.root, &mut self.seen) {
                    self.file(&file)?;
                }
            }
            [keyword, name, pieces @ ..] if keyword == "log_format" => {
                let (escape, pieces) = match pieces.split_first() {
                    Some((first, rest)) if first.starts_with("escape=") => (first.strip_prefix("escape="), rest),
                    _ => (None, pieces),
                };
                if pieces.is_empty() {
                    return Err(error(path, text, begin, "this format says nothing about its fields"));
                }
                let line = text.get(..begin).map_or(0, |before| before.matches('\n').count()) + 1;
                self.formats.push(Named {
                    name: name.clone(),
                    kind: DirectiveKind::Nginx,
                    directive: pieces.concat(),
                    escape: escape.map(str::to_owned),
                    logs: Vec::new(),
                    place: format!("{}:{line}", path.display()),
                });
            }
            [keyword, log, rest @ ..] if keyword == "access_log" && log != "off" && !log.starts_with("syslog:") => {
                let name = rest.first().filter(|word| !word.contains('=') && *word != "gzip");
                self.logs.push((log.clone(), name.map_or("combined", String::as_str).to_owned()));
            }
            _ => {}
        }
        Ok(())
    }
}

/// What follows a block of code, whose braces balance outside of its texts.
fn after_code(text: &str) -> &str {
    let mut depth = 1;
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => drop(characters.next()),
            (Some(open), _) if open == character || character == '\n' => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    ""
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
        let main = folder.path().join("nginx.conf");
        fs::create_dir(folder.path().join("sites")).unwrap();
        fs::write(
            &main,
            r#"
            user www; # log_format no 'this is a comment';
            http {
                map $status $loggable { ~^[23]  0; default 1; "a b" 'c;d'; }
                log_format main '$remote_addr [$time_local] ' "\"$request\" "
                                '$status'; # three pieces
                log_format json escape=json '{"t":"$msec","s":"$status","who":"it\'s ${remote_user}"}';
                content_by_lua_block { local x = "}" .. '{' }
                include sites/*.conf;
                include missing/*.conf;
                access_log /var/log/nginx/main.log main buffer=32k if=$loggable;
                access_log syslog:server=10.0.0.1 main;
            }
            "#,
        )
        .unwrap();
        fs::write(
            folder.path().join("sites/a.conf"),
            "server { access_log logs/a.log json; access_log logs/b.log; location / { access_log off; } include sites/a.conf; }",
        )
        .unwrap();
        let formats = read(&main).unwrap();
        let told: Vec<(&str, &str, Option<&str>, Vec<&str>)> = formats
            .iter()
            .map(|f| (&*f.name, &*f.directive, f.escape.as_deref(), f.logs.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(
            told[0],
            ("main", r#"$remote_addr [$time_local] "$request" $status"#, None, vec!["/var/log/nginx/main.log"])
        );
        assert_eq!(
            told[1],
            ("json", r#"{"t":"$msec","s":"$status","who":"it's ${remote_user}"}"#, Some("json"), vec!["logs/a.log"])
        );
        assert_eq!((told[2].0, told[2].3.clone()), ("combined", vec!["logs/b.log"]));
        assert!(formats[0].place.ends_with("nginx.conf:5"), "{}", formats[0].place);
    }

    #[test]
    fn mistakes_are_pointed_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nginx.conf");
        fs::write(&path, "http {\n  log_format main '$status;\n}\n").unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.sentence.ends_with("nginx.conf:2: this quote does not end"), "{error}");
        assert_eq!((error.directive.trim(), error.place), ("log_format main '$status;", 18));
        fs::write(&path, "log_format main '$status'").unwrap();
        assert!(read(&path).unwrap_err().sentence.contains("does not end with `;`"));
        assert!(read(&folder.path().join("none.conf")).unwrap_err().sentence.contains("cannot read"));
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(text in "([a-z$ \n;{}'\"\\\\#]|log_format a |access_log b ){0,40}") {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.conf");
            fs::write(&path, text).unwrap();
            let _ = read(&path);
        }
    }
}
