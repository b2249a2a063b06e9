//! The same answers over the same HTTP stack, without any work behind them.

use crate::{aside, client::Answer, process::Process, report::target_folder};
use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header::CONTENT_TYPE},
    routing::any,
};

/// Names the folder with the answers to the process that gives them.
pub const SELF: &str = "SCENARIOS_FIXED_ANSWERS";

/// What each kind of request was answered with becomes its fixed answer.
pub fn start(answers: &[(&'static str, Answer)]) -> Process {
    let folder = target_folder().join("bench/answers");
    let _none_yet = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, answer) in answers {
        std::fs::write(folder.join(format!("{name}.{}", answer.status.as_u16())), &answer.body).unwrap();
    }
    aside::start(SELF, folder.to_str().unwrap())
}

pub fn router(folder: &str) -> Router {
    std::fs::read_dir(folder).unwrap().fold(Router::new(), |router, entry| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let (name, status) = name.split_once('.').unwrap();
        let (status, body) = (status.parse::<u16>().unwrap(), Bytes::from(std::fs::read(entry.path()).unwrap()));
        let status = StatusCode::from_u16(status).unwrap();
        // The body that came is read, as whoever does something with it has to.
        let answer = async move |_: Bytes| (status, [(CONTENT_TYPE, "application/json")], body);
        router.route(&format!("/{name}"), any(answer))
    })
}
