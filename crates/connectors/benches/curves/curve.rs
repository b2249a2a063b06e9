//! What was measured at each size: a table while it grows, and JSON for programs.

use serde_json::{Map, Value, json};

/// Of a figure's column.
const WIDTH: usize = 14;

pub struct Curve {
    /// What the sizes count.
    sizes: &'static str,
    rows: Vec<Value>,
}

impl Curve {
    pub fn of(sizes: &'static str) -> Self {
        Self { sizes, rows: Vec::new() }
    }

    /// Each figure by its name, which says its unit; the same ones at each size.
    pub fn add(&mut self, size: i64, figures: &[(impl AsRef<str>, f64)]) {
        let load = load();
        let cell = |name: &str, text: String| format!("{text:>0$}", WIDTH.max(name.len() + 3));
        let line = |told: &dyn Fn(&str, f64) -> String| {
            figures
                .iter()
                .map(|(name, figure)| cell(name.as_ref(), told(name.as_ref(), *figure)))
                .collect::<Vec<_>>()
                .concat()
        };
        if self.rows.is_empty() {
            println!("\n  {}", self.sizes);
            println!("  {:>10}{}{:>WIDTH$}", "", line(&|name, _| name.to_owned()), "load");
        }
        let told = line(&|_, figure| format!("{figure:.2}"));
        println!("  {size:>10}{told}{load:>WIDTH$.2}");
        let figures: Map<String, Value> =
            figures.iter().map(|(name, figure)| (name.as_ref().to_owned(), json!(figure))).collect();
        self.rows.push(json!({ "size": size, "figures": figures, "load": load }));
    }

    pub fn json(self) -> Value {
        json!({ "sizes": self.sizes, "measured_at": chrono::Utc::now(), "rows": self.rows })
    }
}

/// What waits for a processor, ourselves included, in the mean of the last minute: who reads a figure should know it.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

#[expect(clippy::cast_precision_loss, reason = "a figure that people read")]
pub fn figure(count: i64) -> f64 {
    count as f64
}
