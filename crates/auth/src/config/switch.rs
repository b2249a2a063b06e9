//! Settings that are on or off.

use std::str::FromStr;

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
}

impl Switch {
    pub const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }
}

/// Neither `on` nor `off`.
#[derive(Debug, thiserror::Error)]
#[error("the setting is on or off")]
pub struct NotASwitch;

impl FromStr for Switch {
    type Err = NotASwitch;

    fn from_str(text: &str) -> Result<Self, NotASwitch> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(NotASwitch),
        }
    }
}
