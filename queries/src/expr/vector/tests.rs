//! The vectorised meaning of a condition against the reference, row by row.

use super::*;
use crate::expr::Span;
use crate::testing::{Log, Row};
use proptest::prelude::*;

/// Columns of every way of storing: coded, enumerated, numeric, derived from time, from the source, from the target.
const COLUMNS: [&str; 16] = [
    "status",
    "auth",
    "answer",
    "object_kind",
    "method",
    "target",
    "route",
    "object_id",
    "user_agent",
    "principal",
    "client_ip",
    "bytes_out",
    "hour",
    "source",
    "query",
    "line_no",
];

fn literal() -> impl Strategy<Value = Expr> {
    prop_oneof![
        Just(Expr::Null),
        any::<bool>().prop_map(Expr::Bool),
        prop::sample::select(vec![-1.0, 0.0, 2.0, 200.0, 404.0, 700.0]).prop_map(Expr::Number),
        prop::sample::select(vec!["", "GET", "hit", "miss", "none", "verified", "ann", "int", "/kit/7", "x' y"])
            .prop_map(|text| Expr::Text(text.to_owned())),
    ]
}

fn expression() -> impl Strategy<Value = Expr> {
    let name = prop::sample::select(COLUMNS.to_vec()).prop_map(|name| Expr::Name(name.to_owned(), Span::default()));
    let leaf = prop_oneof![3 => name, 2 => literal()];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let op = prop::sample::select(vec![
            Op::Or,
            Op::And,
            Op::Or,
            Op::And,
            Op::Eq,
            Op::Ne,
            Op::Lt,
            Op::Le,
            Op::Gt,
            Op::Ge,
            Op::Add,
            Op::Sub,
            Op::Mul,
            Op::Div,
        ]);
        let function =
            prop::sample::select(vec!["lower", "length", "coalesce", "least", "greatest", "ln", "true_count"]);
        let pattern = prop::sample::select(vec!["%", "", "G_T", "%i%", "/kit/%", "a%n"]);
        prop_oneof![
            6 => (op, boxed(), boxed()).prop_map(|(op, left, right)| Expr::Binary(op, left, right)),
            2 => boxed().prop_map(Expr::Not),
            1 => boxed().prop_map(Expr::Neg),
            1 => (boxed(), prop::collection::vec(literal(), 1..3), any::<bool>())
                .prop_map(|(inner, list, negated)| Expr::In(inner, list, negated)),
            1 => (boxed(), boxed(), boxed(), any::<bool>())
                .prop_map(|(inner, low, high, negated)| Expr::Between(inner, low, high, negated)),
            1 => (boxed(), pattern, any::<bool>())
                .prop_map(|(inner, pattern, negated)| Expr::Like(inner, pattern.to_owned(), negated)),
            1 => (boxed(), any::<bool>()).prop_map(|(inner, negated)| Expr::IsNull(inner, negated)),
            1 => (function, prop::collection::vec(inner, 1..3))
                .prop_map(|(function, arguments)| Expr::Call(function.to_owned(), arguments, Span::default())),
        ]
    })
}

/// A row from a number: each digit decides on one fact, and 0 leaves it out.
fn row(row: Row, seed: u32) -> Row {
    let digit = |place: u32| seed / 5_u32.pow(place) % 5;
    let mut row = row.status([0, 200, 404, 401, 700][digit(0) as usize]);
    if digit(1) != 0 {
        row = row.at(f64::from(digit(1)) * 2_000.0);
    }
    row = match digit(2) {
        0 => row,
        1 => row.get("/kit/7"),
        2 => row.get("/kit/8?mail=a%40b.example"),
        3 => row.post("/kit"),
        _ => row.get(""),
    };
    row = if digit(3) == 0 { row } else { row.bytes([0, 2, 200, 700][digit(3) as usize - 1]) };
    row = if digit(4) > 2 { row.user(["ann", ""][digit(4) as usize - 3]) } else { row };
    row = if digit(5) > 1 { row.ip("192.0.2.7") } else { row };
    if digit(6) > 2 { row.ua(["", "GaT"][digit(6) as usize - 3]) } else { row }
}

/// One of several patterns of one text, and whether that has them as it is or in lower case.
fn patterns() -> impl Strategy<Value = Expr> {
    let column = prop::sample::select(vec!["target", "query", "user_agent", "route", "object_id"]);
    let pattern = prop::sample::select(vec![
        "%kit%",
        "%KIT%",
        "%/_it%",
        "%mail=_%",
        "%mail=%",
        "%_%40b%",
        "ga_",
        "%t",
        "G%",
        "%b.ex_mple",
        "/kit",
        "%@%",
        "_",
    ]);
    let one = (pattern, any::<bool>(), prop::bool::weighted(0.1));
    (column, prop::collection::vec(one, 1..9), any::<bool>()).prop_map(|(column, patterns, negated)| {
        let name = || Box::new(Expr::Name(column.to_owned(), Span::default()));
        let like = |(pattern, lower, negated): (&str, bool, bool)| {
            let text =
                if lower { Box::new(Expr::Call("lower".to_owned(), vec![*name()], Span::default())) } else { name() };
            Expr::Like(text, pattern.to_owned(), negated)
        };
        let either = |one, other| Expr::Binary(Op::Or, Box::new(one), Box::new(other));
        let any = patterns.into_iter().map(like).reduce(either).unwrap_or(Expr::Null);
        if negated { Expr::Not(Box::new(any)) } else { any }
    })
}

