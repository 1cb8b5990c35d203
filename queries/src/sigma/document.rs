//! Documents of a rule file: rules, correlations, filters and placeholders.

use super::check::Order;
use super::condition::{self, Condition};
use super::field;
use super::term::{self, Placeholders};
use super::yaml::{Fault, Node, Place, Value};
use super::{Alias, Body, Correlation, Filter, Kind, LogSource, Scope, SigmaRule};
use crate::expr::parse::nearest;
use crate::finding::Level;
use crate::measure::duration;
use crate::rule::{Expect, Sample};

/// A document of a rule file.
#[derive(Debug)]
pub enum Document {
    /// A rule or correlation of Sigma.
    Rule(Box<SigmaRule>),
    /// A filter of Sigma.
    Filter(Box<Filter>),
    /// Values of placeholders, which are read ahead of everything else.
    Placeholders,
    /// A rule in breachline's own language.
    Own,
}

/// Placeholders that a document defines for all rules.
pub fn placeholders(node: &Node) -> Result<Placeholders, Fault> {
    let mut placeholders = Placeholders::new();
    for entry in node.get("placeholders").and_then(Node::map).unwrap_or_default() {
        placeholders.insert(entry.key.clone(), entry.value.texts(&entry.key)?);
    }
    Ok(placeholders)
}

/// Reads one document; `file` is `file:line` of it.
pub fn read(node: &Node, file: &str, shared: &Placeholders) -> Result<Document, Fault> {
    const KINDS: [&str; 4] = ["detection", "correlation", "filter", "placeholders"];
    let entries =
        node.map().ok_or_else(|| Fault::new(node.at, "a rule must be a mapping: title, logsource, detection, ..."))?;
    let has = |key: &str| node.get(key).is_some();
    if has("detection") || has("correlation") {
        return rule(node, file, shared).map(|rule| Document::Rule(Box::new(rule)));
    }
    if has("filter") {
        return filter(node, shared).map(|filter| Document::Filter(Box::new(filter)));
    }
    if has("placeholders") {
        return Ok(Document::Placeholders);
    }
    if has("breachline") {
        return Ok(Document::Own);
    }
    let near = |entry: &&super::yaml::Entry| nearest(&entry.key, KINDS).is_some();
    if let Some((entry, near)) = entries.iter().find(near).and_then(|entry| Some((entry, nearest(&entry.key, KINDS)?)))
    {
        return Err(Fault::new(entry.at, format!("no rule has `{}`; did you mean `{near}`?", entry.key)));
    }
    if has("logsource") {
        let message = "this rule has neither `detection` nor `correlation` nor `filter`, so there is nothing to match";
        return Err(Fault::new(Place { start: node.at.start, end: node.at.start + 1 }, message));
    }
    Ok(Document::Own)
}

fn rule(node: &Node, file: &str, shared: &Placeholders) -> Result<SigmaRule, Fault> {
    let title = needed(node, "title")?;
    let name = optional(node, "name")?;
    let own = node.get("breachline");
    if let Some(own) = own {
        own.only("`breachline`", &["tests", "placeholders"])?;
    }
    let mut known = shared.clone();
    known.extend(own.map_or_else(|| Ok(Placeholders::new()), placeholders)?);
    let status = optional(node, "status")?.unwrap_or_default();
    let logsource = node.get("logsource").map_or_else(|| Ok(LogSource::default()), log_source)?;
    let (body, scope) = if let Some(block) = node.get("correlation") {
        (Body::Correlation(correlation(node, block)?), Ok(Scope::Requests))
    } else {
        let Some(source) = node.get("logsource") else {
            return Err(Fault::new(start(node), "a rule needs a `logsource`, such as `category: webserver`"));
        };
        let Some(detection) = node.get("detection") else {
            return Err(Fault::new(start(node), "a rule needs a `detection`"));
        };
        let definition = source.get("definition").and_then(Node::text).unwrap_or_default();
        let term = term::detection(detection, "detection", &["timeframe"], &known)?;
        (Body::Detection(term), scope(&logsource, &definition))
    };
    let scope = match status.as_str() {
        "unsupported" => Err("its status is unsupported: its authors say that it cannot be used as it is".to_owned()),
        "deprecated" => Err("its status is deprecated: its authors replaced it".to_owned()),
        _ => scope,
    };
    let fields = node.get("fields").map_or_else(|| Ok(Vec::new()), |fields| fields.texts("`fields`"))?;
    let columns = fields.iter().filter_map(|name| field::resolve(name).ok()).map(|field| field.column.to_owned());
    let list = |key: &str| node.get(key).map_or_else(|| Ok(Vec::new()), |list| list.texts(key));
    Ok(SigmaRule {
        id: optional(node, "id")?.or_else(|| name.clone()).unwrap_or_else(|| slug(&title)),
        name,
        level: level(node)?,
        status,
        description: optional(node, "description")?.unwrap_or_default(),
        tags: list("tags")?,
        falsepositives: list("falsepositives")?,
        references: list("references")?,
        fields: columns.collect(),
        logsource,
        scope,
        body,
        samples: own.and_then(|own| own.get("tests")).map_or_else(|| Ok(Vec::new()), samples)?,
        file: file.to_owned(),
        // Told by whoever has the file.
        sha256: String::new(),
        title,
    })
}

