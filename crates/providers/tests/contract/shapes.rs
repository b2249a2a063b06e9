//! Records in words shared by all vendors.

use crate::{
    fixtures::{self, StreamFixture, vendor},
    readings::mutations,
};
use providers::{Provider, Shape, Streams, VENDORS};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn shape(provider: &Provider, stream: &str, record: &Value) -> Option<Shape> {
    provider.vendor.streams().unwrap().shape(stream, record)
}

/// The states of a fixture's record, under their names.
fn states(fixture: &StreamFixture) -> impl Iterator<Item = (&'static str, &Value)> {
    let there = |name: &'static str| Some((name, fixture.json.get(name).filter(|value| !value.is_null())?));
    ["before", "now"].into_iter().filter_map(there)
}

/// Every fixture of a provider that has a record, with its shape less what is null or empty. One that was shown is named.
pub fn shapes(slug: &str) -> String {
    let provider = vendor(slug);
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    let lines = fixtures::streams_of(provider).into_iter().filter_map(|fixture| {
        let (_, record) = states(&fixture).last()?;
        let shape = shape(provider, fixture.json["stream"].as_str()?, record);
        let text = shape.map_or("nothing".to_owned(), |shape| said(serde_json::to_value(shape).unwrap()).to_string());
        let same = shown.get(&text).map(|first| format!("as {first}"));
        let line = format!("{}: {}\n", fixture.name, same.as_ref().unwrap_or(&text));
        shown.entry(text).or_insert(fixture.name);
        Some(line)
    });
    lines.collect()
}

/// What says something.
fn said(value: Value) -> Value {
    let says = |value: &Value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    };
    match value {
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, said(value))).filter(|(_, value)| says(value)).collect()
        }
        Value::Array(items) => items.into_iter().map(said).collect(),
        other => other,
    }
}