/// What is cheap to ask and what is dear, put together in some way.
fn cheap_and_dear() -> impl Strategy<Value = Expr> {
    let name = |name: &str| Expr::Name(name.to_owned(), Span::default());
    let eq = move |column: &str, value: Expr| Expr::Binary(Op::Eq, Box::new(name(column)), Box::new(value));
    let cheap = prop_oneof![
        prop::sample::select(vec![200.0, 404.0, 401.0]).prop_map(move |status| eq("status", Expr::Number(status))),
        prop::sample::select(vec!["GET", "POST"]).prop_map(move |method| eq("method", Expr::Text(method.to_owned()))),
        prop::sample::select(vec!["hit", "miss"]).prop_map(move |answer| eq("answer", Expr::Text(answer.to_owned()))),
    ];
    let function = prop::sample::select(vec!["attack_class", "points_to", "catches_all"]).prop_map(move |function| {
        let call = Expr::Call(function.to_owned(), vec![name("target")], Span::default());
        Expr::IsNull(Box::new(call), true)
    });
    let two = Just(Expr::Binary(Op::Lt, Box::new(name("target")), Box::new(name("object_id"))));
    let leaf = prop_oneof![4 => cheap, 3 => patterns(), 1 => function, 1 => two];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let op = prop::sample::select(vec![Op::And, Op::And, Op::Or]);
        prop_oneof![
            4 => (op, inner.clone(), inner.clone())
                .prop_map(|(op, left, right)| Expr::Binary(op, Box::new(left), Box::new(right))),
            1 => inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
            1 => (inner, any::<bool>()).prop_map(|(inner, or_else)| {
                Expr::Call("coalesce".to_owned(), vec![inner, Expr::Bool(or_else)], Span::default())
            }),
        ]
    })
}

/// Asks a condition of all rows at once and of each by itself.
fn assert_like_the_reference(seeds: &[u32], expr: &Expr) -> Result<(), TestCaseError> {
    let requests = Log::new()
        .rows(seeds.len(), |into, at| row(into, seeds[at]))
        .source("other.log")
        .rows(seeds.len() / 2, |into, at| row(into, seeds[at] / 3))
        .build();
    let expected: Vec<Option<bool>> =
        (0..requests.rows()).map(|row| evaluate(expr, &RowScope { requests: &requests, row }).truth()).collect();
    let truth = evaluate_rows(expr, &requests, &mut Atoms::default());
    let got: Vec<Option<bool>> =
        (0..requests.rows()).map(|row| (!truth.unknown.contains(row)).then(|| truth.yes.contains(row))).collect();
    prop_assert_eq!(got, expected.clone(), "{}", expr);
    let certain: Vec<usize> =
        expected.iter().enumerate().filter(|(_, truth)| **truth == Some(true)).map(|(row, _)| row).collect();
    prop_assert_eq!(truth.yes.ones().collect::<Vec<_>>(), certain, "{}", expr);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn like_the_reference(seeds in prop::collection::vec(0_u32..78_125, 0..8), expr in expression()) {
        assert_like_the_reference(&seeds, &expr)?;
    }

    #[test]
    fn many_patterns_like_the_reference(seeds in prop::collection::vec(0_u32..78_125, 0..8), expr in patterns()) {
        assert_like_the_reference(&seeds, &expr)?;
    }

    #[test]
    fn few_rows_are_asked_like_the_reference(
        seeds in prop::collection::vec(0_u32..78_125, 0..24),
        expr in cheap_and_dear(),
    ) {
        assert_like_the_reference(&seeds, &expr)?;
    }

    #[test]
    fn accounts_that_name_themselves_like_the_reference(
        seeds in prop::collection::vec((0_usize..4, 0_usize..4), 0..12),
        columns in prop::sample::select(vec![("object_id", "principal"), ("principal", "object_id"), ("object_id", "host")]),
    ) {
        let requests = Log::new()
            .rows(seeds.len(), |row, at| {
                let (object, account) = seeds[at];
                let row = row.get(["/users", "/users/17", "/users/u17", "/users/28"][object]);
                if account == 0 { row } else { row.user(["u17", "17", "ann@b.example"][account - 1]) }
            })
            .build();
        let name = |name: &str| Expr::Name(name.to_owned(), Span::default());
        let call = Expr::Call("names_itself".to_owned(), vec![name(columns.0), name(columns.1)], Span::default());
        let truth = evaluate_rows(&call, &requests, &mut Atoms::default());
        for (row, seed) in seeds.iter().enumerate() {
            let expected = evaluate(&call, &RowScope { requests: &requests, row }).truth();
            let got = (!truth.unknown.contains(row)).then(|| truth.yes.contains(row));
            prop_assert_eq!(got, expected, "{:?}", seed);
        }
    }
}
