//! Samples inside rule files, run: small logs that must fire, stay silent, or be not evaluable.
//!
//! A line `@each i=1..60: TEXT` stands for sixty lines, with `$(...)` in the text worked out for each `i`:
//! whole numbers with `+ - * / %` in their usual order, and `$(clf N)`, `$(iso N)`, `$(ms N)` for a time in
//! seconds since 1970.

use super::{Expect, Rule, Sample};
use crate::derive::{DeriveOptions, derive};
use crate::finding::{Finding, Hunt, Outcome, RuleState};
use crate::hunt::{HuntOptions, UNDECIDED, hunt};
use crate::requests::Requests;
use crate::sigma::SigmaRule;
use crate::sigma::pack::Pack;
use breachline_parsers::decode::Verdict;
use breachline_parsers::format::{DecodeContext, Format, find};
use breachline_parsers::report::{Completeness, SourceReport};
use breachline_parsers::table::{ABSENT, FactTable, Place};
use chrono::{DateTime, SecondsFormat, Utc};
use std::borrow::Cow;
use std::sync::Arc;

/// One sample, run.
#[derive(Clone, Debug)]
pub struct SampleResult {
    /// The rule.
    pub rule: String,
    /// The sample's name.
    pub name: String,
    /// `None` when it came out as expected, else what differed.
    pub failure: Option<String>,
    /// Why a sample that came out silent shows nothing: a measure without a value left every group open.
    pub doubt: Option<String>,
}

/// Most lines that one `@each` may stand for.
const MAX_LINES: i64 = 200_000;

/// Writes out the `@each` lines of a sample.
pub fn expand(log: &str) -> Result<String, String> {
    let mut out = String::new();
    for line in log.lines() {
        let Some(each) = line.strip_prefix("@each ") else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let wrong = || format!("`{line}` is not `@each i=1..60: TEXT`");
        let (range, text) = each.split_once(": ").ok_or_else(wrong)?;
        let (name, range) = range.split_once('=').ok_or_else(wrong)?;
        let (from, to) = range.split_once("..").ok_or_else(wrong)?;
        let number = |text: &str| text.trim().parse::<i64>().map_err(|_| wrong());
        let (from, to) = (number(from)?, number(to)?);
        if to.saturating_sub(from) > MAX_LINES {
            return Err(format!("`{range}` stands for more than {MAX_LINES} lines"));
        }
        for value in from..=to {
            fill(text, name.trim(), value, &mut out)?;
            out.push('\n');
        }
    }
    Ok(out)
}

