//! Completion of names while something is typed.

use breachline_parsers::schema::COLUMNS;

/// What can stand behind the text typed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// What to put in behind it: as much as all candidates have in common.
    pub more: String,
    /// The names that begin like that, sorted.
    pub candidates: Vec<String>,
}

/// Completes the word at the end of `before` to one of `names`.
pub fn complete<'a>(before: &str, names: impl IntoIterator<Item = &'a str>) -> Completion {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let word = before.rsplit(|c| !is_part(c)).next().unwrap_or_default();
    let low = word.to_ascii_lowercase();
    let mut candidates: Vec<String> =
        names.into_iter().filter(|name| name.to_ascii_lowercase().starts_with(&low)).map(str::to_owned).collect();
    candidates.sort();
    candidates.dedup();
    let Some(first) = candidates.first() else { return Completion::default() };
    let common = candidates.iter().fold(first.as_str(), |common, name| {
        let same = common.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        common.get(..same).unwrap_or_default()
    });
    Completion { more: common.get(word.len()..).unwrap_or_default().to_owned(), candidates }
}

/// Names of the columns of requests.
pub fn columns() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|column| column.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_grows_as_far_as_all_names_agree() {
        let names = ["client_ip", "client_net", "client_app", "status"];
        assert_eq!(complete("status = 1 AND cl", names).more, "ient_");
        assert_eq!(complete("cl", names).candidates.len(), 3);
        assert_eq!(complete("sta", names).more, "tus");
        assert_eq!(complete("zz", names), Completion::default());
        assert!(columns().any(|name| name == "user_agent"));
    }
}
