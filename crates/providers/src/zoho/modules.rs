//! The modules of the CRM that are watched and fetched: those that every organization has.

/// A module, the stream that it is, what its records are called by and where they say how they stand, and what is fetched of
/// them besides.
pub(super) struct Module {
    pub(super) stream: &'static str,
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) status: Option<&'static str>,
    own_fields: &'static [&'static str],
}

pub(super) static MODULES: [Module; 4] = [
    Module {
        stream: "leads",
        name: "Leads",
        title: "Full_Name",
        status: Some("Lead_Status"),
        own_fields: &["Company", "Email", "Phone", "Lead_Status", "Lead_Source"],
    },
    Module {
        stream: "contacts",
        name: "Contacts",
        title: "Full_Name",
        status: None,
        own_fields: &["Account_Name", "Email", "Phone", "Title"],
    },
    Module {
        stream: "accounts",
        name: "Accounts",
        title: "Account_Name",
        status: None,
        own_fields: &["Website", "Phone", "Industry", "Account_Type"],
    },
    Module {
        stream: "deals",
        name: "Deals",
        title: "Deal_Name",
        status: Some("Stage"),
        own_fields: &["Stage", "Amount", "Currency", "Closing_Date", "Account_Name", "Contact_Name"],
    },
];

const COMMON: [&str; 6] = ["id", "Owner", "Created_By", "Created_Time", "Modified_By", "Modified_Time"];

impl Module {
    pub(super) fn of_stream(stream: &str) -> Option<&'static Self> {
        MODULES.iter().find(|module| module.stream == stream)
    }

    pub(super) fn named(name: &str) -> Option<&'static Self> {
        MODULES.iter().find(|module| module.name == name)
    }

    /// Zoho gives no record without a choice of fields, of at most fifty.
    pub(super) fn fields(&self) -> String {
        let fields: Vec<&str> = COMMON.iter().chain([&self.title]).chain(self.own_fields).copied().collect();
        fields.join(",")
    }

    /// Any of these is enough to read it.
    pub(super) fn scopes(&self) -> Vec<String> {
        let stream = self.stream;
        ["modules.ALL", "modules.READ", &format!("modules.{stream}.ALL"), &format!("modules.{stream}.READ")]
            .map(|scope| format!("ZohoCRM.{scope}"))
            .into()
    }
}
