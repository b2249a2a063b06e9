//! Tokens that somebody made in order to get in, against a key of each algorithm.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use aws_lc_rs::hmac;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use identity::{Algorithm, FetchError, Signer, Verifier, VerifyError};
use kernel::{Clock, UserId};
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

const ISSUER: &str = "https://auth.example";
const AUDIENCE: &str = "connectors";

/// A verifier that knows one key, and how often it asked for keys.
struct Target {
    signer: Signer,
    verifier: Verifier,
    fetches: Arc<AtomicUsize>,
}

impl Target {
    fn new(algorithm: Algorithm) -> Self {
        let (signer, _) = Signer::generate(algorithm, "k1").unwrap();
        let document = json!({"keys": [signer.public_key()]}).to_string();
        let fetches = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&fetches);
        let verifier = Verifier::new(ISSUER, AUDIENCE, Clock::system(), move || {
            counter.fetch_add(1, Ordering::SeqCst);
            let bytes = document.clone().into_bytes();
            Box::pin(async move { Ok::<_, FetchError>(bytes) })
        });
        Self { signer, verifier, fetches }
    }

    /// One of each algorithm.
    fn all() -> [Self; 3] {
        Algorithm::ALL.map(Self::new)
    }

    async fn refusal(&self, token: &str) -> VerifyError {
        self.verifier.verify(token).await.unwrap_err()
    }

    fn header(&self, extra: &Value) -> Value {
        let mut header = json!({"alg": self.signer.algorithm(), "kid": "k1"});
        header.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        header
    }
}

fn claims() -> Value {
    let exp = Clock::system().now().timestamp() + 900;
    json!({"sub": UserId::generate().simple(), "iss": ISSUER, "aud": AUDIENCE, "exp": exp})
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Another header in front of a token's payload and signature.
fn reheaded(header: &Value, token: &str) -> String {
    format!("{}.{}", part(header), token.split_once('.').unwrap().1)
}

/// `none`, however it is spelled, with and without a signature behind it.
#[tokio::test]
async fn a_token_without_signature_is_refused() {
    for target in Target::all() {
        let good = target.signer.sign(&claims()).unwrap();
        for name in ["none", "None", "NONE", "nOnE", " none", "none ", "none\0", "", "null"] {
            let header = json!({"alg": name, "kid": "k1"});
            let unsigned = format!("{}.{}.", part(&header), part(&claims()));
            assert_eq!(target.refusal(&unsigned).await, VerifyError::AlgorithmRefused, "{name}");
            assert_eq!(target.refusal(&reheaded(&header, &good)).await, VerifyError::AlgorithmRefused, "{name}");
        }
        for alg in [json!(null), json!(["none"]), json!({"none": 1}), json!(0), json!(false)] {
            let header = json!({"alg": alg, "kid": "k1"});
            assert_eq!(target.refusal(&reheaded(&header, &good)).await, VerifyError::Malformed, "{alg}");
        }
        assert_eq!(target.refusal(&reheaded(&json!({"kid": "k1"}), &good)).await, VerifyError::Malformed);
        let stripped = format!("{}.", good.rsplit_once('.').unwrap().0);
        assert_eq!(target.refusal(&stripped).await, VerifyError::BadSignature);
    }
}

/// What is published of a key, in every form in which a confused verifier might take it for an HMAC secret: raw, as its
/// JWK, as numbers in text, as PEM.
fn published_forms(signer: &Signer) -> Vec<Vec<u8>> {
    let jwk = serde_json::to_value(signer.public_key()).unwrap();
    let mut forms = vec![signer.public_bytes().to_vec(), Vec::new(), b"k1".to_vec()];
    forms.extend([jwk.to_string(), json!({"keys": [jwk]}).to_string()].map(String::into_bytes));
    for number in ["x", "y", "n", "e"].iter().filter_map(|name| jwk[name].as_str()) {
        forms.extend([number.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(number).unwrap()]);
    }
    // The SubjectPublicKeyInfo of RFC 8410, RFC 5480 and RFC 8017, whose head is constant for each of our three.
    let head = match signer.algorithm() {
        Algorithm::EdDsa => "302a300506032b6570032100",
        Algorithm::Es256 => "3059301306072a8648ce3d020106082a8648ce3d030107034200",
        Algorithm::Rs256 => "30820122300d06092a864886f70d01010105000382010f00",
    };
    let digits: Vec<char> = head.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    let mut der: Vec<u8> = digits.chunks(2).map(byte).collect();
    der.extend(signer.public_bytes());
    let lines: Vec<String> =
        STANDARD.encode(&der).as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into()).collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", lines.join("\n"));
    forms.extend([der, pem.clone().into_bytes(), (pem + "\n").into_bytes()]);
    forms
}

