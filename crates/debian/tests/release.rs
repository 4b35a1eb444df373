//! Which release files are trusted: each test signs one, and bends a single thing.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use boxwright_debian::{Keyring, Release, ReleaseError};
use boxwright_digest::Digest;
use boxwright_requirements::Architecture;
use pgp::composed::{
    ArmorOptions, CleartextSignedMessage, EncryptionCaps, KeyType, SecretKeyParamsBuilder,
    SignedKeyDetails, SignedPublicKey, SignedPublicSubKey, SignedSecretKey, SubkeyParamsBuilder,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    KeyFlags, Notation, Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData,
};
use pgp::ser::Serialize;
use pgp::types::{Password, SignedUser, SigningKey, Tag, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;

const DAY: u32 = 24 * 3600;
/// When the keys were made.
const BORN: u32 = 1_700_000_000;
/// When the release was signed: Sat, 28 Nov 2026 00:53:20 UTC.
const SIGNED: u32 = 1_795_827_200;

const TEXT: &str = "Origin: Test
Suite: stable-security
Version: 13
Codename: trixie-security
Date: Sat, 28 Nov 2026 00:53:02 UTC
Valid-Until: Sat, 05 Dec 2026 00:53:02 UTC
Acquire-By-Hash: yes
Description: -- a line
SHA256:
 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae 3 main/binary-amd64/Packages
 fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9 3 main/binary-amd64/Packages.xz
";

/// How a certificate and its signatures differ from sound ones.
#[derive(Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is one thing to bend")]
struct Spec {
    seed: u64,
    rsa: bool,
    primary_lifetime: u32,
    subkey_lifetime: u32,
    subkey_flags: bool,
    back_signature: bool,
    binding_hash: HashAlgorithm,
    revoke_primary: bool,
    revoke_subkey: bool,
    revoke_user: bool,
    sign_with_subkey: bool,
    hash: HashAlgorithm,
    typ: SignatureType,
    made: u32,
    lifetime: u32,
    critical_notation: bool,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            seed: 1,
            rsa: false,
            primary_lifetime: 0,
            subkey_lifetime: 0,
            subkey_flags: true,
            back_signature: true,
            binding_hash: HashAlgorithm::Sha512,
            revoke_primary: false,
            revoke_subkey: false,
            revoke_user: false,
            sign_with_subkey: true,
            hash: HashAlgorithm::Sha256,
            typ: SignatureType::Text,
            made: SIGNED,
            lifetime: 0,
            critical_notation: false,
        }
    }
}

fn config(
    key: &impl SigningKey,
    typ: SignatureType,
    hash: HashAlgorithm,
    made: u32,
    more: Vec<SubpacketData>,
) -> SignatureConfig {
    let mut config = SignatureConfig::v4(typ, key.algorithm(), hash);
    let always = [
        SubpacketData::SignatureCreationTime(Timestamp::from_secs(made)),
        SubpacketData::IssuerFingerprint(key.fingerprint()),
    ];
    config.hashed_subpackets =
        always.into_iter().chain(more).map(|data| Subpacket::regular(data).unwrap()).collect();
    config
}

fn lifetime(seconds: u32) -> SubpacketData {
    SubpacketData::KeyExpirationTime(pgp::types::Duration::from_secs(seconds))
}

fn generate(kind: &KeyType, seed: u64) -> SignedSecretKey {
    let mut subkey = SubkeyParamsBuilder::default();
    subkey.key_type(kind.clone()).can_sign(true).can_encrypt(EncryptionCaps::None);
    subkey.created_at(Timestamp::from_secs(BORN));
    SecretKeyParamsBuilder::default()
        .key_type(kind.clone())
        .can_certify(true)
        .can_sign(true)
        .can_encrypt(EncryptionCaps::None)
        .created_at(Timestamp::from_secs(BORN))
        .primary_user_id("Test Archive <test@example.org>".into())
        .subkeys(vec![subkey.build().unwrap()])
        .build()
        .unwrap()
        .generate(StdRng::seed_from_u64(seed))
        .unwrap()
}

