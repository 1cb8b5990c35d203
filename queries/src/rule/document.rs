//! The YAML document of a rule, and every check that can be made before it runs.

use super::look_alikes;
use super::text::{AmongText, Document, JoinText, Level, Ordered, SampleText, SequenceText, SignText};
use super::{
    Absent, Among, Expect, Join, RoleOf, Rule, RuleError, Sample, Sequence, Sign, Within, sentence, unreadable,
};
use crate::expr::parse::{ExprError, nearest, parse};
use crate::expr::{Expr, Span};
use crate::measure::{Measure, check_column, check_row_names, duration};
use breachline_parsers::value::hex;
use sha2::{Digest, Sha256};
use std::cell::Cell;

/// Reads one part of a document after another, turning mistakes into messages with file and line.
pub(super) struct Reader<'a> {
    name: &'a str,
    yaml: &'a str,
    /// Conditions on rows that have a name (`let`).
    named: Vec<Named>,
}

/// A condition that several places of a rule have in common.
struct Named {
    name: String,
    condition: Expr,
    is_used: Cell<bool>,
}

impl Reader<'_> {
    fn error(&self, text: &str, error: &ExprError) -> RuleError {
        RuleError(format!("{}:{}: {}", self.name, self.line_of(text), error.render(text)))
    }

    /// The line that a text begins on. YAML folds and unquotes, so it is found by as many of its first words as stand
    /// together.
    fn line_of(&self, text: &str) -> usize {
        let mut needle = text.lines().next().unwrap_or_default().trim();
        while !needle.is_empty() {
            if let Some(line) = self.yaml.lines().position(|line| line.contains(needle)) {
                return line + 1;
            }
            needle = needle.rfind(' ').map_or("", |end| needle[..end].trim_end());
        }
        1
    }

    /// An error at what stands in braces in a sentence.
    pub(super) fn in_braces(&self, sentence: &str, span: Span, message: String) -> RuleError {
        let braced = format!("{{{}", &sentence[span.start..span.end]);
        let line = self.yaml.lines().position(|line| line.contains(&braced));
        let line = line.map_or_else(|| self.line_of(sentence), |line| line + 1);
        RuleError(format!("{}:{line}: {}", self.name, ExprError::at(span, message).render(sentence)))
    }

    /// An error at the entry of a number below a key.
    pub(super) fn numbered(&self, key: &str, number: usize, message: String) -> RuleError {
        let (key, entry) = (format!("{key}:"), format!("{number}:"));
        let lines = self.yaml.lines().enumerate().skip_while(|(_, line)| !line.trim_start().starts_with(&key));
        let found = lines.map(|(at, line)| (at, line.trim())).find_map(|(at, line)| {
            let starts = line.match_indices(&entry).map(|(start, _)| start);
            let mut own = starts.filter(|&start| !line[..start].ends_with(|c: char| c.is_ascii_alphanumeric()));
            own.next().map(|start| (at, line, start))
        });
        let Some((at, line, start)) = found else { return self.plain(&key, message) };
        let span = Span { start, end: start + entry.len() - 1 };
        RuleError(format!("{}:{}: {}", self.name, at + 1, ExprError::at(span, message).render(line)))
    }

    pub(super) fn plain(&self, near: &str, message: String) -> RuleError {
        self.error(near, &ExprError::at(Span { start: 0, end: near.len() }, message))
    }

    /// An error about a part of an expression, which is written as the program writes it and may differ in blanks.
    fn never(&self, text: &str, why: &str) -> RuleError {
        let tight = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let needle = tight(text);
        let line = self.yaml.lines().position(|line| tight(line).contains(&needle)).map_or(1, |line| line + 1);
        let error = ExprError::at(Span { start: 0, end: text.len() }, why.to_owned());
        RuleError(format!("{}:{line}: {}", self.name, error.render(text)))
    }

    /// Reads named conditions; each may use those before it.
    fn name(&mut self, texts: &Ordered<String>) -> Result<(), RuleError> {
        for (name, text) in &texts.0 {
            if check_column(name, false, Span::default()).is_ok() || self.named.iter().any(|named| named.name == *name)
            {
                return Err(self.plain(name, format!("`{name}` is a column or named twice; choose another name")));
            }
            let named = Named { name: name.clone(), condition: self.rows(text)?, is_used: Cell::new(false) };
            self.named.push(named);
        }
        Ok(())
    }

    /// Reads an expression, with the conditions themselves in place of their names.
    fn parse(&self, text: &str) -> Result<Expr, ExprError> {
        let mut expr = parse(text)?;
        expr.replace_names(&|name| {
            let named = self.named.iter().find(|named| named.name == name)?;
            named.is_used.set(true);
            Some(named.condition.clone())
        });
        Ok(expr)
    }

    fn rows(&self, text: &str) -> Result<Expr, RuleError> {
        let expr = self.parse(text).map_err(|error| self.error(text, &error))?;
        check_row_names(&expr).map_err(|error| self.error(text, &error))?;
        Ok(expr)
    }

    pub(super) fn values(&self, text: &str, known: &[&str], ordinary: bool) -> Result<Expr, RuleError> {
        let expr = parse(text).map_err(|error| self.error(text, &error))?;
        check_value_names(&expr, known, ordinary).map_err(|error| self.error(text, &error))?;
        Ok(expr)
    }

    /// The same, where it must ask something: one that names nothing holds of every finding or of none.
    pub(super) fn asking(&self, text: &str, known: &[&str], population: bool) -> Result<Expr, RuleError> {
        let expr = self.values(text, known, population)?;
        let mut asks = false;
        expr.walk(&mut |part| asks |= matches!(part, Expr::Name(..)));
        if asks {
            return Ok(expr);
        }
        let message = "this names no measure and no sign, so it holds of every finding or of none";
        Err(self.plain(text, message.to_owned()))
    }

    fn columns(&self, columns: &[String]) -> Result<(), RuleError> {
        for column in columns {
            let span = Span { start: 0, end: column.len() };
            check_column(column, false, span).map_err(|error| self.error(column, &error))?;
        }
        Ok(())
    }

    fn duration(&self, text: &str) -> Result<i64, RuleError> {
        duration(text).ok_or_else(|| self.plain(text, "not a duration; write 30s, 10m, 2h or 1d".to_owned()))
    }

    fn within(&self, text: Option<&str>) -> Result<Within, RuleError> {
        let Some(text) = text else { return Ok(Within::WholeLog) };
        let window = match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["whole", "log"] => Within::WholeLog,
            ["session", "gap", length] => Within::Session(self.duration(length)?),
            ["calendar", length] => Within::Calendar(self.duration(length)?),
            ["sliding", length] => Within::Sliding(self.duration(length)?),
            _ => {
                let known = "`whole log`, `session gap 30m`, `calendar 1d` or `sliding 10m`";
                return Err(self.plain(text, format!("not a window; write {known}")));
            }
        };
        Ok(window)
    }

    fn measures(&self, texts: &Ordered<String>) -> Result<Vec<Measure>, RuleError> {
        let read = |name: &str, text: &str| Measure::read(name, text, &self.parse(text)?);
        let told = |(name, text): &(String, String)| read(name, text).map_err(|error| self.error(text, &error));
        texts.0.iter().map(told).collect()
    }

    /// Checks that an incident which has a name goes by it. A rule of the analyst's own may be modelled on another.
    fn incident(&self, name: &str) -> Result<(), RuleError> {
        match nearest(name, INCIDENTS.iter().copied()) {
            Some(near) if near != name => {
                Err(self.plain(name, format!("this incident is called `{near}` by the other rules")))
            }
            _ => Ok(()),
        }
    }

    /// The number of a measure that points at rows.
    fn pointing(&self, name: &str, measures: &[Measure]) -> Result<usize, RuleError> {
        let Some(at) = measures.iter().position(|measure| measure.name == name) else {
            let hint = nearest(name, measures.iter().map(|measure| measure.name.as_str()));
            let hint = hint.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(self.plain(name, format!("there is no measure `{name}` in this rule{hint}")));
        };
        if measures[at].points_at_rows() {
            return Ok(at);
        }
        let message = format!(
            "`{}` points at no rows; `skips`, `pauses`, `strays`, `copies` and `holes` do",
            measures[at].function
        );
        Err(self.plain(name, message))
    }

    fn sample(&self, sample: SampleText) -> Result<Sample, RuleError> {
        let mut said = Vec::new();
        let mut say = |is_said: bool, expect: Expect| said.extend(is_said.then_some(expect));
        say(!sample.fires.is_empty(), Expect::Fires(sample.fires));
        say(!sample.attempts.is_empty(), Expect::Attempts(sample.attempts));
        say(!sample.asks.is_empty(), Expect::Asks(sample.asks));
        say(sample.silent, Expect::Silent);
        say(!sample.not_evaluable.is_empty(), Expect::NotEvaluable(sample.not_evaluable));
        let Ok([expect]) = <[Expect; 1]>::try_from(said) else {
            let message = "a sample says one of `fires: [rows, ...]`, `attempts: [rows, ...]`, `asks: [rows, ...]`, \
                           `silent: true`, `not_evaluable: [columns]`";
            return Err(self.plain(&sample.name, message.to_owned()));
        };
        let (name, look_alikes, just_under) = (sample.name, sample.look_alikes, sample.just_under);
        Ok(Sample {
            name,
            format: sample.format,
            log: sample.log,
            expect,
            look_alikes,
            just_under,
            countries: sample.countries,
        })
    }

    /// Checks what samples say of look-alikes and of each other.
    fn samples(&self, samples: &[Sample], look_alikes: usize) -> Result<(), RuleError> {
        for sample in samples {
            let fires = matches!(sample.expect, Expect::Fires(_));
            if fires && !sample.look_alikes.is_empty() {
                let message = "a sample that fires shows no benign look-alike; it says `silent: true`, `attempts:` or \
                               `asks:`";
                return Err(self.plain(&sample.name, message.to_owned()));
            }
            if let Some(number) = sample.look_alikes.iter().find(|&&number| !(1..=look_alikes).contains(&number)) {
                let message = format!("there is no look-alike {number}: `falsepositives` has {look_alikes}, from 1");
                return Err(self.plain(&sample.name, message));
            }
            let Some(over) = &sample.just_under else { continue };
            let told = |other: &Sample| matches!(other.expect, Expect::Fires(_) | Expect::Asks(_));
            let firing = samples.iter().any(|other| other.name == *over && told(other));
            if sample.expect != Expect::Silent || !firing {
                let message = format!("`just_under: {over}` stands at a silent sample and names one that fires");
                return Err(self.plain(&sample.name, message));
            }
        }
        Ok(())
    }
}

