//! What is fetched of GitHub: the repositories that a token reaches, a person's or an installation's, and what is in each of them.

mod commits;
mod issues;
mod lists;
mod marks;
mod parts;
mod pull_requests;
mod repositories;
mod roster;
mod shape;
mod walk;

use crate::{Call, CallError, Change, PageAsk, Record, RecordPage, Shape, Stream, StreamError, Streams};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use kernel::NewSignal;
use serde_json::Value;

const REPOSITORIES: &str = "repositories";
const ISSUES: &str = "issues";
const PULL_REQUESTS: &str = "pull_requests";
const COMMITS: &str = "commits";
/// One request a repository and stream, at least, unless nothing has happened there: a token has five thousand an hour for
/// everything, and thousand repositories are no rarity. Webhooks tell sooner.
const EVERY: TimeDelta = TimeDelta::hours(1);

pub(super) struct Data;

impl Streams for Data {
    fn streams(&self) -> Vec<Stream> {
        let stream = |name: &str, batch, volatile: &[&str]| Stream {
            name: name.to_owned(),
            every: EVERY,
            batch,
            volatile: volatile.iter().map(|path| (*path).to_owned()).collect(),
            // Installations and people who came through a GitHub App have no scopes, and without any there still is what is
            // public. What a token may not read is not listed to it.
            scopes: Vec::new(),
            lists_all: true,
        };
        vec![
            stream(REPOSITORIES, repositories::BATCH, repositories::VOLATILE),
            stream(ISSUES, issues::BATCH, issues::VOLATILE),
            stream(PULL_REQUESTS, pull_requests::BATCH, pull_requests::VOLATILE),
            stream(COMMITS, commits::BATCH, commits::VOLATILE),
        ]
    }

    /// None is ever asked for single ids, because no push names one: GitHub's webhooks bring what they are about.
    fn page<'a>(&'a self, call: Call<'a>, ask: PageAsk<'a>) -> BoxFuture<'a, Result<RecordPage, StreamError>> {
        match ask.stream {
            REPOSITORIES => Box::pin(repositories::page(call, ask)),
            ISSUES => Box::pin(walk::next(call, &issues::Issues, ask)),
            PULL_REQUESTS => Box::pin(walk::next(call, &pull_requests::PullRequests, ask)),
            COMMITS => Box::pin(walk::next(call, &commits::Commits, ask)),
            _ => Box::pin(std::future::ready(Err(CallError::NotFound.into()))),
        }
    }

    fn tell(&self, stream: &str, _: &Record, change: Change<'_>, at: DateTime<Utc>) -> Option<NewSignal> {
        match stream {
            REPOSITORIES => repositories::tell(change, at),
            ISSUES => issues::tell(change, at),
            PULL_REQUESTS => pull_requests::tell(change, at),
            COMMITS => commits::tell(change, at),
            _ => None,
        }
    }

    fn shape(&self, stream: &str, record: &Value) -> Option<Shape> {
        shape::shape(stream, record)
    }
}