/// HMAC with what is published as its secret: the confusion that a public key must never allow.
#[tokio::test]
async fn a_published_key_is_no_shared_secret() {
    for target in Target::all() {
        for secret in published_forms(&target.signer) {
            for (name, digest) in
                [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
            {
                let signed = format!("{}.{}", part(&json!({"alg": name, "kid": "k1"})), part(&claims()));
                let tag = hmac::sign(&hmac::Key::new(digest, &secret), signed.as_bytes());
                let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
                assert_eq!(target.refusal(&token).await, VerifyError::AlgorithmRefused, "{name}");
                // The same signature under the key's own algorithm is only a bad one.
                let own = format!("{}.{}", part(&target.header(&json!({}))), part(&claims()));
                let tag = hmac::sign(&hmac::Key::new(digest, &secret), own.as_bytes());
                let token = format!("{own}.{}", URL_SAFE_NO_PAD.encode(tag));
                assert_eq!(target.refusal(&token).await, VerifyError::BadSignature, "{name}");
            }
        }
    }
}

/// Keys that the token brings along or points to are not used, and nobody calls the address.
#[tokio::test]
async fn a_token_cannot_bring_its_key() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}/keys", listener.local_addr().unwrap());
    for target in Target::all() {
        let (stranger, _) = Signer::generate(target.signer.algorithm(), "k1").unwrap();
        let foreign = stranger.sign(&claims()).unwrap();
        let certificate = STANDARD.encode(stranger.public_bytes());
        for extra in [
            json!({"jku": address}),
            json!({"x5u": address}),
            json!({"jwk": stranger.public_key()}),
            json!({"x5c": [certificate]}),
            json!({"x5t": "AA", "x5t#S256": "AA"}),
            json!({"jku": address, "x5u": address, "jwk": stranger.public_key(), "x5c": [certificate], "url": address}),
        ] {
            let token = reheaded(&target.header(&extra), &foreign);
            assert_eq!(target.refusal(&token).await, VerifyError::BadSignature, "{extra}");
            let (_, rest) = foreign.split_once('.').unwrap();
            for kid in [json!(null), json!(address)] {
                let mut header = target.header(&extra);
                header["kid"] = kid;
                let outcome = target.refusal(&format!("{}.{rest}", part(&header))).await;
                assert!(matches!(outcome, VerifyError::Malformed | VerifyError::UnknownKey), "{header}: {outcome}");
            }
        }
    }
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

/// A key id is only looked up: whatever it holds, it names no key of ours, and all of them together cause one fetch.
#[tokio::test]
async fn a_key_id_is_only_a_name() {
    for target in Target::all() {
        let good = target.signer.sign(&claims()).unwrap();
        let long = "k".repeat(4096);
        for kid in [
            "",
            " k1",
            "k1 ",
            "K1",
            "k1\0",
            "\0",
            "k1\n",
            "../k1",
            "../../../../dev/null",
            "/dev/null",
            "file:///dev/null",
            "' or '1'='1",
            "k1' union select 'k1",
            "k1; drop table signing_keys",
            "$(id)",
            "`id`",
            "|id",
            "%00",
            "k%31",
            "{{k1}}",
            "http://127.0.0.1/",
            "__proto__",
            "k\u{131}",
            "ｋ1",
            &long,
        ] {
            let token = reheaded(&target.header(&json!({"kid": kid})), &good);
            assert_eq!(target.refusal(&token).await, VerifyError::UnknownKey, "{kid:?}");
        }
        for kid in [json!(null), json!(1), json!(["k1"]), json!({"k1": "k1"}), json!(true)] {
            let token = reheaded(&target.header(&json!({"kid": kid})), &good);
            assert_eq!(target.refusal(&token).await, VerifyError::Malformed, "{kid}");
        }
        let longer = "k".repeat(8192);
        let token = reheaded(&target.header(&json!({"kid": longer})), &good);
        assert_eq!(target.refusal(&token).await, VerifyError::TooLong);
        assert_eq!(target.fetches.load(Ordering::SeqCst), 1);
    }
}