/// Every record of every fixture has a shape, the records of a stream all have the same, and no stream is without a record.
#[test]
fn every_stream_gives_a_shape() {
    let mut missing = Vec::new();
    for provider in VENDORS.iter() {
        let streams = provider.vendor.streams().map(Streams::streams).unwrap_or_default();
        let mut types: BTreeMap<String, BTreeSet<String>> =
            streams.into_iter().map(|stream| (stream.name, BTreeSet::new())).collect();
        for fixture in fixtures::streams_of(provider) {
            let stream = fixture.json["stream"].as_str().unwrap();
            for (state, record) in states(&fixture) {
                match shape(provider, stream, record).map(|shape| serde_json::to_value(shape).unwrap()) {
                    Some(shape) => {
                        let word = shape["type"].as_str().unwrap().to_owned();
                        types.entry(stream.to_owned()).or_default().insert(word);
                    }
                    None => missing.push(format!("{}: {} has no shape {state}.", provider.slug, fixture.name)),
                }
            }
        }
        for (stream, types) in types {
            if types.len() != 1 {
                missing.push(format!("The records of {} {stream} have the shapes {types:?}.", provider.slug));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

/// A mutated record has a shape or none, and the same each time; what is no record of the stream has none.
#[test]
fn a_mutated_record_has_one_shape_or_none() {
    for provider in VENDORS.iter() {
        for fixture in fixtures::streams_of(provider) {
            let stream = fixture.json["stream"].as_str().unwrap();
            for (_, record) in states(&fixture) {
                for json in mutations(record) {
                    let first = shape(provider, stream, &json);
                    assert_eq!(first, shape(provider, stream, &json), "{} reads {json} in two ways", provider.slug);
                    assert!(first.is_none() || json.is_object(), "{} finds a shape in {json}", provider.slug);
                }
                assert_eq!(shape(provider, "another", record), None, "{} knows no such stream", provider.slug);
            }
        }
    }
}

/// Every fixture of these vendors, whole.
#[test]
fn the_records_of_google_have_their_shapes() {
    insta::assert_snapshot!(shapes("google"), @r#"
    calendar_events.cancelled: {"created_at":"2026-01-01T10:00:00Z","end_at":"2026-01-05T08:30:00Z","organizer":{"id":"ann@example.com","name":"Ann Ode"},"start_at":"2026-01-05T08:00:00Z","status":"confirmed","title":"Watering the roses 🌹","type":"calendar_event","updated_at":"2026-01-01T10:00:00Z","url":"https://www.google.com/calendar/event?eid=ZXZlbnQx"}
    calendar_events.cancelled_without_a_time: as calendar_events.cancelled
    calendar_events.created: as calendar_events.cancelled
    calendar_events.created_as_an_import: {"end_at":"2026-01-05T08:30:00Z","organizer":{"id":"ann@example.com","name":"Ann Ode"},"start_at":"2026-01-05T08:00:00Z","status":"confirmed","title":"Watering the roses 🌹","type":"calendar_event","updated_at":"2026-01-01T10:00:00Z","url":"https://www.google.com/calendar/event?eid=ZXZlbnQx"}
    calendar_events.created_by_a_profile: {"created_at":"2026-01-01T10:00:00Z","end_at":"2026-01-05T08:30:00Z","organizer":{"id":"1137"},"start_at":"2026-01-05T08:00:00Z","status":"confirmed","title":"Watering the roses 🌹","type":"calendar_event","updated_at":"2026-01-01T10:00:00Z","url":"https://www.google.com/calendar/event?eid=ZXZlbnQx"}
    calendar_events.created_for_a_day: {"created_at":"2026-01-01T10:00:00Z","end_date":"2026-01-06","organizer":{"id":"ann@example.com","name":"Ann Ode"},"start_date":"2026-01-05","status":"confirmed","title":"Watering the roses 🌹","type":"calendar_event","updated_at":"2026-01-01T10:00:00Z","url":"https://www.google.com/calendar/event?eid=ZXZlbnQx"}
    calendar_events.created_without_a_name: {"created_at":"2026-01-01T10:00:00Z","end_at":"2026-01-05T08:30:00Z","organizer":{"id":"ann@example.com","name":"Ann Ode"},"start_at":"2026-01-05T08:00:00Z","status":"confirmed","title":"","type":"calendar_event","updated_at":"2026-01-01T10:00:00Z","url":"https://www.google.com/calendar/event?eid=ZXZlbnQx"}
    calendar_events.updated_guests: {"attendees":[{"id":"bo@example.com"}],"created_at":"2026-01-01T10:00:00Z","end_at":"2026-01-05T08:30:00Z","organizer":{"id":"ann@example.com","name":"Ann Ode"},"start_at":"2026-01-05T08:00:00Z","status":"confirmed","title":"Watering the roses 🌹","type":"calendar_event","updated_at":"2026-01-02T03:00:00Z","url":"https://www.google.com/calendar/event?eid=ZXZlbnQx"}
    calendar_events.updated_name_by_an_organizer: {"created_at":"2026-01-01T10:00:00Z","end_at":"2026-01-05T08:30:00Z","organizer":{"id":"garden@group.calendar.google.com","name":"Garden"},"start_at":"2026-01-05T08:00:00Z","status":"confirmed","title":"Pruning the roses","type":"calendar_event","updated_at":"2026-01-02T03:00:00Z","url":"https://www.google.com/calendar/event?eid=ZXZlbnQx"}
    calendar_events.updated_time: {"created_at":"2026-01-01T10:00:00Z","end_at":"2026-01-05T09:30:00Z","organizer":{"id":"ann@example.com","name":"Ann Ode"},"start_at":"2026-01-05T09:00:00Z","status":"confirmed","title":"Watering the roses 🌹","type":"calendar_event","updated_at":"2026-01-02T03:00:00Z","url":"https://www.google.com/calendar/event?eid=ZXZlbnQx"}
    calendar_events.updated_without_a_place_any_more: {"created_at":"2026-01-01T10:00:00Z","end_at":"2026-01-05T08:30:00Z","organizer":{"id":"ann@example.com","name":"Ann Ode"},"start_at":"2026-01-05T08:00:00Z","status":"confirmed","title":"Watering the roses 🌹","type":"calendar_event","updated_at":"2026-01-02T03:00:00Z","url":"https://www.google.com/calendar/event?eid=ZXZlbnQx"}
    drive_files.created: {"created_at":"2026-01-01T10:00:00Z","is_folder":false,"is_trashed":false,"media_type":"text/markdown","name":"Roses.md","owners":[{"id":"ann@example.com","name":"Ann Ode"}],"parents":["folder1"],"type":"file","updated_at":"2026-01-01T10:00:00Z","url":"https://drive.google.com/file/d/file1/view"}
    drive_files.created_by_a_hidden_address: {"created_at":"2026-01-01T10:00:00Z","is_folder":false,"is_trashed":false,"media_type":"text/markdown","name":"Roses.md","owners":[{"id":"0401","name":"Ann Ode"}],"parents":["folder1"],"type":"file","updated_at":"2026-01-01T10:00:00Z","url":"https://drive.google.com/file/d/file1/view"}
    drive_files.created_in_a_shared_drive: {"created_at":"2026-01-01T10:00:00Z","is_folder":false,"is_trashed":false,"media_type":"text/markdown","name":"Roses.md","type":"file","updated_at":"2026-01-01T10:00:00Z","url":"https://drive.google.com/file/d/file1/view"}
    drive_files.created_in_the_bin: {"created_at":"2026-01-01T10:00:00Z","is_folder":false,"is_trashed":true,"media_type":"text/markdown","name":"Roses.md","owners":[{"id":"ann@example.com","name":"Ann Ode"}],"parents":["folder1"],"type":"file","updated_at":"2026-01-01T10:00:00Z","url":"https://drive.google.com/file/d/file1/view"}
    drive_files.deleted: as drive_files.created
    drive_files.restored: as drive_files.created
    drive_files.trashed: as drive_files.created_in_the_bin
    drive_files.trashed_by_who_wrote_last: as drive_files.created_in_the_bin
    drive_files.updated_by_nobody: {"created_at":"2026-01-01T10:00:00Z","is_folder":false,"is_trashed":false,"media_type":"text/markdown","name":"Thorns.md","owners":[{"id":"ann@example.com","name":"Ann Ode"}],"parents":["folder1"],"type":"file","updated_at":"2026-01-02T02:59:00Z","url":"https://drive.google.com/file/d/file1/view"}
    drive_files.updated_content: {"created_at":"2026-01-01T10:00:00Z","is_folder":false,"is_trashed":false,"media_type":"text/markdown","name":"Roses.md","owners":[{"id":"ann@example.com","name":"Ann Ode"}],"parents":["folder1"],"type":"file","updated_at":"2026-01-02T02:59:00Z","url":"https://drive.google.com/file/d/file1/view"}
    drive_files.updated_in_the_bin: {"created_at":"2026-01-01T10:00:00Z","is_folder":false,"is_trashed":true,"media_type":"text/markdown","name":"Thorns.md","owners":[{"id":"ann@example.com","name":"Ann Ode"}],"parents":["folder1"],"type":"file","updated_at":"2026-01-02T02:59:00Z","url":"https://drive.google.com/file/d/file1/view"}
    drive_files.updated_name: {"created_at":"2026-01-01T10:00:00Z","is_folder":false,"is_trashed":false,"media_type":"text/markdown","name":"Roses and thorns.md","owners":[{"id":"ann@example.com","name":"Ann Ode"}],"parents":["folder1"],"type":"file","updated_at":"2026-01-02T02:59:00Z","url":"https://drive.google.com/file/d/file1/view"}
    drive_files.updated_place: {"created_at":"2026-01-01T10:00:00Z","is_folder":false,"is_trashed":false,"media_type":"text/markdown","name":"Roses.md","owners":[{"id":"ann@example.com","name":"Ann Ode"}],"parents":["folder2"],"type":"file","updated_at":"2026-01-01T10:00:00Z","url":"https://drive.google.com/file/d/file1/view"}
    gmail_messages.binned: {"from":"Ann Ode <Ann@example.com>","is_unread":false,"labels":["TRASH"],"received_at":"2026-01-02T03:00:00Z","snippet":"They unfold.","subject":"The roses ünfold 🌹","thread":"t1","type":"mail"}
    gmail_messages.deleted: {"from":"Ann Ode <Ann@example.com>","is_unread":true,"labels":["UNREAD","INBOX"],"received_at":"2026-01-02T03:00:00Z","snippet":"They unfold.","subject":"The roses ünfold 🌹","thread":"t1","type":"mail"}
    gmail_messages.deleted_draft: {"from":"Ann Ode <Ann@example.com>","is_unread":false,"labels":["DRAFT"],"received_at":"2026-01-02T03:00:00Z","snippet":"They unfold.","subject":"The roses ünfold 🌹","thread":"t1","type":"mail"}
    gmail_messages.draft_edited: {"from":"Ann Ode <Ann@example.com>","is_unread":false,"labels":["DRAFT"],"received_at":"2026-01-02T03:00:00Z","snippet":"They","subject":"The roses ünfold 🌹","thread":"t1","type":"mail"}
    gmail_messages.drafted: as gmail_messages.deleted_draft
    gmail_messages.old_and_labelled: {"from":"Ann Ode <Ann@example.com>","is_unread":false,"labels":["INBOX","STARRED"],"received_at":"2025-01-01T03:00:00Z","snippet":"They unfold.","subject":"The roses ünfold 🌹","thread":"t1","type":"mail"}
    gmail_messages.read: {"from":"Ann Ode <Ann@example.com>","is_unread":false,"labels":["INBOX"],"received_at":"2026-01-02T03:00:00Z","snippet":"They unfold.","subject":"The roses ünfold 🌹","thread":"t1","type":"mail"}
    gmail_messages.received: as gmail_messages.deleted
    gmail_messages.received_from_nobody: {"is_unread":true,"labels":["UNREAD","INBOX"],"received_at":"2026-01-02T03:00:00Z","snippet":"They unfold.","subject":"Roses","thread":"t1","type":"mail"}
    gmail_messages.received_unwanted: {"from":"Ann Ode <Ann@example.com>","is_unread":true,"labels":["SPAM","UNREAD"],"received_at":"2026-01-02T03:00:00Z","snippet":"They unfold.","subject":"The roses ünfold 🌹","thread":"t1","type":"mail"}
    gmail_messages.received_with_loud_headers: {"from":"\"Ode, Ann\" <ann@example.com>","is_unread":true,"labels":["UNREAD","INBOX"],"received_at":"2026-01-02T03:00:00Z","snippet":"They unfold.","subject":"Roses","thread":"t1","type":"mail"}
    gmail_messages.received_without_a_subject: {"from":"ann@example.com","is_unread":true,"labels":["UNREAD","INBOX"],"received_at":"2026-01-02T03:00:00Z","snippet":"They unfold.","thread":"t1","type":"mail"}
    gmail_messages.sent: {"from":"Ann Ode <Ann@example.com>","is_unread":false,"labels":["SENT"],"received_at":"2026-01-02T03:00:00Z","snippet":"They unfold.","subject":"The roses ünfold 🌹","thread":"t1","type":"mail"}
    "#);
}

#[test]
fn the_records_of_jira_have_their_shapes() {
    insta::assert_snapshot!(shapes("jira"), @r#"
    issues.assigned: {"assignees":[{"id":"5b11","name":"Ali"}],"author":{"id":"5b10","name":"Mia"},"container":{"id":"10000","name":"Editor"},"created_at":"2026-01-01T10:00:00Z","is_closed":false,"key":"ED-1","status":"In Progress","title":"Water the roses","type":"issue","updated_at":"2026-01-02T03:04:05Z","url":"https://acme.atlassian.net/browse/ED-1"}
    issues.assignee_renamed: {"assignees":[{"id":"5b11","name":"Alina"}],"author":{"id":"5b10","name":"Mia"},"container":{"id":"10000","name":"Editor"},"created_at":"2026-01-01T10:00:00Z","is_closed":false,"key":"ED-1","status":"In Progress","title":"Water the roses","type":"issue","updated_at":"2026-01-02T03:04:05Z","url":"https://acme.atlassian.net/browse/ED-1"}
    issues.closed: {"author":{"id":"5b10","name":"Mia"},"container":{"id":"10000","name":"Editor"},"created_at":"2026-01-01T10:00:00Z","is_closed":true,"key":"ED-1","status":"Done","title":"Water the roses","type":"issue","updated_at":"2026-01-02T03:04:05Z","url":"https://acme.atlassian.net/browse/ED-1"}
    issues.created: {"author":{"id":"5b10","name":"Mia"},"container":{"id":"10000","name":"Editor"},"created_at":"2026-01-01T10:00:00Z","is_closed":false,"key":"ED-1","status":"In Progress","title":"Water the roses","type":"issue","updated_at":"2026-01-02T03:04:05Z","url":"https://acme.atlassian.net/browse/ED-1"}
    issues.deleted: as issues.created
    issues.only_commented_on: as issues.created
    issues.renamed_and_labelled: {"author":{"id":"5b10","name":"Mia"},"container":{"id":"10000","name":"Editor"},"created_at":"2026-01-01T10:00:00Z","is_closed":false,"key":"ED-1","labels":["garden"],"status":"In Progress","title":"Water the roses","type":"issue","updated_at":"2026-01-02T03:04:05Z","url":"https://acme.atlassian.net/browse/ED-1"}
    issues.reopened: {"author":{"id":"5b10","name":"Mia"},"container":{"id":"10000","name":"Editor"},"created_at":"2026-01-01T10:00:00Z","is_closed":false,"key":"ED-1","status":"To Do","title":"Water the roses","type":"issue","updated_at":"2026-01-02T03:04:05Z","url":"https://acme.atlassian.net/browse/ED-1"}
    issues.transitioned: as issues.created
    issues.unassigned: as issues.created
    pages.created: {"author":{"id":"5b10"},"container":{"id":"555"},"created_at":"2026-01-01T10:00:00Z","status":"current","title":"Runbook","type":"document","updated_at":"2026-01-01T10:00:00Z","url":"https://acme.atlassian.net/wiki/spaces/OPS/pages/98765/Runbook","version":1}
    pages.edited: {"author":{"id":"5b10"},"container":{"id":"555"},"created_at":"2026-01-01T10:00:00Z","status":"current","title":"Runbook","type":"document","updated_at":"2026-01-02T03:04:05.678Z","url":"https://acme.atlassian.net/wiki/spaces/OPS/pages/98765/Runbook","version":7}
    pages.edited_in_a_minor_way: as pages.edited
    pages.first_seen_in_a_later_version: as pages.edited
    pages.moved: {"author":{"id":"5b10"},"container":{"id":"555"},"created_at":"2026-01-01T10:00:00Z","status":"current","title":"Runbook","type":"document","updated_at":"2026-01-02T03:04:05.678Z","url":"https://acme.atlassian.net/wiki/spaces/OPS/pages/98765/Runbook","version":6}
    pages.renamed_in_a_minor_way: {"author":{"id":"5b10"},"container":{"id":"555"},"created_at":"2026-01-01T10:00:00Z","status":"current","title":"Runbooks","type":"document","updated_at":"2026-01-02T03:04:05.678Z","url":"https://acme.atlassian.net/wiki/spaces/OPS/pages/98765/Runbook","version":7}
    pages.thrown_away: as pages.edited
    projects.another_picture: {"key":"ED","lead":{"id":"5b10","name":"Mia"},"name":"Editor","type":"project","url":"https://acme.atlassian.net/browse/ED"}
    projects.created: as projects.another_picture
    projects.deleted: as projects.another_picture
    projects.renamed: as projects.another_picture
    "#);
}

#[test]
fn the_records_of_spotify_have_their_shapes() {
    insta::assert_snapshot!(shapes("spotify"), @r#"
    playlists.created: {"is_public":false,"name":"Thorns & roses","owner":{"id":"ann","name":"Ann Ode"},"tracks":3,"type":"playlist","url":"https://open.spotify.com/playlist/pl1"}
    playlists.created_by_who_has_no_name: {"is_public":false,"name":"Thorns & roses","owner":{"id":"bo"},"tracks":3,"type":"playlist","url":"https://open.spotify.com/playlist/pl1"}
    playlists.deleted: as playlists.created
    playlists.updated_name: {"is_public":false,"name":"Roses","owner":{"id":"ann","name":"Ann Ode"},"tracks":3,"type":"playlist","url":"https://open.spotify.com/playlist/pl1"}
    playlists.updated_tracks: {"is_public":false,"name":"Thorns & roses","owner":{"id":"ann","name":"Ann Ode"},"tracks":4,"type":"playlist","url":"https://open.spotify.com/playlist/pl1"}
    playlists.with_another_picture: as playlists.created
    recently_played.changed: {"album":{"id":"al1","name":"Garden"},"artists":[{"id":"ar1","name":"Ann Ode"},{"id":"ar2","name":"Bo"}],"played_at":"2026-01-02T03:00:00.500Z","track":"Roses","type":"play","url":"https://open.spotify.com/track/tr1"}
    recently_played.forgotten: as recently_played.changed
    recently_played.played: as recently_played.changed
    recently_played.played_by_itself: as recently_played.changed
    recently_played.played_from_the_library: {"artists":[{"id":"ar1","name":"Ann Ode"}],"played_at":"2026-01-02T03:00:00.500Z","track":"Roses","type":"play"}
    saved_tracks.saved: {"album":{"id":"al1","name":"Garden"},"artists":[{"id":"ar1","name":"Ann Ode"},{"id":"ar2","name":"Bo"}],"name":"Roses","saved_at":"2026-01-02T03:00:00Z","type":"track","url":"https://open.spotify.com/track/tr1"}
    saved_tracks.saved_file_of_their_own: {"name":"Roses","type":"track"}
    saved_tracks.saved_without_artists: {"album":{"id":"al1","name":"Garden"},"name":"Roses","saved_at":"2026-01-02T03:00:00Z","type":"track","url":"https://open.spotify.com/track/tr1"}
    saved_tracks.unsaved: as saved_tracks.saved
    saved_tracks.with_another_name: {"album":{"id":"al1","name":"Garden"},"artists":[{"id":"ar1","name":"Ann Ode"},{"id":"ar2","name":"Bo"}],"name":"Roses (2026)","saved_at":"2026-01-02T03:00:00Z","type":"track","url":"https://open.spotify.com/track/tr1"}
    "#);
}

#[test]
fn the_records_of_zoho_have_their_shapes() {
    insta::assert_snapshot!(shapes("zoho"), @r#"
    accounts.created: {"created_at":"2026-01-01T10:00:00Z","module":"Accounts","name":"Garden","owner":{"id":"554023000000200001","name":"Ann Ode"},"type":"crm_record","updated_at":"2026-01-01T10:00:00Z"}
    accounts.deleted: as accounts.created
    accounts.deleted_without_a_time: as accounts.created
    accounts.updated: {"created_at":"2026-01-01T10:00:00Z","module":"Accounts","name":"Garden","owner":{"id":"554023000000200001","name":"Ann Ode"},"type":"crm_record","updated_at":"2026-01-02T03:00:00Z"}
    contacts.created: {"created_at":"2026-01-01T10:00:00Z","email":"tom@example.com","module":"Contacts","name":"Tom Thorn","owner":{"id":"554023000000200001","name":"Ann Ode"},"type":"crm_record","updated_at":"2026-01-01T10:00:00Z"}
    contacts.created_without_a_name: {"created_at":"2026-01-01T10:00:00Z","email":"tom@example.com","module":"Contacts","owner":{"id":"554023000000200001","name":"Ann Ode"},"type":"crm_record","updated_at":"2026-01-01T10:00:00Z"}
    contacts.deleted: as contacts.created
    contacts.updated: {"created_at":"2026-01-01T10:00:00Z","email":"tom@example.com","module":"Contacts","name":"Tom Thorn","owner":{"id":"554023000000200001","name":"Ann Ode"},"type":"crm_record","updated_at":"2026-01-02T03:00:00Z"}
    contacts.updated_account: as contacts.updated
    deals.created: {"created_at":"2026-01-01T10:00:00Z","module":"Deals","name":"A hundred roses 🌹","owner":{"id":"554023000000200001","name":"Ann Ode"},"status":"Qualification","type":"crm_record","updated_at":"2026-01-01T10:00:00Z"}
    deals.deleted: as deals.created
    deals.updated: {"created_at":"2026-01-01T10:00:00Z","module":"Deals","name":"A hundred roses 🌹","owner":{"id":"554023000000200001","name":"Ann Ode"},"status":"Closed Won","type":"crm_record","updated_at":"2026-01-02T03:00:00Z"}
    deals.updated_owner_and_amount: {"created_at":"2026-01-01T10:00:00Z","module":"Deals","name":"A hundred roses 🌹","owner":{"id":"554023000000200002","name":"Bo"},"status":"Qualification","type":"crm_record","updated_at":"2026-01-02T03:00:00Z"}
    leads.created: {"created_at":"2026-01-01T10:00:00Z","email":"rosa@example.com","module":"Leads","name":"Rosa Ünfold","owner":{"id":"554023000000200001","name":"Ann Ode"},"status":"Contacted","type":"crm_record","updated_at":"2026-01-01T10:00:00Z"}
    leads.created_by_nobody: as leads.created
    leads.created_in_a_sandbox: as leads.created
    leads.created_without_a_time: {"email":"rosa@example.com","module":"Leads","name":"Rosa Ünfold","owner":{"id":"554023000000200001","name":"Ann Ode"},"status":"Contacted","type":"crm_record","updated_at":"2026-01-01T10:00:00Z"}
    leads.deleted: as leads.created
    leads.updated: {"created_at":"2026-01-01T10:00:00Z","email":"rosa@example.com","module":"Leads","name":"Rosa Ünfold","owner":{"id":"554023000000200001","name":"Ann Ode"},"status":"Qualified","type":"crm_record","updated_at":"2026-01-02T03:00:00Z"}
    leads.updated_in_a_field_of_their_own: {"created_at":"2026-01-01T10:00:00Z","email":"rosa@example.com","module":"Leads","name":"Rosa Ünfold","owner":{"id":"554023000000200001","name":"Ann Ode"},"status":"Contacted","type":"crm_record","updated_at":"2026-01-02T03:00:00Z"}
    leads.updated_name: {"created_at":"2026-01-01T10:00:00Z","email":"rosa@example.com","module":"Leads","name":"Rosa Thorn","owner":{"id":"554023000000200001","name":"Ann Ode"},"status":"Contacted","type":"crm_record","updated_at":"2026-01-02T03:00:00Z"}
    leads.updated_without_a_time: {"created_at":"2026-01-01T10:00:00Z","email":"rosa@example.com","module":"Leads","name":"Rosa Ünfold","owner":{"id":"554023000000200001","name":"Ann Ode"},"phone":"+49 30 1","status":"Contacted","type":"crm_record","updated_at":"2026-01-01T10:00:00Z"}
    "#);
}
