"""What has to come of a webhook, written from what the vendors document about their payloads, by somebody who has not read the
services' own readers. Each function answers with a list of (kind, subject id, microseconds since 1970)."""

from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# What GitHub does to an issue or a pull request without a kind of its own.
UPDATES = {
    "edited", "assigned", "unassigned", "labeled", "unlabeled", "milestoned", "demilestoned", "locked", "unlocked", "pinned",
    "unpinned", "typed", "untyped", "field_added", "field_removed", "transferred", "synchronize", "ready_for_review",
    "converted_to_draft", "review_requested", "review_request_removed", "auto_merge_enabled", "auto_merge_disabled", "enqueued",
    "dequeued",
}
ISSUE_ACTIONS = {
    "opened": "issue_created", "closed": "issue_closed", "reopened": "issue_reopened", "assigned": "issue_assigned",
    "labeled": "issue_labeled", "deleted": "issue_deleted",
}
COMMENT_ACTIONS = {"created": "comment_created", "edited": "comment_updated", "deleted": "comment_deleted"}
COMMENTS = {"issue_comment", "pull_request_review_comment", "commit_comment", "discussion_comment"}
REPOSITORY_CHANGES = {"edited", "renamed", "transferred", "archived", "unarchived", "privatized", "publicized"}


def micros(value):
    """ISO 8601, or seconds as a number."""
    if isinstance(value, int):
        return value * 1_000_000
    moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return (moment - EPOCH) // timedelta(microseconds=1)


def first(holder, *names):
    return next(holder[name] for name in names if holder.get(name) is not None)


def github(event, body):
    action, repository = body.get("action"), body.get("repository") or {}
    if event == "issues":
        kind = ISSUE_ACTIONS.get(action) or ("issue_updated" if action in UPDATES else None)
        issue = body["issue"]
        when = {"opened": ("created_at",), "closed": ("closed_at", "updated_at")}.get(action, ("updated_at",))
        return [(kind, issue["node_id"], micros(first(issue, *when)))] if kind else []
    if event == "pull_request":
        pull = body["pull_request"]
        merged = bool(pull.get("merged") or pull.get("merged_at"))
        kind, when = {
            "opened": ("pull_request_opened", ("created_at",)),
            "reopened": ("pull_request_reopened", ("updated_at",)),
            "closed": ("pull_request_merged", ("merged_at", "closed_at", "updated_at")) if merged
            else ("pull_request_closed", ("closed_at", "updated_at")),
        }.get(action, ("pull_request_updated" if action in UPDATES else None, ("updated_at",)))
        return [(kind, pull["node_id"], micros(first(pull, *when)))] if kind else []
    if event == "pull_request_review" and action == "submitted":
        return [("pull_request_reviewed", body["pull_request"]["node_id"], micros(body["review"]["submitted_at"]))]
    if event in COMMENTS and action in COMMENT_ACTIONS:
        comment = body["comment"]
        when = ("created_at", "updated_at") if action == "created" else ("updated_at", "created_at")
        return [(COMMENT_ACTIONS[action], comment["node_id"], micros(first(comment, *when)))]
    if event == "push":
        kind = "tag_pushed" if body["ref"].startswith("refs/tags/") else "push"
        return [(kind, body["before"] if body["deleted"] else body["after"], micros(repository["pushed_at"]))]
    if event in ("create", "delete") and body["ref_type"] == "branch":
        kind = "branch_created" if event == "create" else "branch_deleted"
        return [(kind, f"{repository['id']}:branch:{body['ref']}", micros(first(repository, "pushed_at", "updated_at")))]
    if event == "discussion" and action == "created":
        return [("discussion_created", body["discussion"]["node_id"], micros(body["discussion"]["created_at"]))]
    if event == "release" and action == "published":
        return [("release_published", body["release"]["node_id"], micros(body["release"]["published_at"]))]
    if event == "star" and action == "created":
        return [("star_added", f"{body['sender']['id']}:{repository['id']}", micros(body["starred_at"]))]
    if event == "workflow_run" and action == "completed":
        return [("ci_run_completed", str(body["workflow_run"]["id"]), micros(body["workflow_run"]["updated_at"]))]
    if event == "repository" and (action == "deleted" or action in REPOSITORY_CHANGES):
        kind = "repository_deleted" if action == "deleted" else "repository_updated"
        return [(kind, str(repository["id"]), micros(repository["updated_at"]))]
    return []


def linear(body):
    data, kind, when = body["data"], None, body["createdAt"]
    if body["type"] == "Issue" and body["action"] == "create":
        kind = "issue_created"
    elif body["type"] == "Issue" and body["action"] == "update":
        kind = "issue_updated"
        if "stateId" in body["updatedFrom"] and data["state"]["type"] == "completed":
            kind, when = "issue_closed", data["completedAt"]
    elif body["type"] == "Comment" and body["action"] == "create":
        kind = "comment_created"
    return [(kind, data["id"], micros(when))] if kind else []


def timestamp(text):
    """Slack's: seconds, a dot, microseconds."""
    seconds, fraction = text.split(".")
    return int(seconds) * 1_000_000 + int(fraction)


def slack(body):
    event, place = body["event"], body["authorizations"][0]["team_id"]
    if event["type"] in ("message", "app_mention"):
        kind = "message_posted" if event["type"] == "message" else "mention"
        return [(kind, f"{place}:{event['channel']}:{event['ts']}", timestamp(event["ts"]))]
    if event["type"] == "reaction_added":
        item = event["item"]
        subject = f"{place}:{item['channel']}:{item['ts']}:{event['reaction']}:{event['user']}"
        return [("reaction_added", subject, timestamp(event["event_ts"]))]
    return []


def signals(provider, event, body):
    return github(event, body) if provider == "github" else linear(body) if provider == "linear" else slack(body)


def organisation(provider, body):
    """Whose it is, where the address does not say so."""
    return body["organizationId"] if provider == "linear" else body["authorizations"][0]["team_id"]
