//! Optional parts of a layout: `a<? b?>` reads `a b` or `a`, `<?b?|c?>` reads `b` or `c`.

/// All layouts that one with groups stands for, earlier alternatives first.
pub(super) fn expand(layout: &str) -> Result<Vec<String>, String> {
    let Some((before, rest)) = layout.split_once("<?") else {
        return Ok(vec![layout.to_owned()]);
    };
    let (group, after) = rest.split_once("?>").ok_or("a group `<?` has no end `?>`")?;
    let mut choices: Vec<&str> = group.split("?|").collect();
    if choices.len() == 1 {
        choices.push("");
    }
    let after = expand(after)?;
    let joined = |choice: &&str| after.iter().map(|after| format!("{before}{choice}{after}")).collect::<Vec<_>>();
    Ok(choices.iter().flat_map(joined).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn groups_multiply() {
        assert_eq!(expand("a").unwrap(), ["a"]);
        assert_eq!(expand("a<? b?>c<?d?|e?>").unwrap(), ["a bcd", "a bce", "acd", "ace"]);
        assert_eq!(expand("<?d?|e?|?>f").unwrap(), ["df", "ef", "f"]);
        assert!(expand("a<?b").is_err());
    }
}
