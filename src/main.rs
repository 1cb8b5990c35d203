//! Opens the terminal view on the paths given.

fn main() -> anyhow::Result<()> {
    let options = breachline::engine::Options {
        paths: std::env::args().skip(1).collect(),
        load: breachline_parsers::load::LoadOptions {
            keep_raw: true,
            ..Default::default()
        },
        derive: breachline_queries::derive::DeriveOptions::default(),
        hunt: breachline_queries::hunt::HuntOptions::default(),
        rules: breachline_queries::rule::builtin(),
    };
    breachline::tui::run(options, breachline::tui::Look::default())
}
