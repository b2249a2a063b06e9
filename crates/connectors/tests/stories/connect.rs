//! Connecting through the vendors' redirects.

use crate::support::Server;
use kernel::UserId;

/// A member goes to the vendor and back in one browser, and has a connection with their account's name.
#[tokio::test]
async fn a_member_connects_through_the_redirects() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    for provider in ["github", "linear"] {
        let done = server.connect_as(&member, provider, "ann").await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert!(done.text.contains("is connected"), "{}", done.text);
    }
    println!("{}", member.get("/connections").await.text);
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "bob").await;
    println!("{connection}");
    println!("{}", server.vend(tenant, &connection).await);
}