fn fill(text: &str, name: &str, value: i64, out: &mut String) -> Result<(), String> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$(") {
        out.push_str(before);
        let (inside, after) = after.split_once(')').ok_or_else(|| format!("`$({after}` is not closed"))?;
        let (kind, formula) = match inside.split_once(' ') {
            Some((kind @ ("clf" | "iso" | "ms"), formula)) => (kind, formula),
            _ => ("", inside),
        };
        let number = work_out(formula, name, value)?;
        let time = || DateTime::<Utc>::from_timestamp(number, 0).ok_or_else(|| format!("{number} is no time"));
        match kind {
            "clf" => out.push_str(&time()?.format("%d/%b/%Y:%H:%M:%S +0000").to_string()),
            "iso" => out.push_str(&time()?.to_rfc3339_opts(SecondsFormat::Secs, true)),
            "ms" => out.push_str(&(number * 1_000).to_string()),
            _ => out.push_str(&number.to_string()),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(())
}

/// Whole numbers and the variable, joined by `+ - * / %`; the last three bind tighter, equals go from left to right.
fn work_out(formula: &str, name: &str, value: i64) -> Result<i64, String> {
    let wrong = || format!("`{formula}` is not made of whole numbers, {name} and + - * / %");
    // `sum` is what stands before the last plus or minus, `product` the term after it.
    let (mut sum, mut product) = (0_i64, 0_i64);
    let mut operator = '+';
    let mut rest = formula.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    loop {
        let end = rest.find(['+', '-', '*', '%', '/']).unwrap_or(rest.len());
        let operand = rest[..end].trim();
        let operand = if operand == name { value } else { operand.parse().map_err(|_| wrong())? };
        match operator {
            '*' => product = product.wrapping_mul(operand),
            '/' => product = product.checked_div(operand).ok_or_else(wrong)?,
            '%' => product = product.checked_rem(operand).ok_or_else(wrong)?,
            sign => {
                sum = sum.wrapping_add(product);
                product = if sign == '-' { operand.wrapping_neg() } else { operand };
            }
        }
        match rest[end..].chars().next() {
            Some(next) => operator = next,
            None => return Ok(sum.wrapping_add(product)),
        }
        rest = rest[end + 1..].trim_start();
    }
}

/// Runs every sample of a rule.
pub fn run(rule: &Rule) -> Vec<SampleResult> {
    rule.samples.iter().map(|sample| result(&rule.id, sample, check(rule, sample))).collect()
}

/// What became of a sample: a doubt about it, or what differed.
fn result(rule: &str, sample: &Sample, checked: Result<Option<String>, String>) -> SampleResult {
    let (doubt, failure) = match checked {
        Ok(doubt) => (doubt, None),
        Err(failure) => (None, Some(failure)),
    };
    SampleResult { rule: rule.to_owned(), name: sample.name.clone(), failure, doubt }
}

fn check(rule: &Rule, sample: &Sample) -> Result<Option<String>, String> {
    let requests = requests(sample)?;
    // The rules that this one yields to are not there: a sample is about this rule alone.
    let hunt = hunt(&requests, std::slice::from_ref(rule), &HuntOptions { threads: 1, ..HuntOptions::default() });
    compare(&hunt, &rule.id, sample)
}

/// Runs every sample of a Sigma rule, with what it refers to.
pub fn run_sigma(pack: &Pack, rule: &SigmaRule) -> Vec<SampleResult> {
    let sigma = Arc::new(pack.only(std::slice::from_ref(&rule.id)));
    let check = |sample: &Sample| {
        let options = HuntOptions { threads: 1, sigma: Arc::clone(&sigma), ..HuntOptions::default() };
        compare(&hunt(&requests(sample)?, &[], &options), &rule.id, sample)
    };
    rule.samples.iter().map(|sample| result(&rule.id, sample, check(sample))).collect()
}

/// Whether a hunt gave what a sample says of a rule; and if it is silent only since nothing could be decided, that.
fn compare(hunt: &Hunt, rule: &str, sample: &Sample) -> Result<Option<String>, String> {
    let verdict = hunt.rules.iter().find(|verdict| verdict.id == rule).ok_or("the rule gave no verdict")?;
    let findings = hunt.findings.iter().filter(|finding| finding.rule == rule);
    let rows: Vec<u64> = findings.map(|finding| finding.evidence.len() as u64).collect();
    let got = match verdict.state {
        RuleState::Fired => {
            let mut rows = rows;
            rows.sort_unstable();
            let mut outcomes =
                hunt.findings.iter().filter(|finding| finding.rule == rule).map(|finding| finding.outcome);
            let is_open = |finding: &Finding| finding.why.iter().any(|sentence| sentence == UNDECIDED);
            let open = hunt.findings.iter().filter(|finding| finding.rule == rule).all(is_open);
            match sample.expect {
                Expect::Attempts(_)
                    if outcomes.all(|outcome| matches!(outcome, Outcome::Attempted | Outcome::Denied)) =>
                {
                    Expect::Attempts(rows)
                }
                _ if open => Expect::Asks(rows),
                _ => Expect::Fires(rows),
            }
        }
        RuleState::Silent => Expect::Silent,
        RuleState::NotEvaluable => Expect::NotEvaluable(verdict.missing.clone()),
    };
    let mut expected = sample.expect.clone();
    match &mut expected {
        Expect::Fires(rows) | Expect::Attempts(rows) | Expect::Asks(rows) => rows.sort_unstable(),
        Expect::NotEvaluable(missing) => missing.sort(),
        Expect::Silent => {}
    }
    let open = verdict.open.as_ref().map(|open| format!("silent whatever the condition says: {open}"));
    if got == expected { Ok(open) } else { Err(format!("expected {expected:?}, got {got:?} ({})", verdict.why)) }
}

/// The requests of a sample; fails where its log cannot be read.
pub fn requests(sample: &Sample) -> Result<Requests, String> {
    let log = expand(&sample.log)?;
    let format = format_of(sample, &log)?;
    let context =
        DecodeContext { key: [0; 32], zone: chrono_tz::UTC, year_hint: None, captures: std::sync::Arc::default() };
    let decoder = format.decoder(&context);
    let mut facts = FactTable::default();
    let mut offset = 0;
    for (line, text) in log.lines().enumerate() {
        let place = Place { line_no: line as u32 + 1, byte_offset: offset, byte_len: text.len() as u32 };
        offset += text.len() as u64 + 1;
        if let Verdict::Reject(reason) = decoder.decode(text.as_bytes(), 0, place, &mut facts) {
            return Err(format!("line {} cannot be read as {}: {reason}: {text}", line + 1, format.id));
        }
    }
    facts.finish();
    let source = SourceReport {
        id: 0,
        path: sample.name.clone(),
        sha256: String::new(),
        sha256_decompressed: None,
        bytes: offset,
        bytes_decompressed: offset,
        lines: log.lines().count() as u64,
        records: facts.rows() as u64,
        rows: facts.rows() as u64,
        rejects: 0,
        skips: 0,
        format: Some(format.id.clone()),
        wrappers: Vec::new(),
        others: Vec::new(),
        mapped: Vec::new(),
        vantage: format.vantage,
        zone: "stated".to_owned(),
        folded: 0,
        gaps: 0,
        first: (0..facts.rows()).filter_map(|row| facts.ts(row)).min(),
        last: (0..facts.rows()).filter_map(|row| facts.ts(row)).max(),
        compression: None,
        encoding: None,
        container: None,
        records_identity: format.records_identity,
        sampling: None,
        nuls: None,
        completeness: Completeness::Whole,
    };
    let mut requests = derive(facts, vec![source], &DeriveOptions::default()).map_err(|error| error.to_string())?;
    place(&mut requests, sample);
    Ok(requests)
}

/// Gives addresses the countries that the sample states.
fn place(requests: &mut Requests, sample: &Sample) {
    if sample.countries.is_empty() {
        return;
    }
    let derived = &mut requests.derived;
    let countries = &mut derived.whereabouts.countries;
    let mut of = |address: &str| {
        let begins = sample.countries.iter().filter(|(beginning, _)| address.starts_with(beginning.as_str()));
        let longest = begins.max_by_key(|(beginning, _)| beginning.len());
        longest.map_or(ABSENT, |(_, country)| countries.intern(country.as_bytes()))
    };
    let codes = 0..derived.client_ips.len() as u32;
    derived.whereabouts.country_of = codes.map(|code| of(derived.client_ips.text(code))).collect();
}

fn format_of(sample: &Sample, log: &str) -> Result<Cow<'static, Format>, String> {
    if let Some(id) = &sample.format {
        return find(id).map(Cow::Borrowed).ok_or_else(|| format!("there is no format `{id}`"));
    }
    let lines: Vec<&[u8]> = log.lines().take(200).map(str::as_bytes).collect();
    let detection = breachline_parsers::detect::detect(&lines);
    let (format, sentence) = detection.into_parts();
    format.ok_or(sentence)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_that_is_silent_since_a_measure_has_no_value_is_doubted() {
        let sample = |clients: usize, last: usize| {
            let yaml = format!(
                "title: t\nid: t\nstatus: test\nlevel: low\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
                 innocent_if: i\n  next_steps: n\n  headline: h\n  per: [client_ip]\n  where: status = 404\n  \
                 measure: {{n: count(), crowd: crowd_share(client_ip)}}\n  when: n >= 2 AND crowd <= 0.01\n  roles: {{}}\n  \
                 tests:\n    - name: s\n      format: nginx-combined\n      silent: true\n      log: |\n        \
                 @each i=0..{last}: 192.0.2.$(i%{clients}) - - [$(clf 1773133200+i)] \"GET /a HTTP/1.1\" 404 5 \"-\" \"k\"\n        \
                 @each i=0..{last}: 192.0.2.$(i%{clients}) - - [$(clf 1773134200+i)] \"GET /a HTTP/1.1\" 200 900 \"-\" \"k\"\n"
            );
            Rule::parse(&yaml, "t.yml").unwrap().test().swap_remove(0)
        };
        let all = sample(40, 119);
        assert_eq!((all.failure, all.doubt), (None, None), "what all do is decided");
        let few = sample(10, 29);
        let said = few.doubt.unwrap();
        assert!(few.failure.is_none() && said.contains("10 group(s) could not be decided"), "{said}");
        assert!(
            said.contains("`crowd` = crowd_share(client_ip) has no value (NULL where the route serves fewer than 20"),
            "{said}"
        );
    }

    #[test]
    fn each_lines_are_written_out() {
        let log = "a\n@each i=1..2: x $(i*10+5) $(clf 0+i) $(ms i) {\"k\":$(7-i%3)}\nb";
        let expected =
            "a\nx 15 01/Jan/1970:00:00:01 +0000 1000 {\"k\":6}\nx 25 01/Jan/1970:00:00:02 +0000 2000 {\"k\":5}\nb\n";
        assert_eq!(expand(log), Ok(expected.to_owned()));
        for (formula, result) in [("100+i*40", "220"), ("i*7%5-1", "0"), ("2*i-9/2+i%2", "3"), ("3", "3")] {
            assert_eq!(expand(&format!("@each i=3..3: $({formula})")), Ok(format!("{result}\n")), "{formula}");
        }
        assert!(expand("@each i=1..2: $(i+)").is_err());
        assert!(expand("@each i=1..2: $( )").is_err());
        assert!(expand("@each i=1..9999999999: x").is_err());
        assert!(expand("@each i=1..2: $(i+j)").is_err());
        assert!(expand("@each i=1..2: $(i%0)").is_err());
    }
}
