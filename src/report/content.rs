//! What a report says, in order.

mod held;

use super::covered::{self, Name};
use super::draw;
use super::paper::{Cell, Paper};
use super::words::Word;
use super::{ENTITIES, Excerpt, Report};
use crate::korean::phrase;
use crate::render::{self, float};
use breachline_queries::finding::{Finding, Measured, Role};

/// A report and what it is written on.
pub(super) struct Writer<'a, 'b> {
    pub(super) report: &'b Report<'a>,
    pub(super) paper: &'b mut dyn Paper,
}

impl Writer<'_, '_> {
    /// Writes all of it.
    pub(super) fn write(&mut self) {
        self.paper.heading(1, self.report.word(Word::Title));
        self.summary();
        self.timeline();
        self.findings();
        self.blind();
        self.catalogues();
        self.notification();
        self.method();
    }

    fn word(&self, word: Word) -> &'static str {
        self.report.word(word)
    }

    fn heading(&mut self, depth: usize, word: Word) {
        self.paper.heading(depth, self.report.word(word));
    }

    fn table(&mut self, head: &[Word], rows: &[Vec<Cell>]) {
        let head: Vec<&str> = head.iter().map(|word| self.report.word(*word)).collect();
        self.paper.table(&head, rows);
    }

    /// A heading over a table, where there is anything to put into it.
    fn section(&mut self, depth: usize, title: Word, head: &[Word], rows: &[Vec<Cell>]) {
        if !rows.is_empty() {
            self.heading(depth, title);
            self.table(head, rows);
        }
    }

    fn period(&self, first: Option<i64>, last: Option<i64>) -> String {
        format!("{} – {}", self.report.time(first), self.report.time(last))
    }

    fn summary(&mut self) {
        self.heading(2, Word::Summary);
        for sentence in self.report.summary() {
            self.paper.paragraph(&sentence);
        }
        let incidents = &self.report.export.hunt.incidents;
        let row = |incident: &breachline_queries::finding::Incident| {
            vec![
                text(&incident.id),
                text(&incident.title),
                Cell::Text(self.report.bounds(&incident.subjects)),
                Cell::Time(self.period(incident.first, incident.last)),
            ]
        };
        let rows: Vec<Vec<Cell>> = incidents.iter().map(row).collect();
        self.table(&[Word::Incident, Word::Finding, Word::Subjects, Word::Period], &rows);
    }

    fn timeline(&mut self) {
        let report = self.report;
        let row = |(ts, word, finding): (i64, Word, &Finding)| {
            vec![
                Cell::Time(super::time(ts, report.lang)),
                Cell::Level(finding.level.name(), report.level(finding.level)),
                Cell::Text(format!("{}: {}", report.word(word), finding.title)),
            ]
        };
        let rows: Vec<Vec<Cell>> = report.events().into_iter().map(row).collect();
        self.section(2, Word::IncidentTimeline, &[Word::Time, Word::Level, Word::Event], &rows);
    }

    fn findings(&mut self) {
        let report = self.report;
        if report.export.hunt.findings.is_empty() {
            return;
        }
        self.heading(2, Word::Findings);
        for (finding, excerpts) in report.export.hunt.findings.iter().zip(&report.excerpts) {
            self.finding(finding, excerpts);
        }
    }

    fn finding(&mut self, finding: &Finding, excerpts: &[Excerpt]) {
        let report = self.report;
        self.paper.begin((finding.level.name(), report.level(finding.level)), &finding.title, &finding.id);
        self.paper.facts(&[
            (self.word(Word::Rule), finding.rule.clone()),
            (self.word(Word::Finding), finding.id.clone()),
            (self.word(Word::Confidence), float(finding.confidence)),
            (self.word(Word::Outcome), report.outcome(finding.outcome).to_owned()),
            (self.word(Word::Period), self.period(finding.first, finding.last)),
        ]);
        if let Some(model) = &finding.modelled_on {
            self.paper.note(&report.fill(Word::ModelledOn, &[model]));
        }
        self.heading(4, Word::Why);
        self.paper.bullets(&finding.why);
        for drawing in draw::drawings(&report.export.session.requests, finding, report.lang) {
            self.paper.drawing(&drawing);
        }
        for (word, sentences) in [(Word::RuledOut, &finding.ruled_out), (Word::StillOpen, &finding.not_ruled_out)] {
            if !sentences.is_empty() {
                self.heading(4, word);
                self.paper.bullets(sentences);
            }
        }
        self.measures(finding);
        self.involved(finding);
        self.heading(4, Word::Blast);
        let blast = &finding.blast_radius;
        self.paper.facts(&[
            (self.word(Word::Objects), render::count(blast.objects)),
            (self.word(Word::Subjects), report.bounds(&blast.subjects)),
            (self.word(Word::Bytes), render::bytes(blast.bytes)),
            (self.word(Word::Basis), blast.subjects.basis.clone()),
        ]);
        self.evidence(finding, excerpts);
        self.paper.facts(&[
            (self.word(Word::InnocentIf), finding.innocent_if.clone()),
            (self.word(Word::NextSteps), finding.next_steps.clone()),
        ]);
        self.paper.end();
    }

    fn measures(&mut self, finding: &Finding) {
        let lang = self.report.lang;
        let row = |(name, measured): (&String, &Measured)| {
            let others = measured.population.as_ref().map_or_else(String::new, |others| {
                format!("{} {}: {}, {}", render::count(others.n), others.of, float(others.p50), float(others.p99))
            });
            let threshold = render::finding::threshold(measured, lang).unwrap_or_default();
            vec![text(name), Cell::Number(float(measured.value)), Cell::Number(threshold), Cell::Text(others)]
        };
        let rows: Vec<Vec<Cell>> = finding.measures.iter().map(row).collect();
        self.section(4, Word::Measured, &[Word::Measure, Word::Value, Word::Threshold, Word::Others], &rows);
    }

    fn involved(&mut self, finding: &Finding) {
        let row = |entity: &breachline_queries::finding::Entity| {
            vec![
                text(&entity.kind),
                Cell::Code(entity.value.clone()),
                text(self.word(role(entity.role))),
                text(&entity.basis),
            ]
        };
        let rows: Vec<Vec<Cell>> = finding.entities.iter().take(ENTITIES).map(row).collect();
        self.section(4, Word::Involved, &[Word::Kind, Word::Value, Word::Part, Word::Basis], &rows);
        let more = finding.entities.len().saturating_sub(ENTITIES);
        if more > 0 {
            self.paper.note(&self.report.fill(Word::AndMore, &[&render::count(more)]));
        }
    }

    fn evidence(&mut self, finding: &Finding, excerpts: &[Excerpt]) {
        self.heading(4, Word::Evidence);
        self.paper.paragraph(&self.report.fill(Word::EvidenceCounted, &[&render::count(finding.evidence.len())]));
        let row = |excerpt: &Excerpt| {
            vec![
                Cell::Time(self.report.time(excerpt.ts)),
                Cell::Hashed(excerpt.place.clone(), excerpt.sha256.clone()),
                Cell::Code(excerpt.text.clone()),
            ]
        };
        let rows: Vec<Vec<Cell>> = excerpts.iter().map(row).collect();
        self.table(&[Word::Time, Word::Line, Word::Text], &rows);
    }

    fn blind(&mut self) {
        let (blind, coverage) = (self.report.blind(), &self.report.export.hunt.coverage);
        self.heading(2, Word::NotEvaluable);
        if blind.is_empty() {
            self.paper.paragraph(self.word(Word::AllJudged));
        }
        let rows: Vec<Vec<Cell>> = blind
            .into_iter()
            .map(|rule| vec![text(&rule.id), Cell::Text(rule.missing.join(", ")), text(&rule.why)])
            .collect();
        self.table(&[Word::Rule, Word::Missing, Word::Reason], &rows);
        let row = |gap: &breachline_queries::finding::Gap| {
            let path = self.report.export.session.path(gap.source);
            let time = |ts: i64| Cell::Time(self.report.time(Some(ts)));
            vec![text(path), time(gap.from), time(gap.until)]
        };
        let rows: Vec<Vec<Cell>> = coverage.gaps.iter().map(row).collect();
        self.section(3, Word::Gaps, &[Word::Source, Word::From, Word::Until], &rows);
        if !coverage.notes.is_empty() {
            self.heading(3, Word::Assumptions);
            self.paper.bullets(&coverage.notes);
        }
        let row = |out: &breachline_queries::finding::Suppressed| {
            let number = |count: u64| Cell::Number(render::count(count));
            vec![text(&out.rule), text(out.kind), text(&out.entry), number(out.rows), number(out.findings)]
        };
        let rows: Vec<Vec<Cell>> = coverage.suppressed.iter().map(row).collect();
        let head = [Word::Rule, Word::Kind, Word::Value, Word::Requests, Word::Findings];
        self.section(3, Word::Expected, &head, &rows);
    }

    fn catalogues(&mut self) {
        let report = self.report;
        self.heading(2, Word::Coverage);
        self.paper.paragraph(self.word(Word::CoverageNote));
        for catalogue in covered::catalogues(report.export.rules, report.export.hunt) {
            let name = match catalogue.name {
                Name::Fixed(name) => name,
                Name::Word(word) => report.word(word),
            };
            self.paper.heading(3, name);
            let row = |entry: &covered::Entry| {
                let name = covered::zone(&entry.name).map_or(entry.name.as_str(), |word| report.word(word));
                let fired = match entry.fired.len() {
                    0 => "0".to_owned(),
                    count => format!("{count}: {}", entry.fired.join(", ")),
                };
                let number = |rules: &[String]| Cell::Number(rules.len().to_string());
                vec![text(name), Cell::Text(fired), number(&entry.silent), number(&entry.blind)]
            };
            let rows: Vec<Vec<Cell>> = catalogue.entries.iter().map(row).collect();
            self.table(&[Word::Catalogue, Word::RulesFired, Word::RulesSilent, Word::RulesBlind], &rows);
        }
    }

    fn notification(&mut self) {
        let report = self.report;
        self.heading(2, Word::Notification);
        self.paper.paragraph(self.word(Word::NotificationNote));
        let row = |(question, answers): (Word, Vec<String>)| {
            let answer = if answers.is_empty() {
                Cell::Blank(format!("[ {} ]", report.word(Word::Blank)))
            } else {
                Cell::Lines(answers)
            };
            vec![text(report.word(question)), answer]
        };
        let rows: Vec<Vec<Cell>> = report.answers().into_iter().map(row).collect();
        self.table(&[Word::Question, Word::Answer], &rows);
        let row = |change: &super::notification::Change| {
            vec![text(&change.what), Cell::Text(change.before.to_string()), Cell::Text(change.now.to_string())]
        };
        let rows: Vec<Vec<Cell>> = report.notification.difference.iter().map(row).collect();
        self.section(3, Word::Difference, &[Word::Question, Word::Before, Word::Now], &rows);
    }

    fn method(&mut self) {
        let report = self.report;
        self.heading(2, Word::Method);
        self.paper.paragraph(self.word(Word::MethodText));
        self.heading(3, Word::Custody);
        let row = |source: &breachline_parsers::report::SourceReport| {
            let number = |count: u64| Cell::Number(render::count(count));
            vec![
                Cell::Hashed(source.path.clone(), source.sha256.clone()),
                or_dash(source.format.as_deref()),
                Cell::Text(phrase(&source.zone, report.lang).into_owned()),
                number(source.rows),
                number(source.rejects),
                number(source.skips),
            ]
        };
        let rows: Vec<Vec<Cell>> = report.export.session.sources().iter().map(row).collect();
        self.table(&[Word::Source, Word::Format, Word::Zone, Word::Rows, Word::Rejects, Word::Skips], &rows);
        if !report.export.options.is_empty() {
            self.paper.paragraph(&format!("{}: {}", self.word(Word::Options), report.export.options.join(" ")));
        }
        self.acquisitions();
        self.chain();
        self.paper.paragraph(&report.made());
    }
}

/// The part that an entity plays.
const fn role(role: Role) -> Word {
    match role {
        Role::SuspectedSource => Word::SuspectedSource,
        Role::Victim => Word::Victim,
        Role::Instrument => Word::Instrument,
        Role::Shared => Word::Shared,
        Role::Affected => Word::AffectedPart,
        Role::Undetermined => Word::Undetermined,
    }
}

/// What is stated, or a dash where nothing is.
fn or_dash(stated: Option<&str>) -> Cell {
    text(stated.unwrap_or("–"))
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}
