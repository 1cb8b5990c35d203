//! An `OpenAPI` document, 3.0 or 3.1, in JSON or YAML: which operations there are, and what they ask for.
//!
//! Read are `servers` (their paths), `paths`, `security` and `deprecated`. References are not followed: they hold neither
//! of these but for whole path items, which are counted. A document that says nothing of security (neither for an
//! operation nor for all) leaves open whether a credential is needed; an empty list says that none is.

use super::pattern::Pattern;
use super::{Access, ContextError, Declared, Expected, Kind, sha256};
use crate::expr::Span;
use crate::expr::parse::caret;
use crate::requests::Requests;
use breachline_parsers::table::{ABSENT, Dictionary};
use fixedbitset::FixedBitSet;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The values of `documented`, in order of their code, less one.
const STATES: [&str; 3] = ["documented", "deprecated", "undocumented"];

/// One path with its operations.
#[derive(Clone, Debug)]
struct Item {
    pattern: Pattern,
    access: Option<Access>,
    deprecated: bool,
    /// All its operations ask for a scope that few others ask for.
    restricted: bool,
}

/// A checked document.
#[derive(Clone, Debug)]
pub struct OpenApi {
    /// The file, as given.
    pub path: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Paths behind those of the servers; of those that fit, the first with the fewest placeholders counts.
    items: Vec<Item>,
    /// Paths of the servers: below them all is documented that is meant to be there.
    bases: Vec<Pattern>,
    /// Path items that are references.
    references: usize,
}

impl OpenApi {
    /// Reads a document. `path` names the file in errors and output.
    pub fn parse(text: &str, path: &str) -> Result<Self, ContextError> {
        let document = read(text, path)?;
        let fail = |why: String| Err(ContextError(format!("{path}: {why}")));
        match (document.get("openapi").and_then(Value::as_str), document.get("swagger")) {
            (Some(version), _) if version.starts_with("3.0") || version.starts_with("3.1") => {}
            (Some(version), _) => return fail(format!("OpenAPI {version} is not read; 3.0 and 3.1 are")),
            (None, Some(_)) => return fail("this is a Swagger 2 document; convert it to OpenAPI 3".to_owned()),
            (None, None) => {
                return fail("`openapi: 3.0.3` or the like is missing: is it an OpenAPI document?".to_owned());
            }
        }
        let Some(paths) = document.get("paths").and_then(Value::as_object) else {
            return fail("`paths` is missing, so there is nothing to compare requests with".to_owned());
        };
        let bases = bases(&document);
        let rare = rare_scopes(&document, paths);
        let mut items = Vec::new();
        let mut references = 0;
        for (template, item) in paths.iter().filter(|(template, _)| template.starts_with('/')) {
            references += usize::from(item.get("$ref").is_some());
            let operations: Vec<&Value> = METHODS.iter().filter_map(|method| item.get(method)).collect();
            let accesses: Vec<Option<Access>> = operations
                .iter()
                .map(|operation| access(operation.get("security").or(document.get("security"))))
                .collect();
            let first = accesses.first().copied().flatten();
            let agreed = first.filter(|_| accesses.iter().all(|access| *access == first));
            let is_deprecated = |operation: &Value| operation.get("deprecated") == Some(&Value::Bool(true));
            let deprecated = !operations.is_empty() && operations.iter().all(|operation| is_deprecated(operation));
            let restricted = !operations.is_empty()
                && operations.iter().all(|operation| {
                    scopes(operation, &document).is_some_and(|scopes| scopes.iter().any(|scope| rare.contains(scope)))
                });
            items.extend(bases.iter().map(|base| Item {
                pattern: Pattern::of_template(&format!("{base}{template}")),
                access: agreed,
                deprecated,
                restricted,
            }));
        }
        // Where several fit, concrete paths go before templated ones.
        items.sort_by_key(|item| item.pattern.holes());
        let bases = bases.iter().map(|base| Pattern::of_template(base).open()).collect();
        Ok(Self { path: path.to_owned(), sha256: sha256(text), items, bases, references })
    }

    fn item(&self, path: &[u8]) -> Option<&Item> {
        self.items.iter().find(|item| item.pattern.fits(path))
    }

