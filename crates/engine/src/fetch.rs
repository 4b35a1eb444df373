//! The only place that speaks HTTP: verified downloads, and pages that are asked for again.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use boxwright_digest::Digest;
use bytes::Bytes;
use futures_util::StreamExt as _;
use reqwest::header::{
    ACCEPT, ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::{Client, Response, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::sync::{OnceCell, Semaphore};

use crate::cache::{Cache, CacheError};
use crate::event::{Event, Events};

/// Transfers at the same time. More gain nothing from one server over HTTP/2.
const PARALLEL: usize = 16;
/// Tries for one transfer, with 0.3, 0.9 and 2.7 seconds between them.
const TRIES: u32 = 4;
/// A page larger than this is no package index.
const PAGE_LIMIT: usize = 256 << 20;

/// Why something could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No connection, or it broke each time.
    #[error("cannot reach {url}: {reason}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// The innermost reason.
        reason: String,
    },
    /// The server answered with an error.
    #[error("{url} answered {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The answer.
        status: StatusCode,
    },
    /// The bytes are not those that were promised.
    #[error(
        "{url} gave other bytes than promised: expected {expected}, got {found}; nothing was kept"
    )]
    WrongDigest {
        /// What was asked for.
        url: String,
        /// The promised digest.
        expected: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// More bytes than were promised or than make sense.
    #[error("{url} sends more than {limit} bytes; nothing was kept")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The network may not be used.
    #[error("{url} is not in the cache, and `--offline` forbids to fetch it")]
    Offline {
        /// What was needed.
        url: String,
    },
    /// The HTTP client could not be set up.
    #[error("cannot set up HTTPS: {0}")]
    Setup(String),
    /// The cache refused.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl FetchError {
    /// Whether the server says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Status { status, .. } if *status == StatusCode::NOT_FOUND || *status == StatusCode::GONE)
    }

    /// Whether another try may help.
    fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Status { status, .. } => {
                status.is_server_error()
                    || *status == StatusCode::TOO_MANY_REQUESTS
                    || *status == StatusCode::REQUEST_TIMEOUT
            }
            _ => false,
        }
    }
}

/// A file to fetch, and what must be true of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// Where it is.
    pub url: String,
    /// What it is called to people; `None` for what is too small to show.
    pub name: Option<String>,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Their number, where it is known.
    pub size: Option<u64>,
}

/// A page as it was fetched, with what revalidates it.
#[derive(Debug, Serialize, Deserialize)]
struct Page {
    /// Seconds since 1970.
    fetched: u64,
    etag: Option<String>,
    last_modified: Option<String>,
    body: Digest,
}

/// Fetches over HTTP, through the cache.
pub struct Fetcher {
    cache: Arc<Cache>,
    events: Arc<dyn Events>,
    client: OnceCell<Client>,
    permits: Semaphore,
    downloads: AtomicU64,
    downloaded: AtomicU64,
    offline: bool,
    /// The time of this build, in seconds since 1970.
    now: u64,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher")
            .field("cache", &self.cache.root())
            .field("offline", &self.offline)
            .finish_non_exhaustive()
    }
}

impl Fetcher {
    /// Nothing is set up until the first request.
    pub fn new(cache: Arc<Cache>, events: Arc<dyn Events>, now: u64, offline: bool) -> Self {
        Self {
            cache,
            events,
            client: OnceCell::new(),
            permits: Semaphore::new(PARALLEL),
            downloads: AtomicU64::new(0),
            downloaded: AtomicU64::new(0),
            offline,
            now,
        }
    }

    /// Bytes that came over the network so far.
    pub fn downloaded(&self) -> u64 {
        self.downloaded.load(Ordering::Relaxed)
    }

    /// The content of a file: from the cache, or fetched, verified and kept.
    pub async fn file(&self, download: &Download) -> Result<Bytes, FetchError> {
        if let Some(bytes) = self.cache.content(&download.digest) {
            return Ok(bytes);
        }
        let id = self.downloads.fetch_add(1, Ordering::Relaxed);
        let result = retry(|| async {
            let _permit = self.permits.acquire().await;
            if let Some(name) = download.name.clone() {
                self.events.on(Event::DownloadStarted { id, name, size: download.size });
            }
            let result = self.transfer(download, id).await;
            self.events.on(Event::DownloadFinished { id });
            result
        });
        result.await?;
        self.cache.content(&download.digest).ok_or_else(|| FetchError::Unreachable {
            url: download.url.clone(),
            reason: "it vanished from the cache at once: is another program cleaning there?"
                .to_owned(),
        })
    }

