//! How long a password may be.

use kernel::Secret;

/// Shortest and longest password, in UTF-16 code units: what a browser's `length` counts.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=128;

/// Whether a password's length is acceptable. Counted as it was sent, before it is normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    TooShort,
    Fits,
    TooLong,
}

impl Length {
    pub fn of(password: &Secret) -> Self {
        let units = password.expose().encode_utf16().count();
        if units < *LENGTHS.start() {
            Self::TooShort
        } else if units > *LENGTHS.end() {
            Self::TooLong
        } else {
            Self::Fits
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths count UTF-16 code units, so that browser and server agree: an emoji counts two.
    #[test]
    fn lengths_are_counted_as_browsers_do() {
        for (password, expected) in [
            ("1234567".to_owned(), Length::TooShort),
            ("12345678".to_owned(), Length::Fits),
            ("🦀🦀🦀".to_owned(), Length::TooShort),
            ("🦀🦀🦀🦀".to_owned(), Length::Fits),
            ("é".repeat(128), Length::Fits),
            ("🦀".repeat(64), Length::Fits),
            ("🦀".repeat(65), Length::TooLong),
            ("p".repeat(129), Length::TooLong),
            // Normalised, this one letter is eighteen.
            ("ﷺ".repeat(7), Length::TooShort),
            ("ﷺ".repeat(128), Length::Fits),
        ] {
            assert_eq!(Length::of(&password.as_str().into()), expected, "{password}");
        }
    }
}
