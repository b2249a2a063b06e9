//! What both services put round axum: problem+json, extractors, rate limits, layers, serving
