#![doc = include_str!("../README.md")]

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, sync::LazyLock};

/// Where [`shell`] expects the version of its files.
const VERSION: &str = "{version}";
/// Hex digits of a version: 64 bits tell any two builds apart.
const VERSION_LENGTH: usize = 16;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    pub bytes: Cow<'static, [u8]>,
    pub content_type: &'static str,
}

/// The file of this path, such as `core/dom.js`. Only a path that the list has names a file, so nothing outside can be meant.
pub fn find(path: &str) -> Option<Asset> {
    let content_type = content_type(path)?;
    Files::iter().find(|name| name == path)?;
    Some(Asset { bytes: Files::get(path)?.data, content_type })
}

/// Of all the files together: changes whenever one of them does. Those of a release build never do.
pub fn version() -> String {
    static EMBEDDED: LazyLock<String> = LazyLock::new(digest);
    if cfg!(debug_assertions) { digest() } else { EMBEDDED.clone() }
}

fn digest() -> String {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort_unstable();
    let mut all = Sha256::new();
    for (name, file) in names.iter().filter_map(|name| Some((name, Files::get(name)?))) {
        // The digest of a name has a fixed length, so no two sets of files write the same text.
        all.update(Sha256::digest(name.as_bytes()));
        all.update(file.metadata.sha256_hash());
    }
    let mut version = hex::encode(all.finalize());
    version.truncate(VERSION_LENGTH);
    version
}

/// The page that every address of the console shows, with its files at this version.
pub fn shell(version: &str) -> String {
    let page = Files::get("index.html").map(|file| file.data).unwrap_or_default();
    String::from_utf8_lossy(&page).replace(VERSION, version)
}

/// What a browser is told a file is. A file of another kind is not served.
fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every file but the page itself has an address and a kind, and nothing else has.
    #[test]
    fn every_file_is_found_by_its_path() {
        for name in Files::iter().filter(|name| name != "index.html") {
            assert!(find(&name).is_some_and(|asset| !asset.bytes.is_empty()), "{name}");
        }
        for path in ["", "index.html", "core", "core/", "core/none.js", "/main.js", "../src/lib.js", "core/../main.js"]
        {
            assert_eq!(find(path), None, "{path:?}");
        }
    }

    /// The page names its files with the version, and leaves no place unfilled.
    #[test]
    fn the_page_names_the_version() {
        let page = shell(&version());
        assert!(page.contains(&format!("/console/assets/{}/main.js", version())), "{page}");
        assert!(!page.contains(VERSION));
        assert_eq!(version().len(), VERSION_LENGTH);
    }

    /// Ways from text to markup or to code, and places where secrets would outlive the page.
    const FORBIDDEN: [&str; 9] = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "setHTMLUnsafe",
        "document.write",
        "eval(",
        "new Function",
        "localStorage",
        "indexedDB",
    ];

    fn forbidden(text: &str) -> Vec<&'static str> {
        FORBIDDEN.into_iter().filter(|word| text.contains(word)).collect()
    }

    /// What other people wrote (names, titles, a model's answer) stays text, and no secret is kept.
    #[test]
    fn no_file_reads_text_as_markup() {
        for name in Files::iter().filter(|name| !name.ends_with(".svg")) {
            let text = String::from_utf8(Files::get(&name).unwrap().data.into_owned()).unwrap();
            assert!(forbidden(&text).is_empty(), "{name} says {:?}", forbidden(&text));
            assert!(
                !text.contains("https://") && !text.contains("http://") || name == "core/dom.js",
                "{name} leads elsewhere"
            );
        }
    }

    /// Planted: a shortcut.
    #[test]
    fn a_shortcut_to_markup_is_found() {
        assert_eq!(forbidden("list.innerHTML = name;"), ["innerHTML"]);
    }
}
