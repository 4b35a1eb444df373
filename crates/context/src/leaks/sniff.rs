//! Recognising secrets in text, so that neither a mention nor a placeholder counts.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// What no secret that is looked for in all files is without.
static SUSPICIOUS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        "PRIVATE KEY|PuTTY-User-Key|aws_secret_access_key|AWS_SECRET_ACCESS_KEY|AccountKey=|\
         client-key-data|\"refresh_token\"|ghp_|gho_|ghs_|github_pat_|glpat-|xox[bp]-|sk_live_|\
         rk_live_|pypi-AgE|npm_[A-Za-z0-9]{8}",
    )
    .ok()
});

/// Whether the beginning of a file deserves a closer look, whatever the file is called.
///
/// One pass of a literal search, since it runs over every file of a project.
pub(crate) fn is_suspicious(beginning: &[u8]) -> bool {
    SUSPICIOUS.as_ref().is_some_and(|regex| regex.is_match(beginning))
}

/// Expressions with one group around the secret itself.
macro_rules! pattern {
    ($name:ident, $expression:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($expression).ok());
    };
}

pattern!(
    PEM,
    // The line, and enough of a body that it cannot be an example cut short. JSON and YAML write
    // the line ends as `\n`; RFC 1421 headers may precede the body.
    r"-----BEGIN (?:[A-Z0-9]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\\r|\\n|[\s\x22',])*(?:[A-Za-z-]+: [^\n]*\n\s*)*(?:\\r|\\n|[\s\x22',])*([A-Za-z0-9+/=]{40})"
);
pattern!(PUTTY, r"PuTTY-User-Key-File-[0-9]: [\s\S]*\nPrivate-Lines: ([0-9]+)");
pattern!(
    AWS,
    r"(?i:aws_secret_access_key)[\x22']?\s*[=:]\s*[\x22']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"
);
pattern!(AZURE, r"AccountKey=([A-Za-z0-9+/]{86}==)");
pattern!(KUBERNETES, r"client-key-data:\s*[\x22']?([A-Za-z0-9+/=]{64})");
pattern!(GOOGLE_USER, r#""refresh_token"\s*:\s*"(1//[\w-]{20,})""#);
pattern!(DOCKER_AUTH, r#""(?:auth|identitytoken)"\s*:\s*"([A-Za-z0-9+/=._-]{8,})""#);
pattern!(
    TOKEN,
    r"(?:^|[^A-Za-z0-9_])((?:gh[pos]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}|glpat-[A-Za-z0-9_-]{20}|xox[bp]-[0-9]{8,}-[A-Za-z0-9-]{16,}|[sr]k_live_[A-Za-z0-9]{24,}|pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}|npm_[A-Za-z0-9]{36}))(?:[^A-Za-z0-9_]|$)"
);
pattern!(NPMRC, r"(?m)^[^#;\n]*:?_(?:authToken|auth|password)\s*=\s*[\x22']?([^\s\x22']+)");
pattern!(PYPIRC, r"(?m)^\s*password\s*[=:]\s*(\S+)");
pattern!(NETRC, r"(?:^|\s)password\s+(\S+)");
pattern!(URL, r"[a-z][a-z0-9+.-]*://[^\s/:@\x22']*:([^\s/@\x22']+)@");
pattern!(URL_TOKEN, r"https?://([^\s/:@\x22']{16,}|[^\s/:@\x22']*:[^\s/@\x22']+)@");

/// A secret that was found: what it is, and the byte at which it stands.
pub(super) struct Hit {
    pub(super) what: &'static str,
    pub(super) at: usize,
}

/// The first match whose group is no placeholder.
fn find(pattern: &LazyLock<Option<Regex>>, text: &[u8], what: &'static str) -> Option<Hit> {
    let regex = LazyLock::force(pattern).as_ref()?;
    let found = regex.captures_iter(text).find_map(|captures| {
        let secret = captures.get(1)?;
        let at = captures.get(0)?.start();
        // A match may begin with the line end before it.
        let at = at + usize::from(text.get(at) == Some(&b'\n'));
        (!is_placeholder(secret.as_bytes())).then_some(at)
    });
    found.map(|at| Hit { what, at })
}

pub(super) fn private_key(text: &[u8]) -> Option<Hit> {
    find(&PEM, text, "a private key").or_else(|| find(&PUTTY, text, "a private key for PuTTY"))
}

pub(super) fn cloud_credentials(text: &[u8]) -> Option<Hit> {
    let service_account = memchr::memmem::find(text, b"\"service_account\"").is_some();
    if service_account && let Some(Hit { at, .. }) = private_key(text) {
        return Some(Hit { what: "the key of a Google Cloud service account", at });
    }
    find(&AWS, text, "an AWS secret access key")
        .or_else(|| find(&AZURE, text, "the key of an Azure storage account"))
        .or_else(|| find(&KUBERNETES, text, "the key to a Kubernetes cluster"))
        .or_else(|| find(&GOOGLE_USER, text, "a Google Cloud login"))
}

pub(super) fn access_token(text: &[u8]) -> Option<Hit> {
    find(&TOKEN, text, "an access token")
}

pub(super) fn docker_config(text: &[u8]) -> Option<Hit> {
    find(&DOCKER_AUTH, text, "a container registry's login")
}

pub(super) fn npmrc(text: &[u8]) -> Option<Hit> {
    find(&NPMRC, text, "a registry token")
}

pub(super) fn pypirc(text: &[u8]) -> Option<Hit> {
    find(&PYPIRC, text, "a package index's password or token")
}

pub(super) fn netrc(text: &[u8]) -> Option<Hit> {
    find(&NETRC, text, "a password")
}

pub(super) fn url_credentials(text: &[u8]) -> Option<Hit> {
    find(&URL_TOKEN, text, "credentials in a URL")
}

/// The first assignment of a `.env` file that looks like a secret, and whether there is any at all.
pub(super) fn dotenv(text: &[u8]) -> (Option<Hit>, bool) {
    let mut any = false;
    let mut at = 0;
    for line in text.split(|&byte| byte == b'\n') {
        if let Some((name, value)) = assignment(line) {
            any = true;
            if is_secret(name, value) {
                return (Some(Hit { what: "a secret setting", at }), true);
            }
        }
        at += line.len() + 1;
    }
    (None, any)
}

/// `NAME=value` with something behind the sign.
fn assignment(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"export ").unwrap_or(line).trim_ascii_start();
    if line.starts_with(b"#") {
        return None;
    }
    let equals = memchr::memchr(b'=', line)?;
    let (name, value) = (line[..equals].trim_ascii(), line[equals + 1..].trim_ascii());
    let named = !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte));
    let value = match value {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        bare => bare,
    };
    (named && !value.is_empty()).then_some((name, value))
}

