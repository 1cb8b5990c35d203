//! Errors as people read them.

use breachline_parsers::source::{advice, why};

/// An error as one sentence: where, what, why, and what to do where the system's word for it tells.
#[must_use]
pub fn sentence(error: &anyhow::Error) -> String {
    let io = |cause: &(dyn std::error::Error + 'static)| cause.downcast_ref::<std::io::Error>().map(why);
    let parts: Vec<String> = error.chain().map(|cause| io(cause).unwrap_or_else(|| cause.to_string())).collect();
    let advice = error.root_cause().downcast_ref::<std::io::Error>().and_then(advice);
    let advice = advice.map_or_else(String::new, |advice| format!("; {advice}"));
    format!("{}{advice}", parts.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_ends_in_what_to_do() {
        use anyhow::Context;
        let read = std::fs::read("/nowhere/at/all").context("--context: c.toml cannot be read");
        let told = read.err().map(|error| sentence(&error));
        assert_eq!(
            told.as_deref(),
            Some("--context: c.toml cannot be read: it does not exist; check the spelling and the working directory")
        );
        assert_eq!(sentence(&anyhow::anyhow!("inner").context("outer")), "outer: inner");
    }
}