    /// The template of each path, by code; `None` where none fits.
    pub fn templates(&self, paths: &Dictionary) -> Vec<Option<&str>> {
        let mut of_path = vec![None; paths.len()];
        for (code, path) in paths.iter().filter(|(code, _)| *code != ABSENT) {
            of_path[code as usize] = self.item(path).map(|item| item.pattern.text.as_str());
        }
        of_path
    }

    /// Applies the document to requests.
    pub fn declare(&self, requests: &Requests) -> Declared {
        let paths = &requests.derived.paths;
        let mut declared = Declared { openapi: Some((self.path.clone(), self.sha256.clone())), ..Declared::default() };
        for access in Access::ALL {
            declared.accesses.intern(access.name().as_bytes());
        }
        for state in STATES {
            declared.documents.intern(state.as_bytes());
        }
        declared.access_of_path = vec![0; paths.len().max(1)];
        declared.documented_of_path = vec![0; paths.len().max(1)];
        let mut fitting = 0_usize;
        let mut item_of_path: Vec<Option<&Pattern>> = vec![None; paths.len().max(1)];
        for (code, path) in paths.iter().filter(|(code, _)| *code != ABSENT) {
            let state = match self.item(path) {
                Some(item) => {
                    fitting += 1;
                    item_of_path[code as usize] = Some(&item.pattern);
                    declared.access_of_path[code as usize] = item.access.map_or(0, |access| access as u32 + 1);
                    if item.restricted {
                        declared.restricted.insert(code);
                    }
                    if item.deprecated { 2 } else { 1 }
                }
                None if self.bases.iter().any(|base| base.fits(path)) => 3,
                None => 0,
            };
            declared.documented_of_path[code as usize] = state;
        }
        if fitting == 0 {
            declared.notes.push(format!(
                "{}: no request fits any of its {} paths; if the gateway logs them without the path of `servers`, take that \
                 out of a copy of the document",
                self.path,
                self.items.len()
            ));
            // What fits nothing says nothing: else all would be undocumented.
            declared.documented_of_path = Vec::new();
        }
        self.public_rows(requests, &item_of_path, &mut declared);
        if self.references > 0 {
            declared.notes.push(format!(
                "{}: {} path(s) are references, which are not followed: their operations are known, what they ask for is not",
                self.path, self.references
            ));
        }
        declared
    }
}

impl OpenApi {
    /// The rows of each path that is said to need no credential.
    fn public_rows(&self, requests: &Requests, item_of_path: &[Option<&Pattern>], declared: &mut Declared) {
        let Some(paths) = requests.text("path").filter(|paths| !paths.is_absent()) else { return };
        for item in self.items.iter().filter(|item| item.access == Some(Access::Public)) {
            let of_item = |row: &usize| item_of_path[paths.code(*row) as usize] == Some(&item.pattern);
            let rows: FixedBitSet = (0..requests.rows()).filter(of_item).collect();
            if !rows.is_clear() {
                let entry = item.pattern.text.clone();
                declared.expected.push(Expected { kind: Kind::PublicRoute, entry, at_home: false, rows });
            }
        }
    }
}

/// JSON where it begins like it, else YAML.
fn read(text: &str, path: &str) -> Result<Value, ContextError> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| {
            let lines: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let mut at = (lines + error.column().saturating_sub(1)).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let shown = caret(text, Span { start: at, end: at + 1 }, &format!("not readable JSON: {error}"));
            ContextError(format!("{path}:{}: {shown}", error.line()))
        });
    }
    serde_saphyr::from_str(text).map_err(|error| {
        let shown = error.to_string().replace("<input>", path);
        ContextError(format!("{path}: not readable YAML: {}", shown.trim_start_matches("error: ").trim_end()))
    })
}

/// The scopes that an operation asks for, in each way to use it; `None` where one way asks for none.
fn scopes<'a>(operation: &'a Value, document: &'a Value) -> Option<Vec<&'a str>> {
    let list = operation.get("security").or(document.get("security"))?.as_array()?;
    let mut all = Vec::new();
    for requirement in list {
        let scopes = requirement.as_object()?.values().filter_map(Value::as_array).flatten();
        let scopes: Vec<&str> = scopes.filter_map(Value::as_str).collect();
        if scopes.is_empty() {
            return None;
        }
        all.extend(scopes);
    }
    (!all.is_empty()).then_some(all)
}

