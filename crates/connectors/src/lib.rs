//! Service 2: connections, tokens, deliveries, signals
