//! Cleartext-signed messages: the signed text, and the signature block behind it.

/// A message taken apart. Nothing in it is to be believed before its signature is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clearsigned {
    /// The signed lines, unescaped, without trailing white space, joined by line feeds.
    pub(crate) text: String,
    /// The armored signatures.
    pub(crate) signature: String,
}

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";

impl Clearsigned {
    /// Takes a message apart, and refuses all that readers are known to disagree about: text
    /// around the message, headers other than `Hash`, unescaped dashes, lone carriage returns.
    ///
    /// The framing is ours, as rPGP's reader searches all of the text again for every line, and
    /// takes a carriage return alone for the end of a line: a forger could join two lines by it.
    pub(crate) fn parse(message: &[u8]) -> Result<Self, &'static str> {
        let message = std::str::from_utf8(message).map_err(|_| "it is not UTF-8 text")?;
        let mut lines = message.lines();
        if lines.next() != Some(BEGIN) {
            return Err("it does not start with `-----BEGIN PGP SIGNED MESSAGE-----`");
        }
        for header in lines.by_ref().take_while(|line| !line.is_empty()) {
            if !header.starts_with("Hash: ") {
                return Err("it has a header other than `Hash`");
            }
        }
        let mut text = String::with_capacity(message.len());
        let mut signed = false;
        for line in lines.by_ref() {
            if line == SIGNATURE {
                signed = true;
                break;
            }
            let line = match line.strip_prefix("- ") {
                Some(line) => line,
                None if line.starts_with('-') => {
                    return Err("a line starts with an unescaped dash");
                }
                None => line,
            };
            if line.contains('\r') {
                return Err("a line holds a carriage return");
            }
            text.push_str(line.trim_end_matches([' ', '\t']));
            text.push('\n');
        }
        if !signed {
            return Err("it has no signature block");
        }
        // The line break before the signature block is not signed.
        text.pop();
        let mut signature = format!("{SIGNATURE}\n");
        for line in lines.by_ref() {
            signature.push_str(line);
            signature.push('\n');
            if line == END {
                return if lines.all(|line| line.trim().is_empty()) {
                    Ok(Self { text, signature })
                } else {
                    Err("there is text behind the signature")
                };
            }
        }
        Err("its signature block has no end")
    }

    /// The text as it was signed: lines end in CR LF.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        self.text.replace('\n', "\r\n").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> String {
        format!("{BEGIN}\nHash: SHA256\n\n{body}{SIGNATURE}\n\nabc=\n{END}\n")
    }

    #[test]
    fn the_text_is_what_was_signed() {
        let parsed =
            Clearsigned::parse(message("A: b \t\n\n- -----dash\n- - twice\n").as_bytes()).unwrap();
        assert_eq!(parsed.text, "A: b\n\n-----dash\n- twice");
        assert_eq!(parsed.canonical(), b"A: b\r\n\r\n-----dash\r\n- twice");
        assert_eq!(parsed.signature, format!("{SIGNATURE}\n\nabc=\n{END}\n"));
        let dos = message("A: b\n").replace('\n', "\r\n");
        assert_eq!(Clearsigned::parse(dos.as_bytes()).unwrap().text, "A: b");
        assert_eq!(Clearsigned::parse(message("").as_bytes()).unwrap().text, "");
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        let plain = message("A: b\n");
        for (broken, reason) in [
            (String::new(), "start"),
            (format!("X: y\n{plain}"), "start"),
            (format!(" {plain}"), "start"),
            (plain.replace("Hash:", "Comment:"), "header"),
            (plain.replace("SHA256\n\n", "SHA256\n"), "header"),
            (message("-X: y\n"), "dash"),
            (message("-----BEGIN PGP SIGNATURE----- \n"), "dash"),
            (message("A: b\rC: d\n"), "carriage"),
            (message("A: b\r\r\n"), "carriage"),
            (plain.replace(SIGNATURE, ""), "dash"),
            (plain.replace(END, ""), "end"),
            (plain[..plain.find(SIGNATURE).unwrap()].to_owned(), "no signature"),
            (format!("{plain}X: y\n"), "behind"),
            (format!("{plain}{plain}"), "behind"),
        ] {
            let error = Clearsigned::parse(broken.as_bytes()).unwrap_err();
            assert!(error.contains(reason), "{broken:?}: {error}");
        }
        assert!(Clearsigned::parse(b"\xff").is_err());
    }
}
