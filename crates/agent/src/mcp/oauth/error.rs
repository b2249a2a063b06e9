//! Why no token was to be had. None of these carries a server's text.

#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// Nothing at the server's addresses says who gives tokens for it.
    #[error("the server does not say who gives tokens for it")]
    NoAuthority,
    /// Its metadata is about another resource (RFC 9728 3.3).
    #[error("the server's metadata is about another resource")]
    OtherResource,
    /// The metadata is about another issuer than the one that was asked for (RFC 8414 3.3).
    #[error("the authorization server's metadata is about another issuer")]
    OtherIssuer,
    #[error("the authorization server does not offer PKCE with S256")]
    NoPkce,
    #[error("the metadata cannot be read")]
    Unreadable,
    /// Neither a registered client, nor client-ID documents, nor registration.
    #[error("the authorization server lets no unknown client register")]
    NoRegistration,
    #[error("the authorization server refused to register this client")]
    RegistrationRefused,
    /// The person's browser did not come back, or came back with something else than an answer to our question.
    #[error("the consent was not given or its answer is not the one to our question")]
    NoConsent,
    /// The answer is another issuer's (RFC 9207 2.4).
    #[error("the answer came from another authorization server")]
    MixedUp,
    #[error("no token was given")]
    Token(#[from] oauth::TokenError),
    /// The server wants more, again and again.
    #[error("the server keeps refusing the tokens that it was given")]
    TooManyAttempts,
    #[error("an address could not be called")]
    Outbound(#[from] outbound::Error),
    /// What went wrong has nothing to do with a token.
    #[error(transparent)]
    Mcp(#[from] crate::mcp::McpError),
}
