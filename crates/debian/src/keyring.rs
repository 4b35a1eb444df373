//! The keys that may sign a release, and the checks that make a signature count.

use pgp::composed::{Deserializable, DetachedSignature, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureConfig, SignatureType, SubpacketData};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, KeyVersion, PublicParams, Tag, VerifyingKey};

use crate::clearsign::Clearsigned;

/// Debian's archive keys; `keys/README.md` says where each comes from.
const DEBIAN: [&[u8]; 6] = [
    include_bytes!("../keys/debian-archive-bookworm-automatic.gpg"),
    include_bytes!("../keys/debian-archive-bookworm-security-automatic.gpg"),
    include_bytes!("../keys/debian-archive-bookworm-stable.gpg"),
    include_bytes!("../keys/debian-archive-trixie-automatic.gpg"),
    include_bytes!("../keys/debian-archive-trixie-security-automatic.gpg"),
    include_bytes!("../keys/debian-archive-trixie-stable.gpg"),
];

/// Debian signs with two or three keys; more signatures than this are an attempt to keep us busy.
const MAX_SIGNATURES: usize = 16;

/// An RSA key of 2048 bits: modulus and a short exponent, each behind its two-byte length.
const MIN_RSA: usize = 2 + 2048 / 8 + 2 + 1;

/// How far a signer's clock may be ahead of ours, in seconds.
pub(crate) const CLOCK_SKEW: u64 = 3600;

/// The certificates whose signatures are trusted.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    certificates: Vec<SignedPublicKey>,
}

/// A key file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// It is no OpenPGP certificate.
    #[error(
        "cannot read an OpenPGP certificate: give the output of `gpg --export KEY`, armored or not"
    )]
    Malformed(#[source] pgp::errors::Error),
    /// It holds none.
    #[error("the key file holds no OpenPGP certificate")]
    Empty,
}

impl Keyring {
    /// A keyring that trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Debian's own keys for bookworm and trixie: archive, security archive, stable release.
    pub fn debian() -> Result<Self, KeyringError> {
        let mut keyring = Self::new();
        DEBIAN.iter().try_for_each(|keys| keyring.add(keys))?;
        Ok(keyring)
    }

    /// Trusts one more file of certificates, as `gpg --export` writes it, armored or not.
    pub fn add(&mut self, keys: &[u8]) -> Result<(), KeyringError> {
        let before = self.certificates.len();
        let armored = keys.trim_ascii_start().starts_with(b"-----BEGIN");
        let parsed = if armored {
            SignedPublicKey::from_armor_many_buf(keys).map(|(certificates, _)| certificates)
        } else {
            SignedPublicKey::from_bytes_many(keys)
        };
        for certificate in parsed.map_err(KeyringError::Malformed)? {
            self.certificates.push(certificate.map_err(KeyringError::Malformed)?);
        }
        if self.certificates.len() == before { Err(KeyringError::Empty) } else { Ok(()) }
    }

    /// The fingerprints of the trusted certificates, in hexadecimal.
    pub fn fingerprints(&self) -> impl Iterator<Item = String> {
        self.certificates.iter().map(|certificate| certificate.fingerprint().to_string())
    }

    /// Verifies a message: one good signature by a trusted key is enough.
    ///
    /// The error says of each signature why it does not count.
    pub(crate) fn verify(&self, message: &Clearsigned, now: u64) -> Result<(), Vec<String>> {
        let (signatures, _) = DetachedSignature::from_string_many(&message.signature)
            .map_err(|error| vec![format!("the signature block is malformed: {error}")])?;
        let text = message.canonical();
        let mut refusals = Vec::new();
        for signature in signatures.take(MAX_SIGNATURES) {
            let refusal = match signature {
                Ok(DetachedSignature { signature }) => match self.check(&signature, &text, now) {
                    Ok(()) => return Ok(()),
                    Err(reason) => format!("the signature by {}: {reason}", issuer(&signature)),
                },
                Err(error) => format!("a signature is malformed: {error}"),
            };
            refusals.push(refusal);
        }
        Err(refusals)
    }

