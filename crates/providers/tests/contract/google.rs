//! What the fixtures of Google say.

use crate::readings::{readings, told};

/// Every push, whole.
#[test]
fn the_pushes_of_google_read_as_before() {
    insta::assert_snapshot!(readings("google"), @r#"
    add.file: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch drive_files []
    change.content_and_place: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch drive_files []
    change.drive: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch drive_files []
    change.without_an_address: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch drive_files []
    exists.calendar: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch calendar_events []
    exists.of_something_else: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11, not recognised
    exists.with_an_end: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch calendar_events []
    exists.without_an_address: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch calendar_events []
    gmail.history_as_text: watched ann@example.com
      fetch gmail_messages []
    gmail.history_beyond_a_double: watched ann@example.com
      fetch gmail_messages []
    gmail.mail: watched ann@example.com
      fetch gmail_messages []
    gmail.mailbox_in_capitals: watched ann.ode@example.com
      fetch gmail_messages []
    gmail.of_another_publisher: unnamed, not recognised
    gmail.of_something_else: unnamed, not recognised
    gmail.that_is_not_base64: unnamed, not recognised
    gmail.with_an_attempt: watched ann@example.com
      fetch gmail_messages []
    gmail.with_attributes_only: unnamed, not recognised
    gmail.with_the_other_alphabet: watched zoë~~~???ÿÿÿ@example.com
      fetch gmail_messages []
    gmail.with_the_plain_alphabet: watched zoë~~~???ÿÿÿ@example.com
      fetch gmail_messages []
    gmail.without_a_mailbox: unnamed, not recognised
    gmail.without_padding: watched bo@example.com
      fetch gmail_messages []
    not_exists.calendar: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch calendar_events []
    not_exists.without_an_address: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch calendar_events []
    paused.another_state: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11, not recognised
    paused.of_drive: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch drive_files []
    remove.file: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch drive_files []
    sync.calendar: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
    sync.drive: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
    sync.without_an_address: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
    trash.file: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch drive_files []
    untrash.file: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch drive_files []
    update.file: watched 0b5f6c1e6d1d4f3e9d0c2b0f7d0a1c11
      fetch drive_files []
    "#);
}

/// Every record's change, whole.
#[test]
#[expect(clippy::too_many_lines, reason = "nearly all of them are the snapshot")]
fn the_records_of_google_are_told_as_before() {
    insta::assert_snapshot!(told("google"), @r#"
    calendar_events.cancelled:
      event_cancelled [] at 2026-01-02T03:00:00Z
        event event1 | - | Watering the roses 🌹 | -
        by nobody
        in calendar primary | - | -
    calendar_events.cancelled_occasion:
      event_cancelled [] at 2026-01-02T03:00:00Z
        event event1_20260112T080000Z | - | - | -
        by nobody
        in calendar primary | - | -
    calendar_events.cancelled_without_a_time:
      event_cancelled [] at 2026-01-02T03:04:05Z
        event event1 | - | Watering the roses 🌹 | -
        by nobody
        in calendar primary | - | -
    calendar_events.created:
      event_created [] at 2026-01-01T10:00:00Z
        event event1 | - | Watering the roses 🌹 | https://www.google.com/calendar/event?eid=ZXZlbnQx
        by user ann@example.com | Ann Ode
        in calendar primary | - | -
    calendar_events.created_as_an_import:
      event_created [] at 2026-01-02T03:00:00Z
        event event1 | - | Watering the roses 🌹 | https://www.google.com/calendar/event?eid=ZXZlbnQx
        by user ann@example.com | Ann Ode
        in calendar primary | - | -
    calendar_events.created_by_a_profile:
      event_created [] at 2026-01-01T10:00:00Z
        event event1 | - | Watering the roses 🌹 | https://www.google.com/calendar/event?eid=ZXZlbnQx
        by user 1137 | -
        in calendar primary | - | -
    calendar_events.created_for_a_day:
      event_created [] at 2026-01-01T10:00:00Z
        event event1 | - | Watering the roses 🌹 | https://www.google.com/calendar/event?eid=ZXZlbnQx
        by user ann@example.com | Ann Ode
        in calendar primary | - | -
    calendar_events.created_without_a_name:
      event_created [] at 2026-01-01T10:00:00Z
        event event1 | - | - | https://www.google.com/calendar/event?eid=ZXZlbnQx
        by nobody
        in calendar primary | - | -
    calendar_events.updated_guests:
      event_updated ["attendees"] at 2026-01-02T03:00:00Z
        event event1 | - | Watering the roses 🌹 | https://www.google.com/calendar/event?eid=ZXZlbnQx
        by user ann@example.com | Ann Ode
        in calendar primary | - | -
    calendar_events.updated_name_by_an_organizer:
      event_updated ["organizer", "summary"] at 2026-01-02T03:00:00Z
        event event1 | - | Pruning the roses | https://www.google.com/calendar/event?eid=ZXZlbnQx
        by user garden@group.calendar.google.com | Garden
        in calendar primary | - | -
    calendar_events.updated_time:
      event_updated ["end", "start"] at 2026-01-02T03:00:00Z
        event event1 | - | Watering the roses 🌹 | https://www.google.com/calendar/event?eid=ZXZlbnQx
        by user ann@example.com | Ann Ode
        in calendar primary | - | -
    calendar_events.updated_without_a_place_any_more:
      event_updated ["location"] at 2026-01-02T03:00:00Z
        event event1 | - | Watering the roses 🌹 | https://www.google.com/calendar/event?eid=ZXZlbnQx
        by user ann@example.com | Ann Ode
        in calendar primary | - | -
    drive_files.created:
      file_created [] at 2026-01-01T10:00:00Z
        file file1 | - | Roses.md | https://drive.google.com/file/d/file1/view
        by user ann@example.com | Ann Ode
        in folder folder1 | - | -
    drive_files.created_by_a_hidden_address:
      file_created [] at 2026-01-01T10:00:00Z
        file file1 | - | Roses.md | https://drive.google.com/file/d/file1/view
        by user 0401 | Ann Ode
        in folder folder1 | - | -
    drive_files.created_in_a_shared_drive:
      file_created [] at 2026-01-01T10:00:00Z
        file file1 | - | Roses.md | https://drive.google.com/file/d/file1/view
        by nobody
        in drive drive1 | - | -
    drive_files.created_in_the_bin:
      file_trashed [] at 2026-01-02T03:00:00Z
        file file1 | - | Roses.md | https://drive.google.com/file/d/file1/view
        by user ann@example.com | Ann Ode
        in folder folder1 | - | -
    drive_files.deleted:
      file_deleted [] at 2026-01-02T03:00:00Z
        file file1 | - | Roses.md | -
        by nobody
        in folder folder1 | - | -
    drive_files.deleted_unknown: nothing
    drive_files.restored:
      file_updated ["trashed"] at 2026-01-02T03:00:00Z
        file file1 | - | Roses.md | https://drive.google.com/file/d/file1/view
        by user bo@example.com | Bo
        in folder folder1 | - | -
    drive_files.trashed:
      file_trashed [] at 2026-01-02T03:00:00Z
        file file1 | - | Roses.md | https://drive.google.com/file/d/file1/view
        by user ann@example.com | Ann Ode
        in folder folder1 | - | -
    drive_files.trashed_by_who_wrote_last:
      file_trashed [] at 2026-01-02T03:00:00Z
        file file1 | - | Roses.md | https://drive.google.com/file/d/file1/view
        by user bo@example.com | Bo
        in folder folder1 | - | -
    drive_files.updated_by_nobody:
      file_updated ["name"] at 2026-01-02T02:59:00Z
        file file1 | - | Thorns.md | https://drive.google.com/file/d/file1/view
        by nobody
        in folder folder1 | - | -
    drive_files.updated_content:
      file_updated ["md5Checksum"] at 2026-01-02T02:59:00Z
        file file1 | - | Roses.md | https://drive.google.com/file/d/file1/view
        by user bo@example.com | Bo
        in folder folder1 | - | -
    drive_files.updated_in_the_bin:
      file_updated ["name"] at 2026-01-02T02:59:00Z
        file file1 | - | Thorns.md | https://drive.google.com/file/d/file1/view
        by user bo@example.com | Bo
        in folder folder1 | - | -
    drive_files.updated_name:
      file_updated ["name"] at 2026-01-02T02:59:00Z
        file file1 | - | Roses and thorns.md | https://drive.google.com/file/d/file1/view
        by user bo@example.com | Bo
        in folder folder1 | - | -
    drive_files.updated_place:
      file_updated ["parents"] at 2026-01-02T03:00:00Z
        file file1 | - | Roses.md | https://drive.google.com/file/d/file1/view
        by user bo@example.com | Bo
        in folder folder2 | - | -
    gmail_messages.binned:
      email_updated ["labelIds"] at 2026-01-02T03:04:05Z
        email m1 | - | The roses ünfold 🌹 | https://mail.google.com/mail/u/0/#all/t1
        by nobody
        in thread t1 | - | -
    gmail_messages.deleted:
      email_deleted [] at 2026-01-02T03:04:05Z
        email m1 | - | The roses ünfold 🌹 | -
        by nobody
        in thread t1 | - | -
    gmail_messages.deleted_draft: nothing
    gmail_messages.deleted_unknown: nothing
    gmail_messages.draft_edited: nothing
    gmail_messages.drafted: nothing
    gmail_messages.old_and_labelled:
      email_updated ["labelIds"] at 2026-01-02T03:04:05Z
        email m1 | - | The roses ünfold 🌹 | https://mail.google.com/mail/u/0/#all/t1
        by nobody
        in thread t1 | - | -
    gmail_messages.read:
      email_updated ["labelIds"] at 2026-01-02T03:04:05Z
        email m1 | - | The roses ünfold 🌹 | https://mail.google.com/mail/u/0/#all/t1
        by nobody
        in thread t1 | - | -
    gmail_messages.received:
      email_received [] at 2026-01-02T03:00:00Z
        email m1 | - | The roses ünfold 🌹 | https://mail.google.com/mail/u/0/#all/t1
        by user ann@example.com | Ann Ode
        in thread t1 | - | -
    gmail_messages.received_from_nobody:
      email_received [] at 2026-01-02T03:00:00Z
        email m1 | - | Roses | https://mail.google.com/mail/u/0/#all/t1
        by nobody
        in thread t1 | - | -
    gmail_messages.received_unwanted: nothing
    gmail_messages.received_with_loud_headers:
      email_received [] at 2026-01-02T03:00:00Z
        email m1 | - | Roses | https://mail.google.com/mail/u/0/#all/t1
        by user ann@example.com | Ode, Ann
        in thread t1 | - | -
    gmail_messages.received_without_a_subject:
      email_received [] at 2026-01-02T03:00:00Z
        email m1 | - | - | https://mail.google.com/mail/u/0/#all/t1
        by user ann@example.com | -
        in thread t1 | - | -
    gmail_messages.sent: nothing
    "#);
}