/// The incidents that rules are modelled on, as they call them.
pub const INCIDENTS: &[&str] = &["aadhaar", "facebook", "justdial", "linkedin", "t-mobile", "uber"];

/// Whether a function looks at the population.
pub(crate) fn is_of_population(call: &str) -> bool {
    POPULATION.iter().any(|(known, _)| *known == call)
}

/// Statistics of the population, as `peers.NAME(measure)`.
pub const POPULATION: &[(&str, &str)] = &[
    ("peers.n", "how many peers there are"),
    ("peers.median", "median over the peers"),
    ("peers.mad", "median absolute deviation over the peers"),
    ("peers.p75", "75th percentile over the peers"),
    ("peers.p90", "90th percentile over the peers"),
    ("peers.p95", "95th percentile over the peers"),
    ("peers.p99", "99th percentile over the peers"),
    ("peers.max", "largest value of the other peers"),
    ("peers.min", "smallest value of the other peers"),
    ("peers.earliest", "value of the other peer that was seen first"),
    ("peers.sum", "sum over the other peers"),
    ("peers.like", "how many of the other peers have half the value or more"),
    ("ordinary.share", "sum of a over sum of b, over the other ordinary peers: (a + 0.5) / (b + 1)"),
    ("z", "robust z: (x - median) / (1.4826 * greatest(MAD, 1)) over the peers"),
];