    fn check(&self, signature: &Signature, text: &[u8], now: u64) -> Result<(), String> {
        if signature.typ() != Some(SignatureType::Text) {
            return Err("it is not a signature of text".to_owned());
        }
        let made = sound(signature)?;
        if made > now + CLOCK_SKEW {
            return Err("it was made in the future; check the clock".to_owned());
        }
        if expires(signature, made).is_some_and(|end| end <= now) {
            return Err("it has expired".to_owned());
        }
        let mut refusal = "no trusted key made it".to_owned();
        for certificate in &self.certificates {
            match check_by(certificate, signature, text, Times { made, now }) {
                None => {}
                Some(Ok(())) => return Ok(()),
                Some(Err(reason)) => reason.clone_into(&mut refusal),
            }
        }
        Err(refusal)
    }
}

/// The moments a certificate is looked at from: it must have been good when the signature was
/// made, by what is known now. So a key whose life was extended covers what it signed before.
#[derive(Clone, Copy)]
struct Times {
    made: u64,
    now: u64,
}

/// Verifies a signature with the key of the certificate that claims to have made it; `None` where
/// none does.
fn check_by(
    certificate: &SignedPublicKey,
    signature: &Signature,
    text: &[u8],
    times: Times,
) -> Option<Result<(), &'static str>> {
    let verify = |key: &dyn VerifyingKeyDyn| {
        key.check(signature, text).map_err(|_| "it does not fit the text")
    };
    if claims(signature, &certificate.primary_key) {
        let primary = check_primary(certificate, times)
            .and_then(|may_sign| if may_sign { Ok(()) } else { Err("its key may not sign") });
        return Some(primary.and_then(|()| verify(&certificate.primary_key)));
    }
    let subkey = certificate.public_subkeys.iter().find(|subkey| claims(signature, &subkey.key))?;
    let bound =
        check_primary(certificate, times).and_then(|_| check_subkey(certificate, subkey, times));
    Some(bound.and_then(|()| verify(&subkey.key)))
}

/// `VerifyingKey` for both kinds of key packets behind one name.
trait VerifyingKeyDyn {
    fn check(&self, signature: &Signature, text: &[u8]) -> pgp::errors::Result<()>;
}

impl<K: VerifyingKey> VerifyingKeyDyn for K {
    fn check(&self, signature: &Signature, text: &[u8]) -> pgp::errors::Result<()> {
        signature.verify(self, text)
    }
}

/// Checks that a certificate was good at a time: neither revoked nor expired, and bound to itself
/// by a signature of its own. Tells whether its primary key may sign data.
///
/// Any revocation counts, whatever its date and reason: no base is needed so badly that a key which
/// its owner gave up must do.
fn check_primary(certificate: &SignedPublicKey, times: Times) -> Result<bool, &'static str> {
    let key = &certificate.primary_key;
    let details = &certificate.details;
    check_strength(key)?;
    if details.revocation_signatures.iter().any(|it| it.verify_key(key).is_ok()) {
        return Err("its key has been revoked");
    }
    let direct = details.direct_signatures.iter().filter(|it| it.verify_key(key).is_ok());
    let mut bindings: Vec<&Signature> = direct.collect();
    for user in &details.users {
        let mut own = user
            .signatures
            .iter()
            .filter(|it| it.verify_certification(key, Tag::UserId, &user.id).is_ok())
            .peekable();
        if own.peek().is_some()
            && !own.clone().any(|it| it.typ() == Some(SignatureType::CertRevocation))
        {
            bindings.extend(own);
        }
    }
    let binding = newest(bindings, times.now).ok_or("its key is not bound to an identity")?;
    check_lifetime(key, binding, times.made)?;
    Ok(binding.key_flags().sign())
}

