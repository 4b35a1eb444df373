//! A package index on the network, as the resolver wants it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use boxwright_requirements::PackageName;
use boxwright_resolve::{Index, IndexError, Metadata, ProjectPage, RemoteFile, Sidecar};
use boxwright_wheel::Wheel;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use crate::fetch::{Download, FetchError, Fetcher};

/// The JSON form of the simple API (PEP 691); other forms lack what is needed.
const ACCEPT: &str = "application/vnd.pypi.simple.v1+json";
/// Seconds for which a project's page is not asked for again: what PyPI itself says.
const PAGE_AGE: u64 = 600;
/// A sidecar never changes, since the wheel it describes does not.
const FOREVER: u64 = u64::MAX;

/// What was or is being fetched, by what it is.
type Once<K, V> = Mutex<BTreeMap<K, Arc<OnceCell<Arc<V>>>>>;

/// An index behind a URL. Clones share what was fetched.
#[derive(Clone)]
pub(crate) struct RemoteIndex(Arc<Inner>);

struct Inner {
    fetcher: Arc<Fetcher>,
    handle: Handle,
    /// Without a closing slash: `https://pypi.org/simple`.
    url: String,
    page_age: u64,
    pages: Once<PackageName, ProjectPage>,
    metadata: Once<String, Metadata>,
}

impl RemoteIndex {
    /// An index at `url`. Its blocking calls wait on `handle`, so they must come from a thread
    /// that is not one of that runtime's workers. `refresh` asks for every page anew.
    pub(crate) fn new(url: &str, fetcher: Arc<Fetcher>, handle: Handle, refresh: bool) -> Self {
        Self(Arc::new(Inner {
            fetcher,
            handle,
            url: url.trim_end_matches('/').to_owned(),
            page_age: if refresh { 0 } else { PAGE_AGE },
            pages: Mutex::default(),
            metadata: Mutex::default(),
        }))
    }
}

impl Inner {
    async fn page(&self, name: &PackageName) -> Result<Arc<ProjectPage>, IndexError> {
        let cell = once(&self.pages, name.clone());
        let page = cell.get_or_try_init(|| async {
            let url = format!("{}/{name}/", self.url);
            let body = self
                .fetcher
                .page(&url, ACCEPT, self.page_age)
                .await
                .map_err(|error| failed(&url, error))?;
            Ok::<_, IndexError>(Arc::new(ProjectPage::parse(&body, &url)?))
        });
        page.await.cloned()
    }

    async fn metadata(&self, file: &RemoteFile) -> Result<Arc<Metadata>, IndexError> {
        let cell = once(&self.metadata, file.url.as_str().to_owned());
        let metadata = cell.get_or_try_init(|| async {
            let url = format!("{}.metadata", file.url.as_str());
            let bytes = match file.metadata {
                Sidecar::Hashed(digest) => {
                    self.fetcher.file(&Download { url, name: None, digest, size: None }).await
                }
                Sidecar::Unhashed => self.fetcher.page(&url, "*/*", FOREVER).await,
                Sidecar::Absent => return self.metadata_of_wheel(file).await,
            };
            let bytes = bytes.map_err(|error| failed(&file.url.redacted(), error))?;
            Ok::<_, IndexError>(Arc::new(Metadata::parse(&bytes)?))
        });
        metadata.await.cloned()
    }

    /// Fetches the whole wheel, which will most likely be needed anyway.
    async fn metadata_of_wheel(&self, file: &RemoteFile) -> Result<Arc<Metadata>, IndexError> {
        let bytes = wheel(&self.fetcher, file)
            .await
            .map_err(|error| failed(&file.url.redacted(), error))?;
        let other =
            |error| IndexError::Failed { what: file.url.redacted(), source: Box::new(error) };
        let metadata =
            Wheel::read_metadata(std::io::Cursor::new(bytes), &file.name).map_err(other)?;
        Ok(Arc::new(Metadata::parse(&metadata)?))
    }
}

/// The bytes of a wheel, verified where the index says what they hash to.
pub(crate) async fn wheel(
    fetcher: &Fetcher,
    file: &RemoteFile,
) -> Result<bytes::Bytes, FetchError> {
    let name = Some(file.name.file_name().to_owned());
    let url = file.url.without_fragment();
    match file.sha256 {
        Some(digest) => {
            fetcher.file(&Download { url: url.to_owned(), name, digest, size: file.size }).await
        }
        None => fetcher.page(url, "*/*", FOREVER).await,
    }
}

impl Index for RemoteIndex {
    fn project(&self, name: &PackageName) -> Result<Arc<ProjectPage>, IndexError> {
        self.0.handle.block_on(self.0.page(name))
    }

    fn metadata(&self, file: &RemoteFile) -> Result<Arc<Metadata>, IndexError> {
        self.0.handle.block_on(self.0.metadata(file))
    }

    fn prefetch_projects(&self, names: &[PackageName]) {
        for name in names {
            let (inner, name) = (Arc::clone(&self.0), name.clone());
            // A failure is reported when the page is really asked for.
            self.0.handle.spawn(async move { inner.page(&name).await.is_ok() });
        }
    }

    fn prefetch_metadata(&self, file: &RemoteFile) {
        // A wheel without a sidecar is fetched only when it is chosen.
        if file.metadata != Sidecar::Absent {
            let (inner, file) = (Arc::clone(&self.0), file.clone());
            self.0.handle.spawn(async move { inner.metadata(&file).await.is_ok() });
        }
    }
}

fn once<K: Ord, V>(map: &Once<K, V>, key: K) -> Arc<OnceCell<Arc<V>>> {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(map.entry(key).or_default())
}

fn failed(what: &str, error: FetchError) -> IndexError {
    if error.is_not_found() {
        return IndexError::NotFound;
    }
    IndexError::Failed { what: what.to_owned(), source: Box::new(error) }
}