fn filter(node: &Node, shared: &Placeholders) -> Result<Filter, Fault> {
    let title = needed(node, "title")?;
    let Some(block) = node.get("filter") else { return Err(Fault::new(start(node), "a filter needs a `filter`")) };
    let Some(rules) = block.get("rules") else {
        return Err(Fault::new(start(block), "a filter needs `rules`: ids or names of rules, or `any`"));
    };
    let mut words = rules.texts("`rules`")?;
    if words.iter().any(|word| word == "any") {
        words.clear();
    } else if words.is_empty() {
        return Err(Fault::new(rules.at, "`rules` is empty; write `any` for all rules of the log source"));
    }
    Ok(Filter {
        id: optional(node, "id")?.unwrap_or_else(|| slug(&title)),
        rules: words,
        logsource: node.get("logsource").map_or_else(|| Ok(LogSource::default()), log_source)?,
        term: term::detection(block, "filter", &["rules"], shared)?,
        title,
    })
}

/// A fault about all of a mapping stands at its first key.
fn start(node: &Node) -> Place {
    node.map().and_then(<[_]>::first).map_or(node.at, |entry| entry.at)
}

fn needed(node: &Node, key: &str) -> Result<String, Fault> {
    optional(node, key)?.ok_or_else(|| {
        let near = nearest(key, node.map().unwrap_or_default().iter().map(|entry| entry.key.as_str()));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean it by `{near}`?"));
        Fault::new(start(node), format!("a rule needs a `{key}`{hint}"))
    })
}

fn optional(node: &Node, key: &str) -> Result<Option<String>, Fault> {
    match node.get(key) {
        None => Ok(None),
        Some(value) if value.value == Value::Null => Ok(None),
        Some(value) => {
            let text = value.text().ok_or_else(|| Fault::new(value.at, format!("`{key}` must be a text")))?;
            Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        }
    }
}

fn level(node: &Node) -> Result<Level, Fault> {
    let Some(text) = optional(node, "level")? else { return Ok(Level::Low) };
    text.to_ascii_lowercase().parse().map_err(|message: String| {
        let near = nearest(&text, Level::ALL.map(Level::name));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Fault::new(node.get("level").map_or(node.at, |value| value.at), format!("{message}{hint}"))
    })
}

