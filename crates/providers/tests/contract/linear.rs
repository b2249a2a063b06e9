//! What the fixtures of Linear say.

use crate::readings::{readings, told};

/// Every fixture, whole.
#[test]
#[expect(clippy::too_many_lines, reason = "nearly all of them are the snapshot")]
fn the_fixtures_of_linear_read_as_before() {
    insta::assert_snapshot!(readings("linear"), @r#"
    AgentSessionEvent.created: organization 00000000-0000-4000-8000-000000000001, not recognised
    AppUserNotification.issueMention: organization 00000000-0000-4000-8000-000000000001, not recognised
    Attachment.create: organization 00000000-0000-4000-8000-000000000001
      attachment_added [] at 2026-01-02T03:04:05.678Z
        attachment a1 | - | Pull request 12 | https://github.com/acme/garden/pull/12
        by bot g1 | github
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Attachment.remove: organization 00000000-0000-4000-8000-000000000001
      entity_deleted [] at 2026-01-02T03:04:05.678Z
        Attachment a1 | - | Pull request 12 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Attachment.update: organization 00000000-0000-4000-8000-000000000001
      entity_updated ["subtitle"] at 2026-01-02T03:04:05.678Z
        Attachment a1 | - | Pull request 12 | https://linear.app/acme/issue/ENG-7/roses
        by bot g1 | github
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Comment.create: organization 00000000-0000-4000-8000-000000000001
      comment_created [] at 2026-01-02T03:04:05.678Z
        comment c1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses#comment-c1
        by user u1 | Ann
        in team t1 | Engineering | -
    Comment.on_a_project_update: organization 00000000-0000-4000-8000-000000000001
      comment_created [] at 2026-01-02T03:04:05.678Z
        comment c2 | - | Lovely. | -
        by user u1 | Ann
        in nothing
    Comment.remove: organization 00000000-0000-4000-8000-000000000001
      comment_deleted [] at 2026-01-02T03:04:05.678Z
        comment c1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses#comment-c1
        by user u1 | Ann
        in team t1 | Engineering | -
    Comment.update: organization 00000000-0000-4000-8000-000000000001
      comment_updated ["body"] at 2026-01-02T03:04:05.678Z
        comment c1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses#comment-c1
        by user u1 | Ann
        in team t1 | Engineering | -
    Customer.create: organization 00000000-0000-4000-8000-000000000001
      entity_created [] at 2026-01-02T03:04:05.678Z
        Customer cu1 | - | Florist & Sons | -
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    CustomerNeed.create: organization 00000000-0000-4000-8000-000000000001
      entity_created [] at 2026-01-02T03:04:05.678Z
        CustomerNeed cn1 | - | They want tulips. | -
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Cycle.create: organization 00000000-0000-4000-8000-000000000001
      entity_created [] at 2026-01-02T03:04:05.678Z
        Cycle cy1 | 12 | - | https://linear.app/acme/team/ENG/cycle/12
        by user u1 | Ann
        in team t1 | Engineering | -
    Cycle.only_touched: organization 00000000-0000-4000-8000-000000000001
    Cycle.renamed: organization 00000000-0000-4000-8000-000000000001
      entity_updated ["name"] at 2026-01-02T03:04:05.678Z
        Cycle cy1 | 12 | Pruning | https://linear.app/acme/team/ENG/cycle/12
        by user u1 | Ann
        in team t1 | - | -
    Document.update: organization 00000000-0000-4000-8000-000000000001
      entity_updated ["content"] at 2026-01-02T03:04:05.678Z
        Document d1 | - | How to prune | https://linear.app/acme/document/how-to-prune-d1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Initiative.create: organization 00000000-0000-4000-8000-000000000001
      entity_created [] at 2026-01-02T03:04:05.678Z
        Initiative in1 | - | A greener year | https://linear.app/acme/initiative/greener-in1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    InitiativeUpdate.create: organization 00000000-0000-4000-8000-000000000001
      entity_created [] at 2026-01-02T03:04:05.678Z
        InitiativeUpdate iu1 | - | Buds everywhere. | https://linear.app/acme/initiative/greener-in1/updates/iu1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Issue.archived: organization 00000000-0000-4000-8000-000000000001
      issue_archived ["archivedAt"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.assigned: organization 00000000-0000-4000-8000-000000000001
      issue_assigned ["assigneeId"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.canceled: organization 00000000-0000-4000-8000-000000000001
      issue_closed ["assigneeId", "canceledAt", "stateId"] at 2026-01-02T03:04:05.600Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.completed: organization 00000000-0000-4000-8000-000000000001
      issue_closed ["completedAt", "stateId"] at 2026-01-02T03:04:05.600Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.create: organization 00000000-0000-4000-8000-000000000001
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.created_by_an_integration: organization 00000000-0000-4000-8000-000000000001
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by bot g1 | intercom
        in team t1 | Engineering | -
    Issue.created_by_nobody: organization 00000000-0000-4000-8000-000000000001
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    Issue.dragged: organization 00000000-0000-4000-8000-000000000001
    Issue.dropped_after_it_was_done: organization 00000000-0000-4000-8000-000000000001
      issue_closed ["canceledAt", "stateId"] at 2026-01-02T03:04:05.600Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.duplicate: organization 00000000-0000-4000-8000-000000000001
      issue_closed ["stateId"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.labeled: organization 00000000-0000-4000-8000-000000000001
      issue_labeled ["labelIds"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.labeled_and_renamed: organization 00000000-0000-4000-8000-000000000001
      issue_updated ["labelIds", "title"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.remove: organization 00000000-0000-4000-8000-000000000001
      issue_deleted [] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.reopened: organization 00000000-0000-4000-8000-000000000001
      issue_reopened ["completedAt", "stateId"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.started: organization 00000000-0000-4000-8000-000000000001
      issue_updated ["startedAt", "stateId"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.trashed: organization 00000000-0000-4000-8000-000000000001
      issue_archived ["trashed"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.unarchived: organization 00000000-0000-4000-8000-000000000001
      issue_updated ["archivedAt"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.unassigned: organization 00000000-0000-4000-8000-000000000001
      issue_updated ["assigneeId"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Issue.with_the_teams_id_only: organization 00000000-0000-4000-8000-000000000001
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | - | -
    IssueLabel.create: organization 00000000-0000-4000-8000-000000000001
      entity_created [] at 2026-01-02T03:04:05.678Z
        IssueLabel l1 | - | Thorny | -
        by user u1 | Ann
        in team t1 | - | -
    IssueLabel.remove: organization 00000000-0000-4000-8000-000000000001
      entity_deleted [] at 2026-01-02T03:04:05.678Z
        IssueLabel l1 | - | Thorny | -
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    IssueSLA.at_high_risk: organization 00000000-0000-4000-8000-000000000001
      issue_sla_changed ["highRisk"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    IssueSLA.breached: organization 00000000-0000-4000-8000-000000000001
      issue_sla_changed ["breached"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    IssueSLA.set: organization 00000000-0000-4000-8000-000000000001
      issue_sla_changed ["set"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    OAuthApp.revoked: organization 00000000-0000-4000-8000-000000000001
      Removed for organization 00000000-0000-4000-8000-000000000001
    OAuthAuthorization.create: organization 00000000-0000-4000-8000-000000000001
    OAuthAuthorization.one_of_several_revoked: organization 00000000-0000-4000-8000-000000000001
    OAuthAuthorization.revoked: organization 00000000-0000-4000-8000-000000000001
      Removed for account u1
    PermissionChange.teamAccessChanged: organization 00000000-0000-4000-8000-000000000001
    Project.canceled: organization 00000000-0000-4000-8000-000000000001
      project_closed ["canceledAt", "statusId"] at 2026-01-02T03:04:05.500Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Project.completed: organization 00000000-0000-4000-8000-000000000001
      project_closed ["completedAt", "statusId"] at 2026-01-02T03:04:05.600Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Project.create: organization 00000000-0000-4000-8000-000000000001
      project_created [] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Project.dragged: organization 00000000-0000-4000-8000-000000000001
    Project.remove: organization 00000000-0000-4000-8000-000000000001
      project_deleted [] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Project.renamed_after_its_end: organization 00000000-0000-4000-8000-000000000001
      project_updated ["name"] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Project.update: organization 00000000-0000-4000-8000-000000000001
      project_updated ["name", "statusId"] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    ProjectLabel.create: organization 00000000-0000-4000-8000-000000000001
      entity_created [] at 2026-01-02T03:04:05.678Z
        ProjectLabel pl1 | - | Spring | -
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    ProjectUpdate.create: organization 00000000-0000-4000-8000-000000000001
      project_update_posted [] at 2026-01-02T03:04:05.678Z
        project_update pu1 | - | Garden | https://linear.app/acme/project/garden-1/updates/pu1
        by user u1 | Ann
        in project p1 | Garden | https://linear.app/acme/project/garden-1
    ProjectUpdate.edited: organization 00000000-0000-4000-8000-000000000001
      entity_updated ["body"] at 2026-01-02T03:04:05.678Z
        ProjectUpdate pu1 | - | All is very well. | https://linear.app/acme/project/garden-1/updates/pu1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    ProjectUpdate.remove: organization 00000000-0000-4000-8000-000000000001
      entity_deleted [] at 2026-01-02T03:04:05.678Z
        ProjectUpdate pu1 | - | All is very well. | https://linear.app/acme/project/garden-1/updates/pu1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Reaction.create: organization 00000000-0000-4000-8000-000000000001
      reaction_added [] at 2026-01-02T03:04:05.678Z
        reaction r1 | ENG-7 | rose | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Reaction.on_a_project_update: organization 00000000-0000-4000-8000-000000000001
      reaction_added [] at 2026-01-02T03:04:05.678Z
        reaction r2 | - | +1 | https://linear.app/acme/project/garden-1/updates/pu1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Reaction.remove: organization 00000000-0000-4000-8000-000000000001
      reaction_removed [] at 2026-01-02T03:04:05.678Z
        reaction r1 | ENG-7 | rose | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    Release.create: organization 00000000-0000-4000-8000-000000000001
      entity_created [] at 2026-01-02T03:04:05.678Z
        Release re1 | - | Spring 1.0 | -
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    ReleaseNote.update: organization 00000000-0000-4000-8000-000000000001
      entity_updated ["title"] at 2026-01-02T03:04:05.678Z
        ReleaseNote rn1 | - | What is new in spring | -
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    User.create: organization 00000000-0000-4000-8000-000000000001
      user_created [] at 2026-01-02T03:04:05.678Z
        user u2 | - | ben | https://linear.app/acme/profiles/ben
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    User.deactivated: organization 00000000-0000-4000-8000-000000000001
      user_updated ["active"] at 2026-01-02T03:04:05.678Z
        user u2 | - | ben | https://linear.app/acme/profiles/ben
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    "#);
}

/// Every fixture of the streams, whole.
#[test]
#[expect(clippy::too_many_lines, reason = "nearly all of them are the snapshot")]
fn the_fixtures_of_linears_streams_are_told_as_before() {
    insta::assert_snapshot!(told("linear"), @r#"
    comments.created:
      comment_created [] at 2026-01-02T03:04:05.678Z
        comment c1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses#comment-c1
        by user u2 | Bob
        in team t1 | Engineering | -
    comments.created_on_a_report_by_an_integration:
      comment_created [] at 2026-01-02T03:04:05.678Z
        comment c1 | - | Lovely. | https://linear.app/acme/project/garden-1/updates#comment-c1
        by nobody
        in nothing
    comments.deleted:
      comment_deleted [] at 2026-01-02T03:04:05Z
        comment c1 | ENG-7 | The roses ünfold 🌹 | -
        by nobody
        in team t1 | Engineering | -
    comments.deleted_unknown: nothing
    comments.edited:
      comment_updated ["body"] at 2026-01-02T03:04:05.678Z
        comment c1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses#comment-c1
        by nobody
        in team t1 | Engineering | -
    comments.reacted_to: nothing
    issues.archived:
      issue_archived ["archivedAt"] at 2026-01-02T03:04:05.600Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.assigned:
      issue_assigned ["assigneeId"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.assignee_renamed: nothing
    issues.brought_back:
      issue_updated ["archivedAt", "trashed"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.canceled_after_it_was_done:
      issue_closed ["stateId"] at 2026-01-02T03:04:05.500Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.completed:
      issue_closed ["stateId"] at 2026-01-02T03:04:05.600Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.created:
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    issues.created_and_touched_since:
      issue_created [] at 2026-01-02T03:00:00Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | -
        by user u1 | Ann
        in team t1 | Engineering | -
    issues.created_by_nobody:
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.deleted:
      issue_deleted [] at 2026-01-02T03:04:05Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | -
        by nobody
        in team t1 | Engineering | -
    issues.deleted_unknown: nothing
    issues.estimated:
      issue_updated ["estimate"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.labeled:
      issue_labeled ["labelIds"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.renamed_and_labeled:
      issue_updated ["labelIds", "title"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | -
        by nobody
        in team t1 | Engineering | -
    issues.reopened:
      issue_reopened ["stateId"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.started:
      issue_updated ["stateId"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.trashed:
      issue_archived ["archivedAt", "trashed"] at 2026-01-02T03:04:05.600Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    issues.unassigned:
      issue_updated ["assigneeId"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by nobody
        in team t1 | Engineering | -
    projects.archived:
      project_updated ["archivedAt"] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    projects.canceled:
      project_closed ["statusId"] at 2026-01-02T03:04:05.500Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    projects.completed:
      project_closed ["statusId"] at 2026-01-02T03:04:05.600Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    projects.created:
      project_created [] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    projects.deleted:
      project_deleted [] at 2026-01-02T03:04:05Z
        project p1 | - | Garden | -
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    projects.deleted_unknown: nothing
    projects.only_touched: nothing
    projects.renamed:
      project_updated ["name"] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | -
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    projects.renamed_after_its_end:
      project_updated ["name"] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    projects.reported_on:
      project_updated ["health"] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    teams.created:
      entity_created [] at 2026-01-02T03:04:05.678Z
        Team t1 | ENG | Engineering | -
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    teams.deleted:
      entity_deleted [] at 2026-01-02T03:04:05Z
        Team t1 | ENG | Engineering | -
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    teams.deleted_unknown: nothing
    teams.made_private:
      entity_updated ["visibility"] at 2026-01-02T03:04:05.678Z
        Team t1 | ENG | Engineering | -
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    teams.only_touched: nothing
    teams.renamed:
      entity_updated ["key", "name"] at 2026-01-02T03:04:05.678Z
        Team t1 | ENG | Engineering | -
        by nobody
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    "#);
}