impl Spec {
    fn secret(&self) -> SignedSecretKey {
        /// The only kind of key that rPGP lets sign weak hashes takes a second to make.
        static RSA: LazyLock<SignedSecretKey> = LazyLock::new(|| generate(&KeyType::Rsa(2048), 3));
        if self.rsa { RSA.clone() } else { generate(&KeyType::Ed25519Legacy, self.seed) }
    }
    /// The certificate, with self-signatures as specified.
    fn certificate(&self) -> Vec<u8> {
        let secret = self.secret();
        let (primary, password) = (&secret.primary_key, Password::empty());
        let public = primary.public_key();
        let subkey = &secret.secret_subkeys[0].key;

        let mut flags = KeyFlags::default();
        flags.set_certify(true);
        flags.set_sign(true);
        let id = secret.details.users[0].id.clone();
        let certify = |typ, more| {
            config(primary, typ, self.binding_hash, BORN, more)
                .sign_certification(primary, public, &password, Tag::UserId, &id)
                .unwrap()
        };
        let binding = vec![SubpacketData::KeyFlags(flags), lifetime(self.primary_lifetime)];
        let mut user = vec![certify(SignatureType::CertPositive, binding)];
        if self.revoke_user {
            user.push(certify(SignatureType::CertRevocation, vec![]));
        }
        let revocation = || {
            config(
                primary,
                SignatureType::KeyRevocation,
                HashAlgorithm::Sha512,
                SIGNED + DAY,
                vec![],
            )
            .sign_key(primary, &password, public)
            .unwrap()
        };
        let details = SignedKeyDetails::new(
            self.revoke_primary.then(revocation).into_iter().collect(),
            vec![],
            vec![SignedUser::new(id.clone(), user)],
            vec![],
        );

        let mut flags = KeyFlags::default();
        flags.set_sign(self.subkey_flags);
        let mut more = vec![SubpacketData::KeyFlags(flags), lifetime(self.subkey_lifetime)];
        if self.back_signature {
            let back =
                config(subkey, SignatureType::KeyBinding, HashAlgorithm::Sha512, BORN, vec![])
                    .sign_primary_key_binding(subkey, subkey.public_key(), &password, public)
                    .unwrap();
            more.push(SubpacketData::EmbeddedSignature(Box::new(back)));
        }
        let bind = |typ, more| {
            config(primary, typ, self.binding_hash, BORN, more)
                .sign_subkey_binding(primary, public, &password, subkey.public_key())
                .unwrap()
        };
        let mut signatures = vec![bind(SignatureType::SubkeyBinding, more)];
        if self.revoke_subkey {
            signatures.push(bind(SignatureType::SubkeyRevocation, vec![]));
        }
        let subkey = SignedPublicSubKey::new(subkey.public_key().clone(), signatures);
        SignedPublicKey::new(public.clone(), details, vec![subkey]).to_bytes().unwrap()
    }

    fn sign(&self, text: &str) -> String {
        let secret = self.secret();
        let (primary, subkey) = (&secret.primary_key, &secret.secret_subkeys[0].key);
        let signature = if self.sign_with_subkey {
            self.signature(subkey, text)
        } else {
            self.signature(primary, text)
        };
        CleartextSignedMessage::new_many(text, |_| Ok(vec![signature]))
            .unwrap()
            .to_armored_string(ArmorOptions::default())
            .unwrap()
    }

    fn signature(&self, key: &impl SigningKey, text: &str) -> Signature {
        let more = vec![SubpacketData::SignatureExpirationTime(pgp::types::Duration::from_secs(
            self.lifetime,
        ))];
        let mut config = config(key, self.typ, self.hash, self.made, more);
        if self.critical_notation {
            let notation =
                Notation { readable: true, name: "x@example.org".into(), value: "y".into() };
            config
                .hashed_subpackets
                .push(Subpacket::critical(SubpacketData::Notation(notation)).unwrap());
        }
        // Cleartext signatures leave out white space at the end of lines.
        config.sign(key, &Password::empty(), text.replace('\n', "\r\n").as_bytes()).unwrap()
    }