fn check_value_names(expr: &Expr, known: &[&str], population: bool) -> Result<(), ExprError> {
    let mut error = None;
    expr.walk(&mut |part| {
        let found = match part {
            Expr::Name(name, _) if known.contains(&name.as_str()) => None,
            Expr::Name(name, _) if name == "peers.n" && population => None,
            Expr::Name(name, span) => {
                let hint = nearest(name, known.iter().copied())
                    .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                Some(ExprError::at(*span, format!("there is no measure or sign `{name}` in this rule{hint}")))
            }
            Expr::Call(name, arguments, span) => {
                let plain = crate::expr::scalar::FUNCTIONS.iter().any(|(known, ..)| known == name);
                let over = is_of_population(name);
                if plain || (over && population && arguments.iter().all(|a| matches!(a, Expr::Name(..)))) {
                    None
                } else if over {
                    Some(ExprError::at(*span, format!("`{name}` needs an `among` block and measures as arguments")))
                } else {
                    let names = POPULATION.iter().chain(&[]).map(|(known, _)| *known);
                    let hint = nearest(name, names).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                    Some(ExprError::at(*span, format!("there is no function `{name}`{hint}")))
                }
            }
            _ => None,
        };
        error = error.take().or(found);
    });
    error.map_or(Ok(()), Err)
}

