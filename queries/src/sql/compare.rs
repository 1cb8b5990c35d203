//! Comparisons of a column with something written out: times become exact, what cannot be compared is refused.

use super::functions;
use super::place::Fault;
use super::scope::Scope;
use breachline_parsers::schema::Kind;
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned,
    TimezoneInfo, TypedString, Value, ValueWithSpan,
};

/// Settles one expression whose parts are settled.
pub(super) fn settle(expr: &mut Expr, scope: &Scope) -> Result<(), Fault> {
    match expr {
        Expr::BinaryOp { left, op, right } if compares(op) => {
            pair(left, right, scope)?;
            pair(right, left, scope)
        }
        Expr::BinaryOp { left, op: BinaryOperator::Plus | BinaryOperator::Minus, right }
            if matches!(right.as_ref(), Expr::Interval(_)) =>
        {
            if let Expr::Value(value) = left.as_ref()
                && let Value::SingleQuotedString(text) = &value.value
            {
                **left = exact(time(text, value)?);
            }
            Ok(())
        }
        Expr::BinaryOp { left, op, right } if calculates(op) => {
            let text = |side: &Expr| match kind(side, scope) {
                Some((Kind::Text, name)) => Err(Fault::new(
                    side.span(),
                    format!("`{name}` is text; {op} works on numbers and times (texts are joined with ||)"),
                )),
                _ => Ok(()),
            };
            text(left).and_then(|()| text(right))
        }
        Expr::BinaryOp { op, right, .. } if is_regex(op) => regex(right, NO_REGEX),
        Expr::InList { expr, list, .. } => list.iter_mut().try_for_each(|item| pair(expr, item, scope)),
        Expr::Between { expr, low, high, .. } => {
            pair(expr, low, scope)?;
            pair(expr, high, scope)
        }
        Expr::Like { expr, any: false, .. } => pattern(expr, "LIKE", scope),
        Expr::ILike { expr, any: false, .. } => pattern(expr, "ILIKE", scope),
        Expr::RLike { expr, pattern: text, .. } => pattern(expr, "REGEXP", scope).and_then(|()| regex(text, NO_REGEX)),
        Expr::TypedString(TypedString { data_type, value, .. }) if is_timestamp(data_type) => {
            let Value::SingleQuotedString(text) = &value.value else { return Ok(()) };
            let time = time(text, value)?;
            *expr = exact(time);
            Ok(())
        }
        Expr::Cast { expr: inner, data_type, .. } if is_timestamp(data_type) => {
            if let Expr::Value(value) = inner.as_ref()
                && let Value::SingleQuotedString(text) = &value.value
            {
                let time = time(text, value)?;
                *expr = exact(time);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What is said of a pattern that cannot be read.
pub(super) const NO_REGEX: &str = "the pattern is no valid regular expression";

/// Functions that work on numbers, by their first argument.
const OF_NUMBERS: [&str; 14] =
    ["sum", "avg", "mean", "stddev", "stdev", "variance", "var", "abs", "round", "ceil", "floor", "sqrt", "ln", "exp"];

/// Functions that work on text, by their first argument.
const OF_TEXT: [&str; 9] =
    ["upper", "lower", "length", "ltrim", "rtrim", "starts_with", "ends_with", "reverse", "octet_length"];

/// Refuses arguments that a function does not work on, where they are columns.
pub(super) fn arguments(function: &Function, scope: &Scope) -> Result<(), Fault> {
    let FunctionArguments::List(list) = &function.args else { return Ok(()) };
    let argument = |at: usize| match list.args.get(at)? {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    };
    let name = function.name.to_string().to_lowercase();
    let unless = |at: usize, wrong: &[Kind], sentence: &dyn Fn(&str) -> String| match argument(at)
        .and_then(|expr| Some((expr, kind(expr, scope)?)))
    {
        Some((expr, (kind, column))) if wrong.contains(&kind) => Err(Fault::new(expr.span(), sentence(&column))),
        _ => Ok(()),
    };
    match name.as_str() {
        "date_trunc" | "time_bucket" => unless(1, &[Kind::Text, Kind::Number], &|_| {
            format!("{name} takes a time such as `ts` as its second argument")
        }),
        "strftime" => unless(0, &[Kind::Text, Kind::Number], &|_| {
            "strftime takes a time such as `ts` as its first argument".to_owned()
        }),
        "regexp_extract" | "regexp_replace" | "regexp_matches" => {
            let Some(expr) = argument(1) else { return Ok(()) };
            let text = literal(expr).unwrap_or_default();
            regex(expr, &format!("{name} does not understand the pattern '{text}'"))
        }
        numbers if OF_NUMBERS.contains(&numbers) => {
            unless(0, &[Kind::Text], &|column| format!("`{column}` is text; {name} works on numbers"))
        }
        text if OF_TEXT.contains(&text) => unless(0, &[Kind::Number], &|column| {
            format!("`{column}` is a number; {name} works on text (CAST({column} AS VARCHAR))")
        }),
        _ => Ok(()),
    }
}

fn is_regex(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(op, Op::PGRegexMatch | Op::PGRegexIMatch | Op::PGRegexNotMatch | Op::PGRegexNotIMatch)
}

/// A text that is written out.
fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => Some(text),
        _ => None,
    }
}

/// Refuses a pattern that is no regular expression, where it is written out.
fn regex(expr: &Expr, sentence: &str) -> Result<(), Fault> {
    match literal(expr).map(regex::Regex::new) {
        Some(Err(_)) => Err(Fault::new(expr.span(), sentence)),
        _ => Ok(()),
    }
}

fn compares(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq | Op::Spaceship)
}

fn calculates(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(op, Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo)
}

fn is_timestamp(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(..) | DataType::Datetime(_) | DataType::TimestampNtz(_))
}

