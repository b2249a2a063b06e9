//! Which figures stand in which picture.

use crate::{
    picture::{Panel, picture},
    report, sizes,
};
use serde_json::Value;
use std::path::{Path, PathBuf};

const PICTURES: [(&str, [Panel; 2]); 5] = [
    (
        "pages",
        [
            Panel {
                title: "The first page of 50 signals",
                unit: "milliseconds",
                lines: &[
                    ("p50", "first p50 ms"),
                    ("p99", "first p99 ms"),
                    ("processor time, service and Postgres", "first CPU ms"),
                ],
            },
            Panel {
                title: "A page half way down",
                unit: "milliseconds",
                lines: &[
                    ("p50", "half way down p50 ms"),
                    ("p99", "half way down p99 ms"),
                    ("processor time, service and Postgres", "half way down CPU ms"),
                ],
            },
        ],
    ),
    (
        "backlog",
        [
            Panel {
                title: "Webhooks taken, and memory of the process",
                unit: "a second, or MB",
                lines: &[("taken a second", "taken a second"), ("memory in MB", "memory MB")],
            },
            Panel {
                title: "How long the answer takes",
                unit: "milliseconds",
                lines: &[("p50", "p50 ms"), ("p99", "p99 ms")],
            },
        ],
    ),
    (
        "vend",
        [
            Panel { title: "Tokens vended", unit: "a second", lines: &[("tokens", "tokens a second")] },
            Panel {
                title: "How long the answer takes",
                unit: "milliseconds",
                lines: &[("p50", "p50 ms"), ("p99", "p99 ms"), ("processor time, service and Postgres", "CPU ms")],
            },
        ],
    ),
    (
        "streams",
        [
            Panel { title: "Memory of the process", unit: "megabytes", lines: &[("resident memory", "memory MB")] },
            Panel {
                title: "How long another caller waits, 99 of 100 times at most",
                unit: "milliseconds",
                lines: &[
                    ("while nothing happens", "another p99 ms"),
                    ("while all streams look for news", "another p99 ms while all look"),
                ],
            },
        ],
    ),
    (
        "replicas",
        [
            Panel {
                title: "What all of them do together, on the same 2 cores",
                unit: "a second",
                lines: &[
                    ("webhooks of 0.6 KB", "webhook of 0.6 KB (Slack), a second"),
                    ("webhooks of 10 KB", "webhook of 10 KB (GitHub), a second"),
                    ("tokens vended", "token vended, a second"),
                    ("pages of signals", "page of signals, a second"),
                ],
            },
            Panel {
                title: "What one costs, in the services and in Postgres",
                unit: "milliseconds of one core",
                lines: &[
                    ("webhook of 0.6 KB", "webhook of 0.6 KB (Slack), CPU ms"),
                    ("webhook of 10 KB", "webhook of 10 KB (GitHub), CPU ms"),
                    ("token vended", "token vended, CPU ms"),
                    ("page of signals", "page of signals, CPU ms"),
                ],
            },
        ],
    ),
];

/// Those of a full run are in the repository.
pub fn folder() -> PathBuf {
    if sizes::are_quick() {
        return report::target_folder().join("bench/curves-quick");
    }
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/curves")
}

/// Of all curves that have been measured.
pub fn draw(report: &Value, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (name, panels) in PICTURES {
        if report[name].is_object() {
            let file = folder.join(format!("{name}.svg"));
            std::fs::write(&file, picture(&report[name], &panels)).unwrap();
            println!("  drawn: {}", file.canonicalize().unwrap().display());
        }
    }
}
