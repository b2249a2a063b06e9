//! What the fixtures of Zoho say.

use crate::readings::{readings, told};

/// Every callback, whole.
#[test]
fn the_callbacks_of_zoho_read_as_before() {
    insta::assert_snapshot!(readings("zoho"), @r#"
    Accounts_delete.one: watched 3066473412817024
      fetch accounts ["554023000000279004"]
    Accounts_insert.one: watched 3066473412817024
      fetch accounts ["554023000000279004"]
    Accounts_update.one: watched 3066473412817024
      fetch accounts ["554023000000279004"]
    Contacts_delete.one: watched 3066473412817024
      fetch contacts ["554023000000278003"]
    Contacts_insert.one: watched 3066473412817024
      fetch contacts ["554023000000278003"]
    Contacts_undelete.another_operation: watched 3066473412817024
      fetch contacts ["554023000000278003"]
    Contacts_update.one: watched 3066473412817024
      fetch contacts ["554023000000278003"]
    Deals_delete.one: watched 3066473412817024
      fetch deals ["554023000000280005"]
    Deals_insert.one: watched 3066473412817024
      fetch deals ["554023000000280005"]
    Deals_update.one: watched 3066473412817024
      fetch deals ["554023000000280005"]
    Deals_update.with_a_query: watched 3066473412817024
      fetch deals ["554023000000280005"]
    Leads_delete.one: watched 3066473412817024
      fetch leads ["554023000000277002"]
    Leads_insert.many: watched 3066473412817024
      fetch leads ["554023000000277000", "554023000000277001", "554023000000277002", "554023000000277003", "554023000000277004", "554023000000277005", "554023000000277006", "554023000000277007", "554023000000277008", "554023000000277009", "554023000000277010", "554023000000277011"]
    Leads_insert.one: watched 3066473412817024
      fetch leads ["554023000000277002"]
    Leads_update.of_a_numbered_channel: watched 3066473412817024
      fetch leads ["554023000000277002"]
    Leads_update.of_no_records: watched 3066473412817024
      fetch leads []
    Leads_update.of_numbered_records: watched 3066473412817024
      fetch leads ["554023000000277002"]
    Leads_update.of_what_is_no_id: watched 3066473412817024
      fetch leads ["554023000000277002"]
    Leads_update.one: watched 3066473412817024
      fetch leads ["554023000000277002"]
    Leads_update.with_fields: watched 3066473412817024
      fetch leads ["554023000000277002"]
    Leads_update.with_values: watched 3066473412817024
      fetch leads ["554023000000277002"]
    Tasks_insert.another_module: watched 3066473412817024, not recognised
    Vendors_update.another_module: watched 3066473412817024, not recognised
    "#);
}

/// Every record's change, whole.
#[test]
#[expect(clippy::too_many_lines, reason = "nearly all of them are the snapshot")]
fn the_records_of_zoho_are_told_as_before() {
    insta::assert_snapshot!(told("zoho"), @r#"
    accounts.created:
      record_created [] at 2026-01-01T10:00:00Z
        record 554023000000279004 | - | Garden | https://crm.zoho.eu/crm/tab/Accounts/554023000000279004
        by user 554023000000200001 | Ann Ode
        in module Accounts | - | -
    accounts.deleted:
      record_deleted [] at 2026-01-02T03:00:00Z
        record 554023000000279004 | - | Garden | -
        by nobody
        in module Accounts | - | -
    accounts.deleted_without_a_time:
      record_deleted [] at 2026-01-02T03:04:05Z
        record 554023000000279004 | - | Garden | -
        by nobody
        in module Accounts | - | -
    accounts.updated:
      record_updated ["Industry"] at 2026-01-02T03:00:00Z
        record 554023000000279004 | - | Garden | https://crm.zoho.eu/crm/tab/Accounts/554023000000279004
        by user 554023000000200002 | Bo
        in module Accounts | - | -
    contacts.created:
      record_created [] at 2026-01-01T10:00:00Z
        record 554023000000278003 | - | Tom Thorn | https://crm.zoho.eu/crm/tab/Contacts/554023000000278003
        by user 554023000000200001 | Ann Ode
        in module Contacts | - | -
    contacts.created_without_a_name:
      record_created [] at 2026-01-01T10:00:00Z
        record 554023000000278003 | - | - | https://crm.zoho.eu/crm/tab/Contacts/554023000000278003
        by user 554023000000200001 | Ann Ode
        in module Contacts | - | -
    contacts.deleted:
      record_deleted [] at 2026-01-02T03:00:00Z
        record 554023000000278003 | - | Tom Thorn | -
        by nobody
        in module Contacts | - | -
    contacts.updated:
      record_updated ["Title"] at 2026-01-02T03:00:00Z
        record 554023000000278003 | - | Tom Thorn | https://crm.zoho.eu/crm/tab/Contacts/554023000000278003
        by user 554023000000200002 | Bo
        in module Contacts | - | -
    contacts.updated_account:
      record_updated ["Account_Name"] at 2026-01-02T03:00:00Z
        record 554023000000278003 | - | Tom Thorn | https://crm.zoho.eu/crm/tab/Contacts/554023000000278003
        by user 554023000000200002 | Bo
        in module Contacts | - | -
    deals.created:
      record_created [] at 2026-01-01T10:00:00Z
        record 554023000000280005 | - | A hundred roses 🌹 | https://crm.zoho.eu/crm/tab/Deals/554023000000280005
        by user 554023000000200001 | Ann Ode
        in module Deals | - | -
    deals.deleted:
      record_deleted [] at 2026-01-02T03:00:00Z
        record 554023000000280005 | - | A hundred roses 🌹 | -
        by nobody
        in module Deals | - | -
    deals.updated:
      record_updated ["Stage"] at 2026-01-02T03:00:00Z
        record 554023000000280005 | - | A hundred roses 🌹 | https://crm.zoho.eu/crm/tab/Deals/554023000000280005
        by user 554023000000200002 | Bo
        in module Deals | - | -
    deals.updated_owner_and_amount:
      record_updated ["Amount", "Owner"] at 2026-01-02T03:00:00Z
        record 554023000000280005 | - | A hundred roses 🌹 | https://crm.zoho.eu/crm/tab/Deals/554023000000280005
        by user 554023000000200002 | Bo
        in module Deals | - | -
    leads.created:
      record_created [] at 2026-01-01T10:00:00Z
        record 554023000000277002 | - | Rosa Ünfold | https://crm.zoho.eu/crm/tab/Leads/554023000000277002
        by user 554023000000200001 | Ann Ode
        in module Leads | - | -
    leads.created_by_nobody:
      record_created [] at 2026-01-01T10:00:00Z
        record 554023000000277002 | - | Rosa Ünfold | https://crm.zoho.eu/crm/tab/Leads/554023000000277002
        by nobody
        in module Leads | - | -
    leads.created_in_a_sandbox:
      record_created [] at 2026-01-01T10:00:00Z
        record 554023000000277002 | - | Rosa Ünfold | -
        by user 554023000000200001 | Ann Ode
        in module Leads | - | -
    leads.created_without_a_time:
      record_created [] at 2026-01-01T10:00:00Z
        record 554023000000277002 | - | Rosa Ünfold | https://crm.zoho.eu/crm/tab/Leads/554023000000277002
        by user 554023000000200001 | Ann Ode
        in module Leads | - | -
    leads.deleted:
      record_deleted [] at 2026-01-02T03:00:00Z
        record 554023000000277002 | - | Rosa Ünfold | -
        by nobody
        in module Leads | - | -
    leads.deleted_unknown: nothing
    leads.updated:
      record_updated ["Lead_Status"] at 2026-01-02T03:00:00Z
        record 554023000000277002 | - | Rosa Ünfold | https://crm.zoho.eu/crm/tab/Leads/554023000000277002
        by user 554023000000200002 | Bo
        in module Leads | - | -
    leads.updated_in_a_field_of_their_own:
      record_updated [] at 2026-01-02T03:00:00Z
        record 554023000000277002 | - | Rosa Ünfold | https://crm.zoho.eu/crm/tab/Leads/554023000000277002
        by user 554023000000200002 | Bo
        in module Leads | - | -
    leads.updated_name:
      record_updated ["Full_Name"] at 2026-01-02T03:00:00Z
        record 554023000000277002 | - | Rosa Thorn | https://crm.zoho.eu/crm/tab/Leads/554023000000277002
        by user 554023000000200002 | Bo
        in module Leads | - | -
    leads.updated_without_a_time:
      record_updated ["Phone"] at 2026-01-02T03:04:05Z
        record 554023000000277002 | - | Rosa Ünfold | https://crm.zoho.eu/crm/tab/Leads/554023000000277002
        by user 554023000000200002 | Bo
        in module Leads | - | -
    "#);
}
