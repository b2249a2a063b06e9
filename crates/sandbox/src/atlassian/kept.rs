//! What lies on a site: issues and projects of Jira, pages of Confluence.

use super::{issues, pages, projects, sites::sites};
use crate::{
    account::{Account, Vendor},
    app::App,
    data::{Done, Order, Shelf, Thing, Wrong},
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Site {
    pub(super) issues: Shelf,
    /// Issues whose last change the search does not know of yet: until when, and what it finds until then.
    pub(super) lagging: BTreeMap<String, (DateTime<Utc>, Option<Thing>)>,
    /// How many issues each project has had.
    pub(super) numbered: BTreeMap<String, u64>,
    pub(super) pages: Shelf,
    /// Beside those that every site has.
    pub(super) projects: Shelf,
    last_id: u64,
}

#[derive(Default)]
pub(crate) struct Kept(BTreeMap<String, Site>);

impl Kept {
    pub(super) fn on(&mut self, cloud_id: &str) -> &mut Site {
        self.0.entry(cloud_id.to_owned()).or_default()
    }
}

impl Site {
    pub(super) fn next_id(&mut self) -> String {
        self.last_id += 1;
        (10_000 + self.last_id).to_string()
    }
}

/// Where an order is carried out, and by whom.
pub(super) struct Place<'a> {
    pub(super) app: &'a App,
    pub(super) account: Account,
    pub(super) cloud_id: String,
    /// The site's name.
    pub(super) name: String,
    pub(super) now: DateTime<Utc>,
}

/// What a person does with an issue, a page or a project.
pub(crate) fn change(app: &App, order: &Order) -> Result<Done, Wrong> {
    let account = order.account.clone().unwrap_or_else(|| app.people.signed_in(Vendor::Atlassian));
    let site = sites(app, &account).into_iter().nth(order.site as usize);
    let (cloud_id, name) = site.ok_or(Wrong::Item("the person has no such site"))?;
    let place = Place { app, account, cloud_id, name, now: order.at.unwrap_or_else(|| app.now()) };
    let mut kept = app.data.atlassian();
    let site = kept.on(&place.cloud_id);
    match order.kind.as_str() {
        "issue" => issues::change(site, &place, order),
        "page" => pages::change(site, &place, order),
        "project" => projects::change(site, &place, order),
        _ => Err(Wrong::Kind),
    }
}
