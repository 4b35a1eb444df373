//! Content addresses: SHA-256 digests, and framed hashing of structured keys.
//!
//! Two things are hashed in Boxwright. *Bytes* — a file, a blob, a layer —
//! have a [`Digest`], written `sha256:<hex>` as the OCI image format writes it.
//! *Keys* — "everything this layer depends on" — are hashed field by field by a
//! [`KeyHasher`], which frames each field with its name and length, so that no
//! two different keys ever feed the same bytes to the hash.
//!
//! ```
//! use boxwright_digest::{Digest, KeyHasher};
//!
//! let digest = Digest::of(b"hello");
//! assert_eq!(digest.to_string().len(), "sha256:".len() + 64);
//! assert_eq!(digest.to_string().parse::<Digest>()?, digest);
//!
//! let key = KeyHasher::new("example.key", 1)
//!     .field("python", "3.13")
//!     .fields("wheels", ["flask", "gunicorn"])
//!     .finish();
//! assert_ne!(key, KeyHasher::new("example.key", 2).finish());
//! # Ok::<(), boxwright_digest::ParseDigestError>(())
//! ```

mod digest;
mod key;

pub use digest::{Digest, Hasher, HashingReader, HashingWriter, ParseDigestError};
pub use key::KeyHasher;
