//! As much of Prometheus' language as it takes to know which metrics and labels an expression names; promtool knows the rest.

use std::collections::BTreeSet;

const AGGREGATIONS: [&str; 8] = ["sum", "min", "max", "avg", "count", "topk", "bottomk", "quantile"];
const WORDS: [&str; 5] = ["and", "or", "unless", "offset", "bool"];
const GROUPINGS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// A metric, and the labels by which it is chosen.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    pub metric: String,
    pub labels: BTreeSet<String>,
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// What stands between the brackets that the text begins with, and what comes after them; brackets in quotes do not count.
fn bracketed(text: &str, end: char) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        quoted ^= c == '"';
        if c == end && !quoted {
            return (&text[1..at], &text[at + 1..]);
        }
    }
    panic!("a bracket that is not closed: {text}")
}

/// The names in `a="x", b=~"y"`.
fn matched(matchers: &str) -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    let mut rest = matchers;
    while let Some((label, behind)) = rest.split_once(['=', '!']) {
        labels.insert(label.trim_matches([',', ' ']).to_owned());
        let value = behind.split_once('"').expect("a quoted value").1;
        rest = value.split_once('"').expect("the end of it").1;
    }
    labels
}

/// What an expression names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub uses: BTreeSet<Use>,
    /// The labels in `by (…)`, `on (…)` and so on.
    pub groupings: BTreeSet<String>,
}

pub fn named(expression: &str) -> Named {
    let mut found = Named::default();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        if first == '[' {
            rest = bracketed(rest, ']').1;
        } else if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, behind) = (&rest[..end], rest[end..].trim_start());
            rest = behind;
            if GROUPINGS.contains(&word) {
                let (labels, after) = bracketed(behind, ')');
                found.groupings.extend(labels.split(',').map(|label| label.trim().to_owned()));
                rest = after;
            } else if !(first.is_ascii_digit()
                || AGGREGATIONS.contains(&word)
                || WORDS.contains(&word)
                || behind.starts_with('('))
            {
                let mut labels = BTreeSet::new();
                if behind.starts_with('{') {
                    let (matchers, after) = bracketed(behind, '}');
                    (labels, rest) = (matched(matchers), after);
                }
                found.uses.insert(Use { metric: word.to_owned(), labels });
            }
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

/// Functions, durations, groupings and what stands in quotes are no metrics.
#[test]
fn only_metrics_and_their_labels_are_read() {
    let expression = r#"sum by (job, le) (rate(a_total{x="b{c}", y=~"5.."}[5m])) / on (job) max(d) > 0.5 * 1e3 and e offset 1h or vector(0)"#;
    let chosen = |metric: &str, labels: &[&str]| Use {
        metric: metric.to_owned(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    let uses = [chosen("a_total", &["x", "y"]), chosen("d", &[]), chosen("e", &[])].into();
    let groupings = ["job", "le"].map(ToOwned::to_owned).into();
    assert_eq!(named(expression), Named { uses, groupings });
}
