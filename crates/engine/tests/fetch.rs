//! Downloads against a server that misbehaves, on the loopback interface.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use boxwright_digest::Digest;
use boxwright_engine::{Cache, Download, Event, Events, FetchError, Fetcher, Silent};

/// A server that gives these answers, one a connection, and remembers what it was asked.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/file", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut lines =
                    BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
                let head: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
                seen.lock().unwrap().push(head.join("\n"));
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// A server that breaks off in the middle of its answer.
fn broken(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len() + 10
    )
}

fn fetcher(cache: &Arc<Cache>, now: u64) -> Fetcher {
    Fetcher::new(Arc::clone(cache), Arc::new(Silent), now, false)
}

fn cache() -> (tempfile::TempDir, Arc<Cache>) {
    let directory = tempfile::tempdir().unwrap();
    let cache = Arc::new(Cache::open(directory.path()).unwrap());
    (directory, cache)
}

fn wheel(server: &Server) -> Download {
    Download {
        url: server.url.clone(),
        name: Some("a.whl".into()),
        digest: Digest::of("wheel"),
        size: Some(5),
    }
}

fn kept(cache: &Cache) -> usize {
    std::fs::read_dir(cache.root().join("content")).unwrap().count()
}

#[tokio::test]
async fn a_server_that_stumbles_is_asked_again() {
    let (_directory, cache) = cache();
    let server = Server::new(vec![
        answer("503 Service Unavailable", "", "busy"),
        broken("whe"),
        answer("200 OK", "", "wheel"),
    ]);
    let fetcher = fetcher(&cache, 0);
    assert_eq!(&fetcher.file(&wheel(&server)).await.unwrap()[..], b"wheel");
    assert_eq!(&fetcher.file(&wheel(&server)).await.unwrap()[..], b"wheel", "now from the cache");
    assert_eq!(server.requests().len(), 3);
    assert_eq!(kept(&cache), 1, "nothing of the broken answers stays");
}

#[tokio::test]
async fn other_bytes_than_promised_are_not_kept() {
    let (_directory, cache) = cache();
    let server = Server::new(vec![answer("200 OK", "", "whee1")]);
    let error = fetcher(&cache, 0).file(&wheel(&server)).await.unwrap_err();
    assert!(matches!(error, FetchError::WrongDigest { .. }), "{error}");

    let server = Server::new(vec![answer("200 OK", "", "wheelwheel")]);
    let error = fetcher(&cache, 0).file(&wheel(&server)).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { limit: 5, .. }), "{error}");
    assert_eq!(kept(&cache), 0);
}

#[tokio::test]
async fn what_is_not_there_is_not_asked_for_again() {
    let (_directory, cache) = cache();
    let server = Server::new(vec![answer("404 Not Found", "", "")]);
    let error = fetcher(&cache, 0).file(&wheel(&server)).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_page_is_transferred_again_only_when_it_changed() {
    let (_directory, cache) = cache();
    let server = Server::new(vec![
        answer("200 OK", "ETag: \"1\"\r\n", "old"),
        answer("304 Not Modified", "", ""),
        answer("200 OK", "ETag: \"2\"\r\n", "new"),
    ]);
    let page =
        async |now: u64| fetcher(&cache, now).page(&server.url, "text/plain", 100).await.unwrap();
    assert_eq!(page(1000).await, "old");
    assert_eq!(page(1099).await, "old", "still fresh");
    assert_eq!(page(1100).await, "old", "asked for, and not changed");
    assert_eq!(page(1199).await, "old", "fresh again");
    assert_eq!(page(1200).await, "new");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[1].to_lowercase().contains("if-none-match: \"1\""), "{}", requests[1]);
}

#[tokio::test]
async fn without_a_network_an_old_answer_has_to_do() {
    struct Heard(Mutex<Vec<Event>>);
    impl Events for Heard {
        fn on(&self, event: Event) {
            self.0.lock().unwrap().push(event);
        }
    }
    let (_directory, cache) = cache();
    let server = Server::new(vec![answer("200 OK", "", "page")]);
    assert_eq!(fetcher(&cache, 0).page(&server.url, "*/*", 0).await.unwrap(), "page");

    // The server has given its one answer, and nobody listens any more.
    let heard = Arc::new(Heard(Mutex::default()));
    let events: Arc<dyn Events> = Arc::<Heard>::clone(&heard);
    let late = Fetcher::new(Arc::clone(&cache), events, 9999, false);
    assert_eq!(late.page(&server.url, "*/*", 0).await.unwrap(), "page");
    let heard = heard.0.lock().unwrap().clone();
    assert!(
        matches!(&heard[..], [Event::Warning { message }] if message.contains("cannot reach")),
        "{heard:?}"
    );

    let offline = Fetcher::new(Arc::clone(&cache), Arc::new(Silent), 9999, true);
    assert_eq!(offline.page(&server.url, "*/*", 0).await.unwrap(), "page");
    let error = offline.file(&wheel(&server)).await.unwrap_err();
    assert!(matches!(error, FetchError::Offline { .. }), "{error}");
}
