//! What the fixtures of Linear say.

use crate::readings::readings;

/// Every fixture, whole.
#[test]
#[expect(clippy::too_many_lines, reason = "nearly all of them are the snapshot")]
fn the_fixtures_of_linear_read_as_before() {
    insta::assert_snapshot!(readings("linear"), @r#"
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
    Issue.unassigned: organization 00000000-0000-4000-8000-000000000001
      issue_updated ["assigneeId"] at 2026-01-02T03:04:05.678Z
        issue i1 | ENG-7 | The roses ünfold 🌹 | https://linear.app/acme/issue/ENG-7/roses
        by user u1 | Ann
        in team t1 | Engineering | -
    OAuthApp.revoked: organization 00000000-0000-4000-8000-000000000001
      Removed for organization 00000000-0000-4000-8000-000000000001
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
    Project.update: organization 00000000-0000-4000-8000-000000000001
      project_updated ["name", "statusId"] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    ProjectUpdate.create: organization 00000000-0000-4000-8000-000000000001
      project_updated ["projectUpdates"] at 2026-01-02T03:04:05.678Z
        project p1 | - | Garden | https://linear.app/acme/project/garden-1/updates/pu1
        by user u1 | Ann
        in organization 00000000-0000-4000-8000-000000000001 | - | -
    Reaction.create: organization 00000000-0000-4000-8000-000000000001, not recognised
    "#);
}