    /// Signs the text and asks whether it is trusted, at the time of signing plus a day.
    fn verdict(&self, text: &str) -> Result<Release, ReleaseError> {
        verify(&self.sign(text), &[self.certificate()])
    }
}

fn at(seconds: u32) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(seconds))
}

fn verify(message: &str, certificates: &[Vec<u8>]) -> Result<Release, ReleaseError> {
    let mut keyring = Keyring::new();
    for certificate in certificates {
        keyring.add(certificate).unwrap();
    }
    Release::verify(message.as_bytes(), &keyring, "trixie-security", at(SIGNED + DAY))
}

fn refusal(verdict: Result<Release, ReleaseError>) -> String {
    verdict.unwrap_err().to_string()
}

#[test]
fn a_sound_release_lists_its_indexes() {
    let release = Spec::default().verdict(TEXT).unwrap();
    assert_eq!((release.codename(), release.version()), ("trixie-security", Some("13")));
    assert_eq!(release.date(), at(SIGNED - 18));
    let index = release.index("main", Architecture::Amd64).unwrap();
    assert_eq!(index.path, "main/binary-amd64/Packages.xz");
    assert_eq!((index.size, index.sha256, index.unpacked_size), (3, Digest::of("bar"), Some(3)));
    assert_eq!(
        index.by_hash_path.as_deref(),
        Some(
            "main/binary-amd64/by-hash/SHA256/fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"
        )
    );
    assert_eq!(release.index("main", Architecture::Arm64), None);
    assert_eq!(release.index("contrib", Architecture::Amd64), None);
    insta::assert_snapshot!(index.unpack(b"baz").unwrap_err(), @"`main/binary-amd64/Packages.xz` is not what the signed release file lists: expected 3 bytes with sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9, found 3 with sha256:baa5a0964d3320fbc0c6a922140453c8513ea24ab8fd0577034804a967248096; fetch it again, or use another mirror");
    assert!(index.unpack(b"bar").is_err(), "the right bytes, yet no xz stream");
}

#[test]
fn sound_signatures_of_every_accepted_kind_count() {
    for spec in [
        Spec { sign_with_subkey: false, ..Spec::default() },
        Spec { hash: HashAlgorithm::Sha512, ..Spec::default() },
        Spec { hash: HashAlgorithm::Sha384, ..Spec::default() },
        Spec { rsa: true, ..Spec::default() },
        Spec { lifetime: 2 * DAY, ..Spec::default() },
        // A key that expires after it signed.
        Spec {
            primary_lifetime: SIGNED - BORN + 1,
            subkey_lifetime: SIGNED - BORN + 1,
            ..Spec::default()
        },
        // The primary key signs, whatever its subkey is worth.
        Spec {
            sign_with_subkey: false,
            back_signature: false,
            revoke_subkey: true,
            ..Spec::default()
        },
    ] {
        spec.verdict(TEXT).unwrap();
    }
}

#[test]
fn a_signature_must_be_sound() {
    let base = Spec::default;
    for (spec, reason) in [
        (Spec { hash: HashAlgorithm::Sha1, rsa: true, ..base() }, "weaker than SHA-256"),
        (Spec { hash: HashAlgorithm::Sha224, rsa: true, ..base() }, "weaker than SHA-256"),
        (Spec { typ: SignatureType::Binary, ..base() }, "not a signature of text"),
        (Spec { made: SIGNED + 2 * DAY, ..base() }, "made in the future"),
        (Spec { lifetime: DAY, ..base() }, "it has expired"),
        (Spec { critical_notation: true, ..base() }, "critical notation"),
    ] {
        let refusal = refusal(spec.verdict(TEXT));
        assert!(refusal.contains(reason), "expected {reason:?}: {refusal}");
    }
}