/// Reads and checks a whole document, but for the samples' lines ([`check_samples`]).
pub fn read(yaml: &str, name: &str) -> Result<Rule, RuleError> {
    let document: Document = serde_saphyr::from_str(yaml).map_err(|error| unreadable::told(&error, yaml, name))?;
    let mut reader = Reader { name, yaml, named: Vec::new() };
    let block = document.breachline;
    reader.name(&block.named)?;
    let level = document.level.parse().map_err(|message| reader.plain(&document.level, message))?;
    reader.columns(&document.fields)?;
    reader.columns(&block.needs)?;
    let levels = levels(block.per);
    for level in &levels {
        reader.columns(level)?;
    }
    let condition = block.condition.as_deref().map_or(Ok(Expr::Bool(true)), |text| reader.rows(text))?;
    let measures = reader.measures(&block.measure)?;
    let measure_names: Vec<&str> = measures.iter().map(|measure| measure.name.as_str()).collect();
    let among = block.among.map(|among| read_among(&reader, among, &measure_names, &levels)).transpose()?;
    let compared = among.is_some();
    let mut names = measure_names.clone();
    let mut signs = Vec::new();
    for (sign, text) in &block.signs.0 {
        let when = reader.values(&text.when, &names, compared)?;
        signs.push(Sign { name: sign.clone(), when, say: text.say.clone() });
        names.push(sign);
    }
    let when = reader.values(&block.when, &names, compared)?;
    let when_alone = block.when_alone.as_deref().map(|text| reader.values(text, &names, false)).transpose()?;
    let join = block.join.map(|join| read_join(&reader, join, &names, compared)).transpose()?;
    let undecided = read_undecided(&reader, &block.undecided, (&names, join.as_ref()), compared)?;
    let confidence = reader.values(block.confidence.as_deref().unwrap_or("0.7"), &names, compared)?;
    let evidence = block.evidence.as_deref().map_or(Ok(condition.clone()), |text| reader.rows(text))?;
    let evidence_after =
        block.evidence_after.as_deref().map(|text| reader.values(text, &names, compared)).transpose()?;
    let evidence_at = block.evidence_at.as_deref().map(|name| reader.pointing(name, &measures)).transpose()?;
    let attempted = block.attempted.as_deref();
    let attempted = attempted.map(|level| level.parse().map_err(|message| reader.plain(level, message))).transpose()?;
    if let Some(incident) = &block.modelled_on {
        reader.incident(incident)?;
    }
    let roles: Vec<RoleOf> = block.roles.into_iter().map(|(column, role)| RoleOf { column, role }).collect();
    reader.columns(&roles.iter().map(|role| role.column.clone()).collect::<Vec<_>>())?;
    let samples: Vec<Sample> = block.tests.into_iter().map(|sample| reader.sample(sample)).collect::<Result<_, _>>()?;
    reader.samples(&samples, document.falsepositives.len())?;
    let said = sentence::known(&measures, join.as_ref(), &levels, &roles);
    let sentences = std::iter::once(&block.headline).chain(signs.iter().chain(&undecided).map(|sign| &sign.say));
    sentences.into_iter().try_for_each(|text| sentence::check(&reader, text, &said, "measure or column"))?;
    let values = look_alikes::Values { names: &names, measures: &measures, join: join.as_ref(), compared };
    let ruled_out = look_alikes::read(&reader, &block.ruled_out, &block.open, document.falsepositives.len(), &values)?;
    let sequence = block.sequence.map(|sequence| read_sequence(&reader, &sequence)).transpose()?;
    let absent = match block.absent {
        Some(absent) => Some(Absent { step: reader.rows(&absent.step)?, before: reader.duration(&absent.before)? }),
        None => None,
    };
    if let Some(named) = reader.named.iter().find(|named| !named.is_used.get()) {
        return Err(reader.plain(&named.name, format!("nothing uses `{}`; leave it out", named.name)));
    }
    let rule = Rule {
        within: reader.within(block.within.as_deref())?,
        id: document.id,
        sha256: hex(&Sha256::digest(yaml.as_bytes())),
        title: document.title,
        level,
        undecided,
        status: document.status,
        modelled_on: block.modelled_on,
        zone: block.zone,
        tags: document.tags,
        what: block.what,
        why: block.why,
        falsepositives: document.falsepositives,
        innocent_if: block.innocent_if,
        next_steps: block.next_steps,
        fields: document.fields,
        headline: block.headline,
        needs: block.needs,
        named: block.named.0,
        condition,
        levels,
        measures,
        among,
        signs,
        when,
        when_alone,
        sequence,
        absent,
        join,
        yields_to: block.yields_to,
        evidence,
        evidence_at,
        evidence_after,
        attempted,
        roles,
        confidence,
        ruled_out,
        open: block.open,
        samples,
    };
    check_whole(&reader, &rule).map(|()| rule)
}

