//! The sentences of a rule: what stands in their braces must be something that a finding has.

use super::document::Reader;
use super::{Join, RoleOf, RuleError};
use crate::expr::Span;
use crate::expr::parse::nearest;
use crate::measure::Measure;

/// What every rule can count ([`super::Counted`]).
pub(super) const COUNTED: [&str; 3] = ["members", "objects", "rows"];

/// What the headline, signs and questions of a rule may name: its measures, what is counted, and its columns.
pub(super) fn known<'a>(
    measures: &'a [Measure],
    join: Option<&'a Join>,
    levels: &'a [Vec<String>],
    roles: &'a [RoleOf],
) -> Vec<&'a str> {
    let joint = join.iter().flat_map(|join| &join.measures);
    let measures = measures.iter().chain(joint).map(|measure| measure.name.as_str());
    let columns = levels.iter().flatten().chain(roles.iter().map(|role| &role.column)).map(String::as_str);
    measures.chain(COUNTED).chain(["identity"]).chain(columns).collect()
}

/// Checks that a sentence names nothing else; `what` is what it may name, in words.
pub(super) fn check(reader: &Reader<'_>, sentence: &str, known: &[&str], what: &str) -> Result<(), RuleError> {
    let Some((span, name)) = braced(sentence).find(|(_, name)| !known.contains(name)) else { return Ok(()) };
    let hint = nearest(name, known.iter().copied()).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Err(reader.in_braces(sentence, span, format!("there is no {what} `{name}` in this rule{hint}")))
}

/// What stands in braces, without what says how it is written (`{share%}`, `{bytes:size}`), and where.
pub(super) fn braced(sentence: &str) -> impl Iterator<Item = (Span, &str)> {
    sentence.match_indices('{').filter_map(|(open, _)| {
        let start = open + 1;
        let inside = sentence[start..].split_once('}')?.0;
        let name = inside.strip_suffix('%').or_else(|| inside.strip_suffix(":size")).unwrap_or(inside);
        Some((Span { start, end: start + name.len() }, name))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Rule;

    fn refused(headline: &str, sign: &str, question: &str) -> String {
        let yaml = format!(
            "title: t\nid: t\nstatus: test\nlevel: low\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
             innocent_if: i\n  next_steps: n\n  headline: >-\n    a headline\n    of two lines {headline}\n  per: \
             [client_ip]\n  measure: {{distinct: count(), share: repeat_share(object_id)}}\n  signs: {{many: {{when: distinct \
             > 9, say: \"{sign}\"}}}}\n  when: distinct > 3\n  undecided: {{few: {{when: distinct < 9, say: \
             \"{question}\"}}}}\n  join: {{on: [client_ip], measure: {{nets: n_unique(client_net)}}}}\n  roles: \
             {{principal: victim}}\n"
        );
        Rule::parse(&yaml, "t.yml").err().map_or_else(String::new, |error| error.0)
    }

    #[test]
    fn sentences_name_what_a_finding_has() {
        let fine = "{distinct}, {share%}, {distinct:size}, {nets}, {members}, {objects}, {rows}, {identity}, {client_ip}, {principal}";
        assert_eq!(refused(fine, fine, fine), "");
        let said = refused("and {distnct}", "", "");
        assert!(said.starts_with("t.yml:13: there is no measure or column `distnct`"), "{said}");
        assert!(said.contains("; did you mean `distinct`?"), "{said}");
        assert!(
            said.ends_with(&format!("\n    {}^^^^^^^", " ".repeat("a headline of two lines and {".len()))),
            "{said}"
        );
        assert!(refused("", "{shar%} of it", "").contains("`shar` in this rule; did you mean `share`?"));
        assert!(refused("", "", "{route}").contains("no measure or column `route`"));
    }
}
