//! Routes as an analyst writes them: `/users/{id}`, `/files/*`.

/// Segments of a route: words, holes, and whether anything may follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As written.
    pub text: String,
    segments: Vec<Segment>,
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Word(Vec<u8>),
    Hole,
}

impl Pattern {
    /// Reads a route. The error says what a route looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("{why}; write a path such as /users/{{id}} or /files/*");
        let Some(rest) = text.strip_prefix('/') else { return Err(wrong("a route begins with /")) };
        if text.contains(['?', '#', ' ']) {
            return Err(wrong("a route has neither a query nor spaces"));
        }
        let mut parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
        let open = parts.last() == Some(&"*");
        if open {
            parts.pop();
        }
        let segment = |part: &&str| match part {
            _ if part.starts_with('{') && part.ends_with('}') => Ok(Segment::Hole),
            _ if part.contains(['{', '}', '*']) => Err(wrong(&format!("`{part}` is neither a word nor a placeholder"))),
            _ => Ok(Segment::Word(part.as_bytes().to_vec())),
        };
        let segments = parts.iter().map(segment).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), segments, open })
    }

    /// The template of an `OpenAPI` document: a segment with a placeholder anywhere in it is a hole.
    pub fn of_template(text: &str) -> Self {
        let segment = |part: &str| {
            if part.contains('{') { Segment::Hole } else { Segment::Word(part.as_bytes().to_vec()) }
        };
        let segments = text.split('/').filter(|part| !part.is_empty()).map(segment).collect();
        Self { text: text.to_owned(), segments, open: false }
    }

    /// The same with whatever behind it.
    #[must_use]
    pub fn open(self) -> Self {
        Self { open: true, ..self }
    }

    /// How many of its segments are holes.
    pub fn holes(&self) -> usize {
        self.segments.iter().filter(|segment| **segment == Segment::Hole).count()
    }

    /// Whether a path is of this route. Words are compared by bytes; slashes at the end and in a row do not count.
    pub fn fits(&self, path: &[u8]) -> bool {
        let mut parts = path.split(|&byte| byte == b'/').filter(|part| !part.is_empty());
        for segment in &self.segments {
            let Some(part) = parts.next() else { return false };
            if let Segment::Word(word) = segment
                && word != part
            {
                return false;
            }
        }
        self.open || parts.next().is_none()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn words_holes_and_open_ends() {
        let fits = |pattern: &str, path: &str| Pattern::parse(pattern).unwrap().fits(path.as_bytes());
        assert!(fits("/users/{id}", "/users/17") && fits("/users/{id}", "/users/{id}/") && fits("/", "/"));
        assert!(!fits("/users/{id}", "/users") && !fits("/users/{id}", "/users/1/orders") && !fits("/a", "/A"));
        assert!(fits("/files/*", "/files/a/b.txt") && fits("/files/*", "/files") && !fits("/files/*", "/file/a"));
    }

    #[test]
    fn what_is_no_route_says_what_one_is() {
        for wrong in ["users", "/users?id=1", "/us*rs", "/users/{id", ""] {
            assert!(Pattern::parse(wrong).unwrap_err().contains("/users/{id}"), "{wrong}");
        }
    }
}