#[test]
fn a_key_must_be_good_when_it_signs() {
    let base = Spec::default;
    for (spec, reason) in [
        (Spec { made: BORN - DAY, ..base() }, "older than its key"),
        (Spec { primary_lifetime: SIGNED - BORN, ..base() }, "its key had expired"),
        (Spec { subkey_lifetime: SIGNED - BORN, ..base() }, "its key had expired"),
        (Spec { primary_lifetime: DAY, sign_with_subkey: false, ..base() }, "its key had expired"),
        (Spec { revoke_primary: true, ..base() }, "revoked"),
        (Spec { revoke_primary: true, sign_with_subkey: false, ..base() }, "revoked"),
        (Spec { revoke_subkey: true, ..base() }, "revoked"),
        (Spec { revoke_user: true, ..base() }, "not bound to an identity"),
        (Spec { back_signature: false, ..base() }, "has not agreed"),
        (Spec { subkey_flags: false, ..base() }, "may not sign"),
        (Spec { binding_hash: HashAlgorithm::Sha1, rsa: true, ..base() }, "not bound"),
    ] {
        let refusal = refusal(spec.verdict(TEXT));
        assert!(refusal.contains(reason), "expected {reason:?}: {refusal}");
    }
}

#[test]
fn only_a_trusted_key_counts() {
    let spec = Spec::default();
    let stranger = Spec { seed: 2, ..Spec::default() };
    let message = spec.sign(TEXT);
    insta::assert_snapshot!(refusal(verify(&message, &[stranger.certificate()])), @"the release file of trixie-security carries no valid signature of a trusted key: the signature by 06b16588a9d0609b47222b72347e80666b93a992: no trusted key made it");
    assert!(refusal(verify(&message, &[])).contains("no trusted key made it"));
    verify(&message, &[stranger.certificate(), spec.certificate()]).unwrap();

    let mut keyring = Keyring::debian().unwrap();
    assert!(Release::verify(message.as_bytes(), &keyring, "trixie-security", at(SIGNED)).is_err());
    keyring.add(&spec.certificate()).unwrap();
    Release::verify(message.as_bytes(), &keyring, "trixie-security", at(SIGNED)).unwrap();
}

#[test]
fn a_subkey_of_another_certificate_is_not_adopted() {
    use pgp::composed::Deserializable;
    // A certificate of ours with the trusted stranger's subkey put in the place of our own.
    let parse = |spec: &Spec| SignedPublicKey::from_bytes(&spec.certificate()[..]).unwrap();
    let mut grafted = parse(&Spec { seed: 2, ..Spec::default() });
    grafted.public_subkeys = parse(&Spec::default()).public_subkeys;
    let verdict = verify(&Spec::default().sign(TEXT), &[grafted.to_bytes().unwrap()]);
    assert!(refusal(verdict).contains("not bound to a trusted key"));
}

#[test]
fn one_good_signature_is_enough() {
    let (bad, good) =
        (Spec { hash: HashAlgorithm::Sha1, rsa: true, ..Spec::default() }, Spec::default());
    let (bad_key, good_key) = (bad.secret(), good.secret());
    let message = CleartextSignedMessage::new_many(TEXT, |_| {
        Ok(vec![
            bad.signature(&bad_key.secret_subkeys[0].key, TEXT),
            good.signature(&good_key.secret_subkeys[0].key, TEXT),
        ])
    })
    .unwrap()
    .to_armored_string(ArmorOptions::default())
    .unwrap();
    verify(&message, &[good.certificate()]).unwrap();
}

