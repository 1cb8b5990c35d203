//! The tables that queries read, as data: checks, frames and `breachline schema` are made from it.

use breachline_parsers::schema::{COLUMNS, Kind};

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct TableColumn {
    /// Its name.
    pub name: &'static str,
    /// How it is compared.
    pub kind: Kind,
    /// One sentence.
    pub doc: &'static str,
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What a row is, in a sentence or two.
    pub doc: &'static str,
    /// Columns of its own.
    own: &'static [TableColumn],
    /// Whether every column of `requests` follows.
    with_requests: bool,
}

impl Table {
    /// Its columns, in the order in which `SELECT *` returns them.
    pub fn columns(&self) -> impl Iterator<Item = TableColumn> + '_ {
        let shared = COLUMNS.iter().filter(|_| self.with_requests);
        let shared = shared.map(|column| TableColumn { name: column.name, kind: column.kind, doc: column.doc });
        self.own.iter().copied().chain(shared)
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<TableColumn> {
        self.columns().find(|column| column.name == name)
    }

    /// Whether a column is one that it has from `requests`.
    pub fn shares(&self, name: &str) -> bool {
        self.with_requests && !self.is_own(name)
    }

    /// Whether a column is one of its own, not of `requests`.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.own.iter().any(|column| column.name == name)
    }
}

const fn text(name: &'static str, doc: &'static str) -> TableColumn {
    TableColumn { name, kind: Kind::Text, doc }
}

const fn number(name: &'static str, doc: &'static str) -> TableColumn {
    TableColumn { name, kind: Kind::Number, doc }
}

const fn time(name: &'static str, doc: &'static str) -> TableColumn {
    TableColumn { name, kind: Kind::Time, doc }
}

const FINDINGS: &[TableColumn] = &[
    text("finding", "The finding's id."),
    text("rule", "The rule that fired."),
    text("level", "How bad it would be: informational, low, medium, high or critical."),
    number("confidence", "How sure, from 0 to 1."),
    text("outcome", "attempted, denied, answered, data_returned_likely or undetermined."),
    text("title", "What was seen, in a sentence."),
    time("first", "The first evidence."),
    time("last", "The last evidence."),
    text("incident", "The incident it is part of."),
    number("evidence_rows", "Lines of its evidence."),
    number("requests", "Requests of its evidence, each counted once however many vantages logged it."),
    number("objects", "Different objects that got an answer with data."),
    number("subjects_at_least", "People or things the data is about, no fewer than."),
    number("subjects_at_most", "No more than; NULL where nothing bounds it."),
    number("bytes", "Bytes sent in those answers."),
    text("entities", "Who and what is involved: kind, value and part, joined by `; `."),
    text("modelled_on", "The documented incident after which the rule is modelled."),
    text("tags", "OWASP, ATT&CK and the like, joined by blanks."),
    text("digest", "SHA-256 over the evidence."),
    text("why", "Why it fired."),
    text("innocent_if", "What would make it innocent."),
    text("next_steps", "What to do next."),
];

const EVIDENCE: &[TableColumn] = &[
    text("finding", "The finding's id."),
    text("rule", "The rule that fired."),
    text("level", "How bad it would be: informational, low, medium, high or critical."),
];

const ROUTES: &[TableColumn] = &[
    text("route", "The endpoint."),
    text("api_version", "The version in its path."),
    text("audience", "closed or open, as in `requests`."),
    number("requests", "Requests, each counted once however many vantages logged it."),
    number("hit", "Requests that got an answer with data."),
    number("miss", "Requests that found nothing."),
    number("denied", "Requests that were refused."),
    number("error", "Requests that failed."),
    number("other", "Requests that were neither answered nor refused."),
    number("bytes", "Bytes sent in answers with data."),
    number("clients", "Different client addresses."),
    number("principals", "Different principals."),
    number("credentials", "Different credentials."),
    number("client_apps", "Different applications."),
    number("objects", "Different objects asked for."),
    number("objects_answered", "Different objects that got an answer with data."),
    number("bare_hits", "Answers with data to requests without a credential; NULL where no credential is recorded."),
    time("bare_since", "The first of those."),
    time("first", "The first request."),
    time("last", "The last request."),
];

const ACTORS: &[TableColumn] = &[
    text("kind", "client_ip, principal, credential or client_app."),
    text("value", "Which one."),
    number("requests", "Requests, each counted once however many vantages logged it."),
    number("hit", "Requests that got an answer with data."),
    number("miss", "Requests that found nothing."),
    number("denied", "Requests that were refused."),
    number("error", "Requests that failed."),
    number("other", "Requests that were neither answered nor refused."),
    number("bytes", "Bytes sent in answers with data."),
    number("routes", "Different routes asked for."),
    number("objects", "Different objects (route and id) asked for."),
    number("objects_answered", "Different objects that got an answer with data."),
    number("clients", "Different client addresses it was seen with."),
    number("principals", "Different principals it was seen with."),
    number("credentials", "Different credentials it was seen with."),
    number("client_apps", "Different applications it was seen with."),
    number("user_agents", "Different user agents it was seen with."),
    time("first", "The first request."),
    time("last", "The last request."),
];

const TABLES: [Table; 5] = [
    Table {
        name: "requests",
        doc: "One row a record that is a request; several vantages that logged one request share `exchange`.",
        own: &[],
        with_requests: true,
    },
    Table {
        name: "findings",
        doc: "One row a finding, worst first. Naming it runs the hunt.",
        own: FINDINGS,
        with_requests: false,
    },
    Table {
        name: "evidence",
        doc: "One row a line of evidence of a finding, with every column of `requests`. Naming it runs the hunt.",
        own: EVIDENCE,
        with_requests: true,
    },
    Table { name: "routes", doc: "One row a route, by name.", own: ROUTES, with_requests: false },
    Table {
        name: "actors",
        doc: "One row a client address, principal, credential or application.",
        own: ACTORS,
        with_requests: false,
    },
];

/// The tables.
pub fn tables() -> &'static [Table] {
    &TABLES
}

/// A table by name, whatever its case.
pub(super) fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name.eq_ignore_ascii_case(name))
}

/// `` `requests`, `findings` … ``
pub(super) fn listed() -> String {
    TABLES.iter().map(|table| format!("`{}`", table.name)).collect::<Vec<_>>().join(", ")
}