/// What a side of a comparison is, if that can be known, and how to call it.
fn kind(expr: &Expr, scope: &Scope) -> Option<(Kind, String)> {
    match expr {
        Expr::Identifier(name) => known(&name.value, scope),
        Expr::CompoundIdentifier(names) => known(&names.last()?.value, scope),
        Expr::Nested(inner) => kind(inner, scope),
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            functions::gives_time(&name).then_some((Kind::Time, name))
        }
        _ => None,
    }
}

/// A column of the table, unless the query gives the name to something of its own.
fn known(name: &str, scope: &Scope) -> Option<(Kind, String)> {
    if scope.aliases.contains(name) {
        return None;
    }
    scope.kind(name).map(|kind| (kind, name.to_owned()))
}

fn pair(side: &Expr, other: &mut Expr, scope: &Scope) -> Result<(), Fault> {
    let Some((kind, name)) = kind(side, scope) else { return Ok(()) };
    let Expr::Value(literal) = &*other else { return Ok(()) };
    let refuse = |is: &str, what: String, advice: String| {
        Err(Fault::new(literal.span, format!("`{name}` is {is}; it cannot be compared with {what}{advice}")))
    };
    match (kind, &literal.value) {
        (Kind::Time, Value::SingleQuotedString(text)) => {
            let time = read(text);
            let Some(time) = time else {
                return refuse("a time", format!("the text '{text}'"), " (write '2026-11-23 10:00:00')".to_owned());
            };
            *other = exact(time);
            Ok(())
        }
        (Kind::Number, Value::SingleQuotedString(text)) => {
            let number = text.parse::<i64>().is_ok();
            let advice = if number { format!(" (write {text} without quotes)") } else { String::new() };
            refuse("a number", format!("the text '{text}'"), advice)
        }
        (Kind::Text, Value::Number(number, _)) => {
            refuse("text", format!("the number {number}"), format!(" (write '{number}')"))
        }
        (Kind::Time, Value::Number(number, _)) => {
            refuse("a time", format!("the number {number}"), " (write '2026-11-23 10:00:00')".to_owned())
        }
        (kind, Value::Boolean(value)) => {
            let is = match kind {
                Kind::Time => "a time",
                Kind::Number => "a number",
                Kind::Text => "text",
            };
            refuse(is, if *value { "true".to_owned() } else { "false".to_owned() }, String::new())
        }
        _ => Ok(()),
    }
}

fn pattern(expr: &Expr, operator: &str, scope: &Scope) -> Result<(), Fault> {
    match kind(expr, scope) {
        Some((Kind::Number, name)) => {
            Err(Fault::new(expr.span(), format!("`{name}` is a number; {operator} looks into text")))
        }
        Some((Kind::Time, name)) => {
            let advice = "compare it with < and >=, or write strftime(…)";
            Err(Fault::new(expr.span(), format!("`{name}` is a time; {operator} looks into text ({advice})")))
        }
        _ => Ok(()),
    }
}

fn time(text: &str, value: &ValueWithSpan) -> Result<i64, Fault> {
    read(text).ok_or_else(|| {
        Fault::new(
            value.span,
            format!("'{text}' is not a time (write '2026-11-23 10:00:00' or '2026-11-23T10:00:00Z')"),
        )
    })
}

/// Microseconds UTC of a time as people write it; without a zone it is UTC.
fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_micros());
    }
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%dT%H:%M%:z"];
    if let Some(time) = zoned.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()) {
        return Some(time.timestamp_micros());
    }
    let text = text.strip_suffix('Z').unwrap_or(text);
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let stated = forms.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let time = stated.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?;
    Some(time.and_utc().timestamp_micros())
}

/// A time that the engine cannot misread.
fn exact(micros: i64) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(Expr::value(Value::Number(micros.to_string(), false))),
        data_type: DataType::Timestamp(None, TimezoneInfo::None),
        array: false,
        format: None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::read;

    #[test]
    fn times_are_read_as_people_write_them() {
        let hour = read("2026-11-23T10:00:00Z").unwrap();
        let same = [
            "2026-11-23 10:00",
            "2026-11-23 10:00:00",
            "2026-11-23T10:00:00.000",
            "2026-11-23 10:00:00 UTC",
            "2026-11-23T19:00:00+09:00",
            "2026-11-23 19:00:00+09:00",
            "2026-11-23 19:00:00 +0900",
            "2026-11-23 10:00Z",
        ];
        for text in same {
            assert_eq!(read(text), Some(hour), "{text}");
        }
        assert_eq!(read("2026-11-23"), Some(hour - 36_000_000_000));
        for text in ["", "abc", "2026-13-01", "2026-11-23 25:00", "10:00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
