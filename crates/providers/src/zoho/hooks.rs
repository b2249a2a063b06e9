//! Zoho's callbacks, read. They name records and say nothing of them; what was deleted is not there when it is fetched.

use super::modules::Module;
use crate::{
    ReadError, Reading, Stale, Verified, Whose,
    document::{Document, Value},
};

pub(super) fn read(delivery: &Verified) -> Result<Reading, ReadError> {
    let document = Document::parse(delivery)?;
    let whose = Whose::Watched(document.id("/channel_id")?);
    let Some(module) = Module::named(document.word("/module").ok_or_else(|| document.lacks("/module"))?) else {
        return Ok(Reading::unrecognised(whose));
    };
    let ids = document.find("/ids").and_then(Value::as_array).ok_or_else(|| document.lacks("/ids"))?;
    let ids = (0..ids.len()).filter_map(|at| document.optional_id(&format!("/ids/{at}"))).collect();
    let stale = vec![Stale { stream: module.stream.to_owned(), ids }];
    Ok(Reading { stale, recognised: true, ..Reading::unrecognised(whose) })
}
