//! What the fixtures of Jira say.

use crate::readings::{readings, told};

/// Every fixture, whole.
#[test]
#[expect(clippy::too_many_lines, reason = "nearly all of them are the snapshot")]
fn the_fixtures_of_jira_read_as_before() {
    insta::assert_snapshot!(readings("jira"), @r#"
    comment_created.on_an_issue: site https://acme.atlassian.net
      comment_created [] at 2026-01-02T03:04:05.123Z
        comment 10100 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1?focusedCommentId=10100
        by user 5b10 | Mia
        in project 10000 | Editor | -
    comment_created.on_an_unknown_issue: site https://acme.atlassian.net
      comment_created [] at 2026-01-02T03:04:05.123Z
        comment 10100 | - | Lovely. | -
        by user 5b10 | Mia
        in nothing
    comment_created.with_a_structured_body: site https://acme.atlassian.net
      comment_created [] at 2026-01-02T03:04:05.123Z
        comment 10100 | ED-1 | - | https://acme.atlassian.net/browse/ED-1?focusedCommentId=10100
        by user 5b10 | Mia
        in nothing
    comment_created.without_a_time: site https://acme.atlassian.net
      comment_created [] at 2026-01-02T03:04:05.678Z
        comment 10100 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1?focusedCommentId=10100
        by user 5b10 | Mia
        in project 10000 | Editor | -
    comment_created.without_the_comment: site https://acme.atlassian.net
      fetch issues ["https://acme.atlassian.net/10002"]
    comment_deleted.by_its_author: site https://acme.atlassian.net
      comment_deleted [] at 2026-01-02T03:04:05.678Z
        comment 10100 | ED-1 | Water the röses 🌹 | -
        by user 5b10 | Mia
        in project 10000 | Editor | -
    comment_deleted.by_somebody_else: site https://acme.atlassian.net
      comment_deleted [] at 2026-01-02T03:04:05.678Z
        comment 10100 | ED-1 | Water the röses 🌹 | -
        by user 5b11 | Ali
        in project 10000 | Editor | -
    comment_updated.by_nobody_named: site https://acme.atlassian.net
      comment_updated ["body"] at 2026-01-02T03:04:05.123Z
        comment 10100 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1?focusedCommentId=10100
        by user 5b10 | Mia
        in project 10000 | Editor | -
    comment_updated.by_somebody_else: site https://acme.atlassian.net
      comment_updated ["body"] at 2026-01-02T03:00:00.500Z
        comment 10100 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1?focusedCommentId=10100
        by user 5b11 | Ali
        in project 10000 | Editor | -
    issue_created.by_a_person: site https://acme.atlassian.net
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_created.by_an_app: site https://acme.atlassian.net
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by bot 557058:bot | Importer
        in project 10000 | Editor | -
    issue_created.by_nobody: site https://acme.atlassian.net
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by nobody
        in project 10000 | Editor | -
    issue_created.id_only_of_an_unknown_site: unnamed
      fetch issues ["10002"]
    issue_created.through_the_gateway: organization 11223344-a1b2-4b33-c444-def123456789
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | -
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_created.with_a_misspelt_account: site https://acme.atlassian.net
      issue_created [] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_created.without_the_issue: site https://acme.atlassian.net
      fetch issues ["https://acme.atlassian.net/10002"]
    issue_deleted.by_a_person: site https://acme.atlassian.net
      issue_deleted [] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | -
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_deleted.without_the_issue: site https://acme.atlassian.net
      issue_deleted [] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | - | -
        by nobody
        in nothing
    issue_property_deleted.by_an_app: site https://acme.atlassian.net
    issue_property_set.by_an_app: site https://acme.atlassian.net
    issue_updated.a_field_of_the_customers: site https://acme.atlassian.net
      issue_updated ["customfield_10016"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.a_field_without_an_id: site https://acme.atlassian.net
      issue_updated ["Link"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.another_resolution: site https://acme.atlassian.net
      issue_transitioned ["resolution", "status"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.assigned: site https://acme.atlassian.net
      issue_assigned ["assignee"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.dragged: site https://acme.atlassian.net
    issue_updated.dragged_to_another_column: site https://acme.atlassian.net
      issue_transitioned ["status"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.reopened: site https://acme.atlassian.net
      issue_reopened ["resolution", "status"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.resolution_alone: site https://acme.atlassian.net
      issue_updated ["resolution"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.resolved_in_a_status_of_no_category: site https://acme.atlassian.net
      issue_closed ["resolution", "status"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.status: site https://acme.atlassian.net
      issue_transitioned ["status"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.status_and_assignee: site https://acme.atlassian.net
      issue_transitioned ["assignee", "status"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.status_and_resolution: site https://acme.atlassian.net
      issue_closed ["resolution", "status"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.status_of_done: site https://acme.atlassian.net
      issue_closed ["status"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.summary_and_labels: site https://acme.atlassian.net
      issue_updated ["labels", "summary"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.twin_of_a_comment: site https://acme.atlassian.net
    issue_updated.unassigned: site https://acme.atlassian.net
      issue_updated ["assignee"] at 2026-01-02T03:04:05.678Z
        issue 10002 | ED-1 | Water the röses 🌹 | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issue_updated.with_an_empty_changelog: site https://acme.atlassian.net
    issue_updated.without_the_issue_through_the_gateway: organization 11223344-a1b2-4b33-c444-def123456789
      fetch issues ["11223344-a1b2-4b33-c444-def123456789/10002"]
    project_created.at_an_administrators_webhook: site https://acme.atlassian.net
      project_created [] at 2026-01-02T03:04:05.678Z
        project 10000 | ED | Editor | https://acme.atlassian.net/browse/ED
        by nobody
        in nothing
    project_deleted.at_an_administrators_webhook: site https://acme.atlassian.net
      project_deleted [] at 2026-01-02T03:04:05.678Z
        project 10000 | ED | Editor | -
        by nobody
        in nothing
    project_updated.at_an_administrators_webhook: site https://acme.atlassian.net
      project_updated [] at 2026-01-02T03:04:05.678Z
        project 10000 | ED | Editor | https://acme.atlassian.net/browse/ED
        by nobody
        in nothing
    sprint_closed.of_a_board: site https://acme.atlassian.net
      sprint_closed [] at 2026-01-02T03:04:05.678Z
        sprint 7 | - | Spring | -
        by nobody
        in board 3 | - | -
    sprint_created.of_a_board: site https://acme.atlassian.net
      sprint_created [] at 2026-01-02T03:04:05.678Z
        sprint 7 | - | Spring | -
        by nobody
        in board 3 | - | -
    sprint_created.of_an_unknown_site: unnamed
      sprint_created [] at 2026-01-02T03:04:05.678Z
        sprint 7 | - | Spring | -
        by nobody
        in nothing
    sprint_deleted.of_a_board: site https://acme.atlassian.net
      sprint_deleted [] at 2026-01-02T03:04:05.678Z
        sprint 7 | - | Spring | -
        by nobody
        in board 3 | - | -
    sprint_started.of_a_board: site https://acme.atlassian.net
      sprint_started [] at 2026-01-02T03:04:05.678Z
        sprint 7 | - | Spring | -
        by nobody
        in board 3 | - | -
    sprint_updated.of_a_board: site https://acme.atlassian.net
      sprint_updated [] at 2026-01-02T03:04:05.678Z
        sprint 7 | - | Spring | -
        by nobody
        in board 3 | - | -
    version_created.of_a_project: site https://acme.atlassian.net
      version_created [] at 2026-01-02T03:04:05.678Z
        version 10010 | - | 1.0 | -
        by nobody
        in project 10000 | - | -
    version_deleted.of_a_project: site https://acme.atlassian.net
      version_deleted [] at 2026-01-02T03:04:05.678Z
        version 10010 | - | 1.0 | -
        by nobody
        in project 10000 | - | -
    version_merged.of_a_project: site https://acme.atlassian.net
      version_updated ["merged"] at 2026-01-02T03:04:05.678Z
        version 10010 | - | 1.0 | -
        by nobody
        in project 10000 | - | -
    version_moved.of_a_project: site https://acme.atlassian.net
      version_updated ["sequence"] at 2026-01-02T03:04:05.678Z
        version 10010 | - | 1.0 | -
        by nobody
        in project 10000 | - | -
    version_released.of_a_project: site https://acme.atlassian.net
      version_released [] at 2026-01-02T03:04:05.678Z
        version 10010 | - | 1.0 | -
        by nobody
        in project 10000 | - | -
    version_unreleased.of_a_project: site https://acme.atlassian.net
      version_unreleased [] at 2026-01-02T03:04:05.678Z
        version 10010 | - | 1.0 | -
        by nobody
        in project 10000 | - | -
    version_updated.of_a_project: site https://acme.atlassian.net
      version_updated [] at 2026-01-02T03:04:05.678Z
        version 10010 | - | 1.0 | -
        by nobody
        in project 10000 | - | -
    without_body.at_an_administrators_webhook: unnamed
      fetch issues []
    worklog_created.of_tomorrow: unnamed, not recognised
    "#);
}

/// Every fixture of the streams, whole.
#[test]
fn the_fixtures_of_jiras_streams_are_told_as_before() {
    insta::assert_snapshot!(told("jira"), @r#"
    issues.assigned:
      issue_assigned ["assignee"] at 2026-01-02T03:04:05Z
        issue 10002 | ED-1 | Water the roses | https://acme.atlassian.net/browse/ED-1
        by nobody
        in project 10000 | Editor | -
    issues.assignee_renamed: nothing
    issues.closed:
      issue_closed ["resolution", "status"] at 2026-01-02T03:04:05Z
        issue 10002 | ED-1 | Water the roses | https://acme.atlassian.net/browse/ED-1
        by nobody
        in project 10000 | Editor | -
    issues.created:
      issue_created [] at 2026-01-01T10:00:00Z
        issue 10002 | ED-1 | Water the roses | https://acme.atlassian.net/browse/ED-1
        by user 5b10 | Mia
        in project 10000 | Editor | -
    issues.deleted:
      issue_deleted [] at 2026-01-02T03:04:05Z
        issue 10002 | ED-1 | Water the roses | -
        by nobody
        in project 10000 | Editor | -
    issues.gone_unknown: nothing
    issues.only_commented_on: nothing
    issues.renamed_and_labelled:
      issue_updated ["labels", "summary"] at 2026-01-02T03:04:05Z
        issue 10002 | ED-1 | Water the roses | https://acme.atlassian.net/browse/ED-1
        by nobody
        in project 10000 | Editor | -
    issues.reopened:
      issue_reopened ["resolution", "status"] at 2026-01-02T03:04:05Z
        issue 10002 | ED-1 | Water the roses | https://acme.atlassian.net/browse/ED-1
        by nobody
        in project 10000 | Editor | -
    issues.transitioned:
      issue_transitioned ["status"] at 2026-01-02T03:04:05Z
        issue 10002 | ED-1 | Water the roses | https://acme.atlassian.net/browse/ED-1
        by nobody
        in project 10000 | Editor | -
    issues.unassigned:
      issue_updated ["assignee"] at 2026-01-02T03:04:05Z
        issue 10002 | ED-1 | Water the roses | https://acme.atlassian.net/browse/ED-1
        by nobody
        in project 10000 | Editor | -
    pages.created:
      page_created [] at 2026-01-01T10:00:00Z
        page 98765 | - | Runbook | https://acme.atlassian.net/wiki/spaces/OPS/pages/98765/Runbook
        by user 5b10 | -
        in space 555 | - | -
    pages.edited:
      page_updated ["version"] at 2026-01-02T03:04:05.678Z
        page 98765 | - | Runbook | https://acme.atlassian.net/wiki/spaces/OPS/pages/98765/Runbook
        by user 5b11 | -
        in space 555 | - | -
    pages.edited_in_a_minor_way: nothing
    pages.first_seen_in_a_later_version:
      page_updated [] at 2026-01-02T03:04:05.678Z
        page 98765 | - | Runbook | https://acme.atlassian.net/wiki/spaces/OPS/pages/98765/Runbook
        by user 5b11 | -
        in space 555 | - | -
    pages.moved:
      page_updated ["parentId"] at 2026-01-02T03:04:05Z
        page 98765 | - | Runbook | https://acme.atlassian.net/wiki/spaces/OPS/pages/98765/Runbook
        by nobody
        in space 555 | - | -
    pages.renamed_in_a_minor_way:
      page_updated ["title", "version"] at 2026-01-02T03:04:05.678Z
        page 98765 | - | Runbooks | https://acme.atlassian.net/wiki/spaces/OPS/pages/98765/Runbook
        by user 5b11 | -
        in space 555 | - | -
    pages.thrown_away:
      page_deleted [] at 2026-01-03T00:00:00Z
        page 98765 | - | Runbook | -
        by nobody
        in space 555 | - | -
    pages.unknown_in_the_trash: nothing
    projects.another_picture: nothing
    projects.created:
      project_created [] at 2026-01-02T03:04:05Z
        project 10000 | ED | Editor | https://acme.atlassian.net/browse/ED
        by nobody
        in nothing
    projects.deleted:
      project_deleted [] at 2026-01-02T03:04:05Z
        project 10000 | ED | Editor | -
        by nobody
        in nothing
    projects.renamed:
      project_updated ["name"] at 2026-01-02T03:04:05Z
        project 10000 | ED | Editor | https://acme.atlassian.net/browse/ED
        by nobody
        in nothing
    "#);
}