/// Scopes that at most a third of the operations ask for, where there are eight or more: those of few callers.
fn rare_scopes<'a>(document: &'a Value, paths: &'a serde_json::Map<String, Value>) -> BTreeSet<&'a str> {
    let operations: Vec<&Value> =
        paths.values().flat_map(|item| METHODS.iter().filter_map(|method| item.get(method))).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for scope in operations.iter().filter_map(|operation| scopes(operation, document)).flat_map(BTreeSet::from_iter) {
        *counts.entry(scope).or_default() += 1;
    }
    let few = |(_, count): &(&str, usize)| operations.len() >= 8 && count * 3 <= operations.len();
    counts.into_iter().filter(few).map(|(scope, _)| scope).collect()
}

/// Whether a list of security requirements asks for a credential; `None` where it leaves that open.
fn access(security: Option<&Value>) -> Option<Access> {
    let list = security?.as_array()?;
    if list.is_empty() {
        return Some(Access::Public);
    }
    let optional = list.iter().any(|requirement| requirement.as_object().is_some_and(serde_json::Map::is_empty));
    (!optional).then_some(Access::Protected)
}

/// The paths of the servers, without a slash at the end; variables by their default. An empty one where there is none.
fn bases(document: &Value) -> Vec<String> {
    let servers = document.get("servers").and_then(Value::as_array);
    let mut bases: Vec<String> = servers.into_iter().flatten().filter_map(base).collect();
    bases.sort();
    bases.dedup();
    if bases.is_empty() {
        bases.push(String::new());
    }
    bases
}

