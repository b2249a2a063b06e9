//! Mirrors `src/http`: one folder a door.
