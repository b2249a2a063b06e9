//! Which IP addresses are the public internet. Everything else (loopback, private, link-local, metadata services,
//! documentation, multicast, and their IPv4-in-IPv6 disguises) is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether it is of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// IANA's IPv4 special-purpose registry.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a == 10
        || a == 127
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 0 && c == 2)
        || (a == 192 && b == 88 && c == 99)
        || (a == 192 && b == 168)
        || (a == 198 && (18..20).contains(&b))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113)
        || a >= 224)
}

/// Only global unicast (2000::/3), less what is embedded or reserved inside it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let segments = address.segments();
    let global = segments[0] & 0xe000 == 0x2000;
    let six_to_four = segments[0] == 0x2002;
    let teredo_or_orchid = segments[0] == 0x2001 && segments[1] < 0x0200;
    let documentation = (segments[0] == 0x2001 && segments[1] == 0x0db8) || segments[0] == 0x3fff;
    global && !six_to_four && !teredo_or_orchid && !documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Private, local and disguised addresses are refused; public ones pass.
    #[test]
    fn only_public_addresses_pass() {
        for refused in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(refused.parse().unwrap()), "{refused}");
        }
        for allowed in ["1.1.1.1", "140.82.112.3", "2606:4700:4700::1111", "2a00:1450:4001::1"] {
            assert!(is_public(allowed.parse().unwrap()), "{allowed}");
        }
    }
}
