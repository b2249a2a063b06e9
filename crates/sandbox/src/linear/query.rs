//! As much of the GraphQL language as clients of an API write: operations, variables, arguments, aliases, selections.
//! Fragments and directives are refused rather than passed over.

use serde_json::{Map, Number, Value};
use std::{iter::Peekable, vec::IntoIter};

/// Deeper selections and values than any client writes.
const DEEPEST: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Query,
    Mutation,
}

/// The one operation that a request asks for.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) kind: Kind,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    /// The name in the answer: the alias, where there is one.
    pub(super) key: String,
    pub(super) name: String,
    /// With the variables put in; one that was not given is not there.
    pub(super) arguments: Map<String, Value>,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Mark(char),
    Name(String),
    Literal(Value),
}

/// Reads a document of one operation.
pub(super) fn parse(text: &str, variables: &Map<String, Value>) -> Result<Operation, String> {
    let mut reader =
        Reader { tokens: tokens(text)?.into_iter().peekable(), given: variables, known: Map::new(), depth: 0 };
    let kind = match reader.tokens.peek() {
        Some(Token::Mark('{')) => Kind::Query,
        _ => match reader.name()?.as_str() {
            "query" => Kind::Query,
            "mutation" => Kind::Mutation,
            other => return Err(format!("{other} is not an operation that the sandbox knows")),
        },
    };
    if let Some(Token::Name(_)) = reader.tokens.peek() {
        reader.name()?;
    }
    if reader.eat('(') {
        reader.definitions()?;
    }
    let fields = reader.selection()?;
    match reader.tokens.next() {
        None => Ok(Operation { kind, fields }),
        Some(_) => Err("One operation and nothing behind it is what the sandbox reads".to_owned()),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' => {
                if rest.starts_with("\"\"\"") {
                    return Err("The sandbox reads no block strings".to_owned());
                }
                let (value, length) = quoted(rest)?;
                found.push(Token::Literal(Value::String(value)));
                length
            }
            '!' | '$' | '(' | ')' | ':' | '=' | '@' | '[' | ']' | '{' | '}' | '|' | '.' | '&' => {
                found.push(Token::Mark(first));
                1
            }
            '-' | '0'..='9' => {
                let end = |letter: char| !matches!(letter, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
                let length = rest.find(end).unwrap_or(rest.len());
                let number: Number = rest[..length].parse().map_err(|_| format!("{} is no number", &rest[..length]))?;
                found.push(Token::Literal(Value::Number(number)));
                length
            }
            _ if first.is_ascii_alphabetic() || first == '_' => {
                let end = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
                let length = rest.find(end).unwrap_or(rest.len());
                found.push(Token::Name(rest[..length].to_owned()));
                length
            }
            _ if first.is_whitespace() || first == ',' || first == '\u{feff}' => first.len_utf8(),
            other => return Err(format!("Unexpected character {other:?}")),
        };
        rest = &rest[length..];
    }
    Ok(found)
}

/// A string is written as JSON writes one; how long it is tells its closing quote.
fn quoted(text: &str) -> Result<(String, usize), String> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
    match values.next() {
        Some(Ok(value)) => Ok((value, values.byte_offset())),
        _ => Err("Unterminated string".to_owned()),
    }
}

struct Reader<'a> {
    tokens: Peekable<IntoIter<Token>>,
    given: &'a Map<String, Value>,
    /// The variables that the operation declares: given, by default, or null for neither.
    known: Map<String, Value>,
    depth: usize,
}

impl Reader<'_> {
    fn eat(&mut self, mark: char) -> bool {
        self.tokens.next_if_eq(&Token::Mark(mark)).is_some()
    }

    fn need(&mut self, mark: char) -> Result<(), String> {
        if self.eat(mark) { Ok(()) } else { Err(format!("Syntax Error: Expected {mark:?}")) }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.tokens.next() {
            Some(Token::Name(name)) => Ok(name),
            _ => Err("Syntax Error: Expected a name".to_owned()),
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("The query is nested too deeply".to_owned());
        }
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn definitions(&mut self) -> Result<(), String> {
        while !self.eat(')') {
            self.need('$')?;
            let name = self.name()?;
            self.need(':')?;
            let is_required = self.kind_of_variable()?;
            let default = if self.eat('=') { self.value()? } else { Value::Null };
            let value = self.given.get(&name).cloned().unwrap_or(default);
            if is_required && value.is_null() {
                return Err(format!("Variable \"${name}\" of a required type was not provided."));
            }
            self.known.insert(name, value);
        }
        Ok(())
    }

    /// Reads a type, and says whether null is no value of it.
    fn kind_of_variable(&mut self) -> Result<bool, String> {
        if self.eat('[') {
            self.deeper(Self::kind_of_variable)?;
            self.need(']')?;
        } else {
            self.name()?;
        }
        Ok(self.eat('!'))
    }

    fn selection(&mut self) -> Result<Vec<Field>, String> {
        self.need('{')?;
        let mut fields = Vec::new();
        while !self.eat('}') {
            fields.push(self.deeper(Self::field)?);
        }
        if fields.is_empty() { Err("Syntax Error: Expected a name".to_owned()) } else { Ok(fields) }
    }

    fn field(&mut self) -> Result<Field, String> {
        let key = self.name()?;
        let name = if self.eat(':') { self.name()? } else { key.clone() };
        let mut arguments = Map::new();
        if self.eat('(') {
            while !self.eat(')') {
                let argument = self.name()?;
                self.need(':')?;
                let value = self.value()?;
                if !value.is_null() {
                    arguments.insert(argument, value);
                }
            }
        }
        let has_selection = self.tokens.peek() == Some(&Token::Mark('{'));
        let fields = if has_selection { self.selection()? } else { Vec::new() };
        Ok(Field { key, name, arguments, fields })
    }

    fn value(&mut self) -> Result<Value, String> {
        self.deeper(|reader| match reader.tokens.next() {
            Some(Token::Literal(value)) => Ok(value),
            Some(Token::Name(word)) => Ok(match word.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                // A word of an enumeration.
                _ => Value::String(word),
            }),
            Some(Token::Mark('$')) => {
                let name = reader.name()?;
                reader.known.get(&name).cloned().ok_or_else(|| format!("Variable \"${name}\" is not defined."))
            }
            Some(Token::Mark('[')) => {
                let mut items = Vec::new();
                while !reader.eat(']') {
                    items.push(reader.value()?);
                }
                Ok(Value::Array(items))
            }
            Some(Token::Mark('{')) => {
                let mut object = Map::new();
                while !reader.eat('}') {
                    let name = reader.name()?;
                    reader.need(':')?;
                    let value = reader.value()?;
                    object.insert(name, value);
                }
                Ok(Value::Object(object))
            }
            _ => Err("Syntax Error: Expected a value".to_owned()),
        })
    }
}

