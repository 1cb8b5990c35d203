//! What the analyst expects is taken out of the rules that it answers, counted, and never silently.
//!
//! Rules know nothing of entries. What a rule claims follows from its conditions:
//!
//! | claim | told by | answered by |
//! | --- | --- | --- |
//! | content | `where` asks for attack content | a scanner |
//! | bare | `where` or `evidence` demands `auth = 'none'` | a scanner, a health check, a public route |
//! | amount | it compares objects or bytes with those of peers | a scanner, a health check, a crawler, a partner, a consent |
//! | conduct | anything else | a scanner, a health check |
//!
//! Where a rule groups by network, who came from where is the question: a partner or a consent answers it only if it
//! states its networks.

use super::HuntOptions;
use super::run::{self, Outcome};
use super::shelf::Shelf;
use crate::context::{Expected, Kind};
use crate::expr::{Expr, Op};
use crate::finding::Suppressed;
use crate::measure::Measure;
use crate::rule::Rule;
use fixedbitset::FixedBitSet;

/// What a rule says against the requests of its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Content,
    Bare,
    Amount,
    Conduct,
}

impl Claim {
    fn of(rule: &Rule) -> Self {
        let mut content = false;
        rule.condition.walk(&mut |part| {
            content |= matches!(part, Expr::Call(name, ..) if name == "attack_class" || name == "catches_all");
        });
        let bare = |part: &&Expr| match part {
            Expr::Binary(Op::Eq, left, right) => {
                matches!(left.as_ref(), Expr::Name(name, _) if name == "auth")
                    && matches!(right.as_ref(), Expr::Text(value) if value == "none")
            }
            _ => false,
        };
        let demanded = rule.condition.conjuncts().into_iter().chain(rule.evidence.conjuncts());
        match (content, demanded.collect::<Vec<_>>().iter().any(bare)) {
            (true, _) => Self::Content,
            (_, true) => Self::Bare,
            _ if rule.among.is_some() && rule.measures.iter().any(measures_data) => Self::Amount,
            _ => Self::Conduct,
        }
    }
}

/// Whether a measure says how much was taken.
fn measures_data(measure: &Measure) -> bool {
    let of = |name: &str| measure.columns.first().is_some_and(|column| column == name);
    (measure.function == "n_unique" && of("object_id")) || (measure.function == "sum" && of("bytes_out"))
}

/// Whether an entry answers what a rule claims.
fn answers(expected: &Expected, claim: Claim, rule: &Rule) -> bool {
    let by_network = || rule.levels.iter().flatten().any(|column| column == "client_net");
    match expected.kind {
        Kind::Scanner => true,
        Kind::HealthCheck => claim != Claim::Content,
        Kind::PublicRoute => claim == Claim::Bare,
        Kind::Crawler => claim == Claim::Amount,
        Kind::Partner | Kind::Consent => claim == Claim::Amount && (expected.at_home || !by_network()),
    }
}