/// Every other spelling of a good token's base64url is refused, in each of its parts.
#[tokio::test]
async fn base64url_has_one_spelling() {
    for target in Target::all() {
        let good = target.signer.sign(&claims()).unwrap();
        assert!(target.verifier.verify(&good).await.is_ok());
        let parts: Vec<&str> = good.split('.').collect();
        for index in 0..3 {
            let bytes = URL_SAFE_NO_PAD.decode(parts[index]).unwrap();
            let mut spellings = vec![
                format!("{}=", parts[index]),
                format!("{}==", parts[index]),
                format!("{} ", parts[index]),
                format!("{}\n", parts[index]),
                format!(" {}", parts[index]),
                format!("%{}", parts[index]),
                URL_SAFE.encode(&bytes) + "=",
            ];
            spellings.push(STANDARD.encode(&bytes));
            spellings.extend(stray_bits(parts[index], bytes.len()));
            for spelling in spellings.iter().filter(|spelling| *spelling != parts[index]) {
                let mut changed = parts.clone();
                changed[index] = spelling;
                let outcome = target.verifier.verify(&changed.join(".")).await;
                assert_eq!(outcome, Err(expected(index)), "part {index} as {spelling:?}");
            }
        }
    }
}

/// The header is read before the signature; what is wrong with the payload is not told before the signature holds.
const fn expected(index: usize) -> VerifyError {
    if index == 1 { VerifyError::BadSignature } else { VerifyError::Malformed }
}

/// The spellings whose last character carries bits that belong to no byte.
fn stray_bits(part: &str, length: usize) -> Vec<String> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let spare = match length % 3 {
        1 => 16,
        2 => 4,
        _ => return Vec::new(),
    };
    let (head, last) = part.split_at(part.len() - 1);
    let value = LETTERS.iter().position(|letter| *letter == last.as_bytes()[0]).unwrap();
    (1..spare).map(|stray| format!("{head}{}", char::from(LETTERS[value + stray]))).collect()
}

/// A demanded extension, a doubled name in the header, a header that is a list and text behind it are refused before the
/// signature is looked at.
#[tokio::test]
async fn a_header_that_could_be_read_in_two_ways_is_refused() {
    for target in Target::all() {
        let good = target.signer.sign(&claims()).unwrap();
        for crit in [json!(["b64"]), json!(["exp", "b64"]), json!([]), json!(null)] {
            let header = target.header(&json!({"crit": crit, "b64": false}));
            assert_eq!(target.refusal(&reheaded(&header, &good)).await, VerifyError::CriticalHeader, "{crit}");
        }
        let alg = target.signer.algorithm();
        for header in [
            format!(r#"{{"alg":"none","alg":"{alg}","kid":"k1"}}"#),
            format!(r#"{{"alg":"{alg}","kid":"k1","kid":"k1"}}"#),
            format!(r#"{{"alg":"{alg}","kid":"k1","x":1,"x":2}}"#),
            format!(r#"{{"alg":"{alg}","kid":"k1"}}{{}}"#),
            format!(r#"{{"alg":"{alg}","kid":"k1""#),
            format!(r#"["{alg}","k1",null]"#),
            format!(r#""{alg}""#),
        ] {
            let rest = good.split_once('.').unwrap().1;
            let token = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(&header));
            assert_eq!(target.refusal(&token).await, VerifyError::Malformed, "{header}");
        }
    }
}
