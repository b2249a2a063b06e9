//! What the fixtures of Slack say, and what its requests say of themselves at the door.

use crate::{
    fixtures::{SECRET, Signing, now, signing},
    readings::{readings, told},
};
use http::{HeaderMap, header::CONTENT_TYPE};
use providers::{Arrival, Evidence, Refused, Reply, Unverified};
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";

fn slack() -> Signing {
    signing().find(|one| one.provider.slug == "slack").unwrap()
}

/// The verdict on a body that Slack has signed just now.
fn arrived(kind: &str, body: &str) -> Result<Arrival, Refused> {
    let slack = slack();
    let mut headers = slack.headers([slack.sign(SECRET, body.as_bytes(), 0).as_str()], 0);
    headers.insert(CONTENT_TYPE, kind.parse().unwrap());
    let request = Unverified { headers: &headers, body: body.to_owned().into() };
    let pushes = slack.provider.vendor.webhooks().unwrap();
    let evidence = Evidence::Secrets(vec![SECRET.into()]);
    request.verify(slack.webhook, pushes, &evidence, now()).map(|(_, arrival)| arrival)
}

/// Every fixture, whole.
#[test]
#[expect(clippy::too_many_lines, reason = "nearly all of them are the snapshot")]
fn the_fixtures_of_slack_read_as_before() {
    insta::assert_snapshot!(readings("slack"), @r#"
    a_type.of_tomorrow: organization T0GARDEN, not recognised
    app_mention.in_a_channel: organization T0GARDEN
      mention [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | <@U0BOT> which roses? | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    app_rate_limited.workspace: organization T0GARDEN
    app_uninstalled.organization: organization E0FIELDS
      Removed for organization E0FIELDS
    app_uninstalled.workspace: organization T0GARDEN
      Removed for organization T0GARDEN
    block_actions.button: organization T0GARDEN
      interaction_received [] at 2026-01-02T03:04:10.123456Z
        interaction delivery-0 | - | water | -
        by user U1ANN | ann
        in channel C1ROSES | roses | -
    block_actions.in_a_dialog: organization T0GARDEN
      interaction_received [] at 2026-01-02T03:04:10.123456Z
        interaction delivery-0 | - | bed | -
        by user U1ANN | ann
        in nothing
    block_suggestion.typing: organization T0GARDEN
    channel_archive.public: organization T0GARDEN
      channel_archived [] at 2026-01-02T03:04:51.000600Z
        channel T0GARDEN:C3HERBS | - | - | -
        by user U1ANN | -
        in organization T0GARDEN | - | -
    channel_created.new: organization T0GARDEN
      channel_created [] at 2026-01-02T03:04:00Z
        channel T0GARDEN:C3HERBS | - | herbs | -
        by user U1ANN | -
        in organization T0GARDEN | - | -
    channel_deleted.public: organization T0GARDEN
      channel_deleted [] at 2026-01-02T03:04:05Z
        channel T0GARDEN:C3HERBS | - | - | -
        by nobody
        in organization T0GARDEN | - | -
    channel_id_changed.shared: organization T0GARDEN
    channel_rename.public: organization T0GARDEN
      channel_updated ["name"] at 2026-01-02T03:04:41.000600Z
        channel T0GARDEN:C3HERBS | - | kitchen-herbs | -
        by nobody
        in organization T0GARDEN | - | -
    channel_unarchive.public: organization T0GARDEN
      channel_updated ["archived"] at 2026-01-02T03:04:52.000600Z
        channel T0GARDEN:C3HERBS | - | - | -
        by user U1ANN | -
        in organization T0GARDEN | - | -
    group_archive.private: organization T0GARDEN
      channel_archived [] at 2026-01-02T03:04:53.000600Z
        channel T0GARDEN:G1SHED | - | - | -
        by nobody
        in organization T0GARDEN | - | -
    group_deleted.private: organization T0GARDEN
      channel_deleted [] at 2026-01-02T03:04:05Z
        channel T0GARDEN:G1SHED | - | - | -
        by nobody
        in organization T0GARDEN | - | -
    group_rename.private: organization T0GARDEN
      channel_updated ["name"] at 2026-01-02T03:04:41.000700Z
        channel T0GARDEN:G1SHED | - | the-shed | -
        by nobody
        in organization T0GARDEN | - | -
    group_unarchive.private: organization T0GARDEN
      channel_updated ["archived"] at 2026-01-02T03:04:54.000600Z
        channel T0GARDEN:G1SHED | - | - | -
        by nobody
        in organization T0GARDEN | - | -
    interactive_message.of_old: organization T0GARDEN
      interaction_received [] at 2026-01-02T03:04:14.000001Z
        interaction delivery-0 | - | old_buttons | -
        by user U1ANN | ann
        in channel C1ROSES | roses | -
    member_joined_channel.invited: organization T0GARDEN
      member_joined [] at 2026-01-02T03:04:06.000800Z
        member T0GARDEN:C1ROSES:U2BOB:1767323046.000800 | - | - | -
        by user U2BOB | -
        in channel C1ROSES | - | -
    message.among_some: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:G2SOME:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U1ANN | -
        in channel G2SOME | - | -
    message.changed_by_its_bot: organization T0GARDEN
      message_updated ["text"] at 2026-01-02T03:05:05.000300Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | Swept 2 of 3 | -
        by bot U9TIDY | -
        in channel C1ROSES | - | -
    message.channel_join: organization T0GARDEN
    message.channel_topic: organization T0GARDEN
    message.deleted: organization T0GARDEN
      message_deleted [] at 2026-01-02T03:06:45.000400Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses | -
        by nobody
        in channel C1ROSES | - | -
    message.deleted_under_its_answers: organization T0GARDEN
      message_deleted [] at 2026-01-02T03:05:05.000300Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses | -
        by nobody
        in channel C1ROSES | - | -
    message.edited: organization T0GARDEN
      message_updated ["text"] at 2026-01-02T03:05:04Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The white roses | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.edited_again: organization T0GARDEN
      message_updated ["text"] at 2026-01-02T03:05:04Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The red roses | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.edited_in_its_form: organization T0GARDEN
      message_updated ["text"] at 2026-01-02T03:05:04Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.in_a_private_channel: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:G1SHED:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U1ANN | -
        in channel G1SHED | - | -
    message.in_a_shared_channel: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U7OTHER | -
        in channel C1ROSES | - | -
    message.in_a_thread: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | Which ones? | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.of_a_bot: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | Swept the paths | -
        by bot B1TIDY | tidy
        in channel C1ROSES | - | -
    message.of_a_bot_user: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | Swept the paths | -
        by bot U9TIDY | Tidy
        in channel C1ROSES | - | -
    message.of_a_thread_broadcast: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | Everybody: the roses | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.of_a_workspace_in_an_organization: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.of_an_organization: organization E0FIELDS
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message E0FIELDS:C1ROSES:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.of_me: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | waters the roses | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.of_tomorrow: organization T0GARDEN, not recognised
    message.posted: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.to_the_app: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:D1ANN:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U1ANN | -
        in channel D1ANN | - | -
    message.unfurled: organization T0GARDEN
    message.unfurled_after_an_edit: organization T0GARDEN
    message.with_a_file: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The plan | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.with_a_file_and_no_words: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | - | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message.without_authorizations: organization T0GARDEN
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    message_action.shortcut: organization T0GARDEN
      interaction_received [] at 2026-01-02T03:04:11.000001Z
        interaction delivery-0 | - | make_task | -
        by user U1ANN | ann
        in channel C1ROSES | roses | -
    pin_added.file: organization T0GARDEN, not recognised
    pin_added.message: organization T0GARDEN
      message_pinned [] at 2026-01-02T03:04:15.000900Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses | https://garden.example/archives/C1ROSES/p1767323045000200
        by user U2BOB | -
        in channel C1ROSES | - | -
    reaction_added.rose: organization T0GARDEN
      reaction_added [] at 2026-01-02T03:04:25.000500Z
        reaction T0GARDEN:C1ROSES:1767323045.000200:rose:U2BOB | - | :rose: | -
        by user U2BOB | -
        in channel C1ROSES | - | -
    reaction_added.to_a_file: organization T0GARDEN, not recognised
    reaction_added.with_a_skin: organization T0GARDEN
      reaction_added [] at 2026-01-02T03:04:25.000500Z
        reaction T0GARDEN:C1ROSES:1767323045.000200:wave::skin-tone-3:U2BOB | - | :wave::skin-tone-3: | -
        by user U2BOB | -
        in channel C1ROSES | - | -
    reaction_removed.rose: organization T0GARDEN
      reaction_removed [] at 2026-01-02T03:04:25.000500Z
        reaction T0GARDEN:C1ROSES:1767323045.000200:rose:U2BOB | - | :rose: | -
        by user U2BOB | -
        in channel C1ROSES | - | -
    shortcut.global: organization T0GARDEN
      interaction_received [] at 2026-01-02T03:04:12.000001Z
        interaction delivery-0 | - | plan_bed | -
        by user U1ANN | ann
        in nothing
    shortcut.of_an_organization: organization E0FIELDS
      interaction_received [] at 2026-01-02T03:04:12.000001Z
        interaction delivery-0 | - | plan_bed | -
        by user U1ANN | ann
        in nothing
    slash_command.alone: organization T0GARDEN
      command_invoked [] at 2026-01-02T03:04:05Z
        command delivery-0 | - | /water | -
        by user U1ANN | ann
        in channel C1ROSES | roses | -
    slash_command.of_an_organization: organization E0FIELDS
      command_invoked [] at 2026-01-02T03:04:05Z
        command delivery-0 | - | /water the roses & herbs | -
        by user U1ANN | ann
        in channel C1ROSES | roses | -
    slash_command.with_words: organization T0GARDEN
      command_invoked [] at 2026-01-02T03:04:05Z
        command delivery-0 | - | /water the roses & herbs | -
        by user U1ANN | ann
        in channel C1ROSES | roses | -
    something.of_tomorrow: organization T0GARDEN, not recognised
    star_added.of_yesterday: organization T0GARDEN, not recognised
    team_access_granted.organization: organization E0FIELDS
    team_access_revoked.organization: organization E0FIELDS
    team_join.bot: organization T0GARDEN
      user_created [] at 2026-01-02T03:04:31.001Z
        user T0GARDEN:U9TIDY | - | Tidy | -
        by bot U9TIDY | Tidy
        in organization T0GARDEN | - | -
    team_join.person: organization T0GARDEN
      user_created [] at 2026-01-02T03:04:31.001Z
        user T0GARDEN:U3CLEO | - | Cleo | -
        by user U3CLEO | Cleo
        in organization T0GARDEN | - | -
    tokens_revoked.of_both: organization T0GARDEN
      Refused(Revoked) for organization T0GARDEN
    tokens_revoked.of_nobody: organization T0GARDEN
    tokens_revoked.of_people: organization T0GARDEN
      Refused(Revoked) for account T0GARDEN/U1ANN
      Refused(Revoked) for account T0GARDEN/U2BOB
    tokens_revoked.of_the_bot: organization T0GARDEN
      Refused(Revoked) for organization T0GARDEN
    user_change.person: organization T0GARDEN
      user_updated [] at 2026-01-02T03:04:30Z
        user T0GARDEN:U3CLEO | - | Cleo Rose | -
        by nobody
        in organization T0GARDEN | - | -
    view_closed.dialog: organization T0GARDEN
      interaction_received [] at 2026-01-02T03:04:05Z
        interaction delivery-0 | - | plan_bed | -
        by user U1ANN | ann
        in nothing
    view_submission.dialog: organization T0GARDEN
      interaction_received [] at 2026-01-02T03:04:05Z
        interaction delivery-0 | - | plan_bed | -
        by user U1ANN | ann
        in nothing
    "#);
}

/// An event has its id in the signed body, and stands in the lane of the workspace that sees it, not of the one that spoke.
#[test]
fn an_event_names_itself_and_its_workspace() {
    let body = json!({"type": "event_callback", "event_id": "Ev1", "team_id": "T7", "event": {"type": "message"},
        "authorizations": [{"team_id": "T1", "enterprise_id": "E1", "is_enterprise_install": false}]});
    let expected = Arrival {
        event: "message".to_owned(),
        delivery_id: "Ev1".to_owned(),
        is_id_signed: true,
        lane: "T1".to_owned(),
        reply: Reply::Accepted,
    };
    assert_eq!(arrived("application/json", &body.to_string()), Ok(expected));
    let lane = |body: serde_json::Value| arrived("application/json", &body.to_string()).unwrap().lane;
    let mut installed = body.clone();
    installed["authorizations"][0]["is_enterprise_install"] = json!(true);
    assert_eq!(lane(installed), "E1");
    let mut unauthorized = body.clone();
    unauthorized["authorizations"] = json!([]);
    assert_eq!(lane(unauthorized.clone()), "T7");
    unauthorized["context_team_id"] = json!("T2");
    assert_eq!(lane(unauthorized), "T2");
    for missing in ["event_id", "event", "type"] {
        let mut less = body.clone();
        less.as_object_mut().unwrap().remove(missing);
        assert_eq!(arrived("application/json", &less.to_string()), Err(Refused::MissingHeaders), "{missing}");
    }
}

/// The challenge is repeated to whoever holds the secret, and to nobody else.
#[test]
fn a_challenge_is_answered_once_it_is_signed() {
    let body = json!({"type": "url_verification", "token": "t", "challenge": "3eZ"}).to_string();
    let reply = arrived("application/json", &body).map(|arrival| arrival.reply);
    assert_eq!(reply, Ok(Reply::Challenge(json!({"challenge": "3eZ"}))));
    let slack = slack();
    let other = slack.sign("another secret", body.as_bytes(), 0);
    assert_eq!(slack.verdict(&[&other], body.into()), Err(Refused::WrongSignature));
    let without = json!({"type": "url_verification"}).to_string();
    assert_eq!(arrived("application/json", &without).err(), Some(Refused::MissingHeaders));
}

/// What a person does is one delivery, however it is written; what another person does is another.
#[test]
fn commands_and_interactions_are_told_apart_by_their_trigger() {
    let command = |text: &str| arrived(FORM, text).unwrap();
    let one = command("command=%2Fwater&team_id=T1&trigger_id=1.2.a&text=x");
    assert_eq!((one.event.as_str(), one.lane.as_str(), one.is_id_signed), ("slash_command", "T1", true));
    assert_eq!(one.delivery_id, command("text=y&trigger_id=1.2.a&team_id=T1&command=%2Fwater").delivery_id);
    assert_ne!(one.delivery_id, command("command=%2Fwater&team_id=T1&trigger_id=1.2.b&text=x").delivery_id);
    let payload = |json: serde_json::Value| {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &json.to_string()).finish();
        arrived(FORM, &form).unwrap()
    };
    let closed = |view: &str| payload(json!({"type": "view_closed", "team": {"id": "T1"}, "view": {"id": view}}));
    assert_eq!((closed("V1").event.as_str(), closed("V1").lane.as_str()), ("view_closed", "T1"));
    assert_eq!(closed("V1").delivery_id, closed("V1").delivery_id);
    assert_ne!(closed("V1").delivery_id, closed("V2").delivery_id);
    let organization = json!({"type": "shortcut", "team": null, "enterprise": {"id": "E1"}, "trigger_id": "1"});
    assert_eq!(payload(organization).lane, "E1");
}

/// A form that is neither, and a payload that is no JSON, are refused with a good signature.
#[test]
fn a_form_that_says_nothing_is_refused() {
    for body in ["", "a=b", "payload=", "payload=%5B%5D", "payload=7", "payload=%7B"] {
        assert_eq!(arrived(FORM, body).err(), Some(Refused::NotJson), "{body}");
    }
    assert_eq!(arrived(FORM, "payload=%7B%7D").err(), Some(Refused::MissingHeaders));
}

/// Slack's look at an address is unsigned, and whatever else it carries is not read: it is a look in a form, and never in JSON.
#[test]
fn a_mere_look_is_an_unsigned_form() {
    let looks = |kind: &str, body: &str| {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
        let pushes = slack().provider.vendor.webhooks().unwrap();
        pushes.is_mere_look(&Unverified { headers: &headers, body: body.to_owned().into() })
    };
    assert!(looks(FORM, "ssl_check=1&token=t"));
    assert!(looks(&format!("{FORM}; charset=utf-8"), "command=%2Fx&ssl_check=1"));
    assert!(!looks(FORM, "ssl_check=0"));
    assert!(!looks(FORM, "text=ssl_check%3D1"));
    assert!(!looks("application/json", "ssl_check=1"));
    assert!(!looks(FORM, &format!("ssl_check=1&x={}", "y".repeat(64 * 1024))));
}

/// Whoever is refused is told not to try again.
#[test]
fn a_refusal_asks_for_no_retry() {
    assert_eq!(slack().webhook.refusal_headers, [("x-slack-no-retry".to_owned(), "1".to_owned())]);
}

/// Every fixture of the streams, whole.
#[test]
#[expect(clippy::too_many_lines, reason = "nearly all of them are the snapshot")]
fn the_fixtures_of_slacks_streams_are_told_as_before() {
    insta::assert_snapshot!(told("slack"), @r#"
    channels.archived:
      channel_archived [] at 2026-01-02T03:04:30Z
        channel T0GARDEN:C3HERBS | - | herbs | -
        by nobody
        in organization T0GARDEN | - | -
    channels.brought_back:
      channel_updated ["archived"] at 2026-01-02T03:04:30Z
        channel T0GARDEN:C3HERBS | - | herbs | -
        by nobody
        in organization T0GARDEN | - | -
    channels.created:
      channel_created [] at 2026-01-02T03:04:00Z
        channel T0GARDEN:C3HERBS | - | herbs | -
        by user U1ANN | -
        in organization T0GARDEN | - | -
    channels.deleted:
      channel_deleted [] at 2026-01-02T03:04:05Z
        channel T0GARDEN:C3HERBS | - | herbs | -
        by nobody
        in organization T0GARDEN | - | -
    channels.deleted_unknown: nothing
    channels.entered_by_the_app: nothing
    channels.has_a_topic:
      channel_updated ["topic"] at 2026-01-02T03:04:30Z
        channel T0GARDEN:C3HERBS | - | herbs | -
        by nobody
        in organization T0GARDEN | - | -
    channels.private_and_new:
      channel_created [] at 2026-01-02T03:04:00Z
        channel T0GARDEN:C3HERBS | - | herbs | -
        by user U1ANN | -
        in organization T0GARDEN | - | -
    channels.private_and_old: nothing
    channels.private_and_out_of_sight: nothing
    channels.renamed:
      channel_updated ["name"] at 2026-01-02T03:04:30Z
        channel T0GARDEN:C3HERBS | - | kitchen-herbs | -
        by nobody
        in organization T0GARDEN | - | -
    messages.another_answer_under_the_same: nothing
    messages.answer_edited:
      message_updated ["text"] at 2026-01-02T03:05:04Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | And the white tulips | -
        by user U2BOB | -
        in channel C1ROSES | - | -
    messages.answer_sent_to_the_channel:
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | And the tulips | -
        by user U2BOB | -
        in channel C1ROSES | - | -
    messages.answered_and_reacted_to: nothing
    messages.answered_in_a_thread:
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | And the tulips | -
        by user U2BOB | -
        in channel C1ROSES | - | -
    messages.answered_in_a_thread_long_ago: nothing
    messages.changed_by_its_bot:
      message_updated ["text"] at 2026-01-02T03:04:05Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | Swept the paths and the yard | -
        by bot B1TIDY | tidy
        in channel C1ROSES | - | -
    messages.deleted_notice: nothing
    messages.deleted_under_its_answers:
      message_deleted [] at 2026-01-02T03:04:05Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses | -
        by nobody
        in channel C1ROSES | - | -
    messages.deleted_unknown: nothing
    messages.edited:
      message_updated ["text"] at 2026-01-02T03:05:04Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The white roses | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    messages.edited_again:
      message_updated ["text"] at 2026-01-02T03:06:04Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    messages.joined: nothing
    messages.posted:
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    messages.posted_and_already_edited:
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | The roses ünfold 🌹 | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    messages.posted_by_a_bot_user:
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | Swept the paths | -
        by bot U0TIDY | Tidy
        in channel C1ROSES | - | -
    messages.posted_by_an_app:
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | Swept the paths | -
        by bot B1TIDY | tidy
        in channel C1ROSES | - | -
    messages.posted_with_a_file_and_no_words:
      message_posted [] at 2026-01-02T03:04:05.000200Z
        message T0GARDEN:C1ROSES:1767323045.000200 | - | - | -
        by user U1ANN | -
        in channel C1ROSES | - | -
    messages.unfurled: nothing
    users.another_title:
      user_updated ["title"] at 2026-01-02T03:04:30Z
        user T0GARDEN:U3CLEO | - | Cleo Rose | -
        by nobody
        in organization T0GARDEN | - | -
    users.away_with_another_picture: nothing
    users.joined:
      user_created [] at 2026-01-02T03:04:30Z
        user T0GARDEN:U3CLEO | - | Cleo Rose | -
        by user U3CLEO | Cleo Rose
        in organization T0GARDEN | - | -
    users.joined_as_a_bot:
      user_created [] at 2026-01-02T03:04:30Z
        user T0GARDEN:U3CLEO | - | Tidy | -
        by bot U3CLEO | Tidy
        in organization T0GARDEN | - | -
    users.out_of_sight: nothing
    users.renamed:
      user_updated ["real_name"] at 2026-01-02T03:04:30Z
        user T0GARDEN:U3CLEO | - | Cleo Rose | -
        by nobody
        in organization T0GARDEN | - | -
    users.taken_out:
      user_updated ["deleted"] at 2026-01-02T03:04:30Z
        user T0GARDEN:U3CLEO | - | Cleo Rose | -
        by nobody
        in organization T0GARDEN | - | -
    "#);
}
