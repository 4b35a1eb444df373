//! What the leak check finds, and what it lets pass.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use boxwright_context::{
    Context, Dialect, IgnoreFile, LeakRules, Matcher, Rule, ScanOptions, Severity, Snapshot, leaks,
};

/// Made up, of the right form; put together here, so that scanners of this repository stay calm.
fn key() -> String {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    ["-----BEGIN ", "PRIVATE KEY-----\n", body, "\n-----END ", "PRIVATE KEY-----\n"].concat()
}

fn aws() -> String {
    [
        "[default]\naws_access_key_id = AKIA",
        "ABCDEFGHIJKLMNOP\naws_secret_access_key = ",
        "abcdEFGHijklMNOPqrstUVWXyz0123456789+/ab\n",
    ]
    .concat()
}

/// A project with one of everything.
fn leaky() -> Vec<(&'static str, String)> {
    let token = ["gh", "p_", "abcdEFGHijklMNOPqrstUVWXyz0123456789"].concat();
    vec![
        ("app.py", "print('hi')\n".into()),
        (".env", "DEBUG=1\nSECRET_KEY=jx3hd8s0qmzb\n".into()),
        (".env.local", "DEBUG=1\n".into()),
        (".npmrc", "registry=https://r\n//r/:_authToken=abcdef123456\n".into()),
        (".pypirc", "[pypi]\npassword = b3tter\n".into()),
        ("conf/pip.conf", "[global]\nindex-url = https://me:s3cr3t@pypi.corp/simple\n".into()),
        (".netrc", "machine h\n  login me\n  password s3cr3t\n".into()),
        (".aws/credentials", aws()),
        (".docker/config.json", r#"{"auths": {"r.io": {"auth": "bWU6czNjcjN0"}}}"#.into()),
        ("deploy/notes.txt", format!("the key is\n{}", key())),
        ("gcp.json", format!(r#"{{"type": "service_account", "private_key": {:?}}}"#, key())),
        ("settings.py", format!("TOKEN = '{token}'\n")),
        (".git/HEAD", "ref: refs/heads/main\n".into()),
        (".git/config", "[remote \"origin\"]\n\turl = https://me:s3cr3t@host/x\n".into()),
        ("venv/pyvenv.cfg", "home = /usr/bin\n".into()),
        ("venv/lib/test.key", key()),
        ("front/node_modules/x/package.json", "{}".into()),
        ("dump.sql", "--\n-- PostgreSQL database dump\n--\n".into()),
        ("db.sqlite3", format!("SQLite format 3\0{}", "\0".repeat(4080))),
        ("video.bin", "0".repeat(2000)),
    ]
}

fn rules() -> LeakRules {
    LeakRules { large_file: 2000, ..LeakRules::default() }
}

#[test]
fn one_of_everything() {
    let snapshot = Snapshot::in_memory(leaky()).unwrap();
    let findings = leaks(&snapshot, &rules()).unwrap();
    let lines = findings.iter().map(|f| {
        let line = f.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{:?} {} {}{line}: {}; {}", f.severity, f.rule, f.path, f.message, f.fix)
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
    for finding in &findings {
        let said = format!("{}{}", finding.message, finding.fix);
        for secret in ["s3cr3t", "jx3hd8s0qmzb", "abcdef123456", "b3tter", "MIIEvQ"] {
            assert!(!said.contains(secret), "a message repeats the secret: {said}");
        }
    }
}

#[test]
fn each_rule_can_be_switched_off() {
    let snapshot = Snapshot::in_memory(leaky()).unwrap();
    for rule in Rule::ALL {
        let with = leaks(&snapshot, &rules()).unwrap();
        assert!(with.iter().any(|finding| finding.rule == rule), "nothing shows {rule}");
        let without = leaks(&snapshot, &rules().without(rule)).unwrap();
        assert!(
            without.iter().all(|finding| finding.rule != rule),
            "{rule} cannot be switched off"
        );
    }
    let none = LeakRules { enabled: [].into(), ..rules() };
    assert_eq!(leaks(&snapshot, &none).unwrap(), []);
}

#[test]
fn what_only_looks_like_a_leak() {
    let snapshot = Snapshot::in_memory([
        (".env.example", "SECRET_KEY=jx3hd8s0qmzb\n"),
        (".env.sample", "DB_PASSWORD=hunter2\n"),
        (".flaskenv", "FLASK_APP=app\n"),
        (".env.empty", "# nothing\n\n"),
        ("config.env", "DEBUG=1\n"),
        (".npmrc", "registry=https://registry.npmjs.org/\n//r/:_authToken=${NPM_TOKEN}\n"),
        ("pip.conf", "[global]\nindex-url = https://pypi.org/simple\n"),
        (".pypirc", "[distutils]\nindex-servers = pypi\n"),
        (
            "certs/ca.pem",
            "-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA\n",
        ),
        (
            "certs/key.pub",
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n",
        ),
        ("crypto.py", "MARK = '-----BEGIN PRIVATE KEY-----'\nif MARK in text:\n    raise\n"),
        ("README.md", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"),
        ("docs.md", "use a token such as ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"),
        ("migrations/1.sql", "CREATE TABLE person (id integer);\n"),
        ("data.db", "not a database"),
        ("node_modules.txt", ""),
        ("node_modules/README", "no packages"),
        ("git/HEAD", "x"),
        (".docker/config.json", r#"{"credsStore": "desktop"}"#),
    ])
    .unwrap();
    assert_eq!(leaks(&snapshot, &LeakRules::default()).unwrap(), []);
}

#[test]
fn the_fix_is_one() {
    let root = tempfile::tempdir().unwrap();
    for (path, contents) in leaky() {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }
    std::fs::write(root.path().join("odd [key] #1 "), key()).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let scan = |text: &str| {
        let ignore = IgnoreFile::parse(text, ".dockerignore").unwrap();
        let ignore = Matcher::new(&ignore, Dialect::Current).unwrap();
        let stat_cache = Some(cache.path().join("stat"));
        Context::scan(root.path(), &ScanOptions { ignore, stat_cache }).unwrap()
    };
    std::thread::sleep(std::time::Duration::from_millis(60));
    let found = leaks(&scan(""), &rules()).unwrap();
    // The second time, what the files looked like comes out of the stat cache.
    assert_eq!(leaks(&scan(""), &rules()).unwrap(), found);
    assert_eq!(found.iter().filter(|f| f.severity == Severity::Secret).count(), 12);
    let patterns: Vec<_> = found.iter().map(|finding| finding.pattern.clone()).collect();
    let snapshot = scan(&patterns.join("\n"));
    assert_eq!(leaks(&snapshot, &rules()).unwrap(), []);
    assert!(snapshot.contains("app.py"));
}