/// Small letters, digits and dashes of a title.
fn slug(title: &str) -> String {
    let words = title.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

fn log_source(node: &Node) -> Result<LogSource, Fault> {
    if node.map().is_none_or(<[_]>::is_empty) {
        return Err(Fault::new(node.at, "`logsource` must name a category, a product or a service"));
    }
    let word = |key| Ok::<_, Fault>(optional(node, key)?.map(|text| text.to_ascii_lowercase()));
    Ok(LogSource { category: word("category")?, product: word("product")?, service: word("service")? })
}

/// Servers and gateways whose access logs are requests.
const SERVERS: [&str; 26] = [
    "apache",
    "nginx",
    "iis",
    "haproxy",
    "envoy",
    "istio",
    "traefik",
    "caddy",
    "lighttpd",
    "tomcat",
    "varnish",
    "kong",
    "apisix",
    "apigee",
    "cloudflare",
    "cloudfront",
    "akamai",
    "fastly",
    "squid",
    "zscaler",
    "bluecoat",
    "gravitee",
    "tyk",
    "wso2",
    "breachline",
    "zeek",
];

/// Which requests a log source means, or why none.
fn scope(source: &LogSource, definition: &str) -> Result<Scope, String> {
    let word = |word: &Option<String>| word.clone().unwrap_or_default();
    let (category, product, service) = (word(&source.category), word(&source.product), word(&source.service));
    match category.as_str() {
        "webserver" => return Ok(Scope::Requests),
        "proxy" => return Ok(Scope::Proxy),
        "" => {}
        _ => {
            let whose = if product.is_empty() { String::new() } else { format!(" of {product}") };
            return Err(format!("its log source is {category}{whose}, which is no log of web requests"));
        }
    }
    let server = [&service, &product].into_iter().any(|word| SERVERS.contains(&word.as_str()));
    let errors = service == "error" || definition.contains("error.log") || (product.is_empty() && service == "nginx");
    match (server, errors) {
        (true, true) => Ok(Scope::Errors),
        (true, false) => Ok(Scope::Requests),
        _ => {
            let named: Vec<&str> =
                [product.as_str(), service.as_str()].into_iter().filter(|word| !word.is_empty()).collect();
            Err(format!("its log source is {}, which is no log of web requests", named.join(" ")))
        }
    }
}

fn correlation(document: &Node, node: &Node) -> Result<Correlation, Fault> {
    const KEYS: [&str; 7] = ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"];
    node.only("`correlation`", &KEYS)?;
    let part = |key: &str| node.get(key).ok_or_else(|| Fault::new(start(node), format!("a correlation needs `{key}`")));
    let named = part("type")?;
    let word = named.text().unwrap_or_default();
    let kind = Kind::ALL.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind).ok_or_else(|| {
        let names = Kind::ALL.map(|(name, _)| name);
        let hint = nearest(&word, names)
            .map_or_else(|| format!("known are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
        Fault::new(named.at, format!("there is no correlation `{word}`; {hint}"))
    })?;
    let rules = part("rules")?.texts("`rules`")?;
    if rules.is_empty() {
        return Err(Fault::new(part("rules")?.at, "`rules` is empty; name the rules whose matches are related"));
    }
    let timespan = part("timespan")?;
    let text = timespan.text().unwrap_or_default();
    let span = duration(&text)
        .ok_or_else(|| Fault::new(timespan.at, format!("`{text}` is no time span; write 30s, 10m, 2h or 1d")))?;
    let flag = |node: &Node| node.get("generate").is_some_and(|flag| flag.value == Value::Bool(true));
    let mut correlation = Correlation {
        kind,
        rules,
        group_by: node.get("group-by").map_or_else(|| Ok(Vec::new()), |list| list.texts("`group-by`"))?,
        span,
        bounds: Vec::new(),
        fields: Vec::new(),
        percentile: 50.0,
        condition: None,
        aliases: aliases(node)?,
        generate: flag(node) || flag(document),
    };
    bounds(node, &mut correlation)?;
    Ok(correlation)
}

fn aliases(node: &Node) -> Result<Vec<Alias>, Fault> {
    let mut aliases = Vec::new();
    for entry in node.get("aliases").and_then(Node::map).unwrap_or_default() {
        let fields = entry.value.map().ok_or_else(|| {
            Fault::new(entry.value.at, format!("`{}` must be a mapping of rules to fields", entry.key))
        })?;
        let field = |of: &super::yaml::Entry| {
            let field = of.value.text().ok_or_else(|| Fault::new(of.value.at, "the name of a field is needed here"))?;
            Ok((of.key.clone(), field))
        };
        aliases.push((entry.key.clone(), fields.iter().map(field).collect::<Result<_, Fault>>()?));
    }
    Ok(aliases)
}

/// The condition of a correlation: bounds of its measure, or which rules must match.
fn bounds(node: &Node, correlation: &mut Correlation) -> Result<(), Fault> {
    let temporal = matches!(correlation.kind, Kind::Temporal | Kind::TemporalOrdered);
    let Some(condition) = node.get("condition") else {
        return if temporal {
            Ok(())
        } else {
            Err(Fault::new(start(node), "this correlation needs a `condition`, such as `gte: 10`"))
        };
    };
    if let (true, Some(text)) = (temporal, condition.text()) {
        let place = |span: Place| {
            let start = condition.at.start + usize::from(condition.at.end - condition.at.start == text.len() + 2);
            Place { start: start + span.start, end: start + span.end.max(span.start + 1) }
        };
        let fault = |error: crate::expr::parse::ExprError| Fault::new(place(error.span), error.message);
        let read = condition::parse(&text).map_err(fault)?;
        let names: Vec<&str> = correlation.rules.iter().map(String::as_str).collect();
        named_rules(&read, &names).map_err(fault)?;
        correlation.condition = Some(read);
        return Ok(());
    }
    condition.only("`condition`", &["gt", "gte", "lt", "lte", "eq", "neq", "field", "percentile"])?;
    for entry in condition.map().unwrap_or_default() {
        let number = || {
            let number = entry.value.text().and_then(|text| text.parse::<f64>().ok());
            number.ok_or_else(|| Fault::new(entry.value.at, format!("`{}` needs a number", entry.key)))
        };
        match entry.key.as_str() {
            "field" => correlation.fields = entry.value.texts("`field`")?,
            "percentile" => correlation.percentile = number()?,
            key => {
                let order = Order::of(key).map(|order| number().map(|bound| (order, bound))).transpose()?;
                correlation.bounds.extend(order);
            }
        }
    }
    if correlation.bounds.is_empty() && !temporal {
        return Err(Fault::new(condition.at, "a bound is needed: gt, gte, lt, lte, eq or neq"));
    }
    if !(0.0..=100.0).contains(&correlation.percentile) {
        return Err(Fault::new(condition.at, "`percentile` is from 0 to 100"));
    }
    let (name, fields) = (correlation.kind.name(), correlation.fields.len());
    match (correlation.kind, fields) {
        (Kind::ValueCount, 0) => Err(Fault::new(condition.at, format!("{name} needs `field` in its condition"))),
        (Kind::ValueCount, _) => Ok(()),
        (kind, 1) if kind.reads_field() => Ok(()),
        (kind, _) if kind.reads_field() => {
            Err(Fault::new(condition.at, format!("{name} needs one `field` in its condition")))
        }
        (_, 0) => Ok(()),
        _ => Err(Fault::new(condition.at, format!("{name} reads no field"))),
    }
}

fn named_rules(condition: &Condition, names: &[&str]) -> Result<(), crate::expr::parse::ExprError> {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().try_for_each(|part| named_rules(part, names)),
        Condition::Not(inner) => named_rules(inner, names),
        Condition::Name(name, _) if names.contains(&name.as_str()) => Ok(()),
        Condition::Name(name, span) => Err(condition::unknown(name, *span, names)),
        Condition::All(pattern, span) | Condition::One(pattern, span) => {
            let none = condition::chosen(pattern.as_deref(), names).is_empty();
            if none { Err(condition::unknown(pattern.as_deref().unwrap_or("them"), *span, names)) } else { Ok(()) }
        }
    }
}

/// The samples in `breachline: tests:`.
fn samples(node: &Node) -> Result<Vec<Sample>, Fault> {
    node.items().iter().map(sample).collect()
}

fn sample(node: &Node) -> Result<Sample, Fault> {
    node.only("a sample", &["name", "format", "log", "fires", "silent", "not_evaluable"])?;
    let text = |key: &str| node.get(key).and_then(Node::text);
    let missing = |key: &str| Fault::new(start(node), format!("a sample needs `{key}`"));
    let name = text("name").ok_or_else(|| missing("name"))?;
    let log = text("log").ok_or_else(|| missing("log"))?;
    crate::rule::expand(&log).map_err(|message| Fault::new(start(node), message))?;
    let expect = match (node.get("fires"), node.get("silent"), node.get("not_evaluable")) {
        (Some(rows), None, None) => {
            let number = |item: &Node| {
                let rows = item.text().and_then(|text| text.parse().ok());
                rows.ok_or_else(|| Fault::new(item.at, "`fires` needs counts of rows, one a finding"))
            };
            Expect::Fires(rows.items().iter().map(number).collect::<Result<_, _>>()?)
        }
        (None, Some(Node { value: Value::Bool(true), .. }), None) => Expect::Silent,
        (None, None, Some(missing)) => Expect::NotEvaluable(missing.texts("`not_evaluable`")?),
        _ => {
            let message = "a sample says one of `fires: [rows, ...]`, `silent: true`, `not_evaluable: [columns]`";
            return Err(Fault::new(start(node), message));
        }
    };
    Ok(Sample {
        name,
        format: text("format"),
        log,
        expect,
        look_alikes: Vec::new(),
        just_under: None,
        countries: std::collections::BTreeMap::new(),
    })
}