/// What only the whole rule shows.
fn check_whole(reader: &Reader<'_>, rule: &Rule) -> Result<(), RuleError> {
    if let Some(number) = look_alikes::never_open(rule) {
        let message = format!(
            "this is never said: `ruled_out` tells look-alike {number} from every finding; give that a `when`, or leave this out"
        );
        return Err(reader.numbered("open", number, message));
    }
    match super::check::never(rule) {
        Some((text, why)) => Err(reader.never(&text, &why)),
        None => Ok(()),
    }
}

/// Checks that the samples of a rule can be written out.
pub fn check_samples(rule: &Rule, yaml: &str, name: &str) -> Result<(), RuleError> {
    let reader = Reader { name, yaml, named: Vec::new() };
    rule.samples.iter().try_for_each(|sample| {
        super::sample::expand(&sample.log).map(drop).map_err(|message| reader.plain(&sample.name, message))
    })
}

/// `per: [a, b]` is one level; `per: [[a, b], [c]]` are two.
fn levels(per: Vec<Level>) -> Vec<Vec<String>> {
    let mut levels: Vec<Vec<String>> = Vec::new();
    let mut flat: Vec<String> = Vec::new();
    for level in per {
        match level {
            Level::Column(column) => flat.push(column),
            Level::Columns(columns) => levels.push(columns),
        }
    }
    if !flat.is_empty() {
        levels.push(flat);
    }
    levels
}

fn read_among(
    reader: &Reader<'_>,
    among: AmongText,
    measures: &[&str],
    levels: &[Vec<String>],
) -> Result<Among, RuleError> {
    reader.columns(&among.peers_on)?;
    for column in &among.peers_on {
        if !levels.iter().any(|level| level.contains(column)) {
            return Err(reader.plain(column, format!("`{column}` is not in `per`, so peers cannot have it in common")));
        }
    }
    if let Some(ordinary) = &among.ordinary
        && !measures.contains(&ordinary.as_str())
    {
        return Err(reader.plain(ordinary, format!("there is no measure `{ordinary}` in this rule")));
    }
    let only = among.only.as_deref().map(|text| reader.values(text, measures, false)).transpose()?;
    let enough = among.enough.unwrap_or(super::ENOUGH_PEERS);
    Ok(Among { peers_on: among.peers_on, at_least: among.at_least, enough, only, ordinary: among.ordinary })
}

fn read_join(reader: &Reader<'_>, join: JoinText, names: &[&str], compared: bool) -> Result<Join, RuleError> {
    reader.columns(&join.on)?;
    reader.columns(&join.apart)?;
    let measures = reader.measures(&join.measure)?;
    let known = known_jointly(names, &measures);
    let when = join.when.as_deref().map(|text| reader.values(text, &known, compared)).transpose()?;
    let alongside = join.alongside.as_deref().map(|text| reader.values(text, names, compared)).transpose()?;
    Ok(Join { on: join.on, measures, when, alongside, apart: join.apart })
}

/// What a condition over joined groups may name.
fn known_jointly<'a>(names: &[&'a str], joint: &'a [Measure]) -> Vec<&'a str> {
    let own = names.iter().copied().chain(["members", "groups"]);
    own.chain(joint.iter().map(|measure| measure.name.as_str())).collect()
}

fn read_undecided(
    reader: &Reader<'_>,
    questions: &Ordered<SignText>,
    (names, join): (&[&str], Option<&Join>),
    compared: bool,
) -> Result<Vec<Sign>, RuleError> {
    let known = join.map_or_else(|| names.to_vec(), |join| known_jointly(names, &join.measures));
    let read = |(name, text): &(String, SignText)| {
        let when = reader.asking(&text.when, &known, compared)?;
        Ok(Sign { name: name.clone(), when, say: text.say.clone() })
    };
    questions.0.iter().map(read).collect()
}

fn read_sequence(reader: &Reader<'_>, sequence: &SequenceText) -> Result<Sequence, RuleError> {
    reader.columns(&sequence.same)?;
    reader.columns(&sequence.differs)?;
    Ok(Sequence {
        steps: sequence.steps.iter().map(|step| reader.rows(step)).collect::<Result<_, _>>()?,
        within: reader.duration(&sequence.within)?,
        same: sequence.same.clone(),
        differs: sequence.differs.clone(),
    })
}
