//! As much of the query language as a synchronization needs: clauses joined by AND, on times, projects and issues.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};

/// What the search must know of an issue.
pub(super) struct Subject<'a> {
    pub(super) id: &'a str,
    pub(super) key: &'a str,
    /// Id, key and name.
    pub(super) project: [&'a str; 3],
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Updated,
    Created,
    Project,
    Issue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    Unequal,
    Greater,
    AtLeast,
    Less,
    AtMost,
    In,
    NotIn,
}

#[derive(Debug)]
struct Clause {
    field: Field,
    relation: Relation,
    values: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Jql {
    clauses: Vec<Clause>,
    /// By what, and whether downwards; absent, by the id downwards.
    pub(super) order: (Field, bool),
    now: DateTime<Utc>,
}

/// Longer is no search of ours.
const LONGEST: usize = 10_000;

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => {
                let end = rest[1..].find(first).ok_or("The quoted string has not been completed.")?;
                // A quote stays in front, so that no text is taken for a word of the language.
                tokens.push(format!("\"{}", &rest[1..=end]));
                end + 2
            }
            '(' | ')' | ',' => {
                tokens.push(first.to_string());
                1
            }
            '=' | '!' | '<' | '>' => {
                let length = 1 + usize::from(rest[1..].starts_with('='));
                tokens.push(rest[..length].to_owned());
                length
            }
            _ => {
                let ends = |at: char| at.is_whitespace() || "\"'(),=!<>".contains(at);
                let length = rest.find(ends).unwrap_or(rest.len());
                tokens.push(rest[..length].to_owned());
                length
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn field(token: &str) -> Result<Field, String> {
    match token.to_lowercase().as_str() {
        "updated" | "updateddate" => Ok(Field::Updated),
        "created" | "createddate" => Ok(Field::Created),
        "project" => Ok(Field::Project),
        "id" | "key" | "issue" | "issuekey" => Ok(Field::Issue),
        _ => Err(format!("Field '{token}' does not exist or you do not have permission to view it.")),
    }
}

/// What is left to read.
struct Reader(std::iter::Peekable<std::vec::IntoIter<String>>);

impl Reader {
    fn takes(&mut self, word: &str) -> bool {
        self.0.next_if(|token| token.eq_ignore_ascii_case(word)).is_some()
    }

    fn next(&mut self) -> Result<String, String> {
        self.0.next().ok_or_else(|| "Error in the JQL Query: the query ends too early.".to_owned())
    }

    fn relation(&mut self) -> Result<Relation, String> {
        let token = self.next()?;
        match token.to_lowercase().as_str() {
            "=" => Ok(Relation::Equal),
            "!=" => Ok(Relation::Unequal),
            ">" => Ok(Relation::Greater),
            ">=" => Ok(Relation::AtLeast),
            "<" => Ok(Relation::Less),
            "<=" => Ok(Relation::AtMost),
            "in" => Ok(Relation::In),
            "not" if self.takes("in") => Ok(Relation::NotIn),
            _ => Err(format!("Error in the JQL Query: '{token}' is no operator here.")),
        }
    }

    fn values(&mut self, relation: Relation) -> Result<Vec<String>, String> {
        if !matches!(relation, Relation::In | Relation::NotIn) {
            return Ok(vec![self.next()?]);
        }
        if !self.takes("(") {
            return Err("Error in the JQL Query: expecting '(' before the list.".to_owned());
        }
        let mut values = vec![self.next()?];
        while self.takes(",") {
            values.push(self.next()?);
        }
        if self.takes(")") { Ok(values) } else { Err("Error in the JQL Query: expecting ')'.".to_owned()) }
    }
}

impl Jql {
    /// What is wrong with it is said in a sentence.
    pub(super) fn parse(text: &str, now: DateTime<Utc>) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err("The JQL query is too long.".to_owned());
        }
        let mut reader = Reader(tokens(text)?.into_iter().peekable());
        let mut jql = Self { clauses: Vec::new(), order: (Field::Issue, true), now };
        let mut goes_on = reader.0.peek().is_some_and(|token| !token.eq_ignore_ascii_case("order"));
        while goes_on {
            let field = field(&reader.next()?)?;
            let relation = reader.relation()?;
            let values = reader.values(relation)?;
            jql.clauses.push(Clause { field, relation, values });
            goes_on = reader.takes("and");
        }
        if reader.takes("order") {
            if !reader.takes("by") {
                return Err("Error in the JQL Query: expecting BY.".to_owned());
            }
            let by = field(&reader.next()?)?;
            let descends = reader.takes("desc");
            let _ascends = !descends && reader.takes("asc");
            jql.order = (by, descends);
        }
        if let Some(token) = reader.0.peek() {
            let sentence = "the sandbox joins clauses by AND, and orders by one field";
            return Err(format!("Error in the JQL Query: '{token}' is not expected; {sentence}."));
        }
        if jql.clauses.is_empty() {
            let sentence = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.";
            return Err(sentence.to_owned());
        }
        jql.clauses.iter().try_for_each(|clause| clause.check(now))?;
        Ok(jql)
    }

    pub(super) fn finds(&self, issue: &Subject<'_>) -> bool {
        self.clauses.iter().all(|clause| clause.holds(issue, self.now))
    }
}

