//! The caller's address. `X-Forwarded-For` counts only as far as trusted proxies wrote it.

use http::{HeaderMap, HeaderName};
use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of the TCP connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// One proxy, or a network of proxies, in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

/// Whom we believe about the address of others. None by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn new(list: impl IntoIterator<Item = TrustedProxy>) -> Self {
        Self(list.into_iter().map(|TrustedProxy(network)| network).collect())
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address.to_canonical()))
    }

    /// From the right of the chain, the first address that is not one of ours. A chain that cannot be read ends where it
    /// cannot be read.
    pub fn client(&self, headers: &HeaderMap, peer: Peer) -> IpAddr {
        let mut client = peer.0.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let hops: Vec<&str> = headers
            .get_all(&FORWARDED_FOR)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for hop in hops.iter().rev() {
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        client
    }

    /// The key under which a client is counted: its address, for IPv6 its /64, which one household has to itself.
    pub fn limit_key(&self, headers: &HeaderMap, peer: Peer) -> String {
        match self.client(headers, peer) {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }
    }
}

/// One entry of `TRUSTED_PROXIES`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedProxy(Network);

/// Neither an IP address nor a network in CIDR notation.
#[derive(Debug, thiserror::Error)]
#[error("not an IP address or network")]
pub struct NotANetwork;

impl FromStr for TrustedProxy {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits.map(str::parse::<u8>) {
            None => whole,
            Some(Ok(bits)) if bits <= whole => bits,
            Some(_) => return Err(NotANetwork),
        };
        Ok(Self(Network { address, bits }))
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        let differing = match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            _ => return false,
        };
        differing >= u32::from(self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> TrustedProxies {
        TrustedProxies::new(["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()])
    }

    fn client(peer: &str, forwarded: &str) -> String {
        let headers = HeaderMap::from_iter([(FORWARDED_FOR.clone(), forwarded.parse().unwrap())]);
        proxies().client(&headers, Peer(peer.parse().unwrap())).to_string()
    }

    /// A client cannot choose its own address: what it wrote itself stands left of what our proxy wrote.
    #[test]
    fn a_made_up_forwarded_address_does_not_count() {
        assert_eq!(client("203.0.113.9", "1.1.1.1"), "203.0.113.9");
        assert_eq!(client("127.0.0.1", "1.1.1.1, 203.0.113.9"), "203.0.113.9");
        assert_eq!(client("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.2.3.4"), "203.0.113.9");
        assert_eq!(client("::ffff:127.0.0.1", "203.0.113.9"), "203.0.113.9");
        assert_eq!(client("127.0.0.1", "1.1.1.1, nonsense"), "127.0.0.1");
    }

    /// Ten thousand addresses of one /64 are one client.
    #[test]
    fn ipv6_is_counted_by_network() {
        let key = |peer: &str| proxies().limit_key(&HeaderMap::new(), Peer(peer.parse().unwrap()));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    }

    /// Nonsense networks are refused at start.
    #[test]
    fn a_network_must_be_one() {
        assert!("10.0.0.0/33".parse::<TrustedProxy>().is_err());
        assert!("ten".parse::<TrustedProxy>().is_err());
    }
}