fn is_secret(name: &[u8], value: &[u8]) -> bool {
    const WORDS: [&str; 12] = [
        "SECRET",
        "TOKEN",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "PASS",
        "PWD",
        "KEY",
        "CREDENTIAL",
        "CREDENTIALS",
        "SALT",
        "DSN",
    ];
    // A word of the name, so that `MONKEY` and `KEYBOARD` are none.
    let name = String::from_utf8_lossy(name).to_ascii_uppercase();
    let named = name.split(['_', '.', '-']).any(|word| {
        WORDS.contains(&word.trim_end_matches(char::is_numeric)) || word.ends_with("APIKEY")
    });
    let public = name.contains("PUBLIC") || name.ends_with("_FILE") || name.ends_with("_PATH");
    if named && !public && !is_placeholder(value) && !is_flag_or_number(value) {
        return true;
    }
    find(&URL, value, "").is_some()
}

/// `1`, `true`, `30s`: settings about secrets, not secrets.
fn is_flag_or_number(value: &[u8]) -> bool {
    let flag = ["true", "false", "yes", "no", "on", "off", "none", "null"];
    value.len() < 6 && value.iter().all(u8::is_ascii_digit)
        || flag.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether a value stands for a secret instead of being one.
fn is_placeholder(value: &[u8]) -> bool {
    const WORDS: [&str; 12] = [
        "example",
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "replace",
        "your-",
        "your_",
        "dummy",
        "redacted",
        "insert",
        "<",
    ];
    let text = String::from_utf8_lossy(value).to_ascii_lowercase();
    let variable = text.starts_with('$') || text.contains("${") || text.contains("{{");
    // Of a token, what follows its kind: `ghp_xxxx`.
    let tail = text.trim_end_matches('-').rsplit(['_', '-']).next().unwrap_or_default();
    let masked = tail.chars().all(|char| matches!(char, 'x' | '*' | '.' | '0'));
    let ignored = matches!(text.as_str(), "password" | "secret" | "token" | "todo" | "test");
    variable || masked || ignored || WORDS.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made up, of the right form. Taken apart, so that scanners of this repository stay calm.
    fn key(kind: &str) -> String {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
        format!("-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----\n")
    }

    #[test]
    fn keys_are_told_from_their_mention() {
        for kind in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
            assert!(private_key(key(kind).as_bytes()).is_some(), "{kind}");
        }
        let json = key("").replace('\n', "\\n");
        assert!(private_key(format!("{{\"private_key\": \"{json}\"}}").as_bytes()).is_some());
        let headers =
            key("RSA ").replacen('\n', "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", 1);
        assert!(private_key(headers.as_bytes()).is_some());
        for mention in [
            "if text.startswith('-----BEGIN PRIVATE KEY-----'):\n    load_the_key_from_this_text_now(text)",
            "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n",
            "-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB\n",
        ] {
            assert!(private_key(mention.as_bytes()).is_none(), "{mention}");
        }
    }

    #[test]
    fn placeholders_are_no_secrets() {
        for (line, secret) in [
            ("SECRET_KEY=jx3hd8s0qmzb", true),
            ("export API_TOKEN='9f86d081884c'", true),
            ("DB_PASSWORD=hunter2", true),
            ("DATABASE_URL=postgres://app:s3cr3t@db/app", true),
            ("SECRET_KEY=changeme", false),
            ("SECRET_KEY=${SECRET_KEY}", false),
            ("SECRET_KEY=<your key>", false),
            ("SECRET_KEY=", false),
            ("SECRET_KEY=\"\"", false),
            ("# SECRET_KEY=jx3hd8s0qmzb", false),
            ("PASSWORD_MIN_LENGTH=12", false),
            ("TOKEN_TTL=3600", false),
            ("PUBLIC_KEY=abcdefgh", false),
            ("SECRET_KEY_FILE=/run/secrets/key", false),
            ("MONKEY=banana123", false),
            ("DATABASE_URL=postgres://db/app", false),
            ("DATABASE_URL=postgres://app:${PASSWORD}@db/app", false),
            ("DEBUG=1", false),
        ] {
            assert_eq!(dotenv(line.as_bytes()).0.is_some(), secret, "{line}");
        }
    }

    #[test]
    fn every_expression_compiles_and_finds() {
        let forty = "abcdEFGHijklMNOPqrstUVWXyz0123456789+/ab";
        let aws = format!("aws_secret_access_key = {forty}\n");
        assert!(cloud_credentials(aws.as_bytes()).is_some());
        let aws = format!("AWS_SECRET_ACCESS_KEY=\"{}EXAMPLEKEY\"\n", &forty[..30]);
        assert!(cloud_credentials(aws.as_bytes()).is_none(), "AWS's own example");
        assert!(
            cloud_credentials(
                format!("AccountKey={}==", "aB3/".repeat(22).get(..86).unwrap()).as_bytes()
            )
            .is_some()
        );
        assert!(
            cloud_credentials(format!("client-key-data: {}", "LS0t".repeat(16)).as_bytes())
                .is_some()
        );
        assert!(cloud_credentials(br#"{"refresh_token": "1//0gabcdefghijklmnopqrstu"}"#).is_some());
        let token = ["gh", "p_", "abcdEFGHijklMNOPqrstUVWXyz0123456789"].concat();
        assert!(access_token(format!("x = '{token}'").as_bytes()).is_some());
        assert!(access_token(format!("{token}0").as_bytes()).is_none(), "too long");
        assert!(npmrc(b"//registry.npmjs.org/:_authToken=abcdef123\n").is_some());
        assert!(npmrc(b"//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n").is_none());
        assert!(npmrc(b"; _password=abc\nregistry=https://r\n").is_none());
        assert!(pypirc(b"[pypi]\nusername = a\npassword = b3tter\n").is_some());
        assert!(netrc(b"machine h login me password s3cr3t\n").is_some());
        assert!(url_credentials(b"index-url = https://me:s3cr3t@pypi.corp/simple\n").is_some());
        assert!(url_credentials(b"index-url = https://pypi.org/simple\n").is_none());
        assert!(docker_config(br#"{"auths": {"r.io": {"auth": "bWU6czNjcjN0"}}}"#).is_some());
        assert!(docker_config(br#"{"auths": {"r.io": {}}, "credsStore": "pass"}"#).is_none());
        assert!(is_suspicious(token.as_bytes()) && is_suspicious(key("").as_bytes()));
        assert!(!is_suspicious(b"the public key"));
    }
}
