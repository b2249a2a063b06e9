//! What an organization keeps in its CRM. Every person here has one of their own; its times carry its offset, to the second.

use super::{
    DataCentre,
    news::{self, News},
    watches::Watch,
};
use crate::{
    account::{Account, Vendor},
    app::App,
    courier::deliver_all,
    data::{Done, Op, Order, Shelf, Thing, Wrong, merge},
};
use chrono::{DateTime, FixedOffset, SecondsFormat, TimeZone, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Module {
    Leads,
    Contacts,
    Accounts,
    Deals,
}

impl Module {
    pub(super) const ALL: [Self; 4] = [Self::Leads, Self::Contacts, Self::Accounts, Self::Deals];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Leads => "Leads",
            Self::Contacts => "Contacts",
            Self::Accounts => "Accounts",
            Self::Deals => "Deals",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|module| module.name() == name)
    }

    /// The field that a record is called by.
    fn title(self) -> &'static str {
        match self {
            Self::Leads | Self::Contacts => "Full_Name",
            Self::Accounts => "Account_Name",
            Self::Deals => "Deal_Name",
        }
    }

    /// What a new record says unless it is told otherwise.
    fn filled(self) -> Value {
        match self {
            Self::Leads => json!({"First_Name": "Ann", "Last_Name": "Ode", "Full_Name": "Ann Ode",
                                  "Email": "ann@sandbox.invalid", "Company": "Ode Ltd", "Lead_Status": "Not Contacted"}),
            Self::Contacts => json!({"First_Name": "Ben", "Last_Name": "Elk", "Full_Name": "Ben Elk",
                                     "Email": "ben@sandbox.invalid"}),
            Self::Accounts => json!({"Account_Name": "Elk Ltd", "Website": "https://elk.invalid"}),
            Self::Deals => json!({"Deal_Name": "A deal", "Stage": "Qualification", "Amount": 100.0}),
        }
    }

    /// The scopes that read its records.
    pub(super) fn scopes(self) -> [String; 4] {
        let own = self.name().to_lowercase();
        [
            "ZohoCRM.modules.ALL".to_owned(),
            "ZohoCRM.modules.READ".to_owned(),
            format!("ZohoCRM.modules.{own}.ALL"),
            format!("ZohoCRM.modules.{own}.READ"),
        ]
    }
}

#[derive(Default)]
pub(super) struct Org {
    modules: BTreeMap<Module, Shelf>,
    pub(super) watches: BTreeMap<String, Watch>,
    last_id: u64,
}

#[derive(Default)]
pub(crate) struct Kept(BTreeMap<Account, Org>);

impl Org {
    pub(super) fn module(&mut self, module: Module) -> &mut Shelf {
        self.modules.entry(module).or_default()
    }

    /// 18 digits that only grow, in another run of the sandbox too.
    fn next_id(&mut self, now: DateTime<Utc>) -> String {
        self.last_id = (self.last_id + 1).max(now.timestamp_micros().try_into().unwrap_or_default());
        format!("55{:016}", self.last_id)
    }
}

impl Kept {
    pub(super) fn of(&mut self, account: &Account) -> &mut Org {
        self.0.entry(account.clone()).or_default()
    }

    pub(crate) fn watches(&self, now: DateTime<Utc>) -> Value {
        let all =
            self.0.iter().flat_map(|(account, org)| org.watches.iter().map(move |(id, watch)| (account, id, watch)));
        let listed = all.map(|(account, id, watch)| {
            let mut told = json!(watch);
            (told["id"], told["account"], told["expired"]) =
                (json!(id), json!(account), json!(watch.expires_at <= now));
            told
        });
        json!({"watches": listed.collect::<Vec<_>>()})
    }

    /// Every organization forgets a channel of this id.
    pub(crate) fn forget_watch(&mut self, id: &str) -> bool {
        self.0.values_mut().filter_map(|org| org.watches.remove(id)).count() > 0
    }
}

/// With the organization's offset, which is Berlin's in winter all year round.
pub(super) fn time(at: DateTime<Utc>) -> String {
    FixedOffset::east_opt(3600)
        .map(|zone| zone.from_utc_datetime(&at.naive_utc()).to_rfc3339_opts(SecondsFormat::Secs, false))
        .unwrap_or_default()
}

/// A user of the CRM, in a few words.
pub(super) fn user(app: &App, account: &Account) -> Value {
    let person = app.people.person(Vendor::Zoho, account);
    let id = (account.derived("zoho user").as_u128() % 10_u128.pow(18)).to_string();
    json!({"name": person.name, "id": id, "email": person.email})
}

pub(super) fn shown(app: &App, account: &Account, thing: &Thing) -> Value {
    let who = user(app, account);
    let mut record = json!({
        "id": thing.id, "Owner": who, "Created_By": who, "Modified_By": who, "Created_Time": time(thing.created_at),
        "Modified_Time": time(thing.changed_at),
    });
    merge(&mut record, thing.value.clone());
    record
}

pub(super) fn title(module: Module, thing: &Thing) -> Value {
    thing.value[module.title()].clone()
}

/// What a person does with records, told to whoever watches their module.
pub(crate) async fn change(app: &App, order: &Order) -> Result<(Done, Vec<Value>), Wrong> {
    let account = order.account.clone().unwrap_or_else(|| app.people.signed_in(Vendor::Zoho));
    let module = Module::named(&order.kind).ok_or(Wrong::Kind)?;
    let now = order.at.unwrap_or_else(|| app.now());
    let (done, letters) = {
        let mut kept = app.data.zoho();
        let org = kept.of(&account);
        let things = carry_out(org, module, order, now, app.wall.now())?;
        let first = things.first().ok_or(Wrong::Missing)?;
        let item = shown(app, &account, first);
        let ids: Vec<String> = things.iter().map(|thing| thing.id.clone()).collect();
        let news = News { module, op: order.op, ids: &ids, values: &order.item };
        let api = DataCentre::of(&account).api_domain(app);
        let letters = if order.notify { news::letters(org, &api, &news, app.now()) } else { Vec::new() };
        (Done { ids, item }, letters)
    };
    Ok((done, deliver_all(app, letters).await))
}

fn carry_out(
    org: &mut Org,
    module: Module,
    order: &Order,
    now: DateTime<Utc>,
    wall: DateTime<Utc>,
) -> Result<Vec<Thing>, Wrong> {
    let made_up: Vec<String> = (0..order.count).map(|_| org.next_id(wall)).collect();
    let shelf = org.module(module);
    let changed = match order.op {
        Op::Create => {
            if !shelf.has_room(order.count.into()) {
                return Err(Wrong::Full);
            }
            let mut made_up = made_up.into_iter();
            let ids = order.new_ids(|| made_up.next().unwrap_or_default(), |id| shelf.knows(id))?;
            let mut value = module.filled();
            merge(&mut value, order.item());
            return Ok(ids.into_iter().map(|id| shelf.create(id, value.clone(), now)).collect());
        }
        Op::Update => shelf.update(order.named()?, now, |value| merge(value, order.item())),
        Op::Delete => shelf.remove(order.named()?, now),
    };
    Ok(changed.into_iter().collect())
}
