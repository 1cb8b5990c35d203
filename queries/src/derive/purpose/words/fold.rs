//! Letters as the word lists compare them: without accents, marks and the like.

/// Letters and what they are folded to.
const FOLDS: &[(&str, char)] = &[
    ("áàâãäåăāąạảấầẩẫậắằẳẵặæ", 'a'),
    ("çćčċ", 'c'),
    ("ďđð", 'd'),
    ("éèêëěēėęẹẻẽếềểễệ", 'e'),
    ("ğģġ", 'g'),
    ("íìîïīįıịỉĩ", 'i'),
    ("łľļĺ", 'l'),
    ("ñńňņ", 'n'),
    ("óòôõöøőōơọỏốồổỗộớờởỡợœ", 'o'),
    ("řŕ", 'r'),
    ("śšşșß", 's'),
    ("ťţțþ", 't'),
    ("úùûüűůūųưụủũứừửữự", 'u'),
    ("ýỳỵỷỹÿ", 'y'),
    ("źżž", 'z'),
    ("ά", 'α'),
    ("έ", 'ε'),
    ("ή", 'η'),
    ("ίϊΐ", 'ι'),
    ("ό", 'ο'),
    ("ύϋΰ", 'υ'),
    ("ώ", 'ω'),
    ("ς", 'σ'),
    ("ё", 'е'),
    ("й", 'и'),
    ("ї", 'і'),
    ("أإآ", 'ا'),
];

/// A small letter without its accent; `None` for marks that belong to the letter before.
pub fn fold(c: char) -> Option<char> {
    if c.is_ascii() {
        return Some(c);
    }
    if is_mark(c) {
        return None;
    }
    Some(FOLDS.iter().find(|(letters, _)| letters.contains(c)).map_or(c, |&(_, plain)| plain))
}

/// Whether a character is written on the letter before it: accents, vowel points, vowel signs, tone marks, viramas.
///
/// Both sides lose them, so that a word is the same however it is composed.
pub fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}'
        | '\u{591}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{900}'..='\u{903}'
        | '\u{93c}'
        | '\u{94d}'
        | '\u{e31}'
        | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}')
}