#[test]
fn every_changed_byte_of_the_text_is_noticed() {
    let message = Spec::default().sign(TEXT);
    let certificate = [Spec::default().certificate()];
    verify(&message, &certificate).unwrap();
    for (original, forged) in [
        ("2c26", "2c27"),
        (" 3 main/binary-amd64/Packages\n", " 4 main/binary-amd64/Packages\n"),
        ("Valid-Until: Sat, 05 Dec 2026", "Valid-Until: Sat, 05 Dec 2126"),
        ("Valid-Until: Sat, 05 Dec 2026 00:53:02 UTC\n", ""),
        ("UTC\nValid-Until", "UTC\rValid-Until"),
        ("UTC\nValid-Until", "UTC\n Valid-Until"),
        ("Codename: trixie-security", "Codename: trixie"),
        ("Origin: Test\n", "\nOrigin: Test\n"),
    ] {
        let tampered = message.replacen(original, forged, 1);
        assert_ne!(tampered, message, "{original:?} is in the message");
        assert!(verify(&tampered, &certificate).is_err(), "{forged:?} was accepted");
    }
    // What is not signed must not be read either.
    for around in [format!("SHA256:\n evil\n{message}"), format!("{message}SHA256:\n evil\n")] {
        assert!(matches!(verify(&around, &certificate), Err(ReleaseError::NotSigned { .. })));
    }
    assert!(matches!(verify(TEXT, &certificate), Err(ReleaseError::NotSigned { .. })));
}

#[test]
fn a_signed_release_must_be_the_one_asked_for_and_in_force() {
    let spec = Spec::default();
    let judge = |text: &str| spec.verdict(text);
    let without_end = TEXT.replace("Valid-Until: Sat, 05 Dec 2026 00:53:02 UTC\n", "");
    judge(&without_end).unwrap();

    insta::assert_snapshot!(refusal(judge(&TEXT.replace("05 Dec", "28 Nov"))), @"the release file of trixie-security was valid until Sat, 28 Nov 2026 00:53:02 UTC: use another mirror, or check the clock");
    insta::assert_snapshot!(refusal(judge(&TEXT.replace("trixie-security", "bullseye-security"))), @"the mirror answered with the release file of `bullseye-security` instead of trixie-security: check the mirror's URL");
    insta::assert_snapshot!(refusal(judge(&TEXT.replace("Date: Sat, 28", "Date: Mon, 30"))), @"the release file of trixie-security is dated Mon, 30 Nov 2026 00:53:02 UTC, which is in the future: check the clock");
    for (field, broken) in [
        ("Date", TEXT.replace("Date: ", "Date: on ")),
        ("Date", TEXT.replace("Date: Sat, 28 Nov 2026 00:53:02 UTC\n", "")),
        ("Valid-Until", TEXT.replace("Valid-Until: Sat", "Valid-Until: never, Sat")),
        ("Codename", TEXT.replace("Codename", "Code")),
        ("SHA256", TEXT.replace("SHA256:", "MD5Sum:")),
        ("SHA256", TEXT.replace("2c26", "")),
        ("SHA256", TEXT.replace(" 3 main/binary-amd64/Packages.xz", "")),
    ] {
        let refusal = refusal(judge(&broken));
        assert!(refusal.contains(&format!("no valid `{field}` field")), "{refusal}");
    }
}

#[test]
fn debians_keys_are_the_ones_their_readme_names() {
    let keyring = Keyring::debian().unwrap();
    let fingerprints: Vec<_> = keyring.fingerprints().map(|it| it.to_uppercase()).collect();
    assert_eq!(
        fingerprints,
        [
            "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8",
            "05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0",
            "4D64FEC119C2029067D6E791F8D2585B8783D481",
            "04B54C3CDCA79751B16BC6B5225629DF75B188BD",
            "5E04A1E3223A19A20706E20F9904613D4CCE68C6",
            "41587F7DB8C774BCCF131416762F67A0B2C39DE4",
        ]
    );
}

#[test]
fn keys_may_be_armored() {
    let spec = Spec::default();
    let bytes = spec.certificate();
    let parsed: SignedPublicKey = pgp::composed::Deserializable::from_bytes(&bytes[..]).unwrap();
    let armored = parsed.to_armored_string(ArmorOptions::default()).unwrap();
    verify(&spec.sign(TEXT), &[armored.into_bytes()]).unwrap();
    assert!(Keyring::new().add(b"").is_err());
    assert!(Keyring::new().add(b"not a key").is_err());
    assert!(Keyring::new().add(&bytes[..bytes.len() / 2]).is_err());
}