/// Judges a rule without what the analyst expects, and counts what that leaves out.
pub fn run(
    shelf: &Shelf<'_>,
    rule: &Rule,
    claimed: FixedBitSet,
    options: &HuntOptions,
    suppressed: &mut Vec<Suppressed>,
) -> Outcome {
    let declared = &shelf.requests.derived.declared;
    let claim = Claim::of(rule);
    let mut looked_at = shelf.mask(&rule.condition).as_ref().clone();
    looked_at.difference_with(&claimed);
    let mut taken = claimed.clone();
    let mut entries: Vec<(&Expected, u64)> = Vec::new();
    for expected in declared.expected.iter().filter(|expected| answers(expected, claim, rule)) {
        let rows = looked_at.intersection(&expected.rows).count() as u64;
        if rows > 0 {
            entries.push((expected, rows));
            taken.union_with(&expected.rows);
        }
    }
    if entries.is_empty() {
        return run::run(shelf, rule, claimed, options);
    }
    let outcome = run::run(shelf, rule, taken, options);
    let open = run::run(shelf, rule, claimed, options);
    for (expected, rows) in entries {
        let gone = open.findings.iter().filter(|finding| {
            !outcome.findings.iter().any(|left| left.id == finding.id)
                && finding.evidence.iter().any(|&row| expected.rows.contains(row as usize))
        });
        suppressed.push(Suppressed {
            rule: rule.id.clone(),
            kind: expected.kind.name(),
            entry: expected.entry.clone(),
            rows,
            findings: gone.count() as u64,
        });
    }
    outcome
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::finding::Hunt;
    use crate::testing::Log;

    #[test]
    fn claims_of_built_in_rules() {
        let rules = crate::rule::builtin();
        let of = |id: &str| Claim::of(rules.iter().find(|rule| rule.id == id).unwrap());
        assert_eq!(of("unauthenticated-answers"), Claim::Bare);
        assert_eq!(of("sql-injection"), Claim::Content);
        assert_eq!(of("object-walk"), Claim::Amount);
        assert_eq!(of("open-route-harvest"), Claim::Amount);
        assert_eq!(of("token-expired"), Claim::Conduct);
    }

    /// One rule about missing credentials and one about amounts.
    fn two_rules() -> Vec<Rule> {
        let two = ["object-walk", "unauthenticated-answers"];
        crate::rule::builtin().into_iter().filter(|rule| two.contains(&rule.id.as_str())).collect()
    }

    /// Forty desks show a name on their own pages; one address walks through other pages and shows none.
    fn hunted(toml: &str) -> Hunt {
        let desks = |row: crate::testing::Row, at: usize| {
            let desk = at % 40;
            let target = format!("/files/{}", 100 + desk);
            row.at(at as f64 * 30.0)
                .ip(&format!("192.0.2.{desk}"))
                .user(&format!("desk{desk}"))
                .get(&target)
                .status(200)
        };
        let walk = |row: crate::testing::Row, at: usize| {
            let status = if at % 10 < 3 { 404 } else { 200 };
            row.at(at as f64 * 7.0).ip("198.51.100.7").get(&format!("/files/{}", 500 + at)).status(status)
        };
        let log = Log::new().rows(320, desks).rows(150, walk);
        let log = if toml.is_empty() { log } else { log.context(Context::parse(toml, "c.toml").unwrap()) };
        crate::hunt::hunt(&log.build(), &two_rules(), &HuntOptions::default())
    }

    fn fired(hunt: &Hunt) -> Vec<&str> {
        hunt.findings.iter().map(|finding| finding.rule.as_str()).collect()
    }

    #[test]
    fn entries_answer_their_claims_and_are_counted() {
        let plain = hunted("");
        assert_eq!(fired(&plain), ["unauthenticated-answers"]);
        assert!(plain.coverage.suppressed.is_empty());
        assert!(plain.coverage.notes.join(" ").contains("without --context"));

        let scanner = hunted("[[scanner]]\nname = \"pentest\"\nnetworks = [\"198.51.100.0/24\"]\n");
        assert!(fired(&scanner).is_empty());
        let entry = |hunt: &Hunt, rule: &str| hunt.coverage.suppressed.iter().find(|entry| entry.rule == rule).cloned();
        let of_bare = entry(&scanner, "unauthenticated-answers").unwrap();
        assert_eq!(
            (of_bare.entry.as_str(), of_bare.kind, of_bare.rows, of_bare.findings),
            ("pentest", "scanner", 150, 1)
        );

        // A route that is public answers for missing credentials, not for who walks through it.
        let public = hunted("[[route]]\npath = \"/files/{id}\"\naccess = \"public\"\n");
        assert_eq!(fired(&public), ["object-walk"]);
        assert_eq!(entry(&public, "unauthenticated-answers").unwrap().findings, 1);
        assert_eq!(entry(&public, "object-walk"), None);

        // A crawler answers for amounts, not for missing credentials.
        let crawler = hunted("[[crawler]]\nname = \"bot\"\nnetworks = [\"198.51.100.7\"]\n");
        assert_eq!(fired(&crawler), ["unauthenticated-answers"]);
    }

    #[test]
    fn a_protected_route_fires_on_the_first_answer_and_says_what_it_returns() {
        let bare = |toml: &str| {
            let named = |row: crate::testing::Row, at: usize| {
                row.at(at as f64)
                    .ip(&format!("192.0.2.{}", at % 3))
                    .user(&format!("u{}", at % 3))
                    .get("/own/7")
                    .status(200)
            };
            let log = Log::new()
                .rows(30, named)
                .row(|row| row.at(99.0).ip("198.51.100.7").get("/own/8").status(200).bytes(900));
            let log = log.context(Context::parse(toml, "c.toml").unwrap());
            crate::hunt::hunt(&log.build(), &two_rules(), &HuntOptions::default())
        };
        assert!(fired(&bare("")).is_empty());
        let hunt = bare("[[route]]\npath = \"/own/{id}\"\naccess = \"protected\"\ndata = [\"name\", \"iban\"]\n");
        assert_eq!(fired(&hunt), ["unauthenticated-answers"]);
        let why = hunt.findings[0].why.join(" ");
        assert!(why.contains("declared protected") && why.contains("/own/{id} returns name, iban"), "{why}");
        assert_eq!(hunt.findings[0].exchanges, 1);
    }
}
