//! Addresses that servers bind, in commands and configuration files.

use crate::start::PORT_VARIABLE;

/// What is known about where a server listens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: Option<String>,
    /// A fixed port.
    pub(super) port: Option<u16>,
    /// Whether the port is the environment's.
    pub(super) open: bool,
}

impl Address {
    /// `0.0.0.0:8000`, `:8000`, `[::]:8000`, `8000`, `unix:/tmp/socket`; a port may be `$PORT`.
    pub(super) fn parse(text: &str) -> Self {
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        if text.starts_with("unix:") || text.starts_with("fd:") {
            return Self { host: Some(text.to_owned()), ..Self::default() };
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host.trim_matches(['[', ']']), port),
            None if text == PORT_VARIABLE || text.parse::<u16>().is_ok() => ("", text),
            None => (text, ""),
        };
        Self {
            host: Some(host.to_owned()).filter(|host| !host.is_empty()),
            port: port.parse().ok().filter(|&port| port > 0),
            open: port == PORT_VARIABLE,
        }
    }

    /// The address in the words of a command line, by the options that servers have for it.
    pub(super) fn of_command(words: &[String]) -> Self {
        let mut found = Self::default();
        let mut words = words.iter().map(String::as_str).peekable();
        while let Some(word) = words.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if option.starts_with("--") => (option, Some(value)),
                _ => (word, None),
            };
            let short = |name: &str| {
                option
                    .strip_prefix(name)
                    .filter(|rest| !rest.is_empty() && !option.starts_with("--"))
            };
            let mut value = || value.or_else(|| words.peek().copied());
            match option {
                "-b" | "--bind" | "--listen" | "-l" | "-p" | "-P" | "--port" | "--server.port" => {
                    found.merge(value().map(Self::parse));
                }
                "--host" | "-h" | "-H" | "--server.address" => {
                    found.host = value().map(str::to_owned);
                }
                _ if short("-b").is_some() => found.merge(short("-b").map(Self::parse)),
                // `manage.py runserver 0.0.0.0:8000`
                _ if !option.starts_with('-') && option.contains(':') => {
                    let address = Self::parse(option);
                    let is_host =
                        |host: &String| host.chars().all(|c| c.is_ascii_digit() || c == '.');
                    if (address.port.is_some() || address.open)
                        && address.host.as_ref().is_none_or(is_host)
                    {
                        found.merge(Some(address));
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn merge(&mut self, other: Option<Self>) {
        let Some(Self { host, port, open }) = other else { return };
        self.host = host.or(self.host.take());
        self.port = port.or(self.port);
        self.open |= open;
    }

    /// Whether nobody outside of the container can reach it.
    pub(super) fn is_local(&self) -> bool {
        self.host.as_deref().is_some_and(|host| {
            host == "localhost"
                || host == "::1"
                || host.starts_with("127.")
                || host.starts_with("unix:")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_commands() {
        let table: &[(&str, Option<&str>, Option<u16>, bool)] = &[
            ("gunicorn app:app", None, None, false),
            ("gunicorn app:app -b 0.0.0.0:8000", Some("0.0.0.0"), Some(8000), false),
            ("gunicorn -b :8000 app:app", None, Some(8000), false),
            ("gunicorn -b:8000 app:app", None, Some(8000), false),
            ("gunicorn --bind=[::]:$PORT app:app", Some("::"), None, true),
            ("gunicorn --bind unix:/run/a.sock app:app", Some("unix:/run/a.sock"), None, false),
            ("uvicorn main:app --host 0.0.0.0 --port 80", Some("0.0.0.0"), Some(80), false),
            ("uvicorn main:app --host=127.0.0.1", Some("127.0.0.1"), None, false),
            ("daphne -b 0.0.0.0 -p 8001 a.asgi:application", Some("0.0.0.0"), Some(8001), false),
            ("waitress-serve --listen=*:8080 a:b", Some("*"), Some(8080), false),
            ("python manage.py runserver 0.0.0.0:8000", Some("0.0.0.0"), Some(8000), false),
            ("streamlit run a.py --server.port 8501", None, Some(8501), false),
        ];
        for (line, host, port, open) in table {
            let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            let found = Address::of_command(&words);
            let expected = Address { host: host.map(str::to_owned), port: *port, open: *open };
            assert_eq!(found, expected, "{line}");
        }
    }
}
