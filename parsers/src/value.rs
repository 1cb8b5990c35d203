//! Values as logs write them.

use std::borrow::Cow;

/// Makes bytes valid UTF-8; what is not becomes U+FFFD.
pub fn clean(bytes: &[u8]) -> Cow<'_, [u8]> {
    if simdutf8::basic::from_utf8(bytes).is_ok() {
        Cow::Borrowed(bytes)
    } else {
        Cow::Owned(String::from_utf8_lossy(bytes).into_owned().into_bytes())
    }
}
