//! Words in both languages: a table makes an enum, so that nothing can be said in one language only.
//!
//! `{0}`, `{1}` are filled in; `{s}` is the plural of English, after the first of them.

/// The language of what is said to people. Data and names of columns are not translated; what the engine and its
/// rules say is told by [`crate::korean`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean; times stand in KST beside UTC.
    Ko,
}

impl Lang {
    /// The tag of the language, as in HTML.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// The one of two texts, English and Korean, that is of this language.
    #[must_use]
    pub const fn of(self, both: [&'static str; 2]) -> &'static str {
        match self {
            Self::En => both[0],
            Self::Ko => both[1],
        }
    }
}

/// Makes the enum `Word` of a table: `Name => "English", "Korean";`.
macro_rules! table {
    ($($name:ident => $en:literal, $ko:literal;)*) => {
        /// A word or a sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // each is what it says in English below
        pub enum Word { $($name),* }

        impl Word {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The text in a language.
            #[must_use]
            pub const fn text(self, lang: $crate::words::Lang) -> &'static str {
                match self {
                    $(Self::$name => lang.of([$en, $ko]),)*
                }
            }

            /// The text with `{0}`, `{1}` … filled in.
            #[must_use]
            pub fn fill(self, lang: $crate::words::Lang, values: &[&str]) -> String {
                $crate::words::fill(self.text(lang), values)
            }
        }
    };
}
pub(crate) use table;

/// A text with `{0}`, `{1}` … filled in, and `{s}` by whether the first of them is one.
pub(crate) fn fill(text: &str, values: &[&str]) -> String {
    fill_with(text, values, &|_| None)
}

/// The same with names that are looked up.
pub(crate) fn fill_with<'t>(text: &'t str, values: &[&'t str], named: &dyn Fn(&str) -> Option<&'t str>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((place, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            break;
        };
        filled.push_str(match place {
            "s" if values.first() == Some(&"1") => "",
            "s" => "s",
            place => match place.parse::<usize>() {
                Ok(at) => values.get(at).copied().unwrap_or(""),
                Err(_) => named(place).unwrap_or(""),
            },
        });
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// What the tests of each table ask of a pair of texts.
#[cfg(test)]
pub(crate) fn check(name: &str, en: &str, ko: &str) {
    let places = |text: &str| {
        let mut places: Vec<String> =
            text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(str::to_owned).collect();
        places.retain(|place| place != "s");
        places.sort_unstable();
        places
    };
    assert!(!en.is_empty() && en.is_ascii(), "{name}: {en}");
    // A range is written with a sign alone.
    let signs = ko.split(['{', '}']).step_by(2).all(|part| !part.chars().any(char::is_alphabetic));
    assert!(signs || ko.chars().any(|c| ('가'..='힣').contains(&c)), "{name} is not in Korean: {ko}");
    assert_eq!(places(en), places(ko), "{name}");
    assert!(!ko.contains("{s}"), "{name}: Korean has no such plural");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_by_number() {
        assert_eq!(fill("{0} request{s} of {1}", &["1", "{0}"]), "1 request of {0}");
        assert_eq!(fill("{1}: {0} hit{s}", &["12", "a"]), "a: 12 hits");
        assert_eq!(fill("a {b", &[]), "a {b");
    }
}
