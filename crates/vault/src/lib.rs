//! Sealing secrets at rest: AES-256-GCM, key ids, bound context
