//! Does the audit log say what was written? Chain by chain, a page at a time, beside the running service.

use super::{
    ChainKey,
    key::{self, KeyTrouble},
    seal::behind,
};
use db::{PgPool, audit::chain};
use kernel::TenantId;
use std::{fmt, str::FromStr};
use vault::Keyring;

/// Lines that are held at once.
const PAGE: i64 = 1000;

/// The log cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("the key of the audit log cannot be had")]
    Key(#[from] KeyTrouble),
    #[error("the database failed; is it migrated? run: connectors migrate")]
    Database(#[from] db::Error),
}

/// Where a chain is broken first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Break {
    /// There are lines and no chain for them, or no key for the chain.
    NoChain,
    /// The ends were changed.
    Ends,
    /// Nothing stands at this place.
    Missing(i64),
    /// What stands at this place is not what was put there.
    Changed(i64),
    /// It goes on behind its end.
    Beyond(i64),
    /// Another line stood at this place when its hash was noted elsewhere, or none stands there any more.
    Anchor(i64),
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoChain => write!(f, "its lines were taken out of their chain"),
            Self::Ends => write!(f, "the ends of its chain were changed"),
            Self::Missing(seq) => write!(f, "line {seq} is missing"),
            Self::Changed(seq) => write!(f, "line {seq} was changed"),
            Self::Beyond(seq) => write!(f, "line {seq} stands behind the end of the chain"),
            Self::Anchor(seq) => write!(f, "line {seq} is not the one whose hash was kept"),
        }
    }
}

/// What is known of a tenant's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub tenant: TenantId,
    /// Lines that hold.
    pub lines: i64,
    /// The end: to be kept elsewhere.
    pub last_seq: i64,
    pub last_hash: String,
    /// Lines that are not chained yet.
    pub waiting: i64,
    pub broken: Option<Break>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, lines, last_seq, last_hash, waiting, .. } = self;
        match &self.broken {
            Some(broken) => write!(f, "{tenant} BROKEN: {broken}"),
            None => write!(f, "{tenant}:{last_seq}:{last_hash} {lines} lines hold, {waiting} wait to be chained"),
        }
    }
}

/// The end of a chain as somebody kept it: `tenant:seq:hash`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    pub tenant: TenantId,
    pub seq: i64,
    pub hash: Vec<u8>,
}

/// The text is no anchor.
#[derive(Debug, thiserror::Error)]
#[error("an anchor is TENANT:SEQ:HASH, as this command prints it")]
pub struct AnchorFault;

impl FromStr for Anchor {
    type Err = AnchorFault;

    fn from_str(text: &str) -> Result<Self, AnchorFault> {
        let mut parts = text.splitn(3, ':');
        let mut part = || parts.next().ok_or(AnchorFault);
        let tenant = part()?.parse().map_err(|_| AnchorFault)?;
        let seq = part()?.parse().map_err(|_| AnchorFault)?;
        let hash = hex::decode(part()?).map_err(|_| AnchorFault)?;
        Ok(Self { tenant, seq, hash })
    }
}

/// Looks at the chains of one tenant or of all, and tells of each. Returns how many are broken.
pub async fn verify(
    pool: &PgPool,
    vault: &Keyring,
    only: Option<TenantId>,
    anchors: &[Anchor],
    told: &mut (dyn FnMut(Verdict) + Send),
) -> Result<usize, VerifyError> {
    let key = key::find(pool, vault).await?;
    let (mut next, mut broken) = (only.unwrap_or(TenantId::UNADDRESSED), 0);
    // An anchor of a tenant of whom nothing is left is a break as well.
    let mut unseen: Vec<&Anchor> =
        anchors.iter().filter(|anchor| only.is_none_or(|only| only == anchor.tenant)).collect();
    while let Some(tenant) = chain::next_for_any_tenant(pool, next).await? {
        if only.is_some_and(|only| only != tenant) {
            break;
        }
        let theirs: Vec<&Anchor> = unseen.extract_if(.., |anchor| anchor.tenant == tenant).collect();
        let verdict = one(pool, key.as_ref(), tenant, &theirs).await?;
        broken += usize::from(verdict.broken.is_some());
        told(verdict);
        next = behind(tenant);
    }
    for anchor in unseen {
        broken += 1;
        told(Verdict { broken: Some(Break::Anchor(anchor.seq)), ..unknown(anchor.tenant) });
    }
    Ok(broken)
}

fn unknown(tenant: TenantId) -> Verdict {
    Verdict { tenant, lines: 0, last_seq: 0, last_hash: String::new(), waiting: 0, broken: None }
}

async fn one(
    pool: &PgPool,
    key: Option<&ChainKey>,
    tenant: TenantId,
    anchors: &[&Anchor],
) -> Result<Verdict, VerifyError> {
    // One moment of the database: what is chained or dropped meanwhile is no break.
    let mut moment = pool.begin_with("begin isolation level repeatable read read only").await?;
    let mut verdict = unknown(tenant);
    verdict.waiting = chain::count_unchained(&mut *moment, tenant).await?;
    let ends = chain::ends(&mut *moment, tenant).await?;
    let (Some(ends), Some(key)) = (ends, key) else {
        let is_chained = !chain::links(&mut *moment, tenant, i64::MIN, 1).await?.is_empty();
        verdict.broken = match anchors.first() {
            _ if is_chained => Some(Break::NoChain),
            Some(anchor) => Some(Break::Anchor(anchor.seq)),
            None => None,
        };
        return Ok(verdict);
    };
    (verdict.last_seq, verdict.last_hash) = (ends.last_seq, hex::encode(&ends.last_hash));
    if !key.holds_ends(tenant, &ends) {
        verdict.broken = Some(Break::Ends);
        return Ok(verdict);
    }
    let (mut seq, mut before, mut after) = (ends.first_seq, ends.before_first.clone(), i64::MIN);
    loop {
        let lines = chain::links(&mut *moment, tenant, after, PAGE).await?;
        let Some(last) = lines.last().and_then(|line| line.seq) else { break };
        after = last;
        for line in &lines {
            let place = line.seq.unwrap_or_default();
            verdict.broken = if place > ends.last_seq {
                Some(Break::Beyond(place))
            } else if place > seq {
                Some(Break::Missing(seq))
            } else if place < seq || !key.holds(ends.chain, (seq, &before), line) {
                Some(Break::Changed(place))
            } else {
                let anchor = anchors.iter().find(|anchor| anchor.seq == seq);
                anchor.filter(|anchor| Some(&anchor.hash) != line.hash.as_ref()).map(|anchor| Break::Anchor(anchor.seq))
            };
            if verdict.broken.is_some() {
                return Ok(verdict);
            }
            before = line.hash.clone().unwrap_or_default();
            (seq, verdict.lines) = (seq + 1, verdict.lines + 1);
        }
    }
    if seq <= ends.last_seq {
        verdict.broken = Some(Break::Missing(seq));
    } else if before != ends.last_hash {
        verdict.broken = Some(Break::Changed(ends.last_seq));
    } else {
        // Older than what is kept is not known any more, and not broken; newer than the end was taken off it.
        let beyond = anchors.iter().find(|anchor| anchor.seq > ends.last_seq);
        verdict.broken = beyond.map(|anchor| Break::Anchor(anchor.seq));
    }
    Ok(verdict)
}