    /// A page that changes over time: not asked for again within `max_age` seconds, and only
    /// transferred when it changed. Where the network fails, an older answer has to do, with a
    /// warning.
    pub async fn page(&self, url: &str, accept: &str, max_age: u64) -> Result<Bytes, FetchError> {
        let key = Digest::of(format!("{accept}\n{url}"));
        let known = self
            .cache
            .page::<Page>(&key)
            .and_then(|page| Some((self.cache.content(&page.body)?, page)));
        if let Some((body, page)) = &known
            && (self.offline || self.now.saturating_sub(page.fetched) < max_age)
        {
            return Ok(body.clone());
        }
        let answer =
            retry(|| self.revalidate(url, accept, known.as_ref().map(|(_, page)| page))).await;
        match (answer, known) {
            (Ok(Some((body, page))), _) => {
                self.keep(&body)?;
                self.cache.put_page(&key, &page)?;
                Ok(body)
            }
            (Ok(None), Some((body, page))) => {
                self.cache.put_page(&key, &Page { fetched: self.now, ..page })?;
                Ok(body)
            }
            (Err(error), Some((body, _))) if error.is_passing() => {
                self.events.on(Event::Warning {
                    message: format!("{error}; using the answer from last time"),
                });
                Ok(body)
            }
            (Err(error), _) => Err(error),
            (Ok(None), None) => {
                Err(FetchError::Status { url: url.to_owned(), status: StatusCode::NOT_MODIFIED })
            }
        }
    }

    /// One try of a download, streamed to disk while it is hashed.
    async fn transfer(&self, download: &Download, id: u64) -> Result<(), FetchError> {
        let Download { url, name: _, digest, size } = download;
        let response = self.get(url, HeaderMap::new()).await?;
        let mut writer = self.cache.content_writer()?;
        let mut received = 0_u64;
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| unreachable(url, &error))?;
            received += chunk.len() as u64;
            if let Some(limit) = size.filter(|&limit| received > limit) {
                return Err(FetchError::TooLarge { url: url.clone(), limit });
            }
            self.count(chunk.len());
            writer.write_all(&chunk).map_err(|source| CacheError::Io {
                operation: "write a download to",
                path: self.cache.root().join("content"),
                source,
            })?;
            self.events.on(Event::DownloadProgress { id, bytes: chunk.len() as u64 });
        }
        let content = writer.finish();
        if content.digest != *digest {
            return Err(FetchError::WrongDigest {
                url: url.clone(),
                expected: *digest,
                found: content.digest,
            });
        }
        Ok(content.keep()?)
    }

    /// One try of a page; `None` where it has not changed.
    async fn revalidate(
        &self,
        url: &str,
        accept: &str,
        known: Option<&Page>,
    ) -> Result<Option<(Bytes, Page)>, FetchError> {
        let _permit = self.permits.acquire().await;
        let mut headers = HeaderMap::new();
        let validators = known.map(|page| (page.etag.as_deref(), page.last_modified.as_deref()));
        let (etag, modified) = validators.unwrap_or_default();
        for (name, value) in
            [(ACCEPT, Some(accept)), (IF_NONE_MATCH, etag), (IF_MODIFIED_SINCE, modified)]
        {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        let response = self.get(url, headers).await?;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let header = |name| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let (etag, last_modified) = (header(ETAG), header(LAST_MODIFIED));
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| unreachable(url, &error))?;
            self.count(chunk.len());
            if body.len() + chunk.len() > PAGE_LIMIT {
                return Err(FetchError::TooLarge { url: url.to_owned(), limit: PAGE_LIMIT as u64 });
            }
            body.extend_from_slice(&chunk);
        }
        let page = Page { fetched: self.now, etag, last_modified, body: Digest::of(&body) };
        Ok(Some((body.into(), page)))
    }

    async fn get(&self, url: &str, headers: HeaderMap) -> Result<Response, FetchError> {
        if self.offline {
            return Err(FetchError::Offline { url: url.to_owned() });
        }
        let client = self.client.get_or_try_init(|| async { client() }).await?;
        let response = client
            .get(url)
            .headers(headers)
            .send()
            .await
            .map_err(|error| unreachable(url, &error))?;
        let status = response.status();
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            Ok(response)
        } else {
            Err(FetchError::Status { url: url.to_owned(), status })
        }
    }

    fn keep(&self, body: &[u8]) -> Result<(), FetchError> {
        let mut writer = self.cache.content_writer()?;
        writer.write_all(body).map_err(|source| CacheError::Io {
            operation: "write a page to",
            path: self.cache.root().join("content"),
            source,
        })?;
        Ok(writer.finish().keep()?)
    }

    fn count(&self, bytes: usize) {
        self.downloaded.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// A client that trusts what the system trusts, `SSL_CERT_FILE` included, so that a company's own
/// certificate authority works, and that follows the system's proxy settings.
fn client() -> Result<Client, FetchError> {
    // Somebody else may have installed a provider before; either will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("boxwright/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(20))
        .read_timeout(Duration::from_mins(1))
        .build()
        .map_err(|error| FetchError::Setup(innermost(&error)))
}

/// Tries again while another try may help.
async fn retry<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, FetchError>
where
    F: Future<Output = Result<T, FetchError>>,
{
    let mut pause = Duration::from_millis(300);
    for _ in 1..TRIES {
        match attempt().await {
            Err(error) if error.is_passing() => tokio::time::sleep(pause).await,
            result => return result,
        }
        pause *= 3;
    }
    attempt().await
}

fn unreachable(url: &str, error: &reqwest::Error) -> FetchError {
    FetchError::Unreachable { url: url.to_owned(), reason: innermost(error) }
}

/// What is wrong in the end: the outer errors only say that a request failed.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
