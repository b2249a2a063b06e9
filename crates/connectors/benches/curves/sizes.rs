//! How far each curve goes.

/// Steps of a quick run: enough to see that everything works.
const QUICK: usize = 2;

pub fn are_quick() -> bool {
    std::env::var("CURVES").is_ok_and(|how| how == "quick")
}

/// In rising order; the environment names others.
pub fn sizes(name: &str, full: &[i64]) -> Vec<i64> {
    let mut sizes = match std::env::var(format!("CURVES_{name}")) {
        Ok(text) => text.split(',').map(|size| size.trim().parse().unwrap()).collect(),
        Err(_) if are_quick() => full[..QUICK].to_vec(),
        Err(_) => full.to_vec(),
    };
    sizes.sort_unstable();
    sizes
}
