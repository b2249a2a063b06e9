/** Every kind of signal there is, as GET /signals takes them, by what they are about. */
export const KINDS = {
  Issues: [
    "issue_created", "issue_updated", "issue_transitioned", "issue_closed", "issue_reopened", "issue_assigned", "issue_labeled",
    "issue_archived", "issue_deleted", "issue_sla_changed",
  ],
  "Pull requests": [
    "pull_request_opened", "pull_request_updated", "pull_request_merged", "pull_request_closed", "pull_request_reopened",
    "pull_request_reviewed",
  ],
  Comments: ["comment_created", "comment_updated", "comment_deleted"],
  Code: [
    "push", "tag_pushed", "branch_created", "branch_deleted", "release_published", "ci_run_completed", "discussion_created", "star_added",
    "repository_updated", "repository_deleted",
  ],
  Projects: [
    "project_created", "project_updated", "project_closed", "project_deleted", "project_update_posted", "attachment_added", "sprint_created",
    "sprint_updated", "sprint_started", "sprint_closed", "sprint_deleted", "version_created", "version_updated", "version_released",
    "version_unreleased", "version_deleted",
  ],
  Messages: [
    "message_posted", "message_updated", "message_deleted", "message_pinned", "mention", "reaction_added", "reaction_removed",
    "channel_created", "channel_updated", "channel_archived", "channel_deleted", "member_joined", "command_invoked", "interaction_received",
    "user_created", "user_updated",
  ],
  Pages: ["page_created", "page_updated", "page_deleted"],
  Calendar: ["event_created", "event_updated", "event_cancelled"],
  Files: ["file_created", "file_updated", "file_trashed", "file_deleted"],
  Mail: ["email_received", "email_updated", "email_deleted"],
  Records: ["record_created", "record_updated", "record_deleted", "entity_created", "entity_updated", "entity_deleted"],
  Music: ["track_saved", "track_unsaved", "track_played", "playlist_created", "playlist_updated", "playlist_deleted"],
  Connections: [
    "connection_connected", "connection_degraded", "connection_recovered", "connection_needs_reauth", "connection_revoked",
    "connection_suspended", "connection_resumed",
  ],
};