/// Checks that a subkey was good at a time: bound to its primary key, which it must have agreed
/// to, and neither revoked nor expired.
fn check_subkey(
    certificate: &SignedPublicKey,
    subkey: &SignedPublicSubKey,
    times: Times,
) -> Result<(), &'static str> {
    let primary = &certificate.primary_key;
    check_strength(&subkey.key)?;
    let own = || {
        subkey.signatures.iter().filter(|it| it.verify_subkey_binding(primary, &subkey.key).is_ok())
    };
    if own().any(|it| it.typ() == Some(SignatureType::SubkeyRevocation)) {
        return Err("its key has been revoked");
    }
    let binding =
        newest(own().collect(), times.now).ok_or("its subkey is not bound to a trusted key")?;
    check_lifetime(&subkey.key, binding, times.made)?;
    if !binding.key_flags().sign() {
        return Err("its key may not sign");
    }
    // Without the subkey's consent, anyone could adopt another's subkey and its signatures.
    let back =
        binding.embedded_signature().ok_or("its subkey has not agreed to its primary key")?;
    let agreed =
        sound(back).is_ok() && back.verify_primary_key_binding(&subkey.key, primary).is_ok();
    if agreed { Ok(()) } else { Err("its subkey has not agreed to its primary key") }
}

/// The newest sound signature that had been made and had not expired by a time.
fn newest(signatures: Vec<&Signature>, at: u64) -> Option<&Signature> {
    let made = |it: &Signature| sound(it).ok().filter(|made| *made <= at);
    signatures
        .into_iter()
        .filter(|it| made(it).is_some_and(|made| expires(it, made).is_none_or(|end| end > at)))
        .max_by_key(|it| made(it))
}

/// Checks that a key existed and had not expired.
fn check_lifetime(key: &impl KeyDetails, binding: &Signature, at: u64) -> Result<(), &'static str> {
    let created = u64::from(key.created_at().as_secs());
    if created > at {
        return Err("it is older than its key");
    }
    // RFC 9580 §5.2.3.13: zero means never.
    let lifetime = binding.key_expiration_time().map_or(0, |it| u64::from(it.as_secs()));
    if lifetime != 0 && created + lifetime <= at {
        return Err("its key had expired when it was made");
    }
    Ok(())
}

fn check_strength(key: &impl KeyDetails) -> Result<(), &'static str> {
    if !matches!(key.version(), KeyVersion::V4 | KeyVersion::V6) {
        return Err("its key is of an outdated version");
    }
    match key.public_params() {
        PublicParams::RSA(rsa) if rsa.write_len() < MIN_RSA => {
            Err("its RSA key is shorter than 2048 bits")
        }
        PublicParams::RSA(_)
        | PublicParams::ECDSA(_)
        | PublicParams::EdDSALegacy(_)
        | PublicParams::Ed25519(_)
        | PublicParams::Ed448(_) => Ok(()),
        _ => Err("its key is of a kind that is not accepted"),
    }
}

/// When a signature was made, if it rests on a hash that still holds and asks for nothing unknown.
fn sound(signature: &Signature) -> Result<u64, &'static str> {
    let strong = [
        HashAlgorithm::Sha256,
        HashAlgorithm::Sha384,
        HashAlgorithm::Sha512,
        HashAlgorithm::Sha3_256,
        HashAlgorithm::Sha3_512,
    ];
    if !signature.hash_alg().is_some_and(|hash| strong.contains(&hash)) {
        return Err("it rests on a hash weaker than SHA-256");
    }
    let mut hashed = signature.config().into_iter().flat_map(SignatureConfig::hashed_subpackets);
    if hashed.any(|it| it.is_critical && matches!(it.data, SubpacketData::Notation(_))) {
        return Err("it has a critical notation");
    }
    signature
        .created()
        .map(|made| u64::from(made.as_secs()))
        .ok_or("it does not say when it was made")
}

fn expires(signature: &Signature, made: u64) -> Option<u64> {
    let lifetime = signature.signature_expiration_time()?.as_secs();
    (lifetime != 0).then(|| made + u64::from(lifetime))
}

/// Whether a signature names this key as its maker. One that names nobody is nobody's.
fn claims(signature: &Signature, key: &impl KeyDetails) -> bool {
    signature.issuer_fingerprint().contains(&&key.fingerprint())
        || signature.issuer_key_id().contains(&&key.legacy_key_id())
}

fn issuer(signature: &Signature) -> String {
    let fingerprint = signature.issuer_fingerprint().first().map(ToString::to_string);
    let key_id = || signature.issuer_key_id().first().map(ToString::to_string);
    fingerprint.or_else(key_id).unwrap_or_else(|| "an unnamed key".to_owned())
}