impl Field {
    /// Of a value what was asked for. Whoever asks for what is not there hears its name.
    pub(super) fn select(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::Null => Ok(Value::Null),
            Value::Array(items) => items.iter().map(|item| self.select(item)).collect(),
            Value::Object(object) if !self.fields.is_empty() => {
                let mut selected = Map::new();
                for field in &self.fields {
                    let value = object
                        .get(&field.name)
                        .ok_or_else(|| format!("Cannot query field \"{}\" on \"{}\".", field.name, self.name))?;
                    selected.insert(field.key.clone(), field.select(value)?);
                }
                Ok(Value::Object(selected))
            }
            Value::Object(_) => Err(format!("Field \"{}\" must have a selection of subfields.", self.name)),
            _ if !self.fields.is_empty() => Err(format!("Field \"{}\" has no subfields.", self.name)),
            scalar => Ok(scalar.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str, variables: &Value) -> Result<Operation, String> {
        parse(text, variables.as_object().unwrap())
    }

    /// Names, aliases, variables with and without a default, and every form of a value.
    #[test]
    fn an_operation_is_read_with_its_variables() {
        let text = r#"# a comment
            mutation Make($in: [In!]!, $no: String, $n: Int = -3) {
              made: make(input: $in, no: $no, n: $n, word: ENUM, o: {a: [1.5, true], s: "a\"b"}) { ok }
            }"#;
        let operation = read(text, &json!({"in": [{"x": 1}]})).unwrap();
        let [field] = operation.fields.as_slice() else { panic!("{operation:?}") };
        assert_eq!((operation.kind, field.key.as_str(), field.name.as_str()), (Kind::Mutation, "made", "make"));
        let arguments = json!({"input": [{"x": 1}], "n": -3, "word": "ENUM", "o": {"a": [1.5, true], "s": "a\"b"}});
        assert_eq!(Value::Object(field.arguments.clone()), arguments);
    }

    /// Exactly what was asked for comes back, lists item by item.
    #[test]
    fn a_selection_takes_what_it_names() {
        let operation = read("{ webhooks { nodes { number: id team { id } } } }", &json!({})).unwrap();
        let whole = json!({"nodes": [{"id": 1, "team": null, "url": "x"}, {"id": 2, "team": {"id": 3, "key": "E"}}]});
        let selected = operation.fields[0].select(&whole);
        assert_eq!(
            selected.unwrap(),
            json!({"nodes": [{"number": 1, "team": null}, {"number": 2, "team": {"id": 3}}]})
        );
        for wrong in ["{ webhooks }", "{ webhooks { edges { x } } }", "{ webhooks { nodes { id { x } } } }"] {
            assert!(read(wrong, &json!({})).unwrap().fields[0].select(&whole).is_err(), "{wrong}");
        }
    }

    /// What is not understood is refused, and no text brings the reader down.
    #[test]
    fn what_is_not_understood_is_refused() {
        let deep = format!("{}id{}", "{ a ".repeat(200), "}".repeat(200));
        let nested = format!("{{ a(b: {}) }}", "[".repeat(10_000));
        for bad in [
            "",
            "{",
            "{}",
            "{ a ",
            "{ a(b: ) }",
            "{ a(b: $c) }",
            "query($c: Int!) { a }",
            "subscription { a }",
            "{ ...F }",
            "{ a } { b }",
            "{ a(s: \"x) }",
            "{ a @skip(if: true) }",
            "{ a(b: 1-) }",
            "{ ü }",
            &deep,
            &nested,
        ] {
            assert!(read(bad, &json!({})).is_err(), "{bad}");
        }
    }
}
