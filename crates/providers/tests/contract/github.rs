//! What the fixtures of GitHub say.

use crate::readings::readings;

/// Every fixture, whole.
#[test]
#[expect(clippy::too_many_lines, reason = "nearly all of them are the snapshot")]
fn the_fixtures_of_github_read_as_before() {
    insta::assert_snapshot!(readings("github"), @r#"
    commit_comment.created: installation 123
      comment_created [] at 2026-03-01T12:00:00Z
        comment C_802 | - | Lovely. | https://github.com/octo/garden/commit/c0ffee#commitcomment-802
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    create.branch: installation 123
      branch_created [] at 2026-05-02T00:00:00Z
        branch 77:branch:herbs | - | herbs | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    create.of_tomorrow: installation 123, not recognised
    create.tag: installation 123
    delete.branch: installation 123
      branch_deleted [] at 2026-05-02T00:00:00Z
        branch 77:branch:herbs | - | herbs | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    delete.tag: installation 123
    discussion.answered: installation 123, not recognised
    discussion.created: installation 123
      discussion_created [] at 2026-03-01T11:00:00Z
        discussion D_11 | 11 | Which roses? | https://github.com/octo/garden/discussions/11
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    discussion_comment.created: installation 123
      comment_created [] at 2026-03-01T12:00:00Z
        comment C_803 | 11 | Which roses? | https://github.com/octo/garden/discussions/11#discussioncomment-803
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    github_app_authorization.revoked: account 9
      Removed for account 9
    installation.an_action_of_tomorrow: installation 123, not recognised
    installation.created: installation 123
    installation.deleted: installation 123
      Removed for installation 123
    installation.new_permissions_accepted: installation 123
    installation.suspend: installation 123
      Paused for installation 123
    installation.unsuspend: installation 123
      Resumed for installation 123
    installation_repositories.added: installation 123
    installation_repositories.removed: installation 123
    installation_target.renamed: installation 123
    issue_comment.created: installation 123
      comment_created [] at 2026-03-01T12:00:00Z
        comment C_800 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7#issuecomment-800
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issue_comment.deleted: installation 123
      comment_deleted [] at 2026-03-01T12:30:00Z
        comment C_800 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7#issuecomment-800
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issue_comment.edited: installation 123
      comment_updated ["body"] at 2026-03-01T12:30:00Z
        comment C_800 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7#issuecomment-800
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.an_action_of_tomorrow: installation 123, not recognised
    issues.assigned: installation 123
      issue_assigned ["assignees"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.closed: installation 123
      issue_closed ["state"] at 2026-01-02T03:04:05Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.deleted: installation 123
      issue_deleted [] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.edited: installation 123
      issue_updated ["body", "title"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.field_added: installation 123
      issue_updated ["fields"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.labeled: installation 123
      issue_labeled ["labels"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by bot 90 | tidy[bot]
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.locked: installation 123
      issue_updated ["locked"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.milestoned: installation 123
      issue_updated ["milestone"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.opened: installation 123
      issue_created [] at 2026-01-02T03:00:00Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.opened_at_a_repository_hook: unnamed
      issue_created [] at 2026-01-02T03:00:00Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.pinned: installation 123
      issue_updated ["pinned"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.reopened: installation 123
      issue_reopened ["state"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.transferred: installation 123
      issue_updated ["repository"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/meadow/issues/1
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.typed: installation 123
      issue_updated ["type"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.unassigned: installation 123
      issue_updated ["assignees"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.unlabeled: installation 123
      issue_updated ["labels"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by bot 90 | tidy[bot]
        in repository 77 | octo/garden | https://github.com/octo/garden
    meta.deleted: installation 123
    ping.hook: unnamed
    pull_request.assigned: installation 123
      pull_request_updated ["assignees"] at 2026-02-02T03:04:06Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.auto_merge_enabled: installation 123
      pull_request_updated ["auto_merge"] at 2026-02-02T03:04:06Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.closed: installation 123
      pull_request_closed ["state"] at 2026-02-02T03:04:05Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.edited: installation 123
      pull_request_updated ["base"] at 2026-02-02T03:04:06Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.enqueued: installation 123
      pull_request_updated ["merge_queue"] at 2026-02-02T03:04:06Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.labeled: installation 123
      pull_request_updated ["labels"] at 2026-02-02T03:04:06Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.merged: installation 123
      pull_request_merged ["state"] at 2026-02-02T03:04:05Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.opened: installation 123
      pull_request_opened [] at 2026-02-02T03:00:00Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.ready_for_review: installation 123
      pull_request_updated ["draft"] at 2026-02-02T03:04:06Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.reopened: installation 123
      pull_request_reopened ["state"] at 2026-02-02T03:04:06Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.review_requested: installation 123
      pull_request_updated ["requested_reviewers"] at 2026-02-02T03:04:06Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request.synchronize: installation 123
      pull_request_updated ["head"] at 2026-02-02T03:04:06Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by bot 90 | tidy[bot]
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request_review.dismissed: installation 123, not recognised
    pull_request_review.submitted: installation 123
      pull_request_reviewed [] at 2026-02-03T10:00:00Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8#pullrequestreview-700
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_request_review_comment.created: installation 123
      comment_created [] at 2026-03-01T12:00:00Z
        comment C_801 | 8 | Water the roses | https://github.com/octo/garden/pull/8#discussion_r801
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    push.branch: installation 123
      push [] at 2026-04-01T00:00:00Z
        commit bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb | refs/heads/main | Prune the roses | https://github.com/octo/garden/compare/x
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    push.branch_with_a_written_time: installation 123
      push [] at 2026-04-01T00:00:00Z
        commit bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb | refs/heads/main | Prune the roses | https://github.com/octo/garden/compare/x
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    push.deleted: installation 123
      push ["deleted"] at 2026-04-01T00:00:00Z
        commit aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | refs/heads/old | refs/heads/old | https://github.com/octo/garden/compare/x
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    push.deleted_tag: installation 123
      tag_pushed ["deleted"] at 2026-04-01T00:01:40Z
        commit bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb | refs/tags/v1 | refs/tags/v1 | https://github.com/octo/garden/compare/bbbbbbbbbbbb...000000000000
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    push.forced: installation 123
      push ["forced"] at 2026-03-31T20:00:00Z
        commit bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb | refs/heads/main | Prune the roses | https://github.com/octo/garden/compare/x
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    push.tag: installation 123
      tag_pushed ["created"] at 2026-04-01T00:00:00Z
        commit bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb | refs/tags/v1 | refs/tags/v1 | https://github.com/octo/garden/compare/x
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    release.edited: installation 123, not recognised
    release.published: installation 123
      release_published [] at 2026-04-02T08:00:00Z
        release RE_1 | v1 | The first | https://github.com/octo/garden/releases/tag/v1
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    release.untitled: installation 123
      release_published [] at 2026-04-02T08:00:00Z
        release RE_1 | v1 | v1 | https://github.com/octo/garden/releases/tag/v1
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    repository.archived: installation 123
      repository_updated ["archived"] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    repository.created: installation 123, not recognised
    repository.deleted: installation 123
      repository_deleted [] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    repository.edited: installation 123
      repository_updated ["description", "homepage"] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    repository.privatized: installation 123
      repository_updated ["visibility"] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    repository.publicized: installation 123
      repository_updated ["visibility"] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    repository.renamed: installation 123
      repository_updated ["name"] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    repository.transferred: installation 123
      repository_updated ["owner"] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    repository.unarchived: installation 123
      repository_updated ["archived"] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    star.created: installation 123
      star_added [] at 2026-05-01T00:00:00Z
        star 9:77 | - | octo/garden | https://github.com/octo/garden
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    star.deleted: installation 123, not recognised
    workflow_run.completed: installation 123
      ci_run_completed [] at 2026-06-01T00:07:00Z
        ci_run 30001 | 42 | Tests | https://github.com/octo/garden/actions/runs/30001
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    workflow_run.completed_without_a_name: installation 123
      ci_run_completed [] at 2026-06-01T00:07:00Z
        ci_run 30001 | 42 | Water the roses | https://github.com/octo/garden/actions/runs/30001
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    workflow_run.requested: installation 123, not recognised
    "#);
}
