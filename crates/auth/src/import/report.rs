//! What an import did, in words and numbers. It names rows by their ids and holds nothing else of them.

use std::fmt;

/// How many problems are told one by one; the rest is counted.
const TOLD: usize = 100;
/// Ids are texts of somebody else's. Longer ones are cut.
const ID_CHARACTERS: usize = 64;

/// Why a row, or a part of it, was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("its e-mail address is not one")]
    Address,
    #[error("its e-mail address belongs to somebody else here")]
    AddressTaken,
    #[error("one of its times is missing or absurd")]
    Time,
    #[error("its person does not exist")]
    Nobody,
    #[error("its password hash is none that we can check")]
    Password,
    #[error("its password hash would take too much memory or time to check")]
    ExpensivePassword,
    #[error("another account has the same provider and account id, or the same password owner")]
    AccountTaken,
    #[error("another session has the same token")]
    TokenTaken,
    #[error("it was taken without its tokens, which are sealed with another BETTER_AUTH_SECRET")]
    SealedTokens,
}

/// What was found in one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub added: u64,
    /// There already, or removed here after an earlier import.
    pub known: u64,
    /// Left out for a reason of its own.
    pub left_out: u64,
    /// Left out because its person was.
    pub with_person: u64,
    /// Sessions that have ended.
    pub expired: u64,
}

/// One row that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub table: &'static str,
    pub id: String,
    pub reason: Reason,
}

#[derive(Debug, Default)]
pub struct Report {
    pub people: Counts,
    pub accounts: Counts,
    pub sessions: Counts,
    troubles: Vec<Trouble>,
    untold: u64,
}

impl Report {
    pub fn note(&mut self, table: &'static str, id: &str, reason: Reason) {
        if self.troubles.len() < TOLD {
            let id = id.chars().take(ID_CHARACTERS).collect::<String>().escape_debug().to_string();
            self.troubles.push(Trouble { table, id, reason });
        } else {
            self.untold += 1;
        }
    }

    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// Whether everything there is here now.
    pub fn is_complete(&self) -> bool {
        self.troubles.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Trouble { table, id, reason } in &self.troubles {
            writeln!(f, "{table} {id}: {reason}")?;
        }
        if self.untold > 0 {
            writeln!(f, "… and {} more", self.untold)?;
        }
        for (name, counts) in [("people", self.people), ("accounts", self.accounts), ("sessions", self.sessions)] {
            let Counts { added, known, left_out, with_person, expired } = counts;
            write!(f, "{name}: {added} added, {known} known already, {left_out} left out")?;
            if with_person > 0 {
                write!(f, ", {with_person} left out with their people")?;
            }
            if expired > 0 {
                write!(f, ", {expired} had ended")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However much is wrong, the report stays short, and a wild id cannot write on the terminal.
    #[test]
    fn the_report_is_bounded() {
        let mut report = Report::default();
        assert!(report.is_complete());
        for _ in 0..1000 {
            report.note("user", &"\u{1b}[2J\n".repeat(100), Reason::Address);
        }
        let text = report.to_string();
        assert!(!report.is_complete());
        assert_eq!(text.lines().count(), 104);
        assert!(text.contains("… and 900 more") && !text.contains('\u{1b}'));
        assert!(text.lines().all(|line| line.len() < 300));
    }
}