fn base(server: &Value) -> Option<String> {
    let mut url = server.get("url")?.as_str()?.to_owned();
    for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten() {
        if let Some(default) = variable.get("default").and_then(Value::as_str) {
            url = url.replace(&format!("{{{name}}}"), default);
        }
    }
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    let path = rest.trim_end_matches('/');
    Some(if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::Log;

    const YAML: &str = "
openapi: 3.1.0
servers:
  - url: https://api.example/shop/{version}
    variables: {version: {default: v2}}
security:
  - key: []
paths:
  /users/{userId}:
    get: {responses: {}}
    put: {responses: {}}
  /users/me: {get: {security: [], responses: {}}}
  /users/{userId}/avatar: {get: {security: [{}, {key: []}], responses: {}}}
  /old/{id}: {get: {deprecated: true, responses: {}}}
";

    fn columns(document: &str, targets: &[&str]) -> Vec<String> {
        let openapi = OpenApi::parse(document, "api.yml").unwrap();
        let log = targets.iter().fold(Log::new(), |log, target| log.row(|row| row.get(target).status(200)));
        let requests = log.openapi(openapi).build();
        let text = |row: usize, name: &str| requests.text(name).and_then(|view| view.get(row)).unwrap_or("-");
        (0..targets.len())
            .map(|row| ["route", "access", "documented", "object_id"].map(|name| text(row, name)).join(" "))
            .collect()
    }

    #[test]
    fn routes_credentials_and_states() {
        let targets = [
            "/shop/v2/users/17",
            "/shop/v2/users/me",
            "/shop/v2/users/17/avatar",
            "/shop/v2/old/abc",
            "/shop/v2/x/1",
            "/y",
        ];
        assert_eq!(
            columns(YAML, &targets),
            [
                "/shop/v2/users/{userId} protected documented 17",
                "/shop/v2/users/me public documented -",
                "/shop/v2/users/{userId}/avatar - documented 17",
                "/shop/v2/old/{id} protected deprecated abc",
                "/shop/v2/x/{id} - undocumented 1",
                "/y - - -",
            ]
        );
    }

    #[test]
    fn json_is_read_and_mistakes_are_named() {
        let json = r#"{"openapi": "3.0.3", "paths": {"/a/{id}": {"get": {"deprecated": true}}}}"#;
        assert_eq!(columns(json, &["/a/7"]), ["/a/{id} - deprecated 7"]);
        for (text, words) in [
            ("{\"openapi\": \"3.0.3\",\n \"paths\": {,}}", "api.yml:2: not readable JSON"),
            ("openapi: 3.0.3\npaths: [\n", "api.yml: not readable YAML"),
            ("swagger: '2.0'\npaths: {}\n", "convert it to OpenAPI 3"),
            ("openapi: 4.0.0\npaths: {}\n", "OpenAPI 4.0.0 is not read"),
            ("openapi: 3.0.0\n", "`paths` is missing"),
            ("a: 1\n", "is it an OpenAPI document?"),
        ] {
            let error = OpenApi::parse(text, "api.yml").unwrap_err().0;
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn what_needs_no_credential_is_expected_unless_the_context_says_otherwise() {
        let openapi = || OpenApi::parse(YAML, "api.yml").unwrap();
        let log = || Log::new().row(|row| row.get("/shop/v2/users/me").status(200)).openapi(openapi());
        let expected = |log: Log| {
            let declared = log.build().derived.declared;
            let rows = declared.expected.iter().map(|expected| (expected.entry.clone(), expected.rows.count_ones(..)));
            rows.collect::<Vec<_>>()
        };
        assert_eq!(expected(log()), [("/shop/v2/users/me".to_owned(), 1)]);
        let toml = "[[route]]\npath = \"/shop/v2/users/*\"\naccess = \"protected\"\n";
        let context = crate::context::Context::parse(toml, "c.toml").unwrap();
        assert_eq!(expected(log().context(context)), [("/shop/v2/users/me".to_owned(), 0)]);
    }

    #[test]
    fn what_varies_is_one_resource_whatever_the_document_calls_it() {
        let document = "openapi: 3.0.0\npaths: {'/api/v2/pets/{petId}': {get: {}}}\n";
        let openapi = OpenApi::parse(document, "api.yml").unwrap();
        let ids = "5f0c7a52-9a0e-4f1e-8d27-1f8f3f6a2b11";
        let targets = [format!("/api/v2/pets/{ids}"), format!("/api/v1/pets/{ids}"), format!("/api/pets/{ids}")];
        let log = targets.iter().fold(Log::new(), |log, target| log.row(|row| row.get(target).status(200)));
        let requests = log.openapi(openapi).build();
        let text = |row: usize, name: &str| requests.text(name).and_then(|view| view.get(row)).unwrap_or("-");
        let told: Vec<String> =
            (0..3).map(|row| format!("{} {}", text(row, "resource"), text(row, "edition"))).collect();
        assert_eq!(told, ["v2", "v1", "none"].map(|edition| format!("/api/{{version}}/pets/{{petId}} {edition}")));
    }

    #[test]
    fn a_scope_that_few_operations_ask_for_closes_their_routes() {
        let open: Vec<String> = (0..7).map(|at| format!("  /a{at}: {{get: {{}}}}\n")).collect();
        let open = open.concat();
        let document = format!(
            "openapi: 3.0.0\nsecurity: [{{key: [use]}}]\npaths:\n{open}  /staff: {{get: {{security: [{{key: [admin]}}]}}}}\n"
        );
        let audience = |document: &str| {
            let log =
                Log::new().row(|row| row.get("/staff").status(200).user("ann")).row(|row| row.get("/a1").status(200));
            let requests = log.openapi(OpenApi::parse(document, "api.yml").unwrap()).build();
            [0, 1].map(|row| requests.text("audience").and_then(|view| view.get(row)).map(str::to_owned))
        };
        assert_eq!(audience(&document), [Some("closed".to_owned()), None]);
        assert_eq!(audience(&document.replace("[admin]", "[use]")), [None, None]);
    }

    #[test]
    fn a_document_that_fits_nothing_condemns_nothing() {
        let openapi = OpenApi::parse("openapi: 3.0.0\npaths: {/b: {get: {}}}\n", "api.yml").unwrap();
        let requests = Log::new().row(|row| row.get("/a/1").status(200)).openapi(openapi).build();
        assert!(requests.text("documented").unwrap().is_absent());
        assert!(requests.derived.declared.notes[0].contains("no request fits any of its 1 paths"));
    }
}
