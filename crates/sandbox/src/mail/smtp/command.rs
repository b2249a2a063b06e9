//! What a mailer says, one line at a time.

/// RFC 5321 4.5.3.1.3: a path is 256 octets with its brackets.
const LONGEST_ADDRESS: usize = 254;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Hello {
        extended: bool,
    },
    /// The sender; empty for a mail about a mail. `size`: as announced.
    Mail {
        from: String,
        size: Option<u64>,
    },
    Recipient(String),
    Data,
    Reset,
    Nothing,
    Verify,
    Quit,
}

/// Why a line is not carried out, as the answer to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadCommand {
    Unknown,
    /// Known, and not done here.
    Unavailable,
    Arguments,
    /// A parameter of MAIL or RCPT that was not offered.
    Parameter,
}

impl BadCommand {
    pub(super) fn answer(&self) -> &'static str {
        match self {
            Self::Unknown => "500 5.5.2 The command is not known",
            Self::Unavailable => "502 5.5.1 The command is not implemented",
            Self::Arguments => "501 5.5.4 The arguments cannot be read",
            Self::Parameter => "555 5.5.4 A parameter is not known",
        }
    }
}

pub(super) fn parse(line: &[u8]) -> Result<Command, BadCommand> {
    let line = line.strip_suffix(b"\r\n").ok_or(BadCommand::Unknown)?;
    let line = std::str::from_utf8(line).map_err(|_| BadCommand::Unknown)?.trim_end_matches(' ');
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let alone = |command| if rest.is_empty() { Ok(command) } else { Err(BadCommand::Arguments) };
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" | "HELO" if rest.trim().is_empty() => Err(BadCommand::Arguments),
        "EHLO" => Ok(Command::Hello { extended: true }),
        "HELO" => Ok(Command::Hello { extended: false }),
        "MAIL" => mail(rest),
        "RCPT" => recipient(rest),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Reset),
        "QUIT" => alone(Command::Quit),
        "NOOP" => Ok(Command::Nothing),
        "VRFY" => Ok(Command::Verify),
        "STARTTLS" | "AUTH" | "EXPN" | "HELP" | "TURN" | "BDAT" => Err(BadCommand::Unavailable),
        _ => Err(BadCommand::Unknown),
    }
}

/// `FROM:<…>` or `TO:<…>`, and the parameters behind it.
fn path<'a>(rest: &'a str, word: &str) -> Result<(&'a str, impl Iterator<Item = &'a str>), BadCommand> {
    let begins = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let rest = rest.get(word.len()..).filter(|_| begins).ok_or(BadCommand::Arguments)?;
    let (address, parameters) =
        rest.trim_start().strip_prefix('<').and_then(|rest| rest.split_once('>')).ok_or(BadCommand::Arguments)?;
    let glued = !parameters.is_empty() && !parameters.starts_with(' ');
    if glued || address.len() > LONGEST_ADDRESS || address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(BadCommand::Arguments);
    }
    Ok((address, parameters.split(' ').filter(|parameter| !parameter.is_empty())))
}

fn is_mailbox(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

fn mail(rest: &str) -> Result<Command, BadCommand> {
    let (from, parameters) = path(rest, "FROM:")?;
    if !from.is_empty() && !is_mailbox(from) {
        return Err(BadCommand::Arguments);
    }
    let mut size = None;
    for parameter in parameters {
        let parameter = parameter.to_ascii_uppercase();
        match parameter.split_once('=') {
            Some(("SIZE", number)) => size = Some(number.parse().map_err(|_| BadCommand::Arguments)?),
            Some(("BODY", "7BIT" | "8BITMIME")) => {}
            None if parameter == "SMTPUTF8" => {}
            _ => return Err(BadCommand::Parameter),
        }
    }
    Ok(Command::Mail { from: from.to_owned(), size })
}

fn recipient(rest: &str) -> Result<Command, BadCommand> {
    let (to, mut parameters) = path(rest, "TO:")?;
    match parameters.next() {
        _ if !is_mailbox(to) => Err(BadCommand::Arguments),
        Some(_) => Err(BadCommand::Parameter),
        None => Ok(Command::Recipient(to.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Result<Command, BadCommand> {
        parse(format!("{line}\r\n").as_bytes())
    }

    /// Verbs in any case, addresses in brackets, the parameters that were offered.
    #[test]
    fn commands_are_read() {
        assert_eq!(said("ehlo localhost"), Ok(Command::Hello { extended: true }));
        assert_eq!(
            said("MAIL FROM:<a@b.example> SIZE=120 BODY=8BITMIME SMTPUTF8"),
            Ok(Command::Mail { from: "a@b.example".to_owned(), size: Some(120) })
        );
        assert_eq!(said("mail from: <>"), Ok(Command::Mail { from: String::new(), size: None }));
        assert_eq!(said("RCPT TO:<ü@b.example>"), Ok(Command::Recipient("ü@b.example".to_owned())));
        assert_eq!(said("DATA "), Ok(Command::Data));
        assert_eq!(said("NOOP whatever"), Ok(Command::Nothing));
    }

    /// Each mistake has its own answer, and none is guessed at.
    #[test]
    fn mistakes_are_told_apart() {
        for (line, expected) in [
            ("", BadCommand::Unknown),
            ("GET / HTTP/1.1", BadCommand::Unknown),
            ("EHLO", BadCommand::Arguments),
            ("DATA now", BadCommand::Arguments),
            ("MAIL FROM:a@b.example", BadCommand::Arguments),
            ("MAIL FROM:<a b@b.example>", BadCommand::Arguments),
            ("MAIL FROM:<nobody>", BadCommand::Arguments),
            ("MAIL FROM:<a@b.example>SIZE=1", BadCommand::Arguments),
            ("MAIL FROM:<a@b.example> SIZE=x", BadCommand::Arguments),
            ("MAIL FROM:<a@b.example> RET=FULL", BadCommand::Parameter),
            ("RCPT TO:<>", BadCommand::Arguments),
            ("RCPT FROM:<a@b.example>", BadCommand::Arguments),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER", BadCommand::Parameter),
            ("STARTTLS", BadCommand::Unavailable),
            ("AUTH PLAIN AGEAYg==", BadCommand::Unavailable),
        ] {
            assert_eq!(said(line), Err(expected), "{line}");
        }
        assert_eq!(said(&format!("RCPT TO:<{}@b.example>", "x".repeat(250))), Err(BadCommand::Arguments));
        assert_eq!(parse(b"NOOP\n"), Err(BadCommand::Unknown));
        assert_eq!(parse(b"NOOP \xff\r\n"), Err(BadCommand::Unknown));
    }
}
