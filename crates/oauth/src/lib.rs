//! OAuth 2.1 as a client, without vendor names: authorize, exchange, refresh