fn bare(value: &str) -> &str {
    value.strip_prefix('"').unwrap_or(value)
}

/// Milliseconds, a distance from now, or a time on the clock of the person, who lives in Berlin and has winter all year.
fn time(value: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let is_quoted = value.starts_with('"');
    let text = bare(value);
    if !is_quoted && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return DateTime::from_timestamp_millis(text.parse().ok()?);
    }
    if let Some(distance) =
        text.strip_prefix('-').filter(|rest| rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit()))
    {
        let (number, unit) = distance.split_at_checked(distance.len() - 1)?;
        let number: i64 = number.parse().ok()?;
        let distance = match unit {
            "m" => TimeDelta::try_minutes(number),
            "h" => TimeDelta::try_hours(number),
            "d" => TimeDelta::try_days(number),
            "w" => TimeDelta::try_weeks(number),
            _ => None,
        };
        return now.checked_sub_signed(distance?);
    }
    let text = text.replace('/', "-");
    let local = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M")
        .or_else(|_| NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(|day| day.and_time(chrono::NaiveTime::MIN)));
    FixedOffset::east_opt(3600)?.from_local_datetime(&local.ok()?).single().map(|at| at.to_utc())
}

impl Clause {
    fn is_on_time(&self) -> bool {
        matches!(self.field, Field::Updated | Field::Created)
    }

    fn check(&self, now: DateTime<Utc>) -> Result<(), String> {
        let lists = matches!(self.relation, Relation::Equal | Relation::Unequal | Relation::In | Relation::NotIn);
        let wrong = |value: &String| self.is_on_time() && time(value, now).is_none();
        if let Some(value) = self.values.iter().find(|value| wrong(value)) {
            return Err(format!("Date value '{}' for field '{:?}' is invalid.", bare(value), self.field));
        }
        if self.is_on_time() == lists && self.relation != Relation::Equal {
            return Err(format!("The operator is not supported by the '{:?}' field.", self.field));
        }
        Ok(())
    }

    fn holds(&self, issue: &Subject<'_>, now: DateTime<Utc>) -> bool {
        let at = match self.field {
            Field::Updated => issue.updated_at,
            Field::Created => issue.created_at,
            Field::Project => return self.names(&issue.project),
            Field::Issue => return self.names(&[issue.id, issue.key]),
        };
        let Some(bound) = self.values.first().and_then(|value| time(value, now)) else { return false };
        match self.relation {
            Relation::Greater => at > bound,
            Relation::AtLeast => at >= bound,
            Relation::Less => at < bound,
            Relation::AtMost => at <= bound,
            Relation::Equal | Relation::In => at == bound,
            Relation::Unequal | Relation::NotIn => at != bound,
        }
    }

    fn names(&self, names: &[&str]) -> bool {
        let is_one = self.values.iter().any(|value| names.iter().any(|name| name.eq_ignore_ascii_case(bare(value))));
        match self.relation {
            Relation::Unequal | Relation::NotIn => !is_one,
            _ => is_one,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn found(jql: &str) -> Result<bool, String> {
        let subject = Subject {
            id: "10001",
            key: "ED-1",
            project: ["10000", "ED", "Editor"],
            created_at: at("2026-01-01T00:00:00Z"),
            updated_at: at("2026-01-02T03:04:05Z"),
        };
        Jql::parse(jql, at("2026-01-02T03:10:00Z")).map(|jql| jql.finds(&subject))
    }

    /// Milliseconds and distances are moments; a time in quotes is read on the person's own clock, an hour ahead of UTC.
    #[test]
    fn times_are_compared() {
        for jql in [
            "updated >= 1767323045000",
            "updated > 1767323044999 AND updated <= 1767323045000 ORDER BY updated ASC",
            "updated >= -15m",
            "updated >= \"-1d\"",
            "updated >= '2026-01-02 04:04' and updated < \"2026/01/02 04:05\"",
            "created < 2026-01-02",
        ] {
            assert_eq!(found(jql), Ok(true), "{jql}");
        }
        for jql in ["updated > 1767323045000", "updated >= -5m", "updated < \"2026-01-02 04:04\""] {
            assert_eq!(found(jql), Ok(false), "{jql}");
        }
    }

    /// Projects and issues go by any of their names.
    #[test]
    fn names_are_compared() {
        for jql in
            ["project = ed", "project IN (OPS, \"ED\")", "project not in (OPS)", "id in (1, 10001)", "key = ED-1"]
        {
            assert_eq!(found(jql), Ok(true), "{jql}");
        }
        for jql in ["project != Editor", "issuekey in (ED-2)", "project = ED and id = 10002 order by id"] {
            assert_eq!(found(jql), Ok(false), "{jql}");
        }
    }

    /// A search without a restriction is refused, and so is what is not understood.
    #[test]
    fn what_is_not_understood_is_refused() {
        for jql in [
            "",
            "ORDER BY updated",
            "updated >= yesterday",
            "updated in (1)",
            "project > ED",
            "text ~ x",
            "project = ED OR project = OPS",
            "project in (ED",
            "project = \"ED",
            "project = ED order updated",
            "project = ED and",
            "project = ED and order by id",
        ] {
            assert!(found(jql).is_err(), "{jql}");
        }
    }
}
